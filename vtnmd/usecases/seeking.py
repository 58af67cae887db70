"""Looks for resources that are wanted and that the Snapshot does not know: whether endpoints hold them all the same."""

from collections.abc import Callable, Mapping

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.graph import Resource
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, Ref, Secret, Tree, holes
from vtnmd.planner.changes import Renderer
from vtnmd.southbound.ports import Attributes, Observed
from vtnmd.usecases.reading import read_resources

Sought = Mapping[Address, Observed | Diagnostic]
"""What was found of each resource, or why that is not known. What needs a value of something absent cannot be there itself."""


async def seek(
    wanted: Mapping[Address, Resource],
    attributes: Mapping[Address, Attributes],
    renderer: Renderer,
    inventory: Inventory,
    secrets: Callable[[str], str],
) -> Sought:
    """Read resources as they are wanted, those first whose values others need. `attributes` are those of applied resources."""
    learnt = dict(attributes)
    found: dict[Address, Observed | Diagnostic] = {}
    left = {address: renderer.render(resource).present for address, resource in wanted.items()}

    def resolve(hole: Ref | Secret) -> Json:
        return secrets(hole.reference) if isinstance(hole, Secret) else learnt[hole.address][hole.attribute]

    while ready := {address: tree for address, tree in left.items() if _is_known(tree, learnt)}:
        for seen in await read_resources(ready, {}, inventory, secrets, resolve):
            found |= seen.observed
        learnt |= {address: held.attributes for address in ready if isinstance(held := found.get(address), Observed)}
        left = {address: tree for address, tree in left.items() if address not in ready}
    return found | dict.fromkeys(left, Observed(present=False))


def take_over(resource: Resource, observed: Observed, owners: frozenset[str], digest: str) -> Applied:
    """A resource that was found, as the Snapshot shall hold it: what differs from what is wanted is accepted."""
    accepted = {path: held for path, (_, held) in observed.differences.items()}
    return Applied(resource, digest, observed.attributes, owners, accepted=accepted)


def _is_known(tree: Tree, attributes: Mapping[Address, Attributes]) -> bool:
    return all(hole.attribute in attributes.get(hole.address, {}) for hole in holes(tree) if isinstance(hole, Ref))
