"""Makes a plan out of what a service wants and what the state holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vtnmd.domain import reads
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY, SERVICE_NAMES, Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.graph import ResourceGraph
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Change, Plan
from vtnmd.domain.probe import Probe
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json
from vtnmd.planner.changes import NONE_ASTRAY, Astray, Renderer, Sharing, find_changes
from vtnmd.planner.order import make_requests, order_changes
from vtnmd.planner.transactions import tell_lost
from vtnmd.render.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class World:
    """What a plan reads of the state.

    `intent` is that of the service as it was last applied, `inventory` the document that was last used, `applied` the Snapshot's
    entries that the service owns or wants, `sharing` the other services that want the same addresses. Changes of the resources
    `apart` get requests of their own. `owner` owns the service, empty where it is not there yet. `offers` is how far endpoints, by
    id, were seen to take part in transactions; for others the inventory tells.

    What was read of endpoints besides: `missing` are entries that are gone, `astray` those that are to be put right, and `adopted`
    what is taken over as it stands.
    """

    intent: Intent | None = None
    inventory: Json = None
    applied: Mapping[Address, Applied] = field(default_factory=dict)
    sharing: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    apart: frozenset[Address] = frozenset()
    owner: str = ""
    offers: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[Address] = frozenset()
    astray: Astray = NONE_ASTRAY
    adopted: Mapping[Address, Applied] = field(default_factory=dict)

    @property
    def held(self) -> Mapping[Address, Applied]:
        """The Snapshot as far as endpoints bear it out."""
        return {**{address: entry for address, entry in self.applied.items() if address not in self.missing}, **self.adopted}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a service shall be: its Intent and what it was compiled to."""

    intent: Intent
    graph: ResourceGraph
    allocations: Allocations
    probes: tuple[Probe, ...]


def make_plan(service: str, author: str, wanted: Wanted | None, inventory: Inventory, world: World, catalogue: Catalogue) -> Plan:
    """The plan that makes the service what is wanted; None destroys it. Raises Invalid, see `find_changes`, or VTN-P030.

    Whoever plans a service that is not there yet will own it.
    """
    graph = wanted.graph if wanted else ResourceGraph({})
    renderer = Renderer(catalogue, {endpoint.id: endpoint for endpoint in inventory.endpoints()})
    formerly = _former_name(service, wanted)
    applied = world.held if formerly == service else _handed_over(world.held, formerly, service)
    found = find_changes(service, graph.resources, applied, Sharing(world.sharing), renderer, world.astray)
    _refuse_both(world, found)
    changes, edges = order_changes(found)
    requests, transactions = make_requests(changes, edges, renderer, world.apart)
    transactions = tuple(tell_lost(each, requests, renderer, world.offers) for each in transactions)
    return Plan(
        service,
        world.owner or author,
        wanted.intent if wanted else None,
        inventory.document,
        _reads(service, formerly, world, {*graph.resources, *world.applied}),
        wanted.allocations if wanted else EMPTY,
        tuple(graph.resources[address] for address in graph.order()),
        wanted.probes if wanted else (),
        changes,
        requests,
        edges,
        transactions,
        author,
        adopted=tuple(applied[address] for address in sorted(world.adopted)),
    )


def _refuse_both(world: World, changes: Mapping[Address, Change]) -> None:
    """Raises Invalid (VTN-P030) where the plan would overwrite what it takes over."""
    hint = "adopt with the service as it was applied, then change it; or apply with --repair"
    both = [
        Diagnostic("VTN-P030", f"{address} cannot be taken as it is: {changes[address].reason}", hint=hint, address=str(address))
        for address, entry in world.adopted.items()
        if entry.accepted and address in changes
    ]
    if both:
        raise Invalid(*both)


def _former_name(service: str, wanted: Wanted | None) -> str:
    """The name that the state knows the service by."""
    return wanted.allocations.moved.get(SERVICE_NAMES, {}).get(service, service) if wanted else service


def _handed_over(applied: Mapping[Address, Applied], former: str, service: str) -> dict[Address, Applied]:
    """What is applied, owned by the service under its new name."""
    return {
        address: replace(entry, owners=frozenset(service if owner == former else owner for owner in entry.owners))
        for address, entry in applied.items()
    }


def _reads(service: str, formerly: str, world: World, addresses: set[Address]) -> dict[str, str]:
    found = {reads.service_read(service): reads.service_digest(None)}
    found[reads.service_read(formerly)] = reads.service_digest(world.intent)
    found[reads.INVENTORY] = reads.inventory_digest(world.inventory)
    found |= {reads.resource_read(address): reads.resource_digest(world.applied.get(address)) for address in sorted(addresses)}
    return found
