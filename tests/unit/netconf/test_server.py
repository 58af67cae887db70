"""The server's end, against a client that the test plays, and over SSH."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.support.netconf import make_key, until
from vtnmd.netconf.framing import Deframer, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, Reply, Rpc, RpcError, parse, to_octets
from vtnmd.netconf.operations import close_session, discard_changes
from vtnmd.netconf.server import RpcFailed, ServerSession, serve_session
from vtnmd.netconf.session import ConnectFailed, Refused
from vtnmd.netconf.ssh import SshTarget, connect
from vtnmd.netconf.ssh_server import Login, Logins, ServerSettings, listen
from vtnmd.netconf.xmltree import BASE

HELLO_1_0 = frame(to_octets(Hello((BASE_1_0,))), chunked=False)
HELLO_1_1 = frame(to_octets(Hello((BASE_1_0, BASE_1_1))), chunked=False)
ASK = f'<rpc xmlns="{BASE}" message-id="7" xmlns:my="urn:my" my:tag="x">{{}}</rpc>'
OK = ASK.format("<discard-changes/>").encode()


class Recorder:
    """A handler that notes what it is told; `fail` is refused, `close-session` ends the session."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def capabilities(self) -> Sequence[str]:
        return (BASE_1_0, BASE_1_1)

    def opened(self, _: ServerSession) -> None:
        self.told.append("opened")

    def closed(self, _: ServerSession) -> None:
        self.told.append("closed")

    async def handle(self, session: ServerSession, rpc: Rpc) -> Sequence[etree._Element]:
        self.told.append(rpc.name.localname)
        session.leaving = rpc.name.localname == "close-session"
        if rpc.name.localname == "fail":
            raise RpcFailed(RpcError("operation-failed", "as asked"))
        return ()


class Sink:
    """What the server says."""

    def __init__(self) -> None:
        self.octets = b""

    def write(self, data: bytes, /) -> None:
        self.octets += data

    async def drain(self) -> None:
        await asyncio.sleep(0)


async def conversation(octets: bytes) -> tuple[Recorder, bytes]:
    reader, sink, recorder = asyncio.StreamReader(), Sink(), Recorder()
    reader.feed_data(octets)
    reader.feed_eof()
    session = ServerSession(5, "somebody", cut=lambda: None)
    await serve_session(reader, sink, session, recorder, limit=5000)
    return recorder, sink.octets


def talk(octets: bytes, *, chunked: bool = True) -> tuple[list[str], list[Reply]]:
    """What the handler was told and the replies, to a client that says all this and goes."""
    recorder, said = asyncio.run(conversation(octets))
    deframer = Deframer()
    deframer.feed(said)
    hello = parse(deframer.next_message() or b"")
    assert hello == Hello((BASE_1_0, BASE_1_1), 5)
    deframer.chunked = chunked
    replies = []
    while (message := deframer.next_message()) is not None:
        reply = parse(message)
        assert isinstance(reply, Reply)
        replies.append(reply)
    return recorder.told, replies


@pytest.mark.parametrize(("hello", "chunked"), [(HELLO_1_0, False), (HELLO_1_1, True)])
def test_both_versions_are_spoken(hello: bytes, chunked: bool) -> None:
    told, replies = talk(hello + frame(OK, chunked=chunked) * 2, chunked=chunked)
    assert told == ["opened", "discard-changes", "discard-changes", "closed"]
    assert replies == [Reply("7"), Reply("7")]


def test_a_reply_repeats_the_attributes_of_its_request() -> None:
    _, said = asyncio.run(conversation(HELLO_1_1 + frame(OK, chunked=True)))
    assert said.count(b'tag="x"') == 1


def test_errors_are_answered_and_the_session_goes_on() -> None:
    told, replies = talk(HELLO_1_1 + frame(ASK.format("<fail/>").encode(), chunked=True) + frame(OK, chunked=True))
    assert told == ["opened", "fail", "discard-changes", "closed"]
    assert [error.tag for reply in replies for error in reply.errors] == ["operation-failed"]


