"""Rows to values and back."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Delete, Insert, Row, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Table

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.plan import Plan, plan_from_json
from vtnmd.domain.probe import Probe, probe_from_json
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json, compact
from vtnmd.state.tables import events

_CHUNK = 500  # parameters of one statement; SQLite takes 32,766, others fewer

Value = TypeVar("Value")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service as the state holds it.

    `version` counts its Intents from 1. `intent` is None while the service is being destroyed, `models` are then still those that
    it was made with. `maker` is what compiled it, as in
    `Plan`. `result` is how its last run, `run`, stands; `changed` is when that began, in seconds since the epoch.
    """

    name: str
    version: int
    owner: str
    intent: Intent | None
    intent_digest: str
    inventory_digest: str
    maker: str
    probes: tuple[Probe, ...]
    run: str
    result: Result
    changed: float
    models: Models = NO_MODELS


@dataclass(frozen=True, slots=True)
class ServiceBrief:
    """A service without its Intent, probes and models, for who looks at very many."""

    name: str
    version: int
    owner: str
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
    return compact(document)


def dump_plan(plan: Plan) -> str:
    """JSON text of a plan, made entry by entry: as one document it would take several times the memory of the plan."""
    return "".join(_pieces(plan))


def _pieces(plan: Plan) -> Iterator[str]:
    opening = "{"
    for name, part in plan.parts():
        yield f"{opening}{dump(name)}:"
        opening = ","
        if isinstance(part, tuple):
            yield "["
            for place, each in enumerate(part):
                yield "," if place else ""
                yield each.text if isinstance(each, Resource) else dump(each.to_json())
            yield "]"
        else:
            yield dump(part)
    yield "}"


def chunks(values: Iterable[Value]) -> Iterator[Sequence[Value]]:
    """`values` in parts that fit one statement."""
    pending = list(values)
    for start in range(0, len(pending), _CHUNK):
        yield pending[start : start + _CHUNK]


def write(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, which have the same columns; none is fine."""
    if rows:
        names = tuple(rows[0])
        _execute_many(connection, ("insert", table.name, names), lambda: insert(table), names, rows)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, which have the same columns, in place of what the table holds under the same primary keys."""
    if not rows:
        return
    names = tuple(rows[0])
    keys = [column.name for column in table.primary_key]

    def statement() -> Insert:
        fresh = sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
        changed = {name: fresh.excluded[name] for name in names if name not in keys}
        return fresh.on_conflict_do_update(index_elements=keys, set_=changed)

    _execute_many(connection, ("put", table.name, names), statement, names, rows)


def remove(connection: Connection, table: Table, column: str, values: Iterable[str]) -> None:
    """Delete the rows whose `column` is among `values`."""
    rows = [{column: value} for value in values]
    if rows:
        here: ColumnElement[bool] = table.c[column] == bindparam(column)
        _execute_many(connection, ("remove", table.name, column), lambda: delete(table).where(here), (column,), rows)


_texts: dict[tuple[Any, ...], tuple[str, Sequence[str] | None]] = {}


def _execute_many(
    connection: Connection, key: tuple[Any, ...], make: Callable[[], Insert | Delete], names: Sequence[str], rows: Sequence[Any]
) -> None:
    """A statement for many rows, in the driver's own words: SQLAlchemy would look at each parameter of each row once more.

    `key` names the statement, `names` are its parameters. Columns here are texts and numbers, which drivers take as they are.
    """
    known = _texts.get((connection.dialect.name, *key))
    if known is None:
        compiled = make().compile(dialect=connection.dialect, column_keys=list(names))
        known = str(compiled), compiled.positiontup if compiled.positional else None
        _texts[(connection.dialect.name, *key)] = known
    text, places = known
    parameters = (
        rows if places is None else [*map(itemgetter(*places), rows)] if len(places) > 1 else [(*row.values(),) for row in rows]
    )
    connection.exec_driver_sql(text, parameters)


def service_entry(row: AnyRow, models: Models) -> ServiceEntry:
    """From a row of `services` joined with the result of its run."""
    return ServiceEntry(
        row.name,
        row.version,
        row.owner,
        None if row.intent is None else Intent(row.name, json.loads(row.intent), models=models),
        row.intent_digest,
        row.inventory_digest,
        row.maker,
        tuple(probe_from_json(entry) for entry in json.loads(row.probes)),
        row.run,
        Result(row.result),
        row.changed,
        models,
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


def stored_events(connection: Connection, run: str, after: int = 0) -> tuple[Event, ...]:
    """The journal of a run, in order, from the event that follows number `after`."""
    query = select(events).where(events.c.run == run, events.c.sequence > after).order_by(events.c.sequence)
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
        "step": str(value.step),
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
