"""Whether a packet arrives, computed from the configuration that simulated endpoints hold. Pure.

A packet of the size of its bridge domain's MTU is followed hop by hop: fabric (VTN Manager), PE router, backbone and so on.
`reach` follows it there and its answer back, and tells the hops, or the first one that is missing and why. Where a label-switched
path rides its backup way, it tells that too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from itertools import pairwise

from vtnmd.domain.probe import Station
from vtnmd.domain.tree import Json

_ETHERNET, _LABEL = 14, 4


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
class Reached:
    """`degraded` are paths that do not go the way that they should."""

    passed: bool
    detail: str
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """Hops so far, and what of them is degraded."""

    hops: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()

    def then(self, *hops: str, degraded: tuple[str, ...] = ()) -> "_Way":
        return _Way((*self.hops, *hops), (*self.degraded, *degraded))

    def joined(self, other: "_Way") -> "_Way":
        return self.then(*other.hops, degraded=other.degraded)


@dataclass(frozen=True, slots=True)
class _End:
    """What a label-switched path leads to, and what of it is degraded."""

    held: HeldRegion
    degraded: tuple[str, ...]


class _Missing(Exception):
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


def reach(world: World, source: Station, target: Station) -> Reached:
    """Follow a packet from `source` to `target` and the answer back."""
    try:
        there = _deliver(world, source, target)
    except _Missing as missing:
        return Reached(False, f"{source.ip} does not reach {target.ip}: {missing}")
    try:
        back = _deliver(world, target, source)
    except _Missing as missing:
        return Reached(False, f"{source.ip} reaches {target.ip}, but the answer does not come back: {missing}")
    degraded = tuple(dict.fromkeys((*there.degraded, *back.degraded)))
    return Reached(True, " → ".join((source.ip, *there.hops, target.ip)), degraded)


def _deliver(world: World, source: Station, target: Station) -> _Way:
    """The way from `source` to `target`."""
    held = _held_in(world, source.region)
    bridge = _vbridge(held, source.vlan)
    near = ip_interface(f"{source.ip}/{source.prefix_length}").network
    way = _Way((f"{held.region} vlan {source.vlan}",))
    if ip_address(target.ip) in near:
        if target.region == source.region and target.vlan in _vlans(bridge):
            return way
        domain = _domain_of(held, bridge)
        return way.then(held.node).joined(_switch(world, held, domain, target))
    domain = _domain_of(held, bridge)
    gateway = _gateway(held, domain, source)
    return way.joined(_route(world, held, gateway["vrf"], domain["mtu"], target))


def _held_in(world: World, region: str) -> HeldRegion:
    if region in world.silent:
        raise _Missing(f"region {region} does not answer ({world.silent[region]})")
    if region not in world.held:
        raise _Missing(f"there is no region {region}")
    return world.held[region]


def _vbridge(held: HeldRegion, vlan: int) -> Json:
    """The vBridge that the VLAN is mapped to."""
    for vtn in held.vtns:
        for bridge in vtn.get("vbridge", []):
            if vlan in _vlans(bridge):
                return bridge
    raise _Missing(f"the VTN Manager of {held.region} maps VLAN {vlan} to no vBridge")


def _vlans(bridge: Json) -> frozenset[int]:
    """Every VLAN that reaches the vBridge, by a VLAN map or by the port map of an enabled vInterface."""
    maps = {int(entry["vlan-map-config"]["vlan-id"]) for entry in bridge.get("vlan-map", []) if "vlan-map-config" in entry}
    ports = {
        int(entry["port-map-config"].get("vlan-id", 0))
        for entry in bridge.get("vinterface", [])
        if "port-map-config" in entry and entry.get("vinterface-config", {}).get("enabled", True)
    }
    return frozenset(maps | ports)


def _domain_of(held: HeldRegion, bridge: Json) -> Json:
    """The bridge domain of the PE router that the vBridge's frames come to."""
    vlans = _vlans(bridge)
    for circuit in held.router.get("attachment-circuit", []):
        if circuit["interface"] == held.customer_port and circuit["vlan"] in vlans:
            return _entry(held, "bridge-domain", circuit["bridge-domain"])
    wanted = ", ".join(str(vlan) for vlan in sorted(vlans))
    raise _Missing(f"{held.node} has no attachment circuit on VLAN {wanted} of {held.customer_port}")


