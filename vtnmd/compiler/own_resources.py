"""Entries of a designer's own YANG lists become resources, as `vtnmd-types:resource` says of the list. No rule in Python is needed.

An entry becomes one resource in each region that it names. Its properties are the entry without module names, `id`, a name that no
other resource of the kind has, and `taken`, what the list's statements `takes` ask for. It needs what the entries that its leafrefs
lead to become in the same region.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from vtnmd.compiler.service import SERVICE_PATH, Path, Service
from vtnmd.compiler.transforms.names import odl_name, vtn_name
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Becomes, Kind, SchemaNode
from vtnmd.yang.schema import Schema

_ENDPOINT, _POOL = "endpoint", "pool"


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """One entry of a designer's list in one of its regions. `above` are the names of the own entries that it is nested in."""

    becomes: Becomes
    node: SchemaNode
    entry: Json
    path: Path
    above: tuple[str, ...]
    region: str
    region_path: Path

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.above, *(str(self.entry[key]) for key in self.node.keys))

    @property
    def vtn(self) -> int | None:
        """The place of the VTN that it is in."""
        at = len(SERVICE_PATH)
        return self.path[at + 1] if self.path[at] == "vtn" and isinstance(self.path[at + 1], int) else None  # type: ignore[return-value]  # an index


def find_own_entries(schema: Schema, intent: Intent) -> tuple[OwnEntry, ...]:
    """All of them, in the order of the document."""
    service = schema.node(SERVICE_PATH) if intent.models else None
    return tuple(_below(service, intent.service, SERVICE_PATH, ())) if service else ()


def _below(node: SchemaNode, value: Json, path: Path, above: tuple[str, ...]) -> Iterator[OwnEntry]:
    for member, child in node.children.items():
        if child.kind is Kind.CONTAINER and member in value:
            yield from _below(child, value[member], (*path, member), above)
        elif child.kind is Kind.LIST:
            for index, entry in enumerate(value.get(member, ())):
                here = (*path, member, index)
                for becomes in child.becomes:
                    for region, place in _regions(child, becomes, entry, here):
                        yield OwnEntry(becomes, child, entry, here, above, region, place)
                inner = (*above, *(str(entry[key]) for key in child.keys)) if child.becomes else above
                yield from _below(child, entry, here, inner)


def _regions(node: SchemaNode, becomes: Becomes, entry: Json, path: Path) -> Iterator[tuple[str, Path]]:
    member = next((child.member for child in node.children.values() if child.name == becomes.region), "")
    named = entry.get(member, ())
    if isinstance(named, str):
        yield named, (*path, member)
    else:
        yield from ((region, (*path, member, index)) for index, region in enumerate(named))


def check_own_entries(service: Service, entries: Iterable[OwnEntry]) -> Iterator[tuple[Path, Diagnostic]]:
    """What the inventory lacks for them: VTN-I001 region, VTN-I002 endpoint, VTN-I003 ambiguous endpoint, VTN-G030 setting."""
    for own in entries:
        what = f"{own.becomes.kind} {'/'.join(own.names)}"
        here = _endpoints(service, own)
        if own.region not in service.inventory.regions:
            hint = f"regions of this inventory: {', '.join(sorted(service.inventory.regions)) or 'none'}"
            yield own.region_path, Diagnostic("VTN-I001", f"the inventory has no region {own.region}", hint=hint)
        elif not here:
            hint = f"add one to region {own.region} in the inventory"
            summary = f"region {own.region} has no endpoint of kind {own.becomes.at}, which {what} needs"
            yield own.region_path, Diagnostic("VTN-I002", summary, hint=hint)
        elif len(here) > 1:
            names = ", ".join(each.name for each in here)
            summary = f"region {own.region} has {len(here)} endpoints of kind {own.becomes.at} ({names}); which has {what}?"
            hint = "name the family too in the statement `at` of the list, or keep one such endpoint per region"
            yield own.region_path, Diagnostic("VTN-I003", summary, hint=hint)
        else:
            for head, *rest in _taken_paths(own):
                if head == _ENDPOINT and "/".join(rest) not in here[0].settings:
                    yield own.path, _not_there(own, (head, *rest), f"{here[0].id} has no such setting")


