"""One OpenStack cloud, asked from asyncio: each blocking call runs in a daemon thread of its own, under a deadline.

A call whose deadline passes or whose task is cancelled is left to end by itself. The socket time-outs end it, except for a server
that sends byte by byte; such a thread does not keep the process alive.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.ports import EndpointError, InDoubt, Unreachable

if TYPE_CHECKING:
    from vtnmd.southbound.cloud_session import CloudSession

T = TypeVar("T")


class Cloud:
    """Sends requests to the Heat of one inventory entry of kind `heat`, with at most `concurrency` under way.

    The entry names one of Heat's two APIs: `query` is for the one in the form of CloudFormation, `send` for Heat's own.
    `secrets` resolves `env:NAME` and `file:PATH`. Nothing is read, imported or sent before the first call.
    """

    def __init__(self, endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> None:
        self.name = str(endpoint["name"])
        self.speaks_query = endpoint["heat"].get("api") == "cloudformation"
        self._endpoint = endpoint
        self._timeout = float(endpoint.get("timeout", 30))
        self._secrets = secrets
        self._slots = asyncio.Semaphore(int(endpoint.get("concurrency", 4)))
        self._opening = asyncio.Lock()
        self._session: CloudSession | None = None

    async def send(self, method: str, path: str, body: Json = None) -> Json:
        """Send one request to `path` below Heat's own API, and give the body of the answer (None: it has none).

        Raises Unreachable, InDoubt, Busy or Rejected. A 404 is Rejected with code VTN-E309.
        """
        what = f"{method} {path.partition('?')[0]}"
        return await self._run(what, lambda session: session.exchange(method, path, body), reads=method == "GET")

    async def query(self, action: str, parameters: Mapping[str, str], *, reads: bool) -> Json:
        """Send one action to Heat's API in the form of CloudFormation, and give its result: texts in mappings and lists.

        Raises Unreachable, InDoubt, Busy or Rejected. A stack that is not there is Rejected with code VTN-E309.
        """

        def exchange(session: "CloudSession") -> Json:
            from vtnmd.southbound.cloud_query import query  # noqa: PLC0415  loads keystoneauth

            return query(session, action, parameters, datetime.now(UTC), reads=reads)

        return await self._run(action, exchange, reads=reads)

    async def project(self) -> str:
        """The id of the project that is logged in to. Raises Unreachable, Busy or Rejected."""
        session = await self._opened()
        return session.project or (await self._log_in()).project

    async def _run(self, what: str, call: "Callable[[CloudSession], Json]", *, reads: bool) -> Json:
        """Log in if need be and make one call."""
        async with self._slots:
            session = await self._log_in()
            try:
                async with asyncio.timeout(self._timeout):
                    return await in_thread(lambda: call(session))
            except TimeoutError:
                raise self._late(what, reads=reads) from None

    async def aclose(self) -> None:
        """Close idle connections; a call under way closes its own when it ends."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    async def _log_in(self) -> "CloudSession":
        """The session, holding a token that is not about to expire."""
        session = await self._opened()
        try:
            async with asyncio.timeout(self._timeout):
                await in_thread(session.log_in)
        except TimeoutError:
            self._abandon(session)
            summary = f"{self.name}: Keystone did not answer within {self._timeout:g} s"
            raise Unreachable(Diagnostic("VTN-E010", summary, hint="check that the cloud is up and reachable from here")) from None
        except asyncio.CancelledError:
            self._abandon(session)
            raise
        return session

    async def _opened(self) -> "CloudSession":
        """The one session. Opening sends nothing but loads what logs in, which takes its time and counts for no deadline."""
        async with self._opening:
            if self._session is None:
                self._session = await in_thread(self._open)
            return self._session

    def _abandon(self, session: "CloudSession") -> None:
        """Leave a session to the thread that is stuck in its login, for nobody else can log in with it meanwhile."""
        if session is self._session:
            self._session = None
            session.close()

    def _late(self, what: str, *, reads: bool) -> EndpointError:
        summary = f"{self.name}: no whole answer to {what} within {self._timeout:g} s"
        hint = "raise `timeout` of the endpoint if it is slow"
        if reads:
            return Unreachable(Diagnostic("VTN-E010", summary, hint=hint))
        return InDoubt(Diagnostic("VTN-E013", summary, hint=hint))

    def _open(self) -> "CloudSession":
        from vtnmd.southbound.cloud_session import CloudSession  # noqa: PLC0415  loads keystoneauth

        return CloudSession(self._endpoint, self._secrets)


async def in_thread(call: Callable[[], T]) -> T:
    """Run a blocking call in a daemon thread of its own. Cancelling leaves the thread to end by itself."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only beside an error

    def run() -> None:
        result, error = None, None
        try:
            result = call()
        except Exception as caught:  # noqa: BLE001  whatever it is, the awaiting task must get it
            error = caught
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="vtnmd-cloud", daemon=True).start()
    return await future