def _switch(world: World, held: HeldRegion, domain: Json, target: Station) -> _Way:
    """The way on from a bridge domain to a station of the same broadcast domain, by pseudowires where it is elsewhere.

    Breadth first; what came in by a pseudowire leaves by another only where split horizon is off (RFC 4762 section 4.4).
    """
    goal = _held_in(world, target.region)
    queue: list[tuple[HeldRegion, Json, bool, _Way]] = [(held, domain, False, _Way())]
    seen = {held.node}
    reasons: list[str] = []
    while queue:
        here, bridged, by_wire, way = queue.pop(0)
        if here is goal:
            _leave(here, bridged, target)
            return way.then(f"{here.region} vlan {target.vlan}")
        if by_wire and bridged.get("split-horizon", True):
            continue
        for end, peer_domain, wire in _wires(world, here, bridged, reasons):
            if end.held.node not in seen:
                seen.add(end.held.node)
                further = way.then(f"pseudowire {wire['out-label']}", end.held.node, degraded=end.degraded)
                queue.append((end.held, peer_domain, True, further))
    if reasons:
        raise _Missing(reasons[0])
    raise _Missing(f"no pseudowire leads from bridge domain {domain['name']} of {held.node} to {goal.node}")


def _wires(world: World, held: HeldRegion, domain: Json, reasons: list[str]) -> Iterator[tuple[_End, Json, Json]]:
    """(far end, its bridge domain, wire) for each working pseudowire of a bridge domain; `reasons` gets why others do not work."""
    for wire in held.router.get("pseudowire", []):
        if wire["bridge-domain"] != domain["name"]:
            continue
        try:
            path = _entry(held, "label-switched-path", wire["label-switched-path"])
            end = _follow(world, held, path, domain["mtu"] + _ETHERNET)
            yield end, _other_end(held, end.held, wire, domain), wire
        except _Missing as missing:
            reasons.append(str(missing))


def _other_end(held: HeldRegion, far: HeldRegion, wire: Json, domain: Json) -> Json:
    """The bridge domain that the pseudowire leads to. The labels must match crosswise, the MTUs be equal (RFC 4447 section 6)."""
    for other in far.router.get("pseudowire", []):
        if other["in-label"] == wire["out-label"] and other["out-label"] == wire["in-label"]:
            path = _entry(far, "label-switched-path", other["label-switched-path"])
            bridged = _entry(far, "bridge-domain", other["bridge-domain"])
            if path["peer"] == held.node and bridged["mtu"] == domain["mtu"]:
                return bridged
    raise _Missing(
        f"{far.node} has no pseudowire to {held.node} that takes label {wire['out-label']} and sends {wire['in-label']} "
        f"with MTU {domain['mtu']}"
    )


def _leave(held: HeldRegion, domain: Json, target: Station) -> None:
    """From the PE router's bridge domain through the fabric to the station's VLAN."""
    bridge = _vbridge(held, target.vlan)
    arrived = _domain_of(held, bridge)
    if arrived["name"] != domain["name"]:
        raise _Missing(
            f"VLAN {target.vlan} of {held.region} is in bridge domain {arrived['name']} of {held.node}, not in {domain['name']}"
        )


def _gateway(held: HeldRegion, domain: Json, source: Station) -> Json:
    """The router's interface where the station sends what is not for its own prefix.

    It has the same address and MAC in every region, so a PE router never asks another one for it.
    """
    for gateway in held.router.get("gateway", []):
        if gateway["bridge-domain"] == domain["name"] and ip_address(gateway["address"]) == ip_address(source.gateway or "::"):
            return gateway
    raise _Missing(f"{held.node} has no gateway {source.gateway or '(the segment has none)'} in bridge domain {domain['name']}")


