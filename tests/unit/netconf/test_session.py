"""The client's end, against a peer that the test plays."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from lxml import etree

from vtnmd.netconf.framing import Deframer, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, Reply, Rpc, RpcError, parse, to_octets
from vtnmd.netconf.operations import discard_changes, get_config
from vtnmd.netconf.session import ClientSession, ConnectFailed, Refused, SessionLost

pytestmark = pytest.mark.anyio


class Peer:
    """Both ends of a pair of streams: what the session writes is kept, what the test says is read."""

    def __init__(self) -> None:
        self.said = asyncio.StreamReader()
        self.heard = Deframer()
        self.closed = False
        self._arrived = asyncio.Event()

    def write(self, data: bytes, /) -> None:
        self.heard.feed(data)
        self._arrived.set()

    async def drain(self) -> None:
        pass

    async def read(self, n: int = -1, /) -> bytes:
        return await self.said.read(n)

    def abort(self) -> None:
        self.said.feed_eof()

    async def aclose(self) -> None:
        self.closed = True
        self.said.feed_eof()

    async def next_rpc(self) -> Rpc:
        while (octets := self.heard.next_message()) is None:
            self._arrived.clear()
            await self._arrived.wait()
        message = parse(octets)
        assert isinstance(message, Rpc)
        return message

    def say(self, message: Hello | Reply, *, chunked: bool = True) -> None:
        self.said.feed_data(frame(to_octets(message), chunked=chunked))


@asynccontextmanager
async def connected(capability: str = BASE_1_1) -> AsyncIterator[tuple[ClientSession, Peer]]:
    peer = Peer()
    peer.say(Hello((capability, "urn:something?module=a"), 4), chunked=False)
    session = ClientSession(peer, peer, peer, limit=10_000)
    await session.start()
    assert peer.heard.next_message() is not None
    peer.heard.chunked = capability == BASE_1_1
    try:
        yield session, peer
    finally:
        session.abort()
        await session.aclose()
        assert peer.closed


async def test_replies_go_to_whoever_asked() -> None:
    async with connected() as (session, peer):
        calls = [asyncio.create_task(session.call(get_config("running"), 5)) for _ in range(3)]
        asked = [await peer.next_rpc() for _ in calls]
        for rpc in reversed(asked):
            peer.say(Reply(rpc.message_id, (etree.Element("{urn:x}n", number=rpc.message_id),)))
        numbers = [(await call).content[0].get("number") for call in calls]
        assert numbers == [rpc.message_id for rpc in asked]


async def test_base_1_0_is_spoken_with_a_peer_that_knows_no_other() -> None:
    async with connected(BASE_1_0) as (session, peer):
        call = asyncio.create_task(session.call(discard_changes(), 5))
        rpc = await peer.next_rpc()
        peer.say(Reply(rpc.message_id), chunked=False)
        assert (await call).content == ()


async def test_errors_are_raised_and_the_session_goes_on() -> None:
    async with connected() as (session, peer):
        for errors, raised in (((RpcError("in-use"),), True), ((RpcError("in-use", severity="warning"),), False)):
            call = asyncio.create_task(session.call(discard_changes(), 5))
            rpc = await peer.next_rpc()
            peer.say(Reply(rpc.message_id, (), errors))
            if raised:
                with pytest.raises(Refused, match="in-use"):
                    await call
            else:
                assert (await call).errors == errors


async def test_an_answer_without_id_is_for_the_only_one_that_waits() -> None:
    async with connected() as (session, peer):
        call = asyncio.create_task(session.call(discard_changes(), 5))
        await peer.next_rpc()
        peer.say(Reply(None, (), (RpcError("malformed-message"),)))
        with pytest.raises(Refused, match="malformed-message"):
            await call


Break = Callable[[Peer], None]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda peer: peer.said.feed_eof(), "ended"),
        (lambda peer: (peer.said.feed_data(b"\n#10\nhalf"), peer.said.feed_eof()), "within a message"),
        (lambda peer: peer.said.feed_data(b"garbage"), "chunk header"),
        (lambda peer: peer.said.feed_data(b"\n#7\ngarbage\n##\n"), "well-formed"),
        (lambda peer: peer.said.feed_data(b"\n#10001\n"), "larger than"),
        (lambda peer: peer.said.set_exception(ConnectionResetError("reset by peer")), "reset by peer"),
        (lambda peer: peer.say(Hello((BASE_1_1,), 9)), "replies only"),
    ],
)
async def test_a_broken_session_fails_all_that_wait(spoil: Break, said: str) -> None:
    async with connected() as (session, peer):
        calls = [asyncio.create_task(session.call(discard_changes(), 5)) for _ in range(2)]
        for _ in calls:
            await peer.next_rpc()
        spoil(peer)
        for call in calls:
            with pytest.raises(SessionLost, match=said) as loss:
                await call
            assert loss.value.sent
        assert not session.is_open
        with pytest.raises(SessionLost) as loss:
            await session.call(discard_changes(), 5)
        assert not loss.value.sent


async def test_silence_ends_the_session() -> None:
    async with connected() as (session, _):
        with pytest.raises(SessionLost, match="no answer within") as loss:
            await session.call(discard_changes(), 0.01)
        assert loss.value.sent
        assert not session.is_open


async def test_a_late_reply_is_nobodys() -> None:
    async with connected() as (session, peer):
        call = asyncio.create_task(session.call(discard_changes(), 5))
        late = await peer.next_rpc()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        peer.say(Reply(late.message_id))
        call = asyncio.create_task(session.call(discard_changes(), 5))
        rpc = await peer.next_rpc()
        assert rpc.message_id != late.message_id
        peer.say(Reply(rpc.message_id))
        await call


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "ended"),
        (b"SSH-2.0-other]]>]]>", "well-formed"),
        (frame(to_octets(Reply("1")), chunked=False), "no hello"),
        (frame(to_octets(Hello((BASE_1_1,))), chunked=False), "no hello with a session id"),
        (frame(to_octets(Hello(("urn:other",), 1)), chunked=False), "neither"),
        (b"x" * 10_001, "larger than"),
    ],
)
async def test_what_says_no_hello_is_no_peer(octets: bytes, said: str) -> None:
    peer = Peer()
    peer.said.feed_data(octets)
    peer.said.feed_eof()
    session = ClientSession(peer, peer, peer, limit=10_000)
    with pytest.raises(ConnectFailed, match=said):
        await session.start()
    await session.aclose()