def own_demands(service: Service, entries: Iterable[OwnEntry]) -> Iterator[Demand]:
    """What they draw from pools of the inventory."""
    for own in entries:
        for head, *rest in _taken_paths(own):
            if head == _POOL:
                yield _demand(service, own, "/".join(rest))


def _demand(service: Service, own: OwnEntry, name: str) -> Demand:
    """A pool that each region has is meant by the first part of its name."""
    pool = f"{name}/{own.region}" if f"{name}/{own.region}" in service.pools else name
    known = service.pools.get(pool)
    vtn = f"{service.vtns[own.vtn].name}/" if own.vtn is not None else ""
    owner = f"{service.name}/{vtn}{own.becomes.kind}/{'/'.join(own.names)}/{own.region}"
    return Demand(pool, owner, odl_name("_".join(own.names)) if known and known.longest else "")


@dataclass(frozen=True, slots=True)
class _Making:
    service: Service
    drawn: Allocations
    intent: Intent
    there: Mapping[Address, Resource]

    def key(self, own: OwnEntry) -> tuple[str, ...]:
        vtn = None if own.vtn is None else self.service.vtns[own.vtn]
        return (vtn_name(self.service, vtn, self.drawn) if vtn else self.service.name, *own.names)

    def address(self, own: OwnEntry) -> Address:
        return Address(own.region, _endpoints(self.service, own)[0].name, own.becomes.kind, self.key(own))


def make_own_resources(
    service: Service, drawn: Allocations, intent: Intent, entries: tuple[OwnEntry, ...], there: Iterable[Resource]
) -> tuple[tuple[Resource, ...], tuple[tuple[Path, Diagnostic], ...]]:
    """Their resources, and what they take that is not there (VTN-G030). `there` is what vtnmd's rules contribute.

    `entries` have been checked, and what they draw is drawn.
    """
    making = _Making(service, drawn, intent, {resource.address: resource for resource in there})
    places = {own.path: [making.address(other) for other in entries if other.path == own.path] for own in entries}
    problems: list[tuple[Path, Diagnostic]] = []
    return tuple(_resource(making, own, places, problems) for own in entries), tuple(problems)


def _resource(
    making: _Making, own: OwnEntry, places: Mapping[Path, list[Address]], problems: list[tuple[Path, Diagnostic]]
) -> Resource:
    address = making.address(own)
    targets = {name: _target(making.intent, own, name) for name in _references(own.node)}
    needs: dict[Address, str] = {}
    for name, found in targets.items():
        for path in found:
            became = chain(_became(making, own.region, path), (each for each in places.get(path, ()) if each.region == own.region))
            needs |= {each: f"its {name}" for each in became if each != address}
    properties = {**_without_modules(own.entry), "id": ".".join(making.key(own))}
    taken: Json = {}
    for parts in _taken_paths(own):
        value = _take(making, own, parts, targets)
        if value is None:
            problems.append((own.path, _not_there(own, parts, f"nothing in region {own.region} has it")))
        else:
            _put(taken, parts, value)
    if taken:
        properties["taken"] = taken
    return Resource(address, properties, needs, origin=own.path)


def _take(making: _Making, own: OwnEntry, parts: tuple[str, ...], targets: Mapping[str, tuple[Path, ...]]) -> Json:
    head, *rest = parts
    if head == _ENDPOINT:
        return _endpoints(making.service, own)[0].settings.get("/".join(rest))
    if head == _POOL:
        demand = _demand(making.service, own, "/".join(rest))
        return making.drawn.values.get(demand.pool, {}).get(demand.owner)
    path = next(iter(targets.get(head, ())), None)
    if path is None or not rest:
        return None
    if len(rest) == 1:
        return _without_modules(_entry_at(making.intent, path)).get(rest[0])
    kind, name = rest[0], "/".join(rest[1:])
    became = (making.there[address] for address in _became(making, own.region, path) if address.kind == kind)
    return next((each.properties.get(name) for each in became), None)


