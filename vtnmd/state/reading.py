"""What planners and the command line read from the state. Every function takes a connection that is in a transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.graph import Resource, stored_resource
from vtnmd.domain.reads import RESOURCE, entry_digest
from vtnmd.domain.run import Result
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.domain.tree import Json
from vtnmd.state.doubts import find_doubts
from vtnmd.state.modelling import read_models
from vtnmd.state.rows import AnyRow, RunEntry, ServiceBrief, ServiceEntry, chunks, dump, run_entry, service_entry
from vtnmd.state.tables import allocation_users, allocations, contributions, inventory, owners, runs, services, snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state holds of a service of which every resource is as its last plan wants it.

    `contributions` are the resources that it wants, by address; `reads` is what a plan reads of them (`vtnmd.domain.reads`);
    `allocations` are those that the plan lists.
    """

    contributions: tuple[Resource, ...]
    reads: Mapping[str, str]
    allocations: Allocations


def read_snapshot(connection: Connection, addresses: Iterable[Address] | None, owner: str) -> Snapshot:
    """The Snapshot, or its part at `addresses`, or its part owned by the service `owner`; what is in doubt has an empty digest."""
    addresses = None if addresses is None else set(addresses)
    columns = select(snapshot)
    owned = owners_of(connection, addresses, owner)
    found: dict[Address, Applied] = {}
    for row in _at(connection, columns, snapshot.c.address, _keys(addresses), owner):
        resource = stored_resource(row.address, row.resource)
        attributes, accepted = json.loads(row.attributes), json.loads(row.accepted)
        holders = owned.get(row.address, _NONE)
        found[resource.address] = Applied(resource, row.digest, attributes, holders, row.run, accepted)
    for change in (change for doubt in find_doubts(connection) for change in doubt.changes):
        if change.address in found:
            found[change.address] = replace(found[change.address], digest="")
        elif change.after and (addresses is None or change.address in addresses) and (not owner or owner in change.owners):
            found[change.address] = Applied(change.after, "", {}, change.owners, "")
    return Snapshot(found)


def owners_of(connection: Connection, addresses: Iterable[Address] | None, owner: str = "") -> dict[str, frozenset[str]]:
    """The services that own resources of the Snapshot, by address as text."""
    rows = _at(connection, select(owners.c.address, owners.c.service), owners.c.address, _keys(addresses), owner)
    return _gathered(rows)


def _gathered(rows: Iterable[AnyRow]) -> dict[str, frozenset[str]]:
    """Pairs of address and service, by address. Most resources have one service, and one set for each does for all of them."""
    found: dict[str, frozenset[str]] = {}
    alone: dict[str, frozenset[str]] = {}
    for address, service in rows:
        one = alone.get(service) or alone.setdefault(service, frozenset({service}))
        found[address] = found[address] | one if address in found else one
    return found


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
    rows = connection.execute(query).all()
    models = read_models(connection, (row.models for row in rows))
    return tuple(service_entry(row, models[row.models]) for row in rows)


def read_service_briefs(connection: Connection) -> tuple[ServiceBrief, ...]:
    """Every service by name, without what is large."""
    columns = (services.c.name, services.c.version, services.c.owner, services.c.run, runs.c.result, services.c.changed)
    query = select(*columns).join(runs, runs.c.id == services.c.run).order_by(services.c.name)
    return tuple(
        ServiceBrief(name, version, owner, run, Result(result), changed)
        for name, version, owner, run, result, changed in connection.execute(query)
    )


def read_contributions(
    connection: Connection, service: str, excluding: str, addresses: Iterable[Address] | None
) -> Mapping[Address, Mapping[str, Resource]]:
    """Who wants which resource, by address and service."""
    query = select(contributions.c.service, contributions.c.address, contributions.c.resource)
    if service:
        query = query.where(contributions.c.service == service)
    if excluding:
        query = query.where(contributions.c.service != excluding)
    found: dict[Address, dict[str, Resource]] = {}
    for row in _at(connection, query, contributions.c.address, _keys(addresses), ""):
        resource = stored_resource(row.address, row.resource)
        found.setdefault(resource.address, {})[row.service] = resource
    return found


def read_sharing(connection: Connection, service: str, addresses: Iterable[Address]) -> Mapping[Address, frozenset[str]]:
    """Which services but this one want what it owns, and what stands at `addresses`."""
    query = select(contributions.c.address, contributions.c.service).where(contributions.c.service != service).distinct()
    rows = (
        *_at(connection, query, contributions.c.address, None, service),
        *_at(connection, query, contributions.c.address, _keys(addresses), ""),
    )
    return {parse_address(address): names for address, names in _gathered(rows).items()}


