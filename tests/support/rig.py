"""A state, fake endpoints and a fake clock: everything that a run needs, on a folder."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.fake_driver import FakeDriver, FakeEndpoint, FakeTime
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result
from vtnmd.engine import Interrupt, Listener, Outcome, Outside, Policy, Retry, World, execute, resume
from vtnmd.state import Owner, Store, open_store

ME = Owner("tester", 1, 0.0)
QUICK = Policy(unreachable=Retry(3, 60.0), busy=Retry(3, 60.0), doubt=Retry(3, 60.0))


@dataclass
class Rig:
    """Endpoints outlive every run on them. `events` are what listeners were told; `without` are endpoints that have no driver.

    `looks_outside`: runs heed region modes and the health of endpoints in the state, and keep it there.
    """

    folder: Path
    endpoints: dict[str, FakeEndpoint] = field(default_factory=lambda: defaultdict(FakeEndpoint))
    order: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    time: FakeTime = field(default_factory=FakeTime)
    policy: Policy = QUICK
    listeners: tuple[Listener, ...] = ()
    without: set[str] = field(default_factory=set)
    looks_outside: bool = False

    opened: Store | None = None

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The state, opened once; `crash` makes the next use open it anew."""
        if self.opened is None:
            self.opened = open_store(self.folder)
        yield self.opened

    def crash(self) -> None:
        """Let go of the state."""
        if self.opened is not None:
            self.opened.close()
        self.opened = None

    def world(self, plan: Plan) -> World:
        drivers = {
            endpoint: lambda endpoint=endpoint: FakeDriver(self.endpoints[endpoint], self.order)
            for endpoint in {request.endpoint for request in plan.requests} - self.without
        }
        listeners = (*self.listeners, self.events.append)
        return World(drivers, lambda reference: f"secret of {reference}", self.time.clock(), listeners, self._outside())

    def _outside(self) -> Outside | None:
        if not self.looks_outside:
            return None
        with self.store() as store:
            return Outside(store.modes, store.keep_health, store.health())

    def apply(self, plan: Plan) -> Outcome:
        """Begin a run of the plan and carry it out."""
        with self.store() as store:
            run = store.begin_run(plan, "tester", self.time.time)
            return asyncio.run(execute(plan, run, store, self.world(plan), self.policy, Interrupt()))

    def resume(self, run: str) -> Outcome:
        with self.store() as store, store.own(ME):
            return asyncio.run(resume(run, store, self.world(store.plan(run)), self.policy, Interrupt()))

    def resume_dying(self, run: str, appends: int, *, committed: bool) -> bool:
        """Resume the run and die at the nth append; whether it came to its end before."""
        with self.store() as store, store.own(ME):
            dying = DyingStore(store, appends, committed=committed)
            try:
                asyncio.run(resume(run, dying, self.world(store.plan(run)), self.policy, Interrupt()))
            except (Killed, StateError):
                ended = store.run(run).result is Result.APPLIED
                self.crash()
                return ended
            return True

    def held(self) -> dict[str, dict[str, object]]:
        return {name: dict(endpoint.held) for name, endpoint in self.endpoints.items() if endpoint.held}


class Killed(Exception):
    """Stands for the end of the process."""


class DyingStore:
    """A store whose process ends at its nth append: before the transaction commits, or right after."""

    def __init__(self, store: Store, appends: int, *, committed: bool) -> None:
        self._store = store
        self._left = appends
        self._committed = committed
        self.snapshot = store.snapshot
        self.reopen_run = store.reopen_run
        self.events = store.events

    def append(self, records: Sequence[Record]) -> None:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._committed):
            raise Killed
        self._store.append(records)
        if self._left == 0:
            raise Killed
