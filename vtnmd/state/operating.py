"""What operators and probes say: region modes, the health of endpoints, how interconnects carry; and what a drain corrects.

All but the last is written without owning the state: it decides nothing that a plan does.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Table, delete, select, update

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.health import Health, health_from_json
from vtnmd.domain.probe import Carriage, Verdict
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Result
from vtnmd.state.auditing import audit
from vtnmd.state.rows import chunks, dump, remove, write
from vtnmd.state.tables import (
    allocation_users,
    allocations,
    carriage,
    commits,
    contributions,
    health,
    owners,
    regions,
    runs,
    services,
    snapshot,
)


def read_modes(connection: Connection) -> dict[str, RegionMode]:
    """The regions that were ever given a mode, by name."""
    rows = connection.execute(select(regions).order_by(regions.c.name))
    return {row.name: RegionMode(row.name, Mode(row.mode), row.user, row.since, row.reason) for row in rows}


def write_mode(connection: Connection, mode: RegionMode) -> None:
    """Set the mode of one region."""
    row = {"name": mode.region, "mode": mode.mode.value, "user": mode.user, "since": mode.since, "reason": mode.reason}
    _put(connection, regions, "name", row)
    audit(connection, mode.since, mode.user, "region", mode.region, {"mode": mode.mode.value, "reason": mode.reason})


def read_health(connection: Connection) -> dict[str, Health]:
    """The health of endpoints of which any is known, by id."""
    rows = connection.execute(select(health))
    return {row.endpoint: health_from_json(row.condition, row.since, json.loads(row.detail)) for row in rows}


def write_health(connection: Connection, known: Mapping[str, Health]) -> None:
    """Keep the health of some endpoints."""
    for endpoint, found in sorted(known.items()):
        row = {"endpoint": endpoint, "condition": found.condition.value, "since": found.since, "detail": dump(found.to_json())}
        _put(connection, health, "endpoint", row)


def read_carriage(connection: Connection) -> dict[str, dict[Address, Carriage]]:
    """How well the interconnects of services that are there carried when they were last probed, by service."""
    found: dict[str, dict[Address, Carriage]] = {}
    query = select(carriage).join(services, services.c.name == carriage.c.service).order_by(carriage.c.service, carriage.c.address)
    for row in connection.execute(query):
        known = Carriage(Verdict(row.verdict), row.since, tuple(json.loads(row.reasons)))
        found.setdefault(row.service, {})[parse_address(row.address)] = known
    return found


def write_carriage(connection: Connection, service: str, known: Mapping[Address, Carriage]) -> None:
    """Keep what is known of all interconnects of a service."""
    connection.execute(delete(carriage).where(carriage.c.service == service))
    rows = [
        {
            "service": service,
            "address": str(address),
            "verdict": found.verdict.value,
            "since": found.since,
            "reasons": dump(list(found.reasons)),
        }
        for address, found in sorted(known.items())
    ]
    write(connection, carriage, rows)


def _put(connection: Connection, table: Table, key: str, row: Mapping[str, object]) -> None:
    """Write a row in place of the one with the same key: others may write it at the same time."""
    if connection.execute(update(table).where(table.c[key] == row[key]).values(**row)).rowcount == 0:
        write(connection, table, [dict(row)])


def read_service_allocations(connection: Connection, service: str) -> Allocations:
    """What one service drew and holds."""
    mine = (allocation_users.c.pool == allocations.c.pool) & (allocation_users.c.owner == allocations.c.owner)
    query = select(allocations).join(allocation_users, mine).where(allocation_users.c.service == service)
    found: dict[str, dict[str, int | str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.pool, {})[row.owner] = json.loads(row.value)
    return Allocations(found)


def waiting_runs(connection: Connection) -> tuple[str, ...]:
    """The latest run of each service, where it left work that waits."""
    query = select(runs.c.id).join(services, services.c.run == runs.c.id).where(runs.c.result == Result.PARTLY.value)
    return tuple(connection.execute(query.order_by(runs.c.ordinal)).scalars())


def cut_short(connection: Connection) -> tuple[str, ...]:
    """The latest run of each service, where it was interrupted and no command began it but a commit of a client."""
    query = select(runs.c.id).join(services, services.c.run == runs.c.id).join(commits, commits.c.number == runs.c.commit_number)
    mine = (runs.c.result == Result.INTERRUPTED.value, runs.c.cancelled == "", commits.c.source != "cli")
    return tuple(connection.execute(query.where(*mine).order_by(runs.c.ordinal)).scalars())


def supersede(connection: Connection, service: str, run: str, successor: str) -> None:
    """Let `successor` take over what `run` and earlier runs of the service still had to do; it bears the label of `run`."""
    left = (runs.c.result == Result.PARTLY.value) | (runs.c.id == run)
    these = (runs.c.service == service, left, runs.c.id != successor)
    connection.execute(update(runs).where(*these).values(result=Result.SUPERSEDED.value, successor=successor))
    label = select(runs.c.label).where(runs.c.id == run).scalar_subquery()
    connection.execute(update(runs).where(runs.c.id == successor).values(label=label))


def forget_region(connection: Connection, service: str, region: str) -> None:
    """Drop what the service owns and wants in a region that never returns; what nobody owns any more leaves the Snapshot."""
    for table in (owners, contributions):
        mine = select(table.c.address).where(table.c.service == service)
        for part in chunks(_in_region(connection.execute(mine).scalars(), region)):
            connection.execute(delete(table).where(table.c.service == service, table.c.address.in_(part)))
    orphans = select(snapshot.c.address).where(snapshot.c.address.not_in(select(owners.c.address)))
    remove(connection, snapshot, "address", _in_region(connection.execute(orphans).scalars(), region))


def _in_region(addresses: Iterable[str], region: str) -> Sequence[str]:
    return [address for address in addresses if parse_address(address).region == region]
