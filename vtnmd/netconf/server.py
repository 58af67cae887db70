"""The server's end of NETCONF on any pair of streams (RFC 6241, RFC 6242): hello, requests, replies, notifications. What operations
do is the handler's business.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from lxml import etree

from vtnmd.netconf.framing import LIMIT, Deframer, FramingError, frame
from vtnmd.netconf.messages import (
    BASE_1_0,
    BASE_1_1,
    Hello,
    MessageError,
    Reply,
    Rpc,
    RpcError,
    parse,
    reply_octets,
    to_octets,
)
from vtnmd.netconf.session import Reader, Writer

_READ_SIZE = 64 * 1024
_LARGE = 256 * 1024
"""Messages of more octets are parsed in a thread."""
_AT_ONCE = 16
"""How many requests of one client are answered before others have their turn."""

Content = Sequence[etree._Element | bytes]  # noqa: SLF001 - lxml has no other name for the type
"""What a reply holds: elements, or XML that is serialised already, each piece with all its namespace declarations."""


class RpcFailed(Exception):
    """What a handler raises to answer with errors."""

    def __init__(self, *errors: RpcError) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


class Ending(StrEnum):
    """Why a session is over (RFC 6470 section 2.2)."""

    CLOSED = "closed"
    KILLED = "killed"
    DROPPED = "dropped"
    TIMEOUT = "timeout"
    BAD_HELLO = "bad-hello"
    OTHER = "other"


class Outgoing:
    """What is sent on a session: whole messages, one after the other, whoever sends them."""

    def __init__(self, writer: Writer) -> None:
        self.chunked = False
        self._writer = writer
        self._turn = asyncio.Lock()

    async def send(self, octets: bytes) -> None:
        """Send a message; waits while the peer is slow. Raises OSError where the connection is gone."""
        async with self._turn:
            self._writer.write(frame(octets, chunked=self.chunked))
            await self._writer.drain()


@dataclass(slots=True, eq=False)
class ServerSession:
    """One session as the handler sees it. Setting `leaving` ends it after the reply; `cut` ends it at once.

    `identity` is what the authenticator knows of the user, `client` the address, `capabilities` are those of the client. `lasting`
    exempts it from the idle time-out. The numbers are those of RFC 6022 section 2.1.5.
    """

    id: int
    username: str
    cut: Callable[[], None]
    leaving: bool = False
    identity: Any = None
    client: str = ""
    capabilities: frozenset[str] = frozenset()
    lasting: bool = False
    ending: Ending = Ending.DROPPED
    outgoing: Outgoing | None = None
    in_rpcs: int = 0
    in_bad_rpcs: int = 0
    out_rpc_errors: int = 0
    out_notifications: int = 0

    async def notify(self, octets: bytes) -> None:
        """Send a notification, never within another message. Raises OSError where the connection is gone."""
        if self.outgoing is not None:
            self.out_notifications += 1
            await self.outgoing.send(octets)


class Handler(Protocol):
    """What a server does with its sessions."""

    def capabilities(self) -> Sequence[str]:
        """What the hello offers, base capabilities included."""

    def opened(self, session: ServerSession) -> None:
        """A client has said hello."""

    def closed(self, session: ServerSession) -> None:
        """An opened session is over, however it ended."""

    async def handle(self, session: ServerSession, rpc: Rpc) -> Content:
        """Carry out one request; gives the content of the reply, nothing for ok. Raises RpcFailed."""


Wrap = Callable[[Writer, ServerSession], Writer]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server waits, in seconds, for the hello and between requests; None: for ever."""

    hello: float | None = None
    idle: float | None = None


ENDLESS = Patience()


async def serve_session(
    reader: Reader,
    writer: Writer,
    session: ServerSession,
    handler: Handler,
    limit: int = LIMIT,
    patience: Patience = ENDLESS,
) -> None:
    """Speak with one client, one request after the other, until it leaves, the connection ends or it breaks the protocol."""
    incoming = _Incoming(reader, limit)
    outgoing = session.outgoing = Outgoing(writer)
    offered = tuple(handler.capabilities())
    await outgoing.send(to_octets(Hello(offered, session.id)))
    hello = await _hello(incoming, patience.hello)
    common = set(hello.capabilities) & set(offered) & {BASE_1_0, BASE_1_1} if hello is not None else set()
    if hello is None or not common:
        session.ending = Ending.BAD_HELLO
        return
    session.capabilities = frozenset(hello.capabilities)
    outgoing.chunked = incoming.deframer.chunked = BASE_1_1 in common
    handler.opened(session)
    try:
        await _answer_all(incoming, outgoing, session, handler, patience.idle)
    finally:
        handler.closed(session)


async def _hello(incoming: "_Incoming", seconds: float | None) -> Hello | None:
    """The client's hello; None where it sends none, or a wrong one."""
    with contextlib.suppress(MessageError, TimeoutError):
        octets = await incoming.next(seconds)
        hello = parse(octets) if octets is not None else None
        if isinstance(hello, Hello) and hello.session_id is None:
            return hello
    return None


async def _answer_all(
    incoming: "_Incoming", outgoing: Outgoing, session: ServerSession, handler: Handler, idle: float | None
) -> None:
    answered = 0
    while not session.leaving:
        try:
            octets = await incoming.next(None if session.lasting else idle)
        except TimeoutError:
            session.ending = Ending.TIMEOUT
            return
        if octets is None or not await _answer(octets, outgoing, session, handler):
            return
        answered += 1
        if answered % _AT_ONCE == 0:
            await asyncio.sleep(0)
    session.ending = Ending.CLOSED


async def _answer(octets: bytes, outgoing: Outgoing, session: ServerSession, handler: Handler) -> bool:
    """Answer one message; false where the session cannot go on."""
    try:
        message = await asyncio.to_thread(parse, octets) if len(octets) > _LARGE else parse(octets)
        if not isinstance(message, Rpc):
            session.ending = Ending.OTHER
            return False
    except MessageError as error:
        session.in_bad_rpcs += 1
        if error.error.tag == "malformed-message" and not outgoing.chunked:
            # RFC 6241 appendix A: a client of base:1.0 does not know this tag.
            session.ending = Ending.OTHER
            return False
        session.out_rpc_errors += 1
        await outgoing.send(reply_octets(Reply(error.message_id, (), (error.error,)), error.attributes))
        return True
    session.in_rpcs += 1
    content: Content = ()
    errors: tuple[RpcError, ...] = ()
    try:
        content = await handler.handle(session, message)
    except RpcFailed as failure:
        errors = failure.errors
        session.out_rpc_errors += 1
    pieces = tuple(piece for piece in content if isinstance(piece, bytes))
    elements = tuple(piece for piece in content if not isinstance(piece, bytes))
    await outgoing.send(reply_octets(Reply(message.message_id, elements, errors), message.attributes, pieces))
    return True


class _Incoming:
    """Whole messages from a reader; None at its end, or where the framing is broken (RFC 6242 section 4.2: the session ends)."""

    def __init__(self, reader: Reader, limit: int) -> None:
        self.deframer = Deframer(limit)
        self._reader = reader

    async def next(self, seconds: float | None = None) -> bytes | None:
        """Raises TimeoutError after `seconds`."""
        try:
            octets = self.deframer.next_message()
            if octets is not None:
                return octets
            async with asyncio.timeout(seconds):
                while (octets := self.deframer.next_message()) is None:
                    received = await self._reader.read(_READ_SIZE)
                    if not received:
                        return None
                    self.deframer.feed(received)
        except FramingError:
            return None
        return octets
