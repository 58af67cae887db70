"""NETCONF over SSH, server side (RFC 6242): logins, sessions and their limits, on one event loop."""

import asyncio
import contextlib
import hmac
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from vtnmd.netconf.framing import LIMIT
from vtnmd.netconf.server import ENDLESS, Ending, Handler, Patience, ServerSession, Wrap, serve_session
from vtnmd.netconf.session import Writer

_LOGIN_TIMEOUT = 30
_PARTING_TIME = 5.0


class Authenticator(Protocol):
    """Who may log in. What it gives for a user stands in `ServerSession.identity`; None refuses."""

    async def password(self, user: str, password: str, client: str, /) -> Any | None: ...

    async def key(self, user: str, key: str, client: str, /) -> Any | None:
        """`key` is a public key in OpenSSH form. That the client holds the private one is proved after this."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in: by password, by one of the public keys (OpenSSH form), or by either."""

    username: str
    password: str | None = field(default=None, repr=False)
    public_keys: tuple[str, ...] = ()


class Logins:
    """Lets the listed users in."""

    def __init__(self, *logins: Login) -> None:
        self._logins = {login.username: login for login in logins}

    async def password(self, user: str, password: str, _client: str, /) -> str | None:
        login = self._logins.get(user)
        known = login.password if login and login.password is not None else ""
        return user if hmac.compare_digest(known.encode(), password.encode()) and known else None

    async def key(self, user: str, key: str, _client: str, /) -> str | None:
        login = self._logins.get(user)
        given = asyncssh.import_public_key(key).public_data
        allowed = (asyncssh.import_public_key(text).public_data for text in login.public_keys) if login else ()
        return user if given in allowed else None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where to listen (port 0: the system chooses), with which private host key, for whom, and what clients may use up.

    `limit` is the largest message in octets. Of `sessions`, `sessions_of_user` may be one user's.
    """

    host: str
    port: int
    host_key: Path
    authenticator: Authenticator
    limit: int = LIMIT
    sessions: int = 10_000
    sessions_of_user: int = 10_000
    patience: Patience = ENDLESS


class Listener:
    """A server that listens. `host` and `port` are where, `bad_hellos` counts sessions that ended before they began."""

    def __init__(self, settings: ServerSettings, handler: Handler, wrap: Wrap, numbers: Iterator[int]) -> None:
        self.host, self.port = settings.host, settings.port
        self.bad_hellos = 0
        self._settings = settings
        self._handler = handler
        self._wrap = wrap
        self._numbers = numbers
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._serving: dict[asyncio.Task[None], Any] = {}
        self._of_user: Counter[str] = Counter()

    async def open(self) -> None:
        """Begin to listen. Raises OSError."""
        self._acceptor = await asyncssh.listen(self._settings.host, self._settings.port, reuse_address=True, **self._options())
        self.host, self.port = self._acceptor.get_addresses()[0][:2]

    def _options(self) -> dict[str, Any]:
        return {
            "server_factory": lambda: _Doorkeeper(self._settings, self._connections),
            "server_host_keys": [str(self._settings.host_key)],
            "process_factory": self._serve,
            "encoding": None,
            "allow_scp": False,
            "login_timeout": _LOGIN_TIMEOUT,
            "config": None,
            "compression_algs": None,
        }

    async def call(self, host: str, port: int) -> None:
        """Connect out to a client and serve it there (RFC 8071); comes back when the connection is over. Raises OSError."""
        connection = await asyncssh.connect_reverse(host, port, **self._options())
        await connection.wait_closed()

    async def aclose(self) -> None:
        """Stop listening, cut every session and wait until the handler has been told."""
        if self._acceptor is not None:
            self._acceptor.close()
        for connection in tuple(self._connections):
            connection.abort()
        serving = tuple(self._serving)
        if serving:
            _, stuck = await asyncio.wait(serving, timeout=_PARTING_TIME)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
        if self._acceptor is not None:
            await self._acceptor.wait_closed()

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        task = asyncio.current_task()
        user = str(process.get_extra_info("username"))
        connection: Any = process.channel.get_connection()
        full = len(self._serving) >= self._settings.sessions or self._of_user[user] >= self._settings.sessions_of_user
        if process.subsystem != "netconf" or task is None or full:
            process.exit(1)
            return
        self._serving[task] = connection
        self._of_user[user] += 1
        try:
            await self._serve_netconf(process, user, connection)
        finally:
            del self._serving[task]
            self._of_user[user] -= 1
            if connection not in self._serving.values():
                connection.close()

    async def _serve_netconf(self, process: asyncssh.SSHServerProcess[bytes], user: str, connection: Any) -> None:
        def cut() -> None:
            alone = list(self._serving.values()).count(connection) == 1
            connection.abort() if alone else process.channel.abort()

        identity = connection.get_extra_info("vtnmd_identity")
        session = ServerSession(
            next(self._numbers), user, cut, identity=identity, client=str(process.get_extra_info("peername")[0])
        )
        writer = self._wrap(process.stdout, session)
        with contextlib.suppress(OSError, asyncssh.Error):
            await serve_session(process.stdin, writer, session, self._handler, self._settings.limit, self._settings.patience)
            self.bad_hellos += session.ending is Ending.BAD_HELLO
            process.exit(0)


def _unwrapped(writer: Writer, _: ServerSession) -> Writer:
    return writer


async def listen(
    settings: ServerSettings, handler: Handler, wrap: Wrap = _unwrapped, numbers: Iterator[int] | None = None
) -> Listener:
    """Serve the NETCONF subsystem. `wrap` may put something between a session and its channel, `numbers` are those of sessions.

    Raises OSError where it cannot listen or read the host key.
    """
    listener = Listener(settings, handler, wrap, numbers if numbers is not None else itertools.count(1))
    await listener.open()
    return listener


class _Doorkeeper(asyncssh.SSHServer):
    """Asks the authenticator about one connection."""

    def __init__(self, settings: ServerSettings, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._settings = settings
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None
        self._client = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        if len(self._connections) >= self._settings.sessions:
            conn.abort()
            return
        self._connection = conn
        self._client = str(conn.get_extra_info("peername")[0])
        self._connections.add(conn)

    def connection_lost(self, _: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        return self._known(await self._settings.authenticator.password(username, password, self._client))

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        text = key.export_public_key("openssh").decode().strip()
        return self._known(await self._settings.authenticator.key(username, text, self._client))

    def _known(self, identity: Any | None) -> bool:
        """Each try that succeeds replaces the one before: the last is the one that the connection is opened for."""
        if identity is not None and self._connection is not None:
            self._connection.set_extra_info(vtnmd_identity=identity)
        return identity is not None
