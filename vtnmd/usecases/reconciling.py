"""Brings what endpoints hold into a plan: what drifted is put right (`Drift.REPAIR`) or taken as it is (`Drift.ADOPT`).

What is missing is made again in either case: a service that shall be without it is to be written so.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Severity, in_order
from vtnmd.domain.drift import Finding, Standing
from vtnmd.domain.graph import Resource
from vtnmd.domain.run import Drift
from vtnmd.domain.snapshot import Applied
from vtnmd.planner import World
from vtnmd.planner.changes import Astray, Renderer
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.ports import Observed
from vtnmd.state import Store
from vtnmd.usecases.checking import Checked, look
from vtnmd.usecases.seeking import seek, take_over
from vtnmd.usecases.services import Ready

_ATTRIBUTES = "attributes/"
_MOST_PATHS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How a plan reads endpoints before it is made: not at all (`Drift.REFUSE`), or to repair or to adopt what is found."""

    drift: Drift
    secrets: Callable[[str], str]


UNREAD = Reading(Drift.REFUSE, lambda _reference: "")
"""Plans as the Snapshot says."""


def reconcile(
    ready: Ready, world: World, wanted: Mapping[Address, Resource], store: Store, reading: Reading, templates: Catalogue
) -> tuple[World, tuple[Diagnostic, ...]]:
    """The world as it was found, and warnings of what could not be read: that is planned as the Snapshot says."""
    service, inventory = ready.intent.name, ready.inventory
    if reading.drift is Drift.REFUSE:
        return world, ()
    known = store.snapshot().applied
    checked = asyncio.run(look(world.applied, known, inventory, reading.secrets, lambda _: templates, strangers=False))
    missing = frozenset(finding.address for finding in checked.standing(Standing.MISSING))
    drifted = checked.standing(Standing.DRIFTED)
    if reading.drift is Drift.REPAIR:
        renewed = frozenset(finding.address for finding in drifted if _renewed(finding))
        astray = Astray({finding.address: _reason(finding) for finding in drifted}, renewed)
        return replace(world, missing=missing, astray=astray), _warnings(checked)
    fresh = {address: resource for address, resource in wanted.items() if address not in world.applied}
    renderer = Renderer(templates, {endpoint.id: endpoint for endpoint in inventory.endpoints()})
    attributes = {address: entry.attributes for address, entry in known.items()}
    sought = asyncio.run(seek(fresh, attributes, renderer, inventory, reading.secrets))
    owners = {address: world.sharing.get(address, frozenset()) | {service} for address in fresh}
    adopted = {finding.address: _accepting(finding) for finding in drifted if finding.address in wanted} | {
        address: take_over(fresh[address], seen, owners[address], renderer.digest(fresh[address]))
        for address, seen in sought.items()
        if isinstance(seen, Observed) and seen.present
    }
    return replace(world, missing=missing, adopted=adopted), _warnings(checked)


def _reason(finding: Finding) -> str:
    paths = list(finding.differences)
    more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    return f"drifted: {', '.join(paths[:_MOST_PATHS])}{more}"


def _renewed(finding: Finding) -> bool:
    """Whether somebody made the resource anew, so that what holds its attributes must follow."""
    return any(path.startswith(_ATTRIBUTES) for path in finding.differences)


def _accepting(finding: Finding) -> Applied:
    entry = finding.applied
    deviations = {path: held for path, (_, held) in finding.differences.items() if not path.startswith(_ATTRIBUTES)}
    return replace(entry, attributes={**entry.attributes, **finding.attributes}, accepted={**entry.accepted, **deviations})


def _warnings(checked: Checked) -> tuple[Diagnostic, ...]:
    return in_order(replace(problem, severity=Severity.WARNING) for problem in checked.problems)
