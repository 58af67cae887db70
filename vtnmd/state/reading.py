"""What planners and the command line read from the state. Every function takes a connection that is in a transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource, resource_from_json
from vtnmd.domain.reads import entry_digest
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.domain.tree import Json
from vtnmd.state.doubts import find_doubts
from vtnmd.state.rows import AnyRow, RunEntry, ServiceEntry, chunks, run_entry, service_entry
from vtnmd.state.tables import allocations, contributions, inventory, owners, runs, services, snapshot


def read_snapshot(connection: Connection, addresses: Iterable[Address] | None, owner: str) -> Snapshot:
    """The Snapshot, or its part at `addresses`, or its part owned by the service `owner`; what is in doubt has an empty digest."""
    addresses = None if addresses is None else set(addresses)
    columns = select(snapshot.c.address, snapshot.c.digest, snapshot.c.resource, snapshot.c.attributes, snapshot.c.run)
    owned = owners_of(connection, addresses, owner)
    found: dict[Address, Applied] = {}
    for row in _at(connection, columns, snapshot.c.address, _keys(addresses), owner):
        resource = resource_from_json(json.loads(row.resource))
        found[resource.address] = Applied(resource, row.digest, json.loads(row.attributes), owned.get(row.address, _NONE), row.run)
    for change in (change for doubt in find_doubts(connection) for change in doubt.changes):
        if change.address in found:
            found[change.address] = replace(found[change.address], digest="")
        elif change.after and (addresses is None or change.address in addresses) and (not owner or owner in change.owners):
            found[change.address] = Applied(change.after, "", {}, change.owners, "")
    return Snapshot(found)


def owners_of(connection: Connection, addresses: Iterable[Address] | None, owner: str = "") -> dict[str, frozenset[str]]:
    """The services that own resources of the Snapshot, by address as text."""
    found: dict[str, set[str]] = {}
    for row in _at(connection, select(owners.c.address, owners.c.service), owners.c.address, _keys(addresses), owner):
        found.setdefault(row.address, set()).add(row.service)
    return {address: frozenset(names) for address, names in found.items()}


def resource_digests(connection: Connection, addresses: Iterable[Address]) -> dict[Address, str]:
    """`vtnmd.domain.reads.resource_digest` of those `addresses` that the Snapshot holds."""
    wanted = {str(address): address for address in addresses}
    owned = owners_of(connection, wanted.values())
    rows = _at(connection, select(snapshot.c.address, snapshot.c.digest), snapshot.c.address, list(wanted), "")
    return {wanted[row.address]: entry_digest(row.digest, owned.get(row.address, _NONE)) for row in rows}


def read_services(connection: Connection, name: str = "") -> tuple[ServiceEntry, ...]:
    """Services by name, all or the one."""
    query = select(services, runs.c.result).join(runs, runs.c.id == services.c.run).order_by(services.c.name)
    if name:
        query = query.where(services.c.name == name)
    return tuple(service_entry(row) for row in connection.execute(query))


def read_contributions(
    connection: Connection, service: str, excluding: str, addresses: Iterable[Address] | None
) -> Mapping[Address, Mapping[str, Resource]]:
    """Who wants which resource, by address and service."""
    query = select(contributions.c.service, contributions.c.resource)
    if service:
        query = query.where(contributions.c.service == service)
    if excluding:
        query = query.where(contributions.c.service != excluding)
    found: dict[Address, dict[str, Resource]] = {}
    for row in _at(connection, query, contributions.c.address, _keys(addresses), ""):
        resource = resource_from_json(json.loads(row.resource))
        found.setdefault(resource.address, {})[row.service] = resource
    return found


def read_allocations(connection: Connection, pools: Iterable[str] | None) -> Allocations:
    """All that is drawn, or what is drawn from `pools`."""
    query = select(allocations.c.pool, allocations.c.owner, allocations.c.value)
    values: dict[str, dict[str, int | str]] = {}
    for row in _at(connection, query, allocations.c.pool, None if pools is None else list(pools), ""):
        values.setdefault(row.pool, {})[row.owner] = json.loads(row.value)
    return Allocations(values)


def read_inventory(connection: Connection) -> Json | None:
    """The inventory loaded last, None before the first."""
    text = connection.execute(select(inventory.c.document)).scalar_one_or_none()
    return None if text is None else json.loads(text)


def read_runs(connection: Connection, service: str, limit: int) -> tuple[RunEntry, ...]:
    """Runs, the latest first."""
    query = select(*_BRIEF)
    if service:
        query = query.where(runs.c.service == service)
    return tuple(run_entry(row) for row in connection.execute(query.order_by(runs.c.ordinal.desc()).limit(limit)))


def read_runs_after(connection: Connection, run: AnyRow) -> tuple[RunEntry, ...]:
    """Later runs of the same service, the latest first."""
    query = select(*_BRIEF).where(runs.c.service == run.service, runs.c.ordinal > run.ordinal)
    return tuple(run_entry(row) for row in connection.execute(query.order_by(runs.c.ordinal.desc())))


def read_run(connection: Connection, run: str) -> AnyRow | None:
    """The row of one run, its plan included."""
    return connection.execute(select(runs).where(runs.c.id == run)).one_or_none()


_NONE: frozenset[str] = frozenset()
_BRIEF = [column for column in runs.c if column.name not in {"plan", "settings", "before"}]


def _keys(addresses: Iterable[Address] | None) -> list[str] | None:
    return None if addresses is None else [str(address) for address in addresses]


def _at(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], keys: list[str] | None, owner: str
) -> Iterator[AnyRow]:
    """The rows of `query` whose `column` is among `keys` (None: any) and, with `owner`, an address that this service owns."""
    if owner:
        query = query.where(column.in_(select(owners.c.address).where(owners.c.service == owner)))
    if keys is None:
        yield from connection.execute(query)
        return
    for part in chunks(keys):
        yield from connection.execute(query.where(column.in_(part)))
