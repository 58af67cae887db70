"""What runs that still count as running have sent without hearing of it: nobody knows its effect yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from vtnmd.domain.journal import replay
from vtnmd.domain.plan import Change
from vtnmd.domain.run import Result
from vtnmd.state.rows import stored_events, stored_plan
from vtnmd.state.tables import runs


@dataclass(frozen=True, slots=True)
class Doubt:
    """A run and its service, the number of its last event, and the changes of it that are in doubt."""

    run: str
    service: str
    sequence: int
    changes: tuple[Change, ...]


def find_doubts(connection: Connection) -> Iterator[Doubt]:
    """One for each run that is at work, or was when its process ended."""
    going_on = select(runs.c.id, runs.c.service).where(runs.c.result == Result.RUNNING.value)
    for run, service in connection.execute(going_on).all():
        progress = replay(stored_events(connection, run))
        yield Doubt(run, service, progress.sequence, _changes(connection, run, progress.doubtful) if progress.doubtful else ())


def _changes(connection: Connection, run: str, requests: frozenset[str]) -> tuple[Change, ...]:
    plan = stored_plan(run, connection.execute(select(runs.c.plan).where(runs.c.id == run)).scalar_one())
    addresses = {address for request in plan.requests if request.id in requests for address in request.changes}
    return tuple(change for change in plan.changes if change.address in addresses)
