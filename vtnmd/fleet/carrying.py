"""What stands between the engine and the world while a worker carries a leg, so that it writes and sends only what is its own.

Every commit of the journal checks that the leg is still with this worker. Between two commits a worker may be frozen, and its leg
given to another: therefore nothing is sent either, unless that was checked not long ago.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Snapshot
from vtnmd.engine import DriverFactory
from vtnmd.fleet.member import Member
from vtnmd.southbound.ports import Driver, Unreachable
from vtnmd.state.legs import Token
from vtnmd.state.shared import Batch, lost

AWAY = "VTN-S030"
_LOST = "VTN-S033"
_MOST_SECONDS = 15.0
_log = logging.getLogger(__name__)


def insist(call: Callable[[], None], member: Member) -> None:
    """Call until the database answers, with growing pauses, as long as an outage is borne. Blocks. Raises what else goes wrong."""
    pause, until = 0.2, member.clock.elapsed() + member.timing.outage
    while True:
        try:
            return call()
        except StateError as error:
            if error.diagnostics[0].code != AWAY or member.clock.elapsed() + pause > until:
                raise
            _log.debug("the state is away", exc_info=error)
        time.sleep(pause)
        pause = min(_MOST_SECONDS, pause * 2)


class Lease:
    """Whether a leg is this worker's: known from the database, and believed for half the time after which another may take it."""

    def __init__(self, member: Member, leg: str, token: Token) -> None:
        self._member = member
        self._leg = leg
        self._believed_until = 0.0
        self.token = token

    def confirm(self, asked: float) -> None:
        """The database said so to a question put at that time, of the clock that never goes back."""
        self._believed_until = max(self._believed_until, asked + self._member.timing.stalled / 2)

    async def check(self) -> None:
        """Raises Unreachable where the leg is another's, or where that cannot be known."""
        if self._member.clock.elapsed() < self._believed_until:
            return
        try:
            await asyncio.to_thread(insist, self._ask, self._member)
        except StateError as error:
            raise Unreachable(error.diagnostics[0]) from error

    def _ask(self) -> None:
        asked = self._member.clock.elapsed()
        if not self._member.shared.is_held(self.token):
            raise lost(self._leg)
        self.confirm(asked)


class LegState:
    """The state as the engine sees it while it carries a leg: `vtnmd.engine.execution.State`.

    `leaving`: whether a walk that was interrupted was so because its worker leaves; the leg does not end with it then.
    """

    def __init__(self, member: Member, plan: Plan, batch: Batch, lease: Lease) -> None:
        self._member = member
        self._store = member.store
        self._shared = member.shared
        self._plan = plan
        self._batch = batch
        self._lease = lease
        self.leaving: Callable[[], bool] = lambda: False
        self.is_left = False

    def snapshot(self, addresses: Iterable[Address] | None = None, /) -> Snapshot:
        return self._store.snapshot(addresses)

    def events(self, run: str, /) -> tuple[Event, ...]:
        return self._store.events(run)

    def reopen_run(self, run: str, _user: str, _now: float, /) -> tuple[Plan, tuple[Event, ...]]:
        """Whoever handed the leg out has reopened its run."""
        return self._plan, self._store.events(run)

    def append(self, records: Sequence[Record], /) -> None:
        """Make records durable while the leg is this worker's, however often the database has to be asked."""
        kept = [record for record in records if not self._is_left(record.event)]
        number = self._batch.number + 1
        batch = Batch(self._batch.run, self._batch.leg, number, kept)

        def write() -> None:
            asked = self._member.clock.elapsed()
            self._shared.append(batch, self._lease.token, self._plan)
            self._lease.confirm(asked)

        insist(write, self._member)
        self._batch = batch

    def _is_left(self, event: Event) -> bool:
        self.is_left = event.step is Step.ENDED and event.detail["result"] == Result.INTERRUPTED.value and self.leaving()
        return self.is_left


def is_lost(error: StateError) -> bool:
    """Whether an error says that the leg is with somebody else."""
    return any(diagnostic.code == _LOST for diagnostic in error.diagnostics)


def guarded(factory: DriverFactory, lease: Lease) -> DriverFactory:
    """Makes drivers that do nothing unless the leg is this worker's."""

    def make() -> Driver:
        driver: Driver = _Guarded(factory(), lease)
        return driver

    return make


class _Guarded:
    """A driver, all of whose calls ask first. What the driver does not have, this one has not either."""

    def __init__(self, driver: Driver, lease: Lease) -> None:
        self._driver = driver
        self._lease = lease

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._driver, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            await self._lease.check()
            return await method(*arguments, **named)

        return call if callable(method) else method

    async def aclose(self) -> None:
        await self._driver.aclose()