def test_nothing_is_heard_after_leaving() -> None:
    leaving = frame(to_octets(Rpc("8", close_session())), chunked=True)
    told, replies = talk(HELLO_1_1 + leaving + frame(OK, chunked=True))
    assert told == ["opened", "close-session", "closed"]
    assert replies == [Reply("8")]


@pytest.mark.parametrize("octets", [b"<rpc", b"<a/>", f'<rpc xmlns="{BASE}" message-id="1"/>'.encode()])
def test_what_is_no_request_is_malformed(octets: bytes) -> None:
    told, replies = talk(HELLO_1_1 + frame(octets, chunked=True) + frame(OK, chunked=True))
    assert [[error.tag for error in reply.errors] for reply in replies] == [["malformed-message"], []]
    told, replies = talk(HELLO_1_0 + frame(octets, chunked=False) + frame(OK, chunked=False), chunked=False)
    assert (told, replies) == (["opened", "closed"], [])


def test_a_request_without_id_is_told_so() -> None:
    octets = f'<rpc xmlns="{BASE}"><get/></rpc>'.encode()
    _, replies = talk(HELLO_1_0 + frame(octets, chunked=False), chunked=False)
    assert [error.tag for error in replies[0].errors] == ["missing-attribute"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n]]>]]>",
        frame(to_octets(Hello((BASE_1_1,), 3)), chunked=False),
        frame(to_octets(Hello(("urn:other",))), chunked=False),
        frame(OK, chunked=False),
        b"x" * 6000,
    ],
)
def test_without_a_hello_there_is_no_session(octets: bytes) -> None:
    assert talk(octets) == ([], [])


@pytest.mark.parametrize("octets", [b"<rpc/>", b"\n#0\n", b"\n#5001\n", b"\n#5\nab"])
def test_broken_framing_ends_the_session(octets: bytes) -> None:
    assert talk(HELLO_1_1 + octets) == (["opened", "closed"], [])


@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([HELLO_1_0, HELLO_1_1, OK, b"]]>]]>", b"\n#", b"\n##\n"])), max_size=8
    )
)
def test_hostile_octets_end_in_nothing_worse_than_the_end(pieces: list[bytes]) -> None:
    told = asyncio.run(conversation(b"".join(pieces)))[0].told
    assert told.count("opened") == told.count("closed") <= 1


@pytest.mark.anyio
async def test_over_ssh(tmp_path: Path) -> None:
    host_key = make_key(tmp_path / "host")
    recorder = Recorder()
    settings = ServerSettings("127.0.0.1", 0, tmp_path / "host", Logins(Login("a", "secret"), Login("b", None), Login("c", "")))
    listener = await listen(settings, recorder)
    target = SshTarget("127.0.0.1", listener.port, "a", "secret", host_key=host_key)
    session = await connect(target, 10)
    await session.call(discard_changes(), 10)
    with pytest.raises(Refused, match="as asked"):
        await session.call(etree.Element(f"{{{BASE}}}fail"), 10)
    for user, password in (("a", "wrong"), ("a", ""), ("b", ""), ("c", ""), ("d", "secret")):
        with pytest.raises(ConnectFailed, match="credentials"):
            await connect(SshTarget("127.0.0.1", listener.port, user, password, host_key=host_key), 10)
    trusted: Any = ([asyncssh.import_public_key(host_key)], [], [])
    login: Any = {"username": "a", "password": "secret", "known_hosts": trusted, "config": None, "client_keys": None}
    async with asyncssh.connect("127.0.0.1", listener.port, agent_path=None, **login) as connection:
        shell = await connection.run("id")
        assert (shell.exit_status, shell.stdout) == (1, "")
    await listener.aclose()
    assert recorder.told == ["opened", "discard-changes", "fail", "closed"]
    await until(lambda: not session.is_open)
    await session.aclose()
