"""What a run replaced in the state, kept in the size of its change, and put back when the run was rolled back."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, select, update

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.intent import Intent
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json
from vtnmd.state.configuring import put_back
from vtnmd.state.contributing import note_held
from vtnmd.state.modelling import read_models
from vtnmd.state.releasing import release
from vtnmd.state.rows import AnyRow, chunks, dump, remove, write
from vtnmd.state.tables import allocation_users, allocations, carriage, contributions, displaced, owners, runs, services, snapshot

Pair = tuple[str, str]
"""Pool and owner."""


def remember(
    connection: Connection,
    run: str,
    service: AnyRow | None,
    moved: Mapping[str, Mapping[str, str]],
    contributed: Mapping[str, str | None],
    drawn: Mapping[Pair, str | None],
) -> None:
    """Keep what `run` is about to replace: the row of the service, None where there was none, and what differs of all else.

    `contributed` gives the earlier text of contributions that it changes or removes, None for those it adds; `drawn` the earlier
    value of allocations, None for those that the service did not use. `moved` is that of its plan. Of a service that was not there
    nothing has to be kept.
    """
    if service is None:
        return
    row = {column.name: getattr(service, column.name) for column in services.c}
    names = {pool: dict(given) for pool, given in moved.items() if given}
    kept = {"service": row, "moved": names, "allocations": [[pool, owner, value] for (pool, owner), value in drawn.items()]}
    connection.execute(update(runs).where(runs.c.id == run).values(before=dump(kept)))
    write(connection, displaced, [{"run": run, "address": key, "resource": text} for key, text in contributed.items()])


def intent_before(connection: Connection, row: AnyRow) -> Intent | None:
    """The Intent that the service of a run, given by its row, had before it; None where it was not there, or was going.

    Raises StateError (VTN-S013) for a run of a vtnmd that did not keep it.
    """
    if not row.version:
        hint = "apply the service as it was from its own file"
        raise StateError(Diagnostic("VTN-S013", f"what was before run {row.id} was not kept", hint=hint))
    service: Json = json.loads(row.before)["service"] if row.before else {"intent": None}
    if service["intent"] is None:
        return None
    used = service.get("models", "")
    return Intent(service["name"], json.loads(service["intent"]), models=read_models(connection, [used])[used])


def later_name(connection: Connection, row: AnyRow) -> tuple[str, str]:
    """The name that the service of a run, given by its row, was renamed to after it, and the run that did; empty where none."""
    stands = (runs.c.ordinal > row.ordinal, runs.c.before.is_not(None), runs.c.result != Result.ROLLED_BACK.value)
    later = select(runs.c.id, runs.c.service, runs.c.before).where(*stands)
    name, renamer = row.service, ""
    for run in connection.execute(later.order_by(runs.c.ordinal)):
        if run.service != name and json.loads(run.before)["service"]["name"] == name:
            name, renamer = run.service, run.id
    return (name, renamer) if renamer else ("", "")


def restore(connection: Connection, run: str, now: float) -> None:
    """Make the service what it was before `run`, which has put every endpoint back and the Snapshot with it.

    Nothing is done where a later run has taken the service over.
    """
    name = connection.execute(select(services.c.name).where(services.c.run == run)).scalar_one_or_none()
    if name is None:
        return
    text = connection.execute(select(runs.c.before).where(runs.c.id == run)).scalar_one()
    if text is None:
        _forget(connection, name)
        put_back(connection, run, name, None, now)
        return
    kept = json.loads(text)
    query = select(displaced.c.address, displaced.c.resource).where(displaced.c.run == run)
    _restore_contributions(connection, name, {row.address: row.resource for row in connection.execute(query)})
    _restore_allocations(connection, name, run, kept)
    _take_names_back(connection, name, kept)
    remove(connection, services, "name", [name])
    write(connection, services, [kept["service"]])
    note_held(connection, kept["service"]["name"])
    put_back(connection, run, kept["service"]["name"], kept["service"], now)


def _take_names_back(connection: Connection, name: str, kept: Json) -> None:
    """The reverse of `renaming.carry_out_moves`."""
    for pool, names in kept["moved"].items():
        for now, former in names.items():
            for table in (allocations, allocation_users):
                here = (table.c.pool == pool, table.c.owner == now)
                connection.execute(update(table).where(*here).values(owner=former))
    former = kept["service"]["name"]
    if former != name:
        for table in (contributions, owners, allocation_users):
            connection.execute(update(table).where(table.c.service == name).values(service=former))


def _forget(connection: Connection, name: str) -> None:
    connection.execute(delete(contributions).where(contributions.c.service == name))
    connection.execute(delete(owners).where(owners.c.service == name))
    used = select(allocation_users.c.pool, allocation_users.c.owner).where(allocation_users.c.service == name)
    release(connection, name, [(row.pool, row.owner) for row in connection.execute(used)])
    remove(connection, services, "name", [name])
    remove(connection, carriage, "service", [name])


def _restore_contributions(connection: Connection, name: str, earlier: Mapping[str, str | None]) -> None:
    """The contributions, and with them who owns what is there."""
    for table in (contributions, owners):
        for part in chunks(earlier):
            connection.execute(delete(table).where(table.c.service == name, table.c.address.in_(part)))
    kept = {address: text for address, text in earlier.items() if text is not None}
    write(connection, contributions, [{"service": name, "address": key, "resource": text} for key, text in kept.items()])
    for part in chunks(kept):
        there = connection.execute(select(snapshot.c.address).where(snapshot.c.address.in_(part))).scalars()
        write(connection, owners, [{"address": address, "service": name} for address in there])


def _restore_allocations(connection: Connection, name: str, run: str, kept: Json) -> None:
    earlier = {(pool, owner): value for pool, owner, value in kept["allocations"]}
    release(connection, name, [pair for pair, value in earlier.items() if value is None])
    _put_back(connection, {pair: value for pair, value in earlier.items() if value is not None})
    mine = (allocation_users.c.service == name, allocation_users.c.run == run)
    connection.execute(update(allocation_users).where(*mine).values(run=kept["service"]["run"]))


def _put_back(connection: Connection, moved: Mapping[Pair, str]) -> None:
    """Values that were drawn anew become what they were, but for those that somebody else has taken since."""
    taken: set[Pair] = set()
    now: dict[Pair, str] = {}
    for row in _drawn(connection, {pool for pool, _ in moved}):
        if (row.pool, row.owner) in moved:
            now[row.pool, row.owner] = row.value
        else:
            taken.add((row.pool, row.value))
    free = {pair: value for pair, value in moved.items() if pair in now and (pair[0], value) not in taken}
    for pool, owner in free:
        connection.execute(delete(allocations).where(allocations.c.pool == pool, allocations.c.owner == owner))
    write(connection, allocations, [{"pool": pool, "owner": owner, "value": value} for (pool, owner), value in free.items()])


def _drawn(connection: Connection, pools: Iterable[str]) -> Iterable[AnyRow]:
    for part in chunks(pools):
        yield from connection.execute(select(allocations).where(allocations.c.pool.in_(part)))
