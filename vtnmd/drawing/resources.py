"""What a service comes to, as a sketch: its resources in the order of execution, by region and endpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vtnmd.domain.address import Address
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.legs import find_legs
from vtnmd.domain.plan import Plan, Request
from vtnmd.drawing.sketch import ACROSS, Facts, Item, Link, Sketch, facts_of

_VTN = 4
"""How many steps of an instance path lead to a VTN: services, service, its index, vtn, and then the VTN's index."""


@dataclass(frozen=True, slots=True)
class _Order:
    """Which request carries a resource, and in which leg and transaction."""

    request: Request
    leg: str
    transaction: str

    @property
    def facts(self) -> Facts:
        found = [("wave", str(self.request.wave + 1)), ("leg", self.leg), ("request", self.request.id)]
        return (*found, ("transaction", self.transaction)) if self.transaction else tuple(found)


def sketch_resources(plan: Plan, intent: Intent) -> Sketch:
    """Of a plan that creates everything. Lanes are endpoints, stages are waves. `intent` is the plan's, with its places."""
    orders = dict(_orders(plan))
    items = tuple(_item(resource, orders.get(resource.address), intent) for resource in plan.contributions)
    links = tuple(
        Link(str(edge.source), str(edge.target), edge.reason) for resource in plan.contributions for edge in resource.edges()
    )
    waves = {order.request.wave for order in orders.values()}
    return Sketch(
        "dependency",
        plan.service,
        f"{plan.service} in the order of execution",
        items,
        links,
        {wave: f"wave {wave + 1}" for wave in waves},
        _captions(orders),
    ).cleaned()


def _orders(plan: Plan) -> Iterator[tuple[Address, _Order]]:
    leg_of = {request: leg.id for leg in find_legs(plan) for request in leg.requests}
    transaction_of = {request: transaction.id for transaction in plan.transactions for request in transaction.requests}
    for request in plan.requests:
        order = _Order(request, leg_of[request.id], transaction_of.get(request.id, ""))
        yield from ((address, order) for address in request.changes)


def _captions(orders: Mapping[Address, _Order]) -> Mapping[tuple[str, str, int], str]:
    """Which legs the requests of an endpoint's wave are of."""
    legs: dict[tuple[str, str, int], set[str]] = {}
    for address, order in orders.items():
        legs.setdefault((_region(address), address.endpoint, order.request.wave), set()).add(order.leg)
    return {place: f"leg {', '.join(sorted(names))}" for place, names in legs.items()}


def _item(resource: Resource, order: _Order | None, intent: Intent) -> Item:
    address = resource.address
    tenant = _tenant(resource, intent)
    facts = [("address", str(address)), *(order.facts if order else ())]
    return Item(
        str(address),
        address.kind,
        address.label,
        resource.summary,
        _region(address),
        address.endpoint,
        order.request.wave if order else 0,
        tenant,
        (*facts, ("tenant", tenant)) if tenant else tuple(facts),
        facts_of(resource.properties) if resource.properties else (),
        intent.source(resource.origin),
    )


def _region(address: Address) -> str:
    return ACROSS if address.is_global else address.region


def _tenant(resource: Resource, intent: Intent) -> str:
    """That of the VTN which the resource comes from."""
    entry = intent.document
    for step in resource.origin[: _VTN + 1]:
        entry = entry[step]
    return str(entry.get("tenant", "")) if len(resource.origin) > _VTN and isinstance(entry, dict) else ""
