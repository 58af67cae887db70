"""NETCONF over SSH, client side (RFC 6242): connect, prove who both ends are, open the subsystem."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from vtnmd.netconf.framing import LIMIT
from vtnmd.netconf.session import ClientSession, ConnectFailed, Reason

_AFTER_HELLO = 0.05
"""Seconds from the hello to the first request: yuma123 netconfd 2.13 never answers one that it reads together with the hello."""

_CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""What is asked for first, before all else that asyncssh knows: its own first choice takes four times as long in Python."""

_PARTING_TIME = 1.0


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where to connect, as whom, and which host key to accept.

    The host must prove `host_key` (OpenSSH form: algorithm and base64), else a key in `known_hosts_file`, else one in the user's
    own known_hosts. Without password and key file the user's own keys and agent are tried.
    """

    host: str
    port: int
    username: str
    password: str | None = field(default=None, repr=False)
    key_file: str = ""
    host_key: str = ""
    known_hosts_file: str = ""


async def connect(target: SshTarget, time_limit: float, limit: int = LIMIT) -> ClientSession:
    """A session that is ready for requests, within `time_limit` seconds. Raises ConnectFailed.

    `limit` is the largest message that is taken, in octets.
    """
    options = _options(target)
    try:
        async with asyncio.timeout(time_limit):
            connection = await _connection(target, options)
            try:
                return await _session(connection, limit)
            except BaseException:
                connection.abort()
                raise
    except TimeoutError:
        raise ConnectFailed(Reason.UNREACHABLE, f"no session within {time_limit:g} s") from None


def check_settings(target: SshTarget) -> None:
    """Raise ConnectFailed where a file that the target names cannot be read, or its host key is none."""
    _options(target)


async def _connection(target: SshTarget, options: dict[str, Any]) -> asyncssh.SSHClientConnection:
    try:
        return await asyncssh.connect(target.host, target.port, **options)
    except asyncssh.HostKeyNotVerifiable as error:
        raise ConnectFailed(Reason.HOST_KEY, str(error)) from error
    except (asyncssh.PermissionDenied, asyncssh.IllegalUserName) as error:
        raise ConnectFailed(Reason.CREDENTIALS, str(error)) from error
    except (OSError, asyncssh.Error) as error:
        raise ConnectFailed(Reason.UNREACHABLE, str(error) or type(error).__name__) from error


async def _session(connection: asyncssh.SSHClientConnection, limit: int) -> ClientSession:
    try:
        writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
    except asyncssh.ChannelOpenError as error:
        raise ConnectFailed(Reason.PROTOCOL, f"the NETCONF subsystem is refused: {error}") from error
    except (OSError, asyncssh.Error) as error:
        raise ConnectFailed(Reason.UNREACHABLE, str(error)) from error
    session = ClientSession(_Octets(reader), writer, _Connection(connection), limit)
    await session.start()
    await asyncio.sleep(_AFTER_HELLO)
    return session


class _Connection:
    """Ends an SSH connection."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection

    def abort(self) -> None:
        self._connection.abort()

    async def aclose(self) -> None:
        self._connection.close()
        try:
            async with asyncio.timeout(_PARTING_TIME):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()


class _Octets:
    """An SSH channel as a plain stream: what goes wrong with the connection is an OSError."""

    def __init__(self, reader: asyncssh.SSHReader[bytes]) -> None:
        self._reader = reader

    async def read(self, n: int = -1, /) -> bytes:
        try:
            return await self._reader.read(n)
        except asyncssh.Error as error:
            raise ConnectionError(str(error)) from error


def _options(target: SshTarget) -> dict[str, Any]:
    options: dict[str, Any] = {
        "username": target.username,
        "config": None,
        "known_hosts": _known_hosts(target),
        "encryption_algs": _CIPHERS,
        "connect_timeout": None,
        "login_timeout": 0,
    }
    if target.password is not None:
        options["password"] = target.password
    if target.key_file:
        options["client_keys"] = [_private_key(target.key_file)]
    elif target.password is not None:
        options["client_keys"] = None
    if target.key_file or target.password is not None:
        options["agent_path"] = None
    return options


def _private_key(file: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(file)
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise ConnectFailed(Reason.LOCAL_FILE, f"private key {file}: {error}") from error


def _known_hosts(target: SshTarget) -> Any:
    if target.host_key:
        try:
            return ([asyncssh.import_public_key(target.host_key)], [], [])
        except asyncssh.KeyImportError as error:
            raise ConnectFailed(Reason.HOST_KEY, f"host-key is no OpenSSH public key: {error}") from error
    if target.known_hosts_file:
        try:
            return Path(target.known_hosts_file).read_bytes()
        except OSError as error:
            raise ConnectFailed(Reason.LOCAL_FILE, f"known hosts {target.known_hosts_file}: {error.strerror}") from error
    return ()
