"""What must change: the wanted resources against the Snapshot, each difference as a change with its payload, undo and read-back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.graph import Resource
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.plan import Action, Change, Operation
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Ref, difference, holes
from vtnmd.render.catalogue import FORMS, Catalogue
from vtnmd.render.forms import Rendered


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which other services want a resource too."""

    owners: Mapping[Address, frozenset[str]]

    def of(self, address: Address) -> frozenset[str]:
        return self.owners.get(address, frozenset())


@dataclass(frozen=True, slots=True)
class Astray:
    """Resources that endpoints do not hold as they were applied, with the reason for putting them right.

    Those that are `renewed` have other attributes than before, so that what refers to these is updated with them.
    """

    reasons: Mapping[Address, str] = field(default_factory=dict)
    renewed: frozenset[Address] = frozenset()


NONE_ASTRAY = Astray()


@dataclass(frozen=True, slots=True)
class Renderer:
    """A catalogue together with the endpoints it renders for."""

    catalogue: Catalogue
    endpoints: Mapping[str, Endpoint]

    def endpoint(self, address: Address) -> Endpoint:
        return self.endpoints[address.endpoint_id]

    def render(self, resource: Resource) -> Rendered:
        return self.catalogue.render(resource, self.endpoint(resource.address))

    def digest(self, resource: Resource) -> str:
        return self.catalogue.digest(resource, self.endpoint(resource.address))


def find_changes(
    service: str,
    wanted: Mapping[Address, Resource],
    applied: Mapping[Address, Applied],
    sharing: Sharing,
    renderer: Renderer,
    astray: Astray = NONE_ASTRAY,
) -> dict[Address, Change]:
    """One change for each address where `applied` is not what is wanted, or is `astray`.

    `applied` holds every entry that the service owns or wants. A resource that others want too is never deleted. What refers to an
    attribute of a resource that is replaced is updated with it. Raises Invalid where an endpoint has left the inventory or a
    template fails, with every such place.
    """
    _check_endpoints([*wanted, *applied], renderer)
    changes: dict[Address, Change] = {}
    problems: list[Diagnostic] = []
    for address in sorted({*wanted, *applied}):
        try:
            change = _change(service, wanted.get(address), applied.get(address), sharing, renderer, astray.reasons.get(address, ""))
        except Invalid as problem:
            problems.extend(problem.diagnostics)
        else:
            if change:
                changes[address] = change
    if problems:
        raise Invalid(*problems)
    renewed = {address for address, change in changes.items() if change.action in (Action.REPLACE, Action.CREATE)} | astray.renewed
    unchanged = {address: resource for address, resource in wanted.items() if address in applied and address not in changes}
    return changes | _follow_renewed(service, unchanged, applied, sharing, renderer, renewed)


def _check_endpoints(addresses: list[Address], renderer: Renderer) -> None:
    lost: dict[str, int] = {}
    for address in addresses:
        if address.endpoint_id not in renderer.endpoints:
            lost[address.endpoint_id] = lost.get(address.endpoint_id, 0) + 1
    if lost:
        raise Invalid(
            *(
                Diagnostic(
                    "VTN-P001",
                    f"endpoint {endpoint} is not in the inventory and still holds resources of the service ({count})",
                    hint="keep the endpoint in the inventory until nothing is left there",
                )
                for endpoint, count in sorted(lost.items())
            )
        )


def _change(
    service: str, after: Resource | None, before: Applied | None, sharing: Sharing, renderer: Renderer, astray: str
) -> Change | None:
    if after is None:
        return _deletion(service, before, sharing, renderer) if before else None
    if before is None:
        return _creation(service, after, sharing, renderer)
    if before.digest == renderer.digest(after):
        return _modification(service, before, after, sharing, renderer, astray) if astray else None
    return _modification(service, before, after, sharing, renderer)


def _creation(service: str, after: Resource, sharing: Sharing, renderer: Renderer) -> Change:
    trees = renderer.render(after)
    operation = Operation(trees.put, trees.remove, trees.present, trees.absent)
    return Change(
        after.address,
        Action.CREATE,
        None,
        after,
        operation,
        renderer.digest(after),
        _owners(service, after, sharing),
        "not there yet",
    )


def _deletion(service: str, before: Applied, sharing: Sharing, renderer: Renderer) -> Change | None:
    resource = before.resource
    if sharing.of(resource.address) or (before.owners and service not in before.owners):
        return None
    trees = renderer.render(resource)
    operation = Operation(trees.remove, trees.put, trees.absent, trees.present)
    why = "no longer wanted by any service"
    comparable = _comparable(before, renderer)
    return Change(
        resource.address, Action.DELETE, resource, None, operation, "", frozenset(), why, before.digest, before.owners, comparable
    )


def _modification(service: str, entry: Applied, after: Resource, sharing: Sharing, renderer: Renderer, reason: str = "") -> Change:
    before = entry.resource
    trees, previous = renderer.render(after), renderer.render(before)
    changed = difference(before.properties, after.properties)
    fixed = sorted({path.partition("/")[0] for path in changed} & trees.immutable)
    owners = _owners(service, after, sharing)
    digest = renderer.digest(after)
    if fixed:
        form = FORMS[renderer.endpoint(after.address).kind]
        operation = Operation(
            form.replace(previous.remove, trees.put), form.replace(trees.remove, previous.put), trees.present, previous.present
        )
        why = reason or f"{', '.join(fixed)} cannot change in place"
        action = Action.REPLACE
    else:
        operation = Operation(trees.put, previous.put, trees.present, previous.present)
        why = reason or _why_anew(entry, sorted(changed))
        action = Action.UPDATE
    return Change(
        after.address,
        action,
        before,
        after,
        operation,
        digest,
        owners,
        why,
        entry.digest,
        entry.owners,
        _comparable(entry, renderer),
    )


def _comparable(entry: Applied, renderer: Renderer) -> bool:
    """Whether today's templates render the resource as it was applied."""
    return entry.digest == renderer.digest(entry.resource)


def _why_anew(entry: Applied, changed: list[str]) -> str:
    if changed:
        return f"{', '.join(changed)} changed"
    return "its template changed" if entry.digest else "what its endpoint holds of it is not known"


def _owners(service: str, resource: Resource, sharing: Sharing) -> frozenset[str]:
    return sharing.of(resource.address) | {service}


def _follow_renewed(
    service: str,
    unchanged: Mapping[Address, Resource],
    applied: Mapping[Address, Applied],
    sharing: Sharing,
    renderer: Renderer,
    renewed: Collection[Address],
) -> dict[Address, Change]:
    """Updates of resources that are as wanted but hold an attribute of one that gets, or got, new ones."""
    following: dict[Address, Change] = {}
    for address, resource in unchanged.items():
        moved = [hole for hole in holes(resource.properties) if isinstance(hole, Ref) and hole.address in renewed]
        if moved:
            reason = f"{moved[0].address} gets a new {moved[0].attribute}"
            following[address] = _modification(service, applied[address], resource, sharing, renderer, reason)
    return following
