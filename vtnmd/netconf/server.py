"""The server's end of NETCONF over SSH (RFC 6241, RFC 6242): logins, hello, sessions on one event loop. What operations do is the
handler's business.
"""

import asyncio
import contextlib
import hmac
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncssh
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
    reply_element,
    serialised,
    to_octets,
)
from vtnmd.netconf.session import Reader, Writer

_READ_SIZE = 64 * 1024
_LOGIN_TIMEOUT = 30


class RpcFailed(Exception):
    """What a handler raises to answer with errors."""

    def __init__(self, *errors: RpcError) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in: by password, by one of the public keys (OpenSSH form), or by either."""

    username: str
    password: str | None = field(default=None, repr=False)
    public_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where to listen (port 0: the system chooses), with which private host key, for whom, and the largest message to take."""

    host: str
    port: int
    host_key: Path
    logins: tuple[Login, ...]
    limit: int = LIMIT


@dataclass(slots=True, eq=False)
class ServerSession:
    """One session as the handler sees it. Setting `leaving` ends it after the reply; `cut` ends it at once."""

    id: int
    username: str
    cut: Callable[[], None]
    leaving: bool = False


class Handler(Protocol):
    """What a server does with its sessions."""

    def capabilities(self) -> Sequence[str]:
        """What the hello offers, base capabilities included."""

    def opened(self, session: ServerSession) -> None:
        """A client has said hello."""

    def closed(self, session: ServerSession) -> None:
        """An opened session is over, however it ended."""

    async def handle(self, session: ServerSession, rpc: Rpc) -> Sequence[etree._Element]:
        """Carry out one request; gives the content of the reply, nothing for ok. Raises RpcFailed."""


Wrap = Callable[[Writer, ServerSession], Writer]


async def serve_session(reader: Reader, writer: Writer, session: ServerSession, handler: Handler, limit: int = LIMIT) -> None:
    """Speak with one client, one request after the other, until it leaves, the connection ends or it breaks the protocol."""
    incoming = _Incoming(reader, limit)
    offered = tuple(handler.capabilities())
    await _send(writer, to_octets(Hello(offered, session.id)), chunked=False)
    octets = await incoming.next()
    with contextlib.suppress(MessageError):
        hello = parse(octets) if octets is not None else None
        if not isinstance(hello, Hello) or hello.session_id is not None:
            return
        common = set(hello.capabilities) & set(offered)
        if not common & {BASE_1_0, BASE_1_1}:
            return
        incoming.deframer.chunked = BASE_1_1 in common
        handler.opened(session)
        try:
            await _answer_all(incoming, writer, session, handler)
        finally:
            handler.closed(session)


async def _answer_all(incoming: "_Incoming", writer: Writer, session: ServerSession, handler: Handler) -> None:
    chunked = incoming.deframer.chunked
    while not session.leaving and (octets := await incoming.next()) is not None:
        try:
            message = parse(octets)
            if not isinstance(message, Rpc):
                return
        except MessageError as error:
            if error.error.tag == "malformed-message" and not chunked:
                # RFC 6241 appendix A: a client of base:1.0 does not know this tag.
                return
            await _send(writer, to_octets(Reply(None, (), (error.error,))), chunked=chunked)
            continue
        try:
            reply = Reply(message.message_id, tuple(await handler.handle(session, message)))
        except RpcFailed as failure:
            reply = Reply(message.message_id, (), failure.errors)
        await _send(writer, serialised(reply_element(reply, message.attributes)), chunked=chunked)


async def _send(writer: Writer, octets: bytes, *, chunked: bool) -> None:
    writer.write(frame(octets, chunked=chunked))
    await writer.drain()


class _Incoming:
    """Whole messages from a reader; None at its end, or where the framing is broken (RFC 6242 section 4.2: the session ends)."""

    def __init__(self, reader: Reader, limit: int) -> None:
        self.deframer = Deframer(limit)
        self._reader = reader

    async def next(self) -> bytes | None:
        try:
            while (octets := self.deframer.next_message()) is None:
                received = await self._reader.read(_READ_SIZE)
                if not received:
                    return None
                self.deframer.feed(received)
        except FramingError:
            return None
        return octets


class Listener:
    """A server that listens. `host` and `port` are where."""

    def __init__(self, acceptor: asyncssh.SSHAcceptor, connections: set[asyncssh.SSHServerConnection], serving: set[Any]) -> None:
        self._acceptor = acceptor
        self._connections = connections
        self._serving = serving
        self.host, self.port = acceptor.get_addresses()[0][:2]

    async def aclose(self) -> None:
        """Stop listening, cut every session and wait until the handler has been told."""
        self._acceptor.close()
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._acceptor.wait_closed()


async def listen(settings: ServerSettings, handler: Handler, wrap: Wrap = lambda writer, _: writer) -> Listener:
    """Serve the NETCONF subsystem. `wrap` may put something between a session and its channel.

    Raises OSError where it cannot listen or read the host key.
    """
    connections: set[asyncssh.SSHServerConnection] = set()
    serving: set[asyncio.Task[None]] = set()
    numbers = itertools.count(1)

    async def subsystem(process: asyncssh.SSHServerProcess[bytes]) -> None:
        task = asyncio.current_task()
        if process.subsystem != "netconf" or task is None:
            process.exit(1)
            return
        serving.add(task)
        connection = process.channel.get_connection()
        session = ServerSession(next(numbers), str(process.get_extra_info("username")), connection.abort)
        try:
            with contextlib.suppress(OSError, asyncssh.Error):
                await serve_session(process.stdin, wrap(process.stdout, session), session, handler, settings.limit)
                process.exit(0)
        finally:
            serving.discard(task)

    acceptor = await asyncssh.listen(
        settings.host,
        settings.port,
        server_factory=lambda: _Doorkeeper(settings.logins, connections),
        server_host_keys=[str(settings.host_key)],
        process_factory=subsystem,
        encoding=None,
        allow_scp=False,
        login_timeout=_LOGIN_TIMEOUT,
        reuse_address=True,
    )
    return Listener(acceptor, connections, serving)


class _Doorkeeper(asyncssh.SSHServer):
    """Lets the listed users in."""

    def __init__(self, logins: Sequence[Login], connections: set[asyncssh.SSHServerConnection]) -> None:
        self._logins = {login.username: login for login in logins}
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, _: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return any(login.password is not None for login in self._logins.values())

    def validate_password(self, username: str, password: str) -> bool:
        login = self._logins.get(username)
        known = login.password if login and login.password is not None else ""
        return hmac.compare_digest(known.encode(), password.encode()) and bool(known)

    def public_key_auth_supported(self) -> bool:
        return any(login.public_keys for login in self._logins.values())

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        login = self._logins.get(username)
        allowed = (asyncssh.import_public_key(text) for text in login.public_keys) if login else ()
        return any(key.public_data == other.public_data for other in allowed)
