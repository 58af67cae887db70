"""Whether a packet arrives, computed from the configuration that simulated endpoints hold. Pure.

A packet of the size of its bridge domain's MTU is followed hop by hop: fabric (VTN Manager), PE router, backbone and so on.
`reach` follows it there and its answer back, and tells the hops, or the first one that is missing and why. Where a label-switched
path rides its backup way, it tells that too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network

from vtnmd.domain.probe import Station
from vtnmd.domain.tree import Json
from vtnmd.lab.paths import End, HeldRegion, Missing, World, entry_of, follow, held_in

_ETHERNET = 14


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


def reach(world: World, source: Station, target: Station) -> Reached:
    """Follow a packet from `source` to `target` and the answer back."""
    try:
        there = _deliver(world, source, target)
    except Missing as missing:
        return Reached(False, f"{source.ip} does not reach {target.ip}: {missing}")
    try:
        back = _deliver(world, target, source)
    except Missing as missing:
        return Reached(False, f"{source.ip} reaches {target.ip}, but the answer does not come back: {missing}")
    degraded = tuple(dict.fromkeys((*there.degraded, *back.degraded)))
    return Reached(True, " → ".join((source.ip, *there.hops, target.ip)), degraded)


def _deliver(world: World, source: Station, target: Station) -> _Way:
    """The way from `source` to `target`."""
    held = held_in(world, source.region)
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


def _vbridge(held: HeldRegion, vlan: int) -> Json:
    """The vBridge that the VLAN is mapped to."""
    for vtn in held.vtns:
        for bridge in vtn.get("vbridge", []):
            if vlan in _vlans(bridge):
                return bridge
    raise Missing(f"the VTN Manager of {held.region} maps VLAN {vlan} to no vBridge")


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
            return entry_of(held, "bridge-domain", circuit["bridge-domain"])
    wanted = ", ".join(str(vlan) for vlan in sorted(vlans))
    raise Missing(f"{held.node} has no attachment circuit on VLAN {wanted} of {held.customer_port}")


def _switch(world: World, held: HeldRegion, domain: Json, target: Station) -> _Way:
    """The way on from a bridge domain to a station of the same broadcast domain, by pseudowires where it is elsewhere.

    Breadth first; what came in by a pseudowire leaves by another only where split horizon is off (RFC 4762 section 4.4).
    """
    goal = held_in(world, target.region)
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
        raise Missing(reasons[0])
    raise Missing(f"no pseudowire leads from bridge domain {domain['name']} of {held.node} to {goal.node}")


def _wires(world: World, held: HeldRegion, domain: Json, reasons: list[str]) -> Iterator[tuple[End, Json, Json]]:
    """(far end, its bridge domain, wire) for each working pseudowire of a bridge domain; `reasons` gets why others do not work."""
    for wire in held.router.get("pseudowire", []):
        if wire["bridge-domain"] != domain["name"]:
            continue
        try:
            path = entry_of(held, "label-switched-path", wire["label-switched-path"])
            end = follow(world, held, path, domain["mtu"] + _ETHERNET)
            yield end, _other_end(held, end.held, wire, domain), wire
        except Missing as missing:
            reasons.append(str(missing))


def _other_end(held: HeldRegion, far: HeldRegion, wire: Json, domain: Json) -> Json:
    """The bridge domain that the pseudowire leads to. The labels must match crosswise, the MTUs be equal (RFC 4447 section 6)."""
    for other in far.router.get("pseudowire", []):
        if other["in-label"] == wire["out-label"] and other["out-label"] == wire["in-label"]:
            path = entry_of(far, "label-switched-path", other["label-switched-path"])
            bridged = entry_of(far, "bridge-domain", other["bridge-domain"])
            if path["peer"] == held.node and bridged["mtu"] == domain["mtu"]:
                return bridged
    raise Missing(
        f"{far.node} has no pseudowire to {held.node} that takes label {wire['out-label']} and sends {wire['in-label']} "
        f"with MTU {domain['mtu']}"
    )


def _leave(held: HeldRegion, domain: Json, target: Station) -> None:
    """From the PE router's bridge domain through the fabric to the station's VLAN."""
    bridge = _vbridge(held, target.vlan)
    arrived = _domain_of(held, bridge)
    if arrived["name"] != domain["name"]:
        raise Missing(
            f"VLAN {target.vlan} of {held.region} is in bridge domain {arrived['name']} of {held.node}, not in {domain['name']}"
        )


def _gateway(held: HeldRegion, domain: Json, source: Station) -> Json:
    """The router's interface where the station sends what is not for its own prefix.

    It has the same address and MAC in every region, so a PE router never asks another one for it.
    """
    for gateway in held.router.get("gateway", []):
        if gateway["bridge-domain"] == domain["name"] and ip_address(gateway["address"]) == ip_address(source.gateway or "::"):
            return gateway
    raise Missing(f"{held.node} has no gateway {source.gateway or '(the segment has none)'} in bridge domain {domain['name']}")


def _route(world: World, held: HeldRegion, table: str, mtu: int, target: Station) -> _Way:
    """The way from a VRF to a station: by a connected prefix, else over the backbone, always by the longest prefix."""
    way = _Way((held.node, f"vrf {table}"))
    for _ in world.held:
        vrf = entry_of(held, "vrf", table)
        entry = _longest(held, table, target.ip)
        if "address" in entry:
            domain = entry_of(held, "bridge-domain", entry["bridge-domain"])
            return way.joined(_switch(world, held, domain, target))
        path = entry_of(held, "label-switched-path", entry["label-switched-path"])
        end = follow(world, held, path, mtu)
        held, table = end.held, _labelled(end.held, vrf, entry["label"])
        way = way.then(f"label {entry['label']}", held.node, f"vrf {table}", degraded=end.degraded)
    raise Missing(f"the VRFs send packets for {target.ip} in a circle")


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
        raise Missing(f"{held.node} has no route to {ip} in VRF {table}")
    return max(fitting, key=lambda found: (found[0].prefixlen, found[1]))[2]


def _labelled(far: HeldRegion, vrf: Json, label: int) -> str:
    """The far VRF that the label belongs to. It must export what the near one imports (RFC 4364 section 4.3.1)."""
    for other in far.router.get("vrf", []):
        if other["label"] == label:
            if set(other.get("export-target", [])) & set(vrf.get("import-target", [])):
                return str(other["name"])
            raise Missing(f"VRF {other['name']} of {far.node} exports no route target that VRF {vrf['name']} imports")
    raise Missing(f"{far.node} has no VRF with label {label}")
