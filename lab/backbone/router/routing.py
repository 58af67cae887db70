"""VRFs (RFC 4364) as values: for each a routing table, kept by Linux in a namespace, and the rules that join it to the rest. Pure.

Linux does ARP, time to live, ICMP and connected routes. What it routes to another PE router leaves it by one device, the uplink,
and gets the label of the VPN route here. What arrives with the VRF's label enters by the uplink.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from lab.backbone.router.bridging import Door, queue_of
from lab.backbone.router.configuration import Circuit, Configuration, Gateway, Route, Vrf
from lab.backbone.router.pipeline import CLASSIFY, LABELS, PATH, PATH_NUMBER, PRIORITY, QUEUE, ROUTE, UNSHAPED, flow, go, put

UPLINK_MAC = "02:76:72:66:00:01"
"""Of every uplink: each is alone on its wire."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A gateway's interface: `door` as the bridge domain sees it, and the MTU."""

    door: Door
    mtu: int


@dataclass(frozen=True, slots=True)
class Table:
    """The routing table of a VRF: interfaces, and the prefixes that leave by `uplink`."""

    vrf: str
    uplink: str
    interfaces: tuple[Interface, ...]
    prefixes: tuple[str, ...]


def doors_of(config: Configuration, domain: str) -> tuple[tuple[str, Door], ...]:
    """(VRF, gateway) for each of a bridge domain. Addresses of one VRF with the same MAC, as IPv4 and IPv6, are one gateway."""
    found: dict[tuple[str, str], list[Gateway]] = {}
    for gateway in config.gateways:
        if gateway.domain == domain:
            found.setdefault((gateway.vrf, gateway.mac), []).append(gateway)
    return tuple(
        (vrf, Door(_device("gw", vrf, domain, mac), mac, tuple(gateway.address for gateway in gateways)))
        for (vrf, mac), gateways in found.items()
    )


def table_of(config: Configuration, vrf: Vrf) -> Table:
    """What Linux keeps for a VRF. Routes come in only where the VRF imports something."""
    interfaces = tuple(
        Interface(door, domain.mtu) for domain in config.domains for name, door in doors_of(config, domain.name) if name == vrf.name
    )
    return Table(vrf.name, _device("up", vrf.name), interfaces, tuple(route.prefix for route in _routes(config, vrf)))


def routing_flows(config: Configuration, vrf: Vrf, paths: Mapping[str, int]) -> Iterator[str]:
    """The rules of a VRF; `paths` holds the number of each path.

    A packet's queue and traffic class are those of the circuit of the segment that it comes from, told by its source address. The
    label alone means IPv4: one label per VRF cannot tell the families apart, and IPv6 is not routed over the backbone here.
    """
    uplink = _device("up", vrf.name)
    yield flow(CLASSIFY, 90, f"ip,in_port={uplink}", put(UNSHAPED, QUEUE), *go(ROUTE))
    for gateway in config.gateways:
        circuit = next((each for each in config.circuits if each.domain == gateway.domain), None)
        if gateway.vrf == vrf.name and gateway.network.version == 4 and circuit:
            match = f"ip,in_port={uplink},nw_src={gateway.network}"
            yield flow(CLASSIFY, 100 + gateway.network.prefixlen, match, *_treated(circuit), *go(ROUTE))
    for route in _routes(config, vrf):
        match = f"ip,in_port={uplink},nw_dst={route.network}"
        labelled = ("push_mpls:0x8847", f"set_field:{route.label}->mpls_label", "move:NXM_NX_REG5[0..2]->OXM_OF_MPLS_TC[]")
        yield flow(ROUTE, 100 + route.network.prefixlen, match, *labelled, put(paths[route.path], PATH_NUMBER), *go(PATH))
    if vrf.exports:
        entered = ("pop_mpls:0x0800", f"set_field:{UPLINK_MAC}->eth_dst", f"output:{uplink}")
        yield flow(LABELS, 100, f"dl_type=0x8847,mpls_label={vrf.label},mpls_bos=1", *entered)


def _treated(circuit: Circuit) -> tuple[str, str]:
    return put(queue_of(circuit), QUEUE), put(circuit.mark.priority if circuit.mark else 0, PRIORITY)


def _routes(config: Configuration, vrf: Vrf) -> Iterator[Route]:
    if vrf.imports:
        yield from (route for route in config.routes if route.vrf == vrf.name and route.network.version == 4)


def _device(kind: str, *names: str) -> str:
    return f"{kind}-{blake2b('/'.join(names).encode(), digest_size=4).hexdigest()}"
