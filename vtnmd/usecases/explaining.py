"""Why a plan does to a resource what it does, or nothing: the chain from the change to the line that a designer wrote."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.compiler.tosca.hints import similar
from vtnmd.compiler.transforms import RULES
from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Change, Plan
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json
from vtnmd.state import Store, open_store
from vtnmd.usecases.plans import Planned
from vtnmd.yang.difference import Difference, compare, readable_path

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A resource at the other end of an edge, and what the plan does to it; None where it stays as it is."""

    address: Address
    reason: str
    action: Action | None

    def to_json(self) -> Json:
        return {"address": str(self.address), "reason": self.reason, "change": self.action.name.lower() if self.action else None}


@dataclass(frozen=True, slots=True)
class Entry:
    """The instance of the Intent that a resource comes from.

    `is_gone`: the Intent has it no longer; then `path` is that in the Intent which was applied, and `span` the place of what is
    left of its ancestors. `differences` are what changed in it since it was applied, each with its place; where nothing did, but
    the Intent changed elsewhere, what changed there and `is_elsewhere`.
    """

    path: str
    span: Span | None
    is_gone: bool = False
    differences: tuple[tuple[Difference, Span | None], ...] = ()
    is_elsewhere: bool = False

    def to_json(self) -> Json:
        return {
            "path": self.path,
            "source": str(self.span) if self.span else None,
            "gone": self.is_gone,
            "elsewhere": self.is_elsewhere,
            "differences": [
                {"path": str(each.identifier), "before": each.before, "after": each.after, "source": str(span) if span else None}
                for each, span in self.differences
            ],
        }


@dataclass(frozen=True, slots=True)
class Why:
    """The chain from a resource to where it comes from, and what it waits for.

    `change` is None where there is none. `reason` tells why there is one, or none; `rule` is the one that makes such resources.
    `request` carries the change.
    """

    address: Address
    change: Change | None
    reason: str
    rule: str
    entry: Entry
    request: str
    waits_for: tuple[Neighbour, ...]
    awaited_by: tuple[Neighbour, ...]

    def to_json(self) -> Json:
        return {
            "address": str(self.address),
            "change": self.change.action.name.lower() if self.change else None,
            "reason": self.reason,
            "rule": self.rule,
            "entry": self.entry.to_json(),
            "request": self.request,
            "waits-for": [each.to_json() for each in self.waits_for],
            "awaited-by": [each.to_json() for each in self.awaited_by],
        }


def explain(address: str, planned: Planned, state: str) -> Why:
    """Of one address of the plan. Raises Invalid (VTN-P011) where the service neither has nor had such a resource."""
    with open_store(state, create=False) as store:
        held, former = _held(address, planned.plan, store)
    plan = planned.plan
    changes = {change.address: change for change in plan.changes}
    wanted = {resource.address: resource for resource in plan.contributions}
    place = next((each for each in (*wanted, *changes) if str(each) == address), held.resource.address if held and former else None)
    if place is None:
        raise Invalid(_unknown(address, plan, held, {str(each) for each in (*wanted, *changes)}))
    change, now = changes.get(place), wanted.get(place)
    resource = now or former or (change.before if change else None)
    assert resource is not None
    return Why(
        place,
        change,
        change.reason if change else _standing(plan, held, is_wanted=now is not None),
        next((rule.name for rule in RULES if place.kind in rule.makes), ""),
        _entry(planned, now, former or (change.before if change else None)),
        next((request.id for request in plan.requests if place in request.changes), ""),
        tuple(_waits_for(place, resource, changes, plan)),
        tuple(_awaited_by(place, changes, plan)),
    )


def _held(address: str, plan: Plan, store: Store) -> tuple[Applied | None, Resource | None]:
    """What the Snapshot says of the address, and how the service, as it was applied, contributed it."""
    try:
        place = parse_address(address)
    except ValueError:
        return None, None
    by_service = store.contributions(addresses=[place]).get(place, {})
    return store.snapshot([place]).applied.get(place), by_service.get(plan.formerly)


def _unknown(address: str, plan: Plan, held: Applied | None, known: Collection[str]) -> Diagnostic:
    if held is not None:
        owners = ", ".join(sorted(held.owners)) or "no service"
        return Diagnostic("VTN-P011", f"{plan.service} has no resource {address}", hint=f"it belongs to {owners}", address=address)
    near = next((each for each in sorted(known) if address and address in each), "") or similar(address, known)
    hint = f"did you mean {near}?" if near else f"vtnmd graph lists every address of {plan.service}"
    return Diagnostic("VTN-P011", f"the plan has no resource {address}", hint=hint)


def _standing(plan: Plan, held: Applied | None, *, is_wanted: bool) -> str:
    """Why there is no change."""
    adopted = {entry.resource.address for entry in plan.adopted}
    if held is not None and held.resource.address in adopted:
        return "it is taken over as it was found"
    others = ", ".join(sorted((held.owners if held else frozenset()) - {plan.service, plan.formerly}))
    if not is_wanted:
        return f"the service wants it no longer, and it stays for {others}" if others else "nobody wants it, and it is left alone"
    since = f"it stands as run {held.run} applied it" if held and held.run else "it stands as it is wanted"
    return f"{since}; it is shared with {others}" if others else since


def _entry(planned: Planned, now: Resource | None, former: Resource | None) -> Entry:
    """Where the resource comes from, and what changed there. Without an Intent now, the service goes as a whole."""
    intent = planned.intent if planned.intent.name else planned.plan.intent
    before = planned.before.intent if planned.before else None
    if intent is None:
        return Entry(_path(before, former), None, is_gone=True)
    if before is None:
        return Entry(_path(intent, now), intent.source(now.origin) if now else None)
    found = compare(service_schema(intent.models), before.document, intent.document, planned.former, len(SERVICE_PATH))
    old, new = former.origin if former else None, now.origin if now else None
    gone = next((each for each in found if each.after is None and old and not new and old[: len(each.old)] == each.old), None)
    if gone:
        return Entry(_path(before, former), intent.source(gone.new), is_gone=True, differences=((gone, None),))
    mine = [each for each in found if _is_below(each.old, old) or _is_below(each.new, new)]
    path = _path(intent, now) if now else _path(before, former)
    span = intent.source(new) if new else None
    return Entry(path, span, differences=tuple((each, intent.source(each.new)) for each in mine or found), is_elsewhere=not mine)


def _path(intent: Intent | None, resource: Resource | None) -> str:
    if intent is None or resource is None:
        return ""
    return readable_path(service_schema(intent.models), intent.document, resource.origin, len(SERVICE_PATH))


def _is_below(path: Path, origin: Path | None) -> bool:
    return bool(origin) and origin is not None and path[: len(origin)] == origin


def _waits_for(place: Address, resource: Resource, changes: dict[Address, Change], plan: Plan) -> Iterator[Neighbour]:
    """What comes before its change, then what it needs that stays as it is."""
    for edge in plan.edges:
        if edge.source == place:
            yield Neighbour(edge.target, edge.reason, changes[edge.target].action)
    change = changes.get(place)
    if change is None or change.after is not None:
        yield from (Neighbour(edge.target, edge.reason, None) for edge in resource.edges() if edge.target not in changes)


def _awaited_by(place: Address, changes: dict[Address, Change], plan: Plan) -> Iterator[Neighbour]:
    for edge in plan.edges:
        if edge.target == place:
            yield Neighbour(edge.source, edge.reason, changes[edge.source].action)
    for resource in plan.contributions:
        if resource.address not in changes or place not in changes:
            yield from (Neighbour(resource.address, edge.reason, None) for edge in resource.edges() if edge.target == place)
