"""A NETCONF server over a backend."""

from vtnmd.netconf.ssh_server import Listener, ServerSettings, listen
from vtnmd.northbound.backend import Backend
from vtnmd.northbound.library import library_providers
from vtnmd.northbound.netconf.events import tell_of_commits
from vtnmd.northbound.netconf.handler import Sessions
from vtnmd.northbound.netconf.monitoring import capabilities_of, monitoring_providers
from vtnmd.northbound.netconf.requests import Desk


class NetconfServer:
    """One that listens. `host` and `port` are where."""

    def __init__(self, sessions: Sessions, listener: Listener) -> None:
        self._sessions = sessions
        self._listener = listener
        self.host, self.port = listener.host, listener.port

    async def call(self, host: str, port: int) -> None:
        """Connect out to a client and serve it there (RFC 8071); comes back when the connection is over. Raises OSError."""
        await self._listener.call(host, port)

    async def aclose(self) -> None:
        """Stop listening, end every session, and wait until what they leave behind is done."""
        await self._listener.aclose()
        await self._sessions.drained()


async def serve_netconf(backend: Backend, settings: ServerSettings) -> NetconfServer:
    """Listen, on the loop that the backend is used on. The authenticator of the settings gives `backend.User`s.

    The state that NETCONF has of itself, and the library, are added to the providers of the backend; commits are told as
    notifications from now on. Raises OSError where it cannot listen or read the host key.
    """
    desk = Desk(backend, capabilities_of(backend.schema), started=backend.running.clock())
    sessions = Sessions(desk)
    backend.providers = {**library_providers(backend.schema), **backend.providers, **monitoring_providers(desk)}
    listener = await listen(settings, sessions, numbers=backend.numbers)
    desk.bad_hellos = lambda: listener.bad_hellos
    tell_of_commits(backend)
    return NetconfServer(sessions, listener)
