"""The legs of runs in the state: written down, handed to a queue, ended, and what follows from that."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection, delete, func, select, update

from vtnmd.domain.journal import Progress, Record, replay
from vtnmd.domain.legs import Leg, Standing, behind, find_legs, settle
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import original_id, reverse, reversed_id
from vtnmd.domain.run import Drift, Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.state import recording
from vtnmd.state.rows import AnyRow, dump, stored_events, write
from vtnmd.state.tables import events, legs, runs

CONTINUE, ROLLBACK = "continue", "rollback"
INTERRUPTED, FAILED = "interrupted", "failed"
"""What `runs.stopping` says."""


class Queue(Protocol):
    """Delivers legs to workers. `connection` is the database driver's; what is done on it is in its transaction."""

    def enqueue(self, connection: Any, run: str, leg: str, region: str) -> int:
        """Deliver a leg to a worker of its region once the transaction is committed; the number of the job that does."""
        ...

    def withdraw(self, connection: Any, job: int) -> bool:
        """Deliver no more. False where a worker has it already."""
        ...

    def is_held(self, connection: Any, token: "Token") -> bool:
        """Whether the job is with the worker that the token was given to, and stays so until the transaction ends."""
        ...

    def is_alive(self, connection: Any, job: int) -> bool:
        """Whether the job is to be delivered, or with a worker."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """What one worker was handed: a job, for the `attempts`th time."""

    job: int
    worker: int
    attempts: int


@dataclass(frozen=True, slots=True)
class LegEntry:
    """A leg as the state holds it. `back`: it takes back what the run did. `batch` counts what was written by its carriers."""

    leg: Leg
    standing: Standing
    job: int | None
    back: bool
    on_failure: str
    drift: Drift
    batch: int


_ENTRIES = select(legs, runs.c.settings).join(runs, runs.c.id == legs.c.run)


def driver(connection: Connection) -> Any:
    """The connection in the words of the database's own driver."""
    return connection.connection.driver_connection


def read_legs(connection: Connection, run: str) -> tuple[LegEntry, ...]:
    """The legs of a run, as they were handed out last."""
    return tuple(_entry(row) for row in connection.execute(_ENTRIES.where(legs.c.run == run).order_by(legs.c.id)))


def read_leg(connection: Connection, run: str, leg: str) -> LegEntry | None:
    row = connection.execute(_ENTRIES.where(legs.c.run == run, legs.c.id == leg)).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: AnyRow) -> LegEntry:
    leg = Leg(row.id, row.region, tuple(json.loads(row.requests)), tuple(json.loads(row.needs)))
    settings = json.loads(row.settings)
    return LegEntry(leg, Standing(row.standing), row.job, row.back, settings["on-failure"], Drift(settings["drift"]), row.batch)