def _put(taken: Json, parts: tuple[str, ...], value: Json) -> None:
    for step in parts[:-1]:
        taken = taken.setdefault(step, {})
    taken[parts[-1]] = value


def _became(making: _Making, region: str, path: Path) -> Iterator[Address]:
    """What the entry at a path became in a region by vtnmd's rules: by its place, or by the name that it lasts under in its VTN."""
    named: tuple[str, ...] = ()
    at = len(SERVICE_PATH)
    if len(path) == at + 4 and path[at] == "vtn":
        vtn = making.service.vtns[int(path[at + 1])]
        name = next((each.name for each in _members(vtn) if each.path == path), "")
        named = (vtn_name(making.service, vtn, making.drawn), name)
    for address, resource in making.there.items():
        if address.region == region and (resource.origin == path or address.key == named):
            yield address


def _members(vtn: Json) -> Iterator[Json]:
    yield from (*vtn.segments.values(), *vtn.routers.values(), *vtn.attachments, *vtn.interconnects, *vtn.workloads)


def _references(node: SchemaNode) -> tuple[str, ...]:
    """The leafrefs of a list's entries to other entries of the service, by name."""
    return tuple(
        child.name
        for child in node.children.values()
        if child.references and child.references[0].target[: len(SERVICE_PATH) - 1] == SERVICE_PATH[:-1]
    )


def _target(intent: Intent, own: OwnEntry, name: str) -> tuple[Path, ...]:
    """The entries that a leafref, or each of a leaf-list of them, leads to: those that share most of the way with this one."""
    child = next(child for child in own.node.children.values() if child.name == name)
    given = own.entry.get(child.member, ())
    *members, leaf = child.references[0].target
    found = []
    for value in given if isinstance(given, list) else [given] if given != () else []:
        places = [path for path, entry in _entries(intent.document, tuple(members), (), own.path) if entry.get(leaf) == value]
        found += places[:1]
    return tuple(found)


def _entries(value: Json, members: tuple[str, ...], path: Path, near: Path) -> Iterator[tuple[Path, Json]]:
    """The entries of the list at the end of `members`, within what is around `near` as far as the two ways are one."""
    if not members:
        yield path, value
        return
    inside, here = value.get(members[0], ()), (*path, members[0])
    if not isinstance(inside, list):
        if isinstance(inside, dict):
            yield from _entries(inside, members[1:], here, near)
        return
    shared = near[len(here)] if len(members) > 1 and near[: len(here)] == here and len(near) > len(here) else None
    for index, entry in enumerate(inside):
        if shared is None or shared == index:
            yield from _entries(entry, members[1:], (*here, index), near)


def _entry_at(intent: Intent, path: Path) -> Json:
    value = intent.document
    for step in path:
        value = value[step]
    return value


def _endpoints(service: Service, own: OwnEntry) -> list[Endpoint]:
    kind, _, family = own.becomes.at.partition("/")
    return [
        endpoint
        for endpoint in service.inventory.endpoints()
        if endpoint.region == own.region and endpoint.kind == kind and family in ("", endpoint.family)
    ]


def _taken_paths(own: OwnEntry) -> Iterator[tuple[str, ...]]:
    return (tuple(path.split("/")) for path in own.becomes.takes)


def _not_there(own: OwnEntry, parts: tuple[str, ...], why: str) -> Diagnostic:
    summary = f"{own.becomes.kind} {'/'.join(own.names)} takes {'/'.join(parts)}, which is not there: {why}"
    return Diagnostic("VTN-G030", summary, hint="see docs/designing.md for what a list's statement `takes` can name")


def _without_modules(value: Json) -> Json:
    if isinstance(value, dict):
        return {name.rpartition(":")[2]: _without_modules(each) for name, each in value.items()}
    return [_without_modules(each) for each in value] if isinstance(value, list) else value
