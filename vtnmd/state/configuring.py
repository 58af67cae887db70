"""What runs have to do with the configuration: one that brings its own commits it, one that is rolled back takes that back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update

from vtnmd.domain.commit import Commit, Origin, Part, service_part
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import inventory_digest, service_digest
from vtnmd.domain.tree import Json
from vtnmd.state.committing import newest_commit, read_part, record, stored_value, text_at
from vtnmd.state.rows import AnyRow
from vtnmd.state.tables import commit_parts, inventory, runs


@dataclass(frozen=True, slots=True)
class Basis:
    """What of the configuration a run is made of: a commit, or what it brings itself.

    `commit` is the number of the commit that its plan was made from; 0: it commits what it brings. `parts` are the service and the
    inventory of its plan without what equals defaults; as they stand in the plan where they are missing.
    """

    commit: int = 0
    parts: Mapping[Part, Json] = field(default_factory=dict)


BROUGHT = Basis()


@dataclass(frozen=True, slots=True)
class Made:
    """The commit that a run is made of, and the one that its rollback leads the service back to."""

    commit: int
    back_to: int


def commit_inventory(connection: Connection, document: Json, written: Json, user: str, now: float) -> None:
    """Commit the inventory, unless it is the one that is there. `document` has its defaults, `written` is its part without."""
    changes = _inventory(connection, document, {} if written is None else {ROOT: written})
    if changes:
        _commit(connection, changes, Origin(user, "cli"), now, document)


def commit_run(connection: Connection, plan: Plan, before: AnyRow | None, basis: Basis, origin: Origin, now: float) -> Made:
    """Commit what a run that is about to begin brings to the configuration. `before` is the row of its service."""
    standing = 0 if before is None else made_of(connection, before.run)
    changes = _inventory(connection, plan.inventory, basis.parts)
    if basis.commit:
        if changes:
            _commit(connection, changes, origin, now, plan.inventory)
        return Made(basis.commit, standing)
    brought = _service(connection, plan, before, standing, basis.parts)
    if brought or changes:
        number = _commit(connection, {**brought, **changes}, origin, now, plan.inventory)
        if brought:
            return Made(number, number - 1)
    held = read_part(connection, service_part(plan.service))
    number = newest_commit(connection) if held is None else held.number
    return Made(number, number)


def take_over(connection: Connection, plan: Plan, run: str, origin: Origin, now: float) -> Made:
    """For a run that takes over the work of `run`: it brings nothing of its own, and is made of the same commit."""
    commit_inventory(connection, plan.inventory, None, origin.user, now)
    standing = made_of(connection, run)
    return Made(standing, standing)


def made_of(connection: Connection, run: str) -> int:
    """The number of the commit that a run is made of; 0 where that was not kept."""
    return connection.execute(select(runs.c.commit_number).where(runs.c.id == run)).scalar_one_or_none() or 0


def note_made_of(connection: Connection, run: str, number: int) -> None:
    """What a run was made of says the same as a later commit: count it as made of that one."""
    connection.execute(update(runs).where(runs.c.id == run).values(commit_number=number))


def _inventory(connection: Connection, document: Json, parts: Mapping[Part, Json]) -> Mapping[Part, Json]:
    if connection.execute(select(inventory.c.digest)).scalar_one_or_none() == inventory_digest(document):
        return {}
    return {ROOT: parts.get(ROOT, document.get(ROOT, {}))}


def _service(
    connection: Connection, plan: Plan, before: AnyRow | None, standing: int, parts: Mapping[Part, Json]
) -> Mapping[Part, Json]:
    """What the plan changes of its service in the configuration. What somebody wrote in other words stays as that wrote it."""
    part, former = service_part(plan.service), service_part(plan.formerly)
    held, changes = read_part(connection, part), dict[Part, Json]()
    if former != part and read_part(connection, former) is not None:
        changes[former] = None
    if plan.intent is None:
        return changes if held is None else {**changes, part: None}
    if held is not None and before is not None and held.number == standing and before.intent_digest == service_digest(plan.intent):
        return changes
    value = parts.get(part, plan.intent.service)
    return changes if held is not None and held.value == value else {**changes, part: value}


def _commit(connection: Connection, changes: Mapping[Part, Json], origin: Origin, now: float, document: Json) -> int:
    number = newest_commit(connection) + 1
    record(connection, [Commit(origin, changes, now, number, {ROOT: document})])
    return number


def put_back(connection: Connection, run: str, former: str, row: Mapping[str, Json] | None, now: float) -> None:
    """After the run was rolled back: its service, by its name before the run, is configured as it was before it too.

    `row` is that of the service before the run, None where it was not there. Where somebody has committed to the service since,
    that stands.
    """
    rolled = connection.execute(select(runs).where(runs.c.id == run)).one()
    parts = dict.fromkeys((service_part(former), service_part(rolled.service)))
    later = select(commit_parts.c.number).where(commit_parts.c.part.in_(list(parts)), commit_parts.c.number > rolled.commit_number)
    if connection.execute(later.limit(1)).first() is not None:
        return
    held = {part: read_part(connection, part) for part in parts}
    then = {part: _value_before(connection, part, rolled.back_to, former, row) for part in parts}
    changes = {part: value for part, value in then.items() if value != (found.value if (found := held[part]) else None)}
    if changes:
        origin = Origin(rolled.user, "serve", comment=f"run {run} was rolled back")
        record(connection, [Commit(origin, changes, now, newest_commit(connection) + 1)])
    if row is not None:
        _stand_again(connection, row["run"], service_part(former), then[service_part(former)], rolled.back_to)


def _value_before(connection: Connection, part: Part, back_to: int | None, former: str, row: Mapping[str, Json] | None) -> Json:
    if back_to is not None:
        return stored_value(text_at(connection, part, back_to))
    if row is None or row["intent"] is None or part != service_part(former):
        return None
    return stored_value(row["intent"])["vtnmd-vtn:services"]["service"][0]


def _stand_again(connection: Connection, run: str, part: Part, value: Json, back_to: int | None) -> None:
    """The service stands as that earlier run made it. Where it is configured so again, nothing of it is left to be done."""
    there = read_part(connection, part)
    number = there.number if there else newest_commit(connection)
    if back_to is None or stored_value(text_at(connection, part, made_of(connection, run))) == value:
        note_made_of(connection, run, number)
