"""Takes over a service that was in the network before it was in the state: found there, recorded as applied, nothing sent.

What was drawn from pools is taken over too: from a file, and from where the network holds other numbers than would be drawn today.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid, in_order
from vtnmd.domain.drift import Differences
from vtnmd.domain.graph import Resource, ResourceGraph
from vtnmd.planner import make_plan
from vtnmd.planner.changes import Renderer
from vtnmd.southbound.ports import Observed
from vtnmd.state import Cause, Store, open_store
from vtnmd.usecases.discovering import discover
from vtnmd.usecases.plans import Planned, make_service_plan, world_of
from vtnmd.usecases.runs import Applied, Confirm, Setting, plan_and_run
from vtnmd.usecases.seeking import Sought, seek, take_over
from vtnmd.usecases.services import Ready, Source, catalogue, compile_for

_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """`allocations` are known to be held; with `partial` what is missing or differs is left to the next apply."""

    allocations: Allocations = EMPTY
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it, and what an apply would still have to do; None where nothing was taken over."""

    applied: Applied
    rest: Planned | None


def import_service(source: Source, wish: Wish, setting: Setting, confirm: Confirm) -> Imported:
    """Take over a service as the network holds it.

    Raises Invalid (VTN-P031) with what is missing or differs, unless `wish.partial`, (VTN-P032) where somebody else holds an
    allocation, and what `apply_source` raises. Sends nothing.
    """

    def make(store: Store) -> Planned:
        return make_import_plan(source, wish, store, setting)

    applied = plan_and_run(make, setting, confirm, Cause("import", setting.label))
    if applied.outcome is None:
        return Imported(applied, None)
    with open_store(setting.state, create=False) as store:
        return Imported(applied, make_service_plan(source, store, setting.user))


def make_import_plan(source: Source, wish: Wish, store: Store, setting: Setting) -> Planned:
    """A plan that takes over what is there and changes nothing. Raises Invalid as `import_service`."""
    search = _Search(source, store, setting.secrets)
    ready, sought = search.run(_united(store.allocations(), wish.allocations))
    name = ready.intent.name
    known_as = ready.compiled.former.get(SERVICE_PATH, name)
    before = store.service(known_as)
    world = world_of(store, known_as, ready.wanted, before)
    renderer = search.renderer(ready)
    adopted = {}
    for address, seen in sought.items():
        if isinstance(seen, Observed) and seen.present:
            resource, owners = ready.compiled.graph.resources[address], world.sharing.get(address, frozenset()) | {name}
            # What differs is recorded as not known, so that the next plan lists it and reads it before it is changed.
            entry = take_over(resource, seen, owners, "" if seen.differences else renderer.digest(resource))
            adopted[address] = replace(entry, accepted={})
    problems = tuple(_problems(ready.compiled.graph.resources, sought))
    if problems and not (wish.partial and adopted):
        raise Invalid(*problems)
    plan = make_plan(
        name, setting.user, ready.wanted, ready.inventory, replace(world, adopted=adopted), catalogue(ready.intent.models)
    )
    return Planned(replace(plan, changes=(), requests=(), edges=(), transactions=()), before, ready.intent, ready.warnings)


@dataclass(frozen=True, slots=True)
class _Search:
    """Compiles and reads in turns, until the network tells of no other allocation."""

    source: Source
    store: Store
    secrets: Callable[[str], str]

    def renderer(self, ready: Ready) -> Renderer:
        return Renderer(catalogue(ready.intent.models), {endpoint.id: endpoint for endpoint in ready.inventory.endpoints()})

    def run(self, held: Allocations) -> tuple[Ready, Sought]:
        """The service compiled with what it holds, and what was found of those resources that the Snapshot does not know."""
        ready = compile_for(self.source, self.store, held)
        sought = self._seek(ready)
        for _ in range(_MOST_ROUNDS):
            numbers = self._discovered(ready, sought, held)
            if not numbers.values:
                break
            held = _united(held, numbers)
            ready = compile_for(self.source, self.store, held)
            sought = self._seek(ready)
        return ready, sought

    def _seek(self, ready: Ready) -> Sought:
        resources = ready.compiled.graph.resources
        known = self.store.snapshot().applied
        wanted = {address: resource for address, resource in resources.items() if address not in known}
        attributes = {address: entry.attributes for address, entry in known.items()}
        return asyncio.run(seek(wanted, attributes, self.renderer(ready), ready.inventory, self.secrets))

    def _discovered(self, ready: Ready, sought: Sought, held: Allocations) -> Allocations:
        """Numbers that the network holds and nobody was known to. What is held already stays as it is."""
        differences = {address: seen.differences for address, seen in sought.items() if isinstance(seen, Observed)}
        graph, drawn = ready.compiled.graph, ready.compiled.allocations

        def compiled_with(marks: Allocations) -> ResourceGraph:
            return compile_for(self.source, self.store, marks).compiled.graph

        found = discover(graph, drawn, compiled_with, differences, self.renderer(ready))
        values: dict[str, dict[str, int | str]] = {}
        for (pool, owner), number in found.items():
            if owner not in held.values.get(pool, {}):
                values.setdefault(pool, {})[owner] = number
        return Allocations(values)


def _united(held: Allocations, more: Allocations) -> Allocations:
    """Both. Raises Invalid (VTN-P032) where a value has another holder, or a holder another value."""
    problems: list[Diagnostic] = []
    values = {pool: dict(owners) for pool, owners in held.values.items()}
    for pool, owners in more.values.items():
        there = values.setdefault(pool, {})
        holders = {value: owner for owner, value in there.items()}
        for owner, value in owners.items():
            holder = holders.setdefault(value, owner)
            if holder != owner or there.setdefault(owner, value) != value:
                what = f"{value} of pool {pool} for {owner}"
                summary = f"{what} is held by {holder}" if holder != owner else f"{what}: it holds {there[owner]}"
                problems.append(Diagnostic("VTN-P032", summary, hint="see with --allocations, or at the endpoints, who is right"))
    if problems:
        raise Invalid(*problems)
    return Allocations(values)


def _problems(resources: Mapping[Address, Resource], sought: Sought) -> Iterator[Diagnostic]:
    """What keeps the network from being what the service wants: one for all that is missing, one for all that differs."""
    seen = {address: found for address, found in sought.items() if isinstance(found, Observed)}
    missing = [f"{address}  {resources[address].summary}".rstrip() for address, found in seen.items() if not found.present]
    differing = {address: found.differences for address, found in seen.items() if found.present and found.differences}
    hint = "--partial takes over the rest and leaves this to the next apply"
    if missing:
        yield Diagnostic("VTN-P031", f"{_counted(len(missing))} not there", detail="\n".join(sorted(missing)), hint=hint)
    if differing:
        yield Diagnostic(
            "VTN-P031", f"{_counted(len(differing))} other than wanted", detail="\n".join(_lines(differing)), hint=hint
        )
    yield from in_order(found for found in sought.values() if isinstance(found, Diagnostic))


def _counted(number: int) -> str:
    return "1 resource is" if number == 1 else f"{number} resources are"


def _lines(differing: Mapping[Address, Differences]) -> Iterator[str]:
    for address, differences in sorted(differing.items(), key=lambda item: item[0]):
        for path, (expected, held) in differences.items():
            yield f"{address} {path}: {held!r} instead of {expected!r}"
