"""Rows to values and back."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.sql.schema import Table

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan, plan_from_json
from vtnmd.domain.probe import Probe, probe_from_json
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.state.tables import events

_CHUNK = 500  # parameters of one statement; SQLite takes 32,766, others fewer

Value = TypeVar("Value")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service as the state holds it.

    `version` counts its Intents from 1. `intent` is None while the service is being destroyed. `result` is how its last run, `run`,
    stands; `changed` is when that began, in seconds since the epoch.
    """

    name: str
    version: int
    owner: str
    intent: Intent | None
    inventory_digest: str
    probes: tuple[Probe, ...]
    run: str
    result: Result
    changed: float


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run as the state holds it. Times are seconds since the epoch; `ended` is None while it goes on.

    `version` is that of the Intent which it brings, 0 where that was not kept. `cancelled` is the user who told it to end,
    `successor` the run that took over what it had left.
    """

    id: str
    service: str
    user: str
    started: float
    ended: float | None
    result: Result
    version: int = 0
    label: str = ""
    cancelled: str = ""
    successor: str = ""

    def to_json(self) -> Json:
        return {
            "run": self.id,
            "service": self.service,
            "version": self.version,
            "label": self.label,
            "user": self.user,
            "started": self.started,
            "ended": self.ended,
            "result": str(self.result),
            "cancelled": self.cancelled,
            "successor": self.successor,
        }


def dump(document: Json) -> str:
    """JSON text, as stored."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def chunks(values: Iterable[Value]) -> Iterator[Sequence[Value]]:
    """`values` in parts that fit one statement."""
    pending = list(values)
    for start in range(0, len(pending), _CHUNK):
        yield pending[start : start + _CHUNK]


def write(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`; none is fine."""
    if rows:
        connection.execute(insert(table), rows)


def remove(connection: Connection, table: Table, column: str, values: Iterable[str]) -> None:
    """Delete the rows whose `column` is among `values`."""
    for part in chunks(values):
        connection.execute(delete(table).where(table.c[column].in_(part)))


def service_entry(row: AnyRow) -> ServiceEntry:
    """From a row of `services` joined with the result of its run."""
    return ServiceEntry(
        row.name,
        row.version,
        row.owner,
        None if row.intent is None else Intent(row.name, json.loads(row.intent)),
        row.inventory_digest,
        tuple(probe_from_json(entry) for entry in json.loads(row.probes)),
        row.run,
        Result(row.result),
        row.changed,
    )


def run_entry(row: AnyRow) -> RunEntry:
    """From a row of `runs`."""
    return RunEntry(
        row.id,
        row.service,
        row.user,
        row.started,
        row.ended,
        Result(row.result),
        row.version,
        row.label,
        row.cancelled,
        row.successor,
    )


def stored_events(connection: Connection, run: str) -> tuple[Event, ...]:
    """The journal of a run, in order."""
    query = select(events).where(events.c.run == run).order_by(events.c.sequence)
    return tuple(
        Event(row.run, row.sequence, row.time, Step(row.step), row.request, json.loads(row.detail))
        for row in connection.execute(query)
    )


def event_row(value: Event) -> dict[str, Any]:
    """A row of `events`."""
    return {
        "run": value.run,
        "sequence": value.sequence,
        "time": value.time,
        "step": value.step.value,
        "request": value.request,
        "detail": dump(value.detail) if value.detail else "{}",
    }


def stored_plan(run: str, text: str) -> Plan:
    """The plan of a run. Raises StateError (VTN-S003) where it is not one that this vtnmd reads."""
    try:
        return plan_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        summary = f"the plan of run {run} cannot be read"
        raise StateError(Diagnostic("VTN-S003", summary, detail=f"{type(error).__name__}: {error}")) from error