def read_standing(connection: Connection, service: str) -> Standing | None:
    """What stands of a service; None where a resource of it is not as its last plan wants it, or is not known to be."""
    there = snapshot.c.address == contributions.c.address
    query = select(contributions.c.address, contributions.c.resource, contributions.c.digest, snapshot.c.digest)
    query = query.join(snapshot, there, isouter=True).where(contributions.c.service == service).order_by(contributions.c.address)
    rows = connection.execute(query).all()
    owned = owners_of(connection, None, service)
    doubtful = {str(change.address) for doubt in find_doubts(connection) for change in doubt.changes}
    if len(rows) != len(owned):
        return None
    for address, _, wanted, held in rows:
        if not held or held != wanted or address not in owned or address in doubtful:
            return None
    return Standing(
        tuple([stored_resource(address, text) for address, text, _, _ in rows]),
        {RESOURCE + address: entry_digest(held, owned[address]) for address, _, _, held in rows},
        _allocations(connection.execute(_drawn_by(service)).all()),
    )


def _drawn_by(service: str) -> Select[Any]:
    """What the last plan of the service lists."""
    users = allocation_users
    same = (users.c.pool == allocations.c.pool) & (users.c.owner == allocations.c.owner)
    last = (services.c.name == users.c.service) & (services.c.run == users.c.run)
    query = select(allocations.c.pool, allocations.c.owner, allocations.c.value)
    return query.join(users, same).join(services, last).where(users.c.service == service)


def read_allocations(connection: Connection, pools: Iterable[str] | None) -> Allocations:
    """All that is drawn, or what is drawn from `pools`."""
    query = select(allocations.c.pool, allocations.c.owner, allocations.c.value)
    return _allocations(_at(connection, query, allocations.c.pool, None if pools is None else list(pools), ""))


def _allocations(rows: Iterable[AnyRow]) -> Allocations:
    """From pools, owners and values. All values of a pool are parsed at once: there may be very many."""
    pools: dict[str, tuple[list[str], list[str]]] = {}
    for pool, owner, value in rows:
        names, texts = pools.get(pool) or pools.setdefault(pool, ([], []))
        names.append(owner)
        texts.append(value)
    return Allocations(
        {pool: dict(zip(names, json.loads(f"[{','.join(texts)}]"), strict=True)) for pool, (names, texts) in pools.items()}
    )


def read_pools(connection: Connection, names: Iterable[str]) -> frozenset[str]:
    """The pools that services of those names drew from, and those that are theirs, whoever drew from them."""
    names = list(names)
    drawn = select(allocation_users.c.pool).where(allocation_users.c.service.in_(names)).distinct()
    lasting = select(allocations.c.value).where(allocations.c.pool == SERVICE_NAMES, allocations.c.owner.in_(names))
    known = {*names, *(json.loads(value) for value in connection.execute(lasting).scalars())}
    begins = or_(*(_begins(connection, allocations.c.pool, f"{kind}/{name}/") for name in sorted(known) for kind in _OWN_POOLS))
    own = select(allocations.c.pool).where(begins).distinct()
    return frozenset({*connection.execute(drawn).scalars(), *(connection.execute(own).scalars() if known else ())})


_OWN_POOLS = ("address", "name/odl")
"""Kinds of pools that a service has of its own, and that others draw from who use its segments."""


def _begins(connection: Connection, column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether a text begins so; in SQLite by its index, which LIKE would not use."""
    if connection.dialect.name == "sqlite":
        return (column >= prefix) & (column < prefix[:-1] + chr(ord(prefix[-1]) + 1))
    return column.startswith(prefix, autoescape=True)


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


def found_run(connection: Connection, run: str) -> AnyRow:
    """The same. Raises StateError (VTN-S008) where there is none."""
    row = read_run(connection, run)
    if row is None:
        raise StateError(Diagnostic("VTN-S008", f"there is no run {run}", hint="vtnmd history lists the runs"))
    return row


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
        yield from connection.execute(query).all()
        return
    if connection.dialect.name == "sqlite" and keys:  # one parameter, where thousands would each be looked at by SQLAlchemy
        listed = func.json_each(dump(keys)).table_valued("value")
        yield from connection.execute(query.where(column.in_(select(listed.c.value)))).all()
        return
    for part in chunks(keys):
        yield from connection.execute(query.where(column.in_(part))).all()
