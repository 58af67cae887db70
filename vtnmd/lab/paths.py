"""Label-switched paths over a simulated backbone: what regions hold, and whether a path leads where it should. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from vtnmd.domain.tree import Json

_LABEL = 4
"""Octets that a label takes."""


@dataclass(frozen=True, slots=True)
class HeldRegion:
    """What one region holds: the list `vtn` of the VTN Manager's operational tree, the container `pe` of vtnmd-pe as `router`.

    `node` is the backbone node of the PE router and `customer_port` its interface towards the fabric.
    """

    region: str
    node: str
    customer_port: str
    vtns: tuple[Json, ...]
    router: Json


@dataclass(frozen=True, slots=True)
class Link:
    """One direction of a backbone link: `label`, held by the near end, pops and sends to `far`."""

    far: str
    label: int | None
    mtu: int


@dataclass(frozen=True, slots=True)
class World:
    """`held` by region; `links` by near end; `regions` of the PE routers. `silent` tells why a region could not be asked.

    `down` tells of links by their two ends since when they carry nothing, as a text.
    """

    held: Mapping[str, HeldRegion]
    links: Mapping[str, tuple[Link, ...]]
    regions: Mapping[str, str]
    silent: Mapping[str, str]
    down: Mapping[frozenset[str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """What a label-switched path leads to, and what of it is degraded."""

    held: HeldRegion
    degraded: tuple[str, ...]


class Missing(Exception):
    """The first hop that is not there."""


def read_links(backbone: Json) -> Mapping[str, tuple[Link, ...]]:
    """Both directions of every link of an inventory's `backbone`."""
    links: dict[str, list[Link]] = {}
    for entry in backbone.get("link", []):
        mtu = entry.get("mtu", 2000)
        links.setdefault(entry["a"], []).append(Link(entry["b"], entry.get("label-a"), mtu))
        links.setdefault(entry["b"], []).append(Link(entry["a"], entry.get("label-b"), mtu))
    return {node: tuple(found) for node, found in links.items()}


def read_regions(backbone: Json) -> Mapping[str, str]:
    """PE router → region, of an inventory's `backbone`."""
    return {node["name"]: node["region"] for node in backbone.get("node", []) if "region" in node}


def held_in(world: World, region: str) -> HeldRegion:
    """What a region holds. Raises Missing."""
    if region in world.silent:
        raise Missing(f"region {region} does not answer ({world.silent[region]})")
    if region not in world.held:
        raise Missing(f"there is no region {region}")
    return world.held[region]


def follow(world: World, held: HeldRegion, path: Json, size: int) -> End:
    """The end of a label-switched path that carries `size` octets and one service label; a backup takes over, which is told.

    Raises Missing.
    """
    reasons = []
    for name in ("primary", "backup"):
        if name in path:
            try:
                far = _walk(world, held, path, path[name], size)
            except Missing as missing:
                reasons.append(f"{name} way of {path['name']}: {missing}")
            else:
                return End(
                    far, tuple(f"{held.node} → {far.node} rides its {name} way {_via(path[name])}: {why}" for why in reasons)
                )
    raise Missing("; ".join(reasons) or f"label-switched path {path['name']} of {held.node} has no way")


def _via(way: Json) -> str:
    return ", ".join(way["hop"][:-1]) or "without transit nodes"


def _walk(world: World, held: HeldRegion, path: Json, way: Json, size: int) -> HeldRegion:
    """Pop one adjacency label per transit node; the stack must be empty where the last hop is the peer (RFC 8660)."""
    hops, labels = list(way["hop"]), list(way.get("label", []))
    if hops[-1] != path["peer"] or len(labels) != len(hops) - 1:
        raise Missing(f"its labels do not lead to {path['peer']}")
    size += _LABEL * (len(labels) + 1)
    for position, (near, far) in enumerate(pairwise([held.node, *hops])):
        link = next((link for link in world.links.get(near, ()) if link.far == far), None)
        if link is None:
            raise Missing(f"the backbone has no link from {near} to {far}")
        if (since := world.down.get(frozenset({near, far}))) is not None:
            raise Missing(f"the link {near} – {far} is down since {since}")
        if position and link.label != labels[position - 1]:
            raise Missing(f"label {labels[position - 1]} of {near} does not lead to {far}")
        if size - _LABEL * position > link.mtu:
            raise Missing(f"{size - _LABEL * position} octets do not fit the link from {near} to {far} ({link.mtu})")
    if hops[-1] not in world.regions:
        raise Missing(f"{hops[-1]} is no PE router of any region")
    return held_in(world, world.regions[hops[-1]])


def entry_of(held: HeldRegion, member: str, name: str) -> Json:
    """The list entry of that name on the held's PE router. Raises Missing."""
    for entry in held.router.get(member, []):
        if entry["name"] == name:
            return entry
    raise Missing(f"{held.node} has no {member} {name}")
