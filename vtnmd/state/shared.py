"""A state that several processes share while a run goes on: coordinators begin runs, workers carry their legs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Float, delete, literal_column, select, update

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.legs import Standing
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift, Event, Result, Step
from vtnmd.state import beginning, reopening
from vtnmd.state.beginning import APPLY, NO_SUCCESSION, Cause, Succession
from vtnmd.state.legs import INTERRUPTED, Advance, LegEntry, Queue, Token, driver, read_leg
from vtnmd.state.reading import found_run
from vtnmd.state.recording import is_handed_out
from vtnmd.state.rows import stored_events, stored_plan, write
from vtnmd.state.store import Store
from vtnmd.state.tables import legs, runs, workers

NO_WORKER = "VTN-E040"


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that a carrier of a leg writes together. `number` counts from 1 over all carriers of the leg."""

    run: str
    leg: str
    number: int
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Begun:
    """How a run begins, or goes on: who asked, when, what follows a refusal and drift, and what it takes over and why."""

    user: str
    now: float
    on_failure: str
    drift: Drift = Drift.REFUSE
    succession: Succession = NO_SUCCESSION
    cause: Cause = APPLY


class SharedStore:
    """What a fleet asks of a state on PostgreSQL. Every method is one transaction and raises StateError."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    # For coordinators

    def begin_run(self, plan: Plan, begun: Begun) -> str:
        """`Store.begin_run`, and hand out the run's legs, in one transaction."""
        with self._store.writing() as connection:
            self._store.take(plan.service)
            run = beginning.begin(connection, plan, begun.user, begun.now, begun.succession, begun.cause)
            self._advance(connection, run, plan, begun.now).hand_out(begun.on_failure, begun.drift)
            return run

    def go_on(self, run: str, begun: Begun) -> Plan:
        """Hand out what is left of a run, unless its legs are under way. Raises as `Store.reopen_run`."""
        with self._store.writing() as connection:
            row = found_run(connection, run)
            if is_handed_out(connection, run):
                return stored_plan(run, row.plan)
            self._store.take(row.service)
            plan, _ = reopening.reopen(connection, row, begun.user, begun.now)
            self._advance(connection, run, plan, begun.now).hand_out(begun.on_failure, begun.drift)
            return plan

    def stop(self, run: str, plan: Plan, now: float) -> None:
        """Begin nothing new of the run; what workers have on its way comes to its end."""
        with self._store.writing(brief=True) as connection:
            if self._is_running(connection, run):
                self._advance(connection, run, plan, now).stop(INTERRUPTED)

    def leave_waiting(self, run: str, plan: Plan, now: float, why: Mapping[str, str]) -> None:
        """Wait no longer for workers of the regions that `why` names."""
        with self._store.writing(brief=True) as connection:
            if self._is_running(connection, run):
                self._advance(connection, run, plan, now).leave_waiting(why, NO_WORKER, why)

    def news(self, run: str, after: int) -> tuple[Result, tuple[Event, ...]]:
        """How the run stands, and its events with a number above `after`."""
        with self._store.reading() as connection:
            found = stored_events(connection, run, after)
            return Result(connection.execute(select(runs.c.result).where(runs.c.id == run)).scalar_one()), found

    def unserved(self, run: str, seconds: float) -> frozenset[str]:
        """Regions of queued legs of the run for which no worker has been seen for that long."""
        with self._store.reading() as connection:
            there = select(legs.c.region).where(legs.c.run == run, legs.c.standing == Standing.QUEUED.value)
            queued = set(connection.execute(there).scalars())
            alive = select(workers.c.regions).where(workers.c.seen > _now() - seconds)
            served = {region for text in connection.execute(alive).scalars() for region in json.loads(text)}
        return frozenset(queued - served)

    # For workers

    def leg(self, run: str, leg: str) -> tuple[Plan, tuple[Event, ...], LegEntry] | None:
        """What a worker needs to carry a leg; None where it is not, or no longer, to be carried."""
        with self._store.reading() as connection:
            entry = read_leg(connection, run, leg)
            if entry is None or entry.standing is not Standing.QUEUED:
                return None
            return self._plan(connection, run), stored_events(connection, run), entry

    def append(self, batch: Batch, token: Token, plan: Plan) -> None:
        """Write what a carrier of a leg noted; where its walk has come to its end, end the leg too.

        What the carrier says of the beginning and the end of its walk is about the leg, and goes into no journal. Writing a batch
        again does nothing. Raises StateError (VTN-S033), and writes nothing, where the leg is with somebody else.
        """
        noted = [record for record in batch.records if record.event.step not in {Step.STARTED, Step.ENDED}]
        end = next((record.event for record in batch.records if record.event.step is Step.ENDED), None)
        with self._store.writing(appends=end is None, brief=True) as connection:
            advance = self._advance(connection, batch.run, plan, end.time if end else 0.0)
            mine = (legs.c.run == batch.run, legs.c.id == batch.leg)
            written = connection.execute(select(legs.c.batch).where(*mine, legs.c.job == token.job)).scalar_one_or_none()
            if written is None or not self._queue.is_held(driver(connection), token):
                raise lost(batch.leg)
            if written >= batch.number:
                return
            connection.execute(update(legs).where(*mine).values(batch=batch.number))
            advance.append(noted)
            if end is not None:
                advance.end(batch.leg)

    def is_held(self, token: Token) -> bool:
        """Whether the leg is still with the worker of that token."""
        with self._store.writing(appends=True, brief=True) as connection:
            return self._queue.is_held(driver(connection), token)

    def stopping(self, names: Collection[str]) -> frozenset[str]:
        """Those of the runs `names` of which nothing new is to be begun."""
        with self._store.reading() as connection:
            asked = (runs.c.stopping != "") | (runs.c.cancelled != "")
            return frozenset(connection.execute(select(runs.c.id).where(runs.c.id.in_(names), asked)).scalars())

    def seen(self, worker: str, regions: Collection[str]) -> None:
        """Note that a worker lives, and which regions it serves."""
        with self._store.writing(appends=True, brief=True) as connection:
            connection.execute(delete(workers).where(workers.c.id == worker))
            now = connection.execute(select(_now())).scalar_one()
            write(connection, workers, [{"id": worker, "regions": json.dumps(sorted(regions)), "seen": now}])

    def gone(self, worker: str) -> None:
        """Note that a worker has ended."""
        with self._store.writing(appends=True, brief=True) as connection:
            connection.execute(delete(workers).where(workers.c.id == worker))

    def revive(self, now: float) -> None:
        """Queue anew every leg whose job is gone without having ended it."""
        with self._store.reading() as connection:
            queued = connection.execute(select(legs.c.run, legs.c.job).where(legs.c.standing == Standing.QUEUED.value)).all()
            dead = {run for run, job in queued if job is None or not self._queue.is_alive(driver(connection), job)}
        for run in sorted(dead):
            with self._store.writing(brief=True) as connection:
                self._advance(connection, run, self._plan(connection, run), now).revive()

    def _advance(self, connection: Connection, run: str, plan: Plan, now: float) -> Advance:
        return Advance(connection, run, plan, self._queue, now)

    def _plan(self, connection: Connection, run: str) -> Plan:
        return stored_plan(run, found_run(connection, run).plan)

    def _is_running(self, connection: Connection, run: str) -> bool:
        found = connection.execute(select(runs.c.result).where(runs.c.id == run)).scalar_one_or_none()
        return found == Result.RUNNING.value


def lost(leg: str) -> StateError:
    """Says that a leg was taken from its carrier."""
    return StateError(Diagnostic("VTN-S033", f"leg {leg} was given to another worker", hint="that one goes on with it"))


def _now() -> ColumnElement[float]:
    """Seconds since the epoch, by the clock of the database, which all workers share."""
    return literal_column("extract(epoch FROM clock_timestamp())", Float())