class Advance:
    """One run in one transaction, which locks its row: events are numbered, legs queued, and the run ended when none is left."""

    def __init__(self, connection: Connection, run: str, plan: Plan, queue: Queue, now: float) -> None:
        self._connection = connection
        self._run = run
        self._plan = plan
        self._queue = queue
        self._now = now
        locked = connection.execute(select(runs.c.stopping, runs.c.cancelled).where(runs.c.id == run).with_for_update()).one()
        self._stopping: str = INTERRUPTED if locked.cancelled else locked.stopping
        self._cancelled = bool(locked.cancelled)
        last = connection.execute(select(func.max(events.c.sequence)).where(events.c.run == run)).scalar_one_or_none()
        self._sequence: int = last or 0

    def note(self, step: Step, request: str = "", detail: Json = None) -> None:
        """Write one event."""
        self.append([Record(Event(self._run, 0, self._now, step, request, detail or {}))])

    def append(self, records: Sequence[Record]) -> None:
        """Write events with the numbers that come next, and what they mean for the Snapshot."""
        numbered = []
        for record in records:
            self._sequence += 1
            event = record.event
            fresh = Event(event.run, self._sequence, event.time, event.step, event.request, event.detail)
            numbered.append(Record(fresh, record.applied, record.unknown))
        recording.append(self._connection, numbered)

    def hand_out(self, on_failure: str, drift: Drift) -> None:
        """Begin, or go on: all that is left of the run becomes legs, and the first of them are queued."""
        connection = self._connection
        progress = replay(stored_events(connection, self._run))
        connection.execute(delete(legs).where(legs.c.run == self._run))
        settings = dump({"on-failure": on_failure, "drift": drift.value})
        connection.execute(update(runs).where(runs.c.id == self._run).values(stopping="", settings=settings))
        self._stopping = ""
        adopted = () if progress.started else self._plan.adopted
        started = Event(
            self._run, 0, self._now, Step.STARTED, detail={"requests": len(self._plan.requests), "done": len(progress.done)}
        )
        self.append([Record(started, {entry.resource.address: replace(entry, run=self._run) for entry in adopted})])
        if progress.reversing:
            self._hand_out_reverse(progress)
        else:
            self._insert(find_legs(self._plan), back=False)
        self.settle()

    def end(self, leg: str) -> None:
        """Nothing of the leg is left to do now: queue what waited for it."""
        mine = (legs.c.run == self._run, legs.c.id == leg)
        self._connection.execute(update(legs).where(*mine).values(standing=Standing.ENDED.value, job=None))
        self.settle()

    def stop(self, why: str) -> None:
        """Queue no more, and take out of the queue what no worker has."""
        self._stop(why)
        for entry in read_legs(self._connection, self._run):
            if entry.standing is Standing.QUEUED and entry.job and self._queue.withdraw(driver(self._connection), entry.job):
                self._set([entry.leg.id], Standing.ENDED)
        self.settle()

    def leave_waiting(self, regions: Iterable[str], code: str, reason: Mapping[str, str]) -> None:
        """Give up on regions that no worker serves: note what waits for one, and end those legs."""
        wanted = set(regions)
        progress = replay(stored_events(self._connection, self._run))
        for entry in read_legs(self._connection, self._run):
            held = entry.standing is Standing.QUEUED and entry.leg.region in wanted and entry.job
            if not held or not self._queue.withdraw(driver(self._connection), held):
                continue
            self._set([entry.leg.id], Standing.ENDED)
            for request in entry.leg.requests:
                if request not in progress.done | progress.doubtful:
                    detail = {"code": code, "reason": reason[entry.leg.region], "next-try": None}
                    self.note(Step.WAITING, request, detail)
        self.settle()

    def revive(self) -> None:
        """Queue anew every leg whose job is gone without having ended it."""
        for entry in read_legs(self._connection, self._run):
            if entry.standing is Standing.QUEUED and not (entry.job and self._queue.is_alive(driver(self._connection), entry.job)):
                self._enqueue(entry.leg)

    def settle(self) -> None:
        """Queue what is ready. Where nothing is on its way any more, take back what is to be, or end the run."""
        connection = self._connection
        journal = stored_events(connection, self._run)
        progress = replay(journal)
        entries = [entry for entry in read_legs(connection, self._run) if entry.back == progress.reversing]
        plan = self._reversed(entries) if progress.reversing else self._plan
        latest = _since_started(journal)
        failed = _last(latest, Step.FAILED) & {request.id for request in plan.requests}
        on_failure = entries[0].on_failure if entries else CONTINUE
        if failed and not progress.reversing and on_failure != CONTINUE and not self._stopping:
            self._stop(FAILED)
        self._note_skipped(plan, failed | progress.pruned, latest)
        standings = {entry.leg.id: entry.standing for entry in entries}
        ready, over = settle(plan, [each.leg for each in entries], standings, progress.done, stopping=bool(self._stopping))
        self._set([leg.id for leg in over], Standing.ENDED)
        for leg in ready:
            self._enqueue(leg)
        if not ready and not any(standing is Standing.QUEUED for standing in standings.values()):
            self._come_to_rest(plan, progress, failed, on_failure)

    def _come_to_rest(self, plan: Plan, progress: Progress, failed: frozenset[str], on_failure: str) -> None:
        whole = all(request.id in progress.done for request in plan.requests)
        if whole:
            result = Result.ROLLED_BACK if progress.reversing else Result.APPLIED
        elif self._stopping == INTERRUPTED:
            result = Result.CANCELLED if self._cancelled else Result.INTERRUPTED
        elif failed:
            result = Result.FAILED
        else:
            result = Result.PARTLY
        if result is Result.FAILED and on_failure == ROLLBACK and not progress.reversing:
            self._connection.execute(update(runs).where(runs.c.id == self._run).values(stopping=""))
            self._stopping = ""
            self.note(Step.REVERSING)
            self._hand_out_reverse(progress)
            self.settle()
        else:
            self.note(Step.ENDED, detail={"result": result.value})

    def _hand_out_reverse(self, progress: Progress) -> None:
        """Legs that take back all that took effect, or may have."""
        touched = (progress.done | progress.doubtful) & {request.id for request in self._plan.requests}
        back = reverse(self._plan, touched)
        self._insert(find_legs(back), back=True)

    def _reversed(self, entries: Iterable[LegEntry]) -> Plan:
        taken = {original for entry in entries for request in entry.leg.requests if (original := original_id(request))}
        return reverse(self._plan, taken)

    def _note_skipped(self, plan: Plan, failed: frozenset[str], journal: Sequence[Event]) -> None:
        noted = _last(journal, Step.SKIPPED) | _last(journal, Step.PUT_BACK)
        for request, because in behind(plan, failed).items():
            if request not in noted:
                self.note(Step.SKIPPED, request, {"because": because})

    def _insert(self, found: Sequence[Leg], *, back: bool) -> None:
        named = {leg.id: reversed_id(leg.id) if back else leg.id for leg in found}
        write(
            self._connection,
            legs,
            [
                {
                    "run": self._run,
                    "id": named[leg.id],
                    "region": leg.region,
                    "requests": dump(list(leg.requests)),
                    "needs": dump([named[need] for need in leg.needs]),
                    "back": back,
                    "standing": Standing.PENDING.value,
                    "job": None,
                    "batch": 0,
                }
                for leg in found
            ],
        )

    def _enqueue(self, leg: Leg) -> None:
        job = self._queue.enqueue(driver(self._connection), self._run, leg.id, leg.region)
        mine = (legs.c.run == self._run, legs.c.id == leg.id)
        self._connection.execute(update(legs).where(*mine).values(standing=Standing.QUEUED.value, job=job))

    def _set(self, ids: Sequence[str], standing: Standing) -> None:
        if ids:
            mine = (legs.c.run == self._run, legs.c.id.in_(ids))
            self._connection.execute(update(legs).where(*mine).values(standing=standing.value, job=None))

    def _stop(self, why: str) -> None:
        self._stopping = why
        self._connection.execute(update(runs).where(runs.c.id == self._run).values(stopping=why))


def _since_started(journal: Sequence[Event]) -> Sequence[Event]:
    """What was noted since the run was begun, or gone on with: what was refused before may be taken now."""
    begun = max((at for at, event in enumerate(journal) if event.step is Step.STARTED), default=0)
    return journal[begun:]


def _last(journal: Iterable[Event], step: Step) -> frozenset[str]:
    """The requests of which that step is the last."""
    last = {event.request: event.step for event in journal if event.request}
    return frozenset(request for request, found in last.items() if found is step)
