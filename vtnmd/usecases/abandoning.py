"""Letting go of a region that will never return: a service wants nothing there any more, and what was there is forgotten."""

from dataclasses import dataclass, replace

from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import ResourceGraph
from vtnmd.planner import Wanted, World


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The region that a plan lets go of, and how many applied resources of the service there are forgotten. Empty for none."""

    region: str = ""
    resources: int = 0


_REGIONAL = frozenset({"vlan", "address", "path-policy"})
"""Kinds of pools whose names end with the region that they belong to."""

NOTHING_ABANDONED = Abandoned()


def without_region(wanted: Wanted | None, region: str) -> Wanted | None:
    """What is wanted elsewhere: resources, probes and what was drawn from pools of that region are left out."""
    if wanted is None or not region:
        return wanted
    resources = {address: each for address, each in wanted.graph.resources.items() if address.region != region}
    probes = tuple(probe for probe in wanted.probes if region not in (probe.source.region, probe.target.region))
    return replace(wanted, graph=ResourceGraph(resources), allocations=_elsewhere(wanted.allocations, region), probes=probes)


def let_go(world: World, region: str) -> tuple[World, Abandoned]:
    """The state without what is applied in the region, and what that comes to."""
    if not region:
        return world, NOTHING_ABANDONED
    applied = {address: entry for address, entry in world.applied.items() if address.region != region}
    return replace(world, applied=applied), Abandoned(region, len(world.applied) - len(applied))


def _elsewhere(drawn: Allocations, region: str) -> Allocations:
    """Without what was drawn from the region's own pools: its VLANs, path policies, and addresses of servers."""
    values = {pool: owners for pool, owners in drawn.values.items() if not _belongs(pool, region)}
    moved = {pool: owners for pool, owners in drawn.moved.items() if not _belongs(pool, region)}
    return Allocations(values, moved)


def _belongs(pool: str, region: str) -> bool:
    parts = pool.split("/")
    return parts[0] in _REGIONAL and parts[-1] == region
