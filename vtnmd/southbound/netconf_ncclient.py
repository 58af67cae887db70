"""ncclient behind the session port, for devices whose quirks it knows. Its blocking calls run in threads under a deadline."""

import asyncio
import threading
from typing import Any

from lxml import etree
from ncclient.manager import Manager, make_device_handler
from ncclient.operations import RaiseMode
from ncclient.transport import SSHSession
from ncclient.transport import session as polling
from ncclient.transport.errors import AuthenticationError, SSHError, SSHUnknownHostError

from vtnmd.netconf.messages import Reply, parse
from vtnmd.netconf.operations import close_session
from vtnmd.netconf.session import ConnectFailed, Reason, Refused, SessionLost
from vtnmd.netconf.ssh import SshTarget, check_settings
from vtnmd.southbound.cloud import in_thread

_PARTING_TIME = 1.0

polling.TICK = 0.01
"""Seconds between two looks at what is to be sent. ncclient's own 0.1 is what a request then takes at least."""


async def connect(target: SshTarget, time_limit: float) -> "NcclientSession":
    """A session that is ready for requests, within `time_limit` seconds. Raises ConnectFailed."""
    check_settings(target)
    attempt = _Attempt(target, time_limit)
    try:
        async with asyncio.timeout(time_limit):
            return NcclientSession(await in_thread(attempt.run))
    except SSHUnknownHostError as error:
        raise ConnectFailed(Reason.HOST_KEY, str(error)) from error
    except AuthenticationError as error:
        raise ConnectFailed(Reason.CREDENTIALS, str(error)) from error
    except TimeoutError as error:
        raise ConnectFailed(Reason.UNREACHABLE, f"no session within {time_limit:g} s") from error
    except (OSError, SSHError) as error:
        raise ConnectFailed(Reason.UNREACHABLE, str(error)) from error
    except Exception as error:
        raise ConnectFailed(Reason.PROTOCOL, str(error) or type(error).__name__) from error
    finally:
        attempt.give_up()


class _Attempt:
    """Opens a session in a thread, and closes it again if nobody waits for it any more."""

    def __init__(self, target: SshTarget, time_limit: float) -> None:
        self._target = target
        self._time_limit = time_limit
        self._turn = threading.Lock()
        self._session: Any = None
        self._over = False

    def run(self) -> Manager:
        handler = make_device_handler(None)
        session = _Session(handler, self._target.known_hosts_file)
        self._session = session
        try:
            self._connect(session)
        except Exception:
            if session.transport is not None:
                session.close()
            raise
        with self._turn:
            if self._over:
                session.close()
            self._session = None
        return Manager(session, handler, timeout=self._time_limit, raise_mode=RaiseMode.NONE)

    def _connect(self, session: SSHSession) -> None:
        target = self._target
        own = bool(target.key_file or target.password)
        session.connect(
            host=target.host,
            port=target.port,
            username=target.username,
            password=target.password,
            key_filename=target.key_file or None,
            allow_agent=not own,
            look_for_keys=not own,
            hostkey_b64=target.host_key.split()[1] if target.host_key else None,
            timeout=self._time_limit,
        )

    def give_up(self) -> None:
        with self._turn:
            self._over = True
            if self._session is not None and self._session.transport is not None:
                self._session.transport.close()


class _Session(SSHSession):  # type: ignore[misc]  # ncclient has no types
    """A session that looks for host keys in the file of the inventory."""

    def __init__(self, handler: Any, known_hosts_file: str) -> None:
        super().__init__(handler)
        self._known_hosts_file = known_hosts_file

    def load_known_hosts(self, filename: str | None = None) -> None:
        super().load_known_hosts(self._known_hosts_file or filename)


class NcclientSession:
    """One session of ncclient."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._cut = False

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset(str(capability).partition("?")[0] for capability in self._manager.server_capabilities)

    @property
    def is_open(self) -> bool:
        """What was cut here counts as gone at once; ncclient notices only after a while."""
        return not self._cut and bool(self._manager.connected)

    async def call(self, operation: etree._Element, time_limit: float) -> Reply:
        if not self.is_open:
            raise SessionLost("the session was closed", sent=False)
        try:
            async with asyncio.timeout(time_limit):
                answer = await in_thread(lambda: self._manager.dispatch(operation))
            reply = parse(answer.xml.encode())
        except Exception as error:
            self.abort()
            detail = f"no answer within {time_limit:g} s" if isinstance(error, TimeoutError) else str(error)
            raise SessionLost(detail or type(error).__name__, sent=True) from error
        if not isinstance(reply, Reply):
            self.abort()
            raise SessionLost("the answer is no rpc-reply", sent=True)
        if any(error.severity != "warning" for error in reply.errors):
            raise Refused(reply.errors)
        return reply

    def abort(self) -> None:
        self._cut = True
        transport = self._manager._session.transport  # noqa: SLF001  # ncclient has no other way to cut a connection
        if transport is not None:
            transport.close()

    async def aclose(self) -> None:
        try:
            if self.is_open:
                await self.call(close_session(), _PARTING_TIME)
        except (SessionLost, Refused):
            pass
        finally:
            self.abort()
