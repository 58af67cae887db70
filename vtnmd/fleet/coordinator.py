"""A coordinator: begins a run, follows those who carry it, and itself carries what belongs to no region."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from vtnmd.domain.address import GLOBAL_REGION
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.legs import find_legs
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result
from vtnmd.engine import Interrupt, Listener, Outcome
from vtnmd.fleet.carrying import AWAY
from vtnmd.fleet.member import Member
from vtnmd.fleet.outcome import outcome_of
from vtnmd.fleet.queue import prepare
from vtnmd.fleet.worker import work
from vtnmd.state.postgres import Postgres
from vtnmd.state.shared import Begun

_LOOK, _LOOK_FOR_WORKERS = 0.2, 1.0  # seconds between two looks at the journal, and for who works


def begin_run(member: Member, plan: Plan, begun: Begun) -> str:
    """Begin a run of the plan and hand out its legs; the run's id. Raises Stale or StateError."""
    _prepare(member)
    return member.shared.begin_run(plan, begun)


def go_on(member: Member, run: str, begun: Begun) -> Plan:
    """Hand out what is left of a run, unless its legs are under way; its plan. Raises as `Store.reopen_run`."""
    _prepare(member)
    return member.shared.go_on(run, begun)


def _prepare(member: Member) -> None:
    assert isinstance(member.store.place, Postgres)
    try:
        prepare(member.store.place)
    except psycopg.Error as error:
        raise StateError(member.store.place.diagnose(error)) from error


async def follow(
    member: Member, run: str, plan: Plan, interrupt: Interrupt, listeners: Sequence[Listener] = (), patience: float = 30.0
) -> Outcome:
    """Follow a run that was handed out until it has ended, and give how it stands. `listeners` are told every event in order.

    A region that no worker serves is waited for with `patience`, in seconds; then what is left there waits. Asked to interrupt, the
    run begins nothing new and what is on its way comes to its end; asked again, it is left to its workers. Raises StateError where
    the state is away for too long: the run goes on, and can be followed again.
    """
    follower = _Follower(member, run, plan, tuple(listeners), patience)
    leave = Interrupt()
    spans = any(leg.region == GLOBAL_REGION for leg in find_legs(plan))
    carrying = asyncio.create_task(work(member, {GLOBAL_REGION}, leave)) if spans else None
    try:
        return await follower.follow(interrupt)
    finally:
        leave.ask()
        if carrying is not None:
            await carrying


@dataclass
class _Follower:
    member: Member
    run: str
    plan: Plan
    listeners: tuple[Listener, ...]
    patience: float
    events: list[Event] = field(default_factory=list)
    result: Result = Result.RUNNING
    missing_since: dict[str, float] = field(default_factory=dict)
    has_stopped: bool = False
    looked: float = 0.0

    async def follow(self, interrupt: Interrupt) -> Outcome:
        away_since: float | None = None
        while True:
            try:
                await self._look(interrupt)
                away_since = None
            except StateError as error:
                now = self.member.clock.elapsed()
                away_since = away_since or now
                if error.diagnostics[0].code != AWAY or now - away_since > self.member.timing.outage:
                    raise
            if self.result is not Result.RUNNING:
                return outcome_of(self.run, self.plan, self.events, self.result)
            if interrupt.urgent.is_set():
                return outcome_of(self.run, self.plan, self.events, Result.INTERRUPTED)
            with suppress(TimeoutError):
                await asyncio.wait_for(interrupt.urgent.wait(), _LOOK)

    async def _look(self, interrupt: Interrupt) -> None:
        shared = self.member.shared
        if interrupt.asked.is_set() and not self.has_stopped:
            await asyncio.to_thread(shared.stop, self.run, self.plan, self.member.clock.now())
            self.has_stopped = True
        after = self.events[-1].sequence if self.events else 0
        self.result, news = await asyncio.to_thread(shared.news, self.run, after)
        self.events += news
        for event in news:
            for listener in self.listeners:
                listener(event)
        now = self.member.clock.elapsed()
        if self.result is Result.RUNNING and now - self.looked >= _LOOK_FOR_WORKERS:
            await self._see_to_workers(now)
            self.looked = now

    async def _see_to_workers(self, now: float) -> None:
        """Say where nobody works, and wait for it no longer than that is borne."""
        missing = await asyncio.to_thread(self.member.shared.unserved, self.run, self.member.timing.stalled)
        told = self.missing_since.keys()
        if missing != told:
            self.member.reports.unserved(sorted(missing))
        self.missing_since = {region: self.missing_since.get(region, now) for region in missing}
        given_up = {region for region, since in self.missing_since.items() if now - since > self.patience}
        if given_up:
            why = {region: f"no worker serves {region}" for region in given_up}
            await asyncio.to_thread(self.member.shared.leave_waiting, self.run, self.plan, self.member.clock.now(), why)
