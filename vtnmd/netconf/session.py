"""The client's end of a NETCONF session on any pair of streams: hello, pipelined requests, replies matched by message id.

SessionError
├── ConnectFailed    there is no session; nothing was asked
├── SessionLost      the session ended, broke the protocol or stayed silent; `sent` tells whether the request had left
└── Refused          the peer answered with errors
"""

import asyncio
import contextlib
import itertools
from enum import StrEnum
from typing import Protocol

from lxml import etree

from vtnmd.netconf.framing import LIMIT, Deframer, FramingError, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, MessageError, Reply, Rpc, RpcError, parse, to_octets
from vtnmd.netconf.operations import close_session

_READ_SIZE = 64 * 1024
_PARTING_TIME = 1.0


class SessionError(Exception):
    """Base of what a client session raises."""


class Reason(StrEnum):
    """Why there is no session."""

    UNREACHABLE = "unreachable"
    HOST_KEY = "host key not trusted"
    CREDENTIALS = "credentials refused"
    LOCAL_FILE = "file on this side cannot be read"
    PROTOCOL = "no NETCONF"


class ConnectFailed(SessionError):
    """No session came to be."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class SessionLost(SessionError):
    """The session is over. `sent`: the request had left before, so that it may have taken effect."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.sent = sent


class Refused(SessionError):
    """The peer answered with these errors; the session goes on."""

    def __init__(self, errors: tuple[RpcError, ...]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(error.tag for error in self.errors)


class Reader(Protocol):
    """Where octets come from; an empty answer is the end."""

    async def read(self, n: int = ..., /) -> bytes: ...


class Writer(Protocol):
    """Where octets go."""

    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class Session(Protocol):
    """What a client asks of a session, whoever implements it."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The peer's capability URIs, without their parameters."""

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""

    async def call(self, operation: etree._Element, time_limit: float) -> Reply:
        """One request and its answer, within `time_limit` seconds. Raises SessionLost or Refused."""

    def abort(self) -> None:
        """Cut the connection at once, so that the peer drops its locks and what is not committed."""

    async def aclose(self) -> None:
        """Take leave if possible, and release the connection. Never raises."""


class Release(Protocol):
    """How the connection below a session ends."""

    def abort(self) -> None: ...

    async def aclose(self) -> None: ...


class ClientSession:
    """A session on a pair of streams. Requests may be made concurrently; each gets the reply with its own message id."""

    def __init__(self, reader: Reader, writer: Writer, connection: Release, limit: int = LIMIT) -> None:
        self._reader = reader
        self._writer = writer
        self._connection = connection
        self._deframer = Deframer(limit)
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._ended = ""
        self._receiving: asyncio.Task[None] | None = None
        self._capabilities: frozenset[str] = frozenset()
        self.hello = Hello(())

    async def start(self) -> None:
        """Exchange hellos. Raises ConnectFailed; how long it may take is the caller's to say."""
        try:
            self._writer.write(frame(to_octets(Hello((BASE_1_0, BASE_1_1))), chunked=False))
            await self._writer.drain()
            while (octets := self._deframer.next_message()) is None:
                await self._read_more()
            hello = parse(octets)
        except (OSError, EOFError, FramingError, MessageError) as error:
            raise ConnectFailed(Reason.PROTOCOL, str(error) or "the session ended before the hello") from error
        if not isinstance(hello, Hello) or hello.session_id is None:
            raise ConnectFailed(Reason.PROTOCOL, "the first message is no hello with a session id")
        if not {BASE_1_0, BASE_1_1} & set(hello.capabilities):
            raise ConnectFailed(Reason.PROTOCOL, "the peer offers neither base:1.0 nor base:1.1")
        self.hello = hello
        self._capabilities = frozenset(capability.partition("?")[0] for capability in hello.capabilities)
        self._deframer.chunked = BASE_1_1 in hello.capabilities
        self._receiving = asyncio.create_task(self._receive(), name="netconf receive")

    @property
    def capabilities(self) -> frozenset[str]:
        return self._capabilities

    @property
    def is_open(self) -> bool:
        return self._receiving is not None and not self._ended

    async def call(self, operation: etree._Element, time_limit: float) -> Reply:
        if not self.is_open:
            raise SessionLost(self._ended or "the session has not begun", sent=False)
        message_id = str(next(self._ids))
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answer
        try:
            async with asyncio.timeout(time_limit):
                self._writer.write(frame(to_octets(Rpc(message_id, operation)), chunked=self._deframer.chunked))
                await self._writer.drain()
                reply = await answer
        except TimeoutError:
            self._end(f"no answer within {time_limit:g} s")
            raise SessionLost(self._ended, sent=True) from None
        except OSError as error:
            self._end(str(error))
            raise SessionLost(self._ended, sent=True) from error
        finally:
            self._waiting.pop(message_id, None)
        if any(error.severity != "warning" for error in reply.errors):
            raise Refused(reply.errors)
        return reply

    def abort(self) -> None:
        self._end("the session was cut")
        self._connection.abort()

    async def aclose(self) -> None:
        if self.is_open and not self._waiting:
            with contextlib.suppress(SessionError):
                await self.call(close_session(), _PARTING_TIME)
        self._end("the session was closed")
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)
        await self._connection.aclose()

    async def _receive(self) -> None:
        try:
            while True:
                while (octets := self._deframer.next_message()) is not None:
                    self._deliver(parse(octets))
                await self._read_more()
        except (FramingError, MessageError) as error:
            self._end(f"the peer broke the protocol: {error}")
        except (OSError, EOFError) as error:
            self._end(str(error) or "the peer ended the session")

    async def _read_more(self) -> None:
        octets = await self._reader.read(_READ_SIZE)
        if not octets:
            raise EOFError("the peer ended the session" + (" within a message" if self._deframer.in_message else ""))
        self._deframer.feed(octets)

    def _deliver(self, message: Hello | Rpc | Reply) -> None:
        """Hand a reply to whoever waits for it; one that nobody waits for any more is dropped."""
        if not isinstance(message, Reply):
            raise MessageError(RpcError("malformed-message", "a server sends replies only"))
        message_id = message.message_id
        if message_id is None and len(self._waiting) == 1:
            message_id = next(iter(self._waiting))
        answer = self._waiting.get(message_id or "")
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _end(self, detail: str) -> None:
        self._ended = self._ended or detail
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(SessionLost(self._ended, sent=True))
                answer.exception()
