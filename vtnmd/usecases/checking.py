"""Drift: every endpoint is read and compared with what the Snapshot says. Writes nothing, and needs nobody's leave."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, in_order
from vtnmd.domain.drift import Finding, Standing, Stranger, judge
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, Ref, Secret, Tree
from vtnmd.planner.changes import Renderer
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.ports import Observed
from vtnmd.state import Store, open_store
from vtnmd.usecases.finding import find_service
from vtnmd.usecases.reading import read_resources
from vtnmd.usecases.services import catalogue, templates_for


@dataclass(frozen=True, slots=True)
class Checked:
    """`findings` by address, `strangers` with their endpoint. `problems` kept endpoints from being asked, each said once."""

    findings: tuple[Finding, ...]
    strangers: tuple[tuple[str, Stranger], ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    def standing(self, *wanted: Standing) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.standing in wanted)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is not in order. Empty where every endpoint was asked and holds what was applied, and nothing beside it."""
        found = list(self.problems)
        astray = len(self.standing(Standing.DRIFTED, Standing.MISSING))
        if astray:
            hint = "apply with --repair puts right what drifted, with --adopt takes it as it is"
            what = "1 resource is" if astray == 1 else f"{astray} resources are"
            found.append(Diagnostic("VTN-E401", f"{what} not as applied", hint=hint))
        if self.strangers:
            number = len(self.strangers)
            what = "1 thing stands" if number == 1 else f"{number} things stand"
            hint = "vtnmd leaves it alone; find out whose it is, and remove it there if it is nobody's"
            found.append(Diagnostic("VTN-E402", f"{what} at the endpoints that vtnmd did not put there", hint=hint))
        return tuple(found)


def check(names: Sequence[str], state: str, secrets: Callable[[str], str]) -> Checked:
    """Check services, all of them where none is named. Regions in maintenance are not asked, and that is no problem.

    Raises StateError (VTN-S007), Invalid where a template fails.
    """
    with open_store(state, create=False) as store:
        for name in names:
            find_service(name, store)
        known = store.snapshot().applied
        mine = _owned(store, names) if names else known
        inventory = Inventory(store.inventory() or {ROOT: {}})
        templates = {entry.name: templates_for(entry.models, store) for entry in store.services() if entry.models}
        left = {mode.region: mode for mode in store.modes().values() if mode.mode is Mode.MAINTENANCE}
    asked = {address: entry for address, entry in mine.items() if address.region not in left}
    checked = asyncio.run(look(asked, known, inventory, secrets, partial(_templates, templates), strangers=True))
    unasked = (_unasked(entry, left[address.region]) for address, entry in mine.items() if address.region in left)
    return replace(checked, findings=tuple(sorted((*checked.findings, *unasked), key=lambda finding: finding.address)))


async def look(
    applied: Mapping[Address, Applied],
    known: Mapping[Address, Applied],
    inventory: Inventory,
    secrets: Callable[[str], str],
    templates: Callable[[Applied], Catalogue],
    *,
    strangers: bool,
) -> Checked:
    """Read `applied` at all endpoints at once. `known` is all that vtnmd has put anywhere; it gives the values of holes.

    `templates` are those that an entry is rendered with.
    """

    def resolve(hole: Ref | Secret) -> Json:
        return secrets(hole.reference) if isinstance(hole, Secret) else known[hole.address].attributes[hole.attribute]

    endpoints = {endpoint.id: endpoint for endpoint in inventory.endpoints()}

    def reads(entries: Mapping[Address, Applied]) -> dict[Address, Tree]:
        """How each resource is read as it was applied, at the endpoints that the inventory has."""
        here = {address: entry for address, entry in entries.items() if address.endpoint_id in endpoints}
        return {address: Renderer(templates(entry), endpoints).render(entry.resource).present for address, entry in here.items()}

    asked = {address.endpoint_id for address in applied}
    familiar = {address: entry for address, entry in known.items() if strangers and address.endpoint_id in asked}
    seen = await read_resources(reads(applied), reads(familiar), inventory, secrets, resolve)
    observed = {address: found for each in seen for address, found in each.observed.items()}
    return Checked(
        tuple(_finding(entry, observed.get(address)) for address, entry in sorted(applied.items(), key=lambda item: item[0])),
        tuple(sorted((each.endpoint, stranger) for each in seen for stranger in each.strangers)),
        in_order(found for found in [*observed.values(), *(each.problem for each in seen)] if isinstance(found, Diagnostic)),
    )


def _templates(known: Mapping[str, Catalogue], entry: Applied) -> Catalogue:
    """Those of a service that owns the resource: one with models of its own where there is any, since it may be of their kinds."""
    return next((known[owner] for owner in sorted(entry.owners) if owner in known), None) or catalogue()


def _finding(entry: Applied, observed: Observed | Diagnostic | None) -> Finding:
    match observed:
        case Observed(present=present, attributes=attributes, differences=differences):
            return judge(entry, present=present, differences=differences, attributes=attributes)
        case Diagnostic():
            return Finding(entry, Standing.UNKNOWN, problem=observed)
        case None:
            endpoint = entry.resource.address.endpoint_id
            return Finding(entry, Standing.UNKNOWN, problem=Diagnostic("VTN-E021", f"{endpoint} is not in the inventory"))


def _unasked(entry: Applied, mode: RegionMode) -> Finding:
    return Finding(entry, Standing.UNKNOWN, problem=Diagnostic("VTN-E031", str(mode), address=str(entry.resource.address)))


def _owned(store: Store, names: Iterable[str]) -> Mapping[Address, Applied]:
    found: dict[Address, Applied] = {}
    for name in names:
        found |= store.snapshot(owner=name).applied
    return found