def _route(world: World, held: HeldRegion, table: str, mtu: int, target: Station) -> _Way:
    """The way from a VRF to a station: by a connected prefix, else over the backbone, always by the longest prefix."""
    way = _Way((held.node, f"vrf {table}"))
    for _ in world.held:
        vrf = _entry(held, "vrf", table)
        entry = _longest(held, table, target.ip)
        if "address" in entry:
            domain = _entry(held, "bridge-domain", entry["bridge-domain"])
            return way.joined(_switch(world, held, domain, target))
        path = _entry(held, "label-switched-path", entry["label-switched-path"])
        end = _follow(world, held, path, mtu)
        held, table = end.held, _labelled(end.held, vrf, entry["label"])
        way = way.then(f"label {entry['label']}", held.node, f"vrf {table}", degraded=end.degraded)
    raise _Missing(f"the VRFs send packets for {target.ip} in a circle")


def _longest(held: HeldRegion, table: str, ip: str) -> Json:
    """The gateway or VPN route of the table with the longest prefix that holds the address; a connected one wins."""
    connected = [
        (ip_interface(f"{gateway['address']}/{gateway['prefix-length']}").network, 1, gateway)
        for gateway in held.router.get("gateway", [])
        if gateway["vrf"] == table
    ]
    learnt = [
        (ip_network(route["prefix"], strict=False), 0, route) for route in held.router.get("vpn-route", []) if route["vrf"] == table
    ]
    fitting = [found for found in (*connected, *learnt) if ip_address(ip) in found[0]]
    if not fitting:
        raise _Missing(f"{held.node} has no route to {ip} in VRF {table}")
    return max(fitting, key=lambda found: (found[0].prefixlen, found[1]))[2]


def _labelled(far: HeldRegion, vrf: Json, label: int) -> str:
    """The far VRF that the label belongs to. It must export what the near one imports (RFC 4364 section 4.3.1)."""
    for other in far.router.get("vrf", []):
        if other["label"] == label:
            if set(other.get("export-target", [])) & set(vrf.get("import-target", [])):
                return str(other["name"])
            raise _Missing(f"VRF {other['name']} of {far.node} exports no route target that VRF {vrf['name']} imports")
    raise _Missing(f"{far.node} has no VRF with label {label}")


def _follow(world: World, held: HeldRegion, path: Json, size: int) -> _End:
    """The end of a label-switched path that carries `size` octets and one service label; a backup takes over, which is told."""
    reasons = []
    for name in ("primary", "backup"):
        if name in path:
            try:
                far = _walk(world, held, path, path[name], size)
            except _Missing as missing:
                reasons.append(f"{name} way of {path['name']}: {missing}")
            else:
                return _End(
                    far, tuple(f"{held.node} → {far.node} rides its {name} way {_via(path[name])}: {why}" for why in reasons)
                )
    raise _Missing("; ".join(reasons) or f"label-switched path {path['name']} of {held.node} has no way")


def _via(way: Json) -> str:
    return ", ".join(way["hop"][:-1]) or "without transit nodes"


def _walk(world: World, held: HeldRegion, path: Json, way: Json, size: int) -> HeldRegion:
    """Pop one adjacency label per transit node; the stack must be empty where the last hop is the peer (RFC 8660)."""
    hops, labels = list(way["hop"]), list(way.get("label", []))
    if hops[-1] != path["peer"] or len(labels) != len(hops) - 1:
        raise _Missing(f"its labels do not lead to {path['peer']}")
    size += _LABEL * (len(labels) + 1)
    for position, (near, far) in enumerate(pairwise([held.node, *hops])):
        link = next((link for link in world.links.get(near, ()) if link.far == far), None)
        if link is None:
            raise _Missing(f"the backbone has no link from {near} to {far}")
        if (since := world.down.get(frozenset({near, far}))) is not None:
            raise _Missing(f"the link {near} – {far} is down since {since}")
        if position and link.label != labels[position - 1]:
            raise _Missing(f"label {labels[position - 1]} of {near} does not lead to {far}")
        if size - _LABEL * position > link.mtu:
            raise _Missing(f"{size - _LABEL * position} octets do not fit the link from {near} to {far} ({link.mtu})")
    if hops[-1] not in world.regions:
        raise _Missing(f"{hops[-1]} is no PE router of any region")
    return _held_in(world, world.regions[hops[-1]])


def _entry(held: HeldRegion, member: str, name: str) -> Json:
    """The list entry of that name on the held's PE router."""
    for entry in held.router.get(member, []):
        if entry["name"] == name:
            return entry
    raise _Missing(f"{held.node} has no {member} {name}")
