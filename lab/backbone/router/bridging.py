"""Bridge domains as rules: circuits, pseudowires with split horizon (RFC 4762), learning, flooding, anycast gateways. Pure.

A gateway has one address and one MAC in every region. So its MAC is never learnt; a question for it is answered by the near one
alone; and an answer to it goes to the gateways of all regions, since whoever asked may be any of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface

from lab.backbone.router.configuration import Circuit, Domain, Wire
from lab.backbone.router.pipeline import (
    CLASSIFY,
    DELIVER,
    DESTINATION,
    DOMAIN,
    FORWARD,
    FROM_CIRCUIT,
    FROM_FAR_GATEWAY,
    FROM_GATEWAY,
    FROM_WIRE,
    LABELS,
    LEARN,
    LOOKUP,
    PATH,
    PATH_NUMBER,
    PRIORITY,
    QUEUE,
    SOURCE,
    SOURCE_KIND,
    UNSHAPED,
    flow,
    go,
    put,
)
from lab.backbone.topology import CUSTOMER_PORT

_AGE = 300
"""Seconds after which an address that is not heard of is forgotten (IEEE 802.1Q, default ageing time)."""
_CIRCUIT_PLACES = 1 << 20
"""Places of pseudowires are their labels, which are smaller; those of circuits follow, by VLAN."""
_TAGGED = 0x1000
"""OpenFlow 1.3 section 7.2.3.7: the bit that says there is a VLAN tag."""


@dataclass(frozen=True, slots=True)
class Door:
    """A gateway as the bridge domain sees it: the device behind which it is, its MAC, its addresses with prefix length."""

    device: str
    mac: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bridged:
    """A bridge domain with all that belongs to it; `number` is its own, `paths` holds the number of each wire's path."""

    domain: Domain
    number: int
    circuits: tuple[Circuit, ...]
    wires: tuple[Wire, ...]
    doors: tuple[Door, ...]
    paths: tuple[int, ...]

    @property
    def places(self) -> tuple[int, ...]:
        return (*(circuit_place(circuit) for circuit in self.circuits), *(wire.in_label for wire in self.wires))


def circuit_place(circuit: Circuit) -> int:
    return _CIRCUIT_PLACES + circuit.vlan


def queue_of(circuit: Circuit) -> int:
    """Where a circuit's frames wait for the backbone: in a queue of its own where it has a shaper."""
    if circuit.shaper:
        return circuit.vlan
    return UNSHAPED + (circuit.mark.priority if circuit.mark else 0)


def bridging_flows(bridged: Bridged) -> Iterator[str]:
    """All rules of a bridge domain."""
    for circuit in bridged.circuits:
        yield from _from_circuit(bridged, circuit)
        yield _to_circuit(circuit)
    for wire, path in zip(bridged.wires, bridged.paths, strict=True):
        yield _from_wire(bridged, wire)
        yield _to_wire(wire, path)
    for door in bridged.doors:
        yield _from_door(bridged, door)
        yield from _to_door(bridged, door)
    yield from _learning(bridged)
    yield from _known_unicast(bridged)
    yield from _flooding(bridged)


def _treated(bridged: Bridged, circuit: Circuit | None) -> list[str]:
    """What a frame on its way to the backbone gets from a circuit: traffic class and queue."""
    mark = circuit.mark if circuit else None
    return [
        put(bridged.number, DOMAIN),
        put(queue_of(circuit) if circuit else UNSHAPED, QUEUE),
        put(mark.priority if mark else 0, PRIORITY),
    ]


def _from_circuit(bridged: Bridged, circuit: Circuit) -> Iterator[str]:
    match = f"in_port={CUSTOMER_PORT},dl_vlan={circuit.vlan}"
    policed = [f"meter:{circuit.vlan}"] if circuit.policer else []
    known = [*_treated(bridged, circuit), put(FROM_CIRCUIT, SOURCE_KIND), put(circuit_place(circuit), SOURCE)]
    yield flow(CLASSIFY, 100, match, *policed, "pop_vlan", *known, *go(LEARN))
    if circuit.mark:
        for family in ("ip", "ipv6"):
            marked = f"set_field:{circuit.mark.dscp}->ip_dscp"
            yield flow(CLASSIFY, 110, f"{family},{match}", *policed, "pop_vlan", marked, *known, *go(LEARN))


def _to_circuit(circuit: Circuit) -> str:
    # Two circuits of one domain may be on the same port: without an ingress port, a frame may leave by the one it came in.
    tag = f"set_field:{_TAGGED + circuit.vlan}->vlan_vid"
    out = ("push_vlan:0x8100", tag, "load:0->NXM_OF_IN_PORT[]", f"output:{CUSTOMER_PORT}")
    return flow(DELIVER, 100, f"{DESTINATION}={circuit_place(circuit)}", *out)


def _from_wire(bridged: Bridged, wire: Wire) -> str:
    known = [*_treated(bridged, None), put(FROM_WIRE, SOURCE_KIND), put(wire.in_label, SOURCE)]
    bare = ("decap()", "decap(packet_type(ns=0,type=0))")
    return flow(LABELS, 100, f"dl_type=0x8847,mpls_label={wire.in_label},mpls_bos=1", *known, *bare, *go(LEARN))


def _to_wire(wire: Wire, path: int) -> str:
    labelled = ("encap(mpls)", f"set_field:{wire.out_label}->mpls_label", "move:NXM_NX_REG5[0..2]->OXM_OF_MPLS_TC[]")
    return flow(DELIVER, 100, f"{DESTINATION}={wire.in_label}", *labelled, "encap(ethernet)", put(path, PATH_NUMBER), *go(PATH))


def _from_door(bridged: Bridged, door: Door) -> str:
    """What a gateway sends into a domain is treated as the domain's first circuit treats its own frames."""
    known = [*_treated(bridged, next(iter(bridged.circuits), None)), put(FROM_GATEWAY, SOURCE_KIND)]
    return flow(CLASSIFY, 100, f"in_port={door.device}", *known, *go(LOOKUP, FORWARD))


def _to_door(bridged: Bridged, door: Door) -> Iterator[str]:
    here = f"{DOMAIN}={bridged.number}"
    yield flow(LEARN, 200, f"{here},{SOURCE_KIND}={FROM_CIRCUIT},dl_src={door.mac}")
    far = put(FROM_FAR_GATEWAY, SOURCE_KIND)
    yield flow(LEARN, 200, f"{here},{SOURCE_KIND}={FROM_WIRE},dl_src={door.mac}", far, *go(LOOKUP, FORWARD))
    inside = f"output:{door.device}"
    for answer in ("arp,arp_op=2", "icmp6,icmp_type=136"):
        everywhere = [_copy(wire.in_label) for wire in bridged.wires]
        yield flow(FORWARD, 300, f"{answer},{here},{SOURCE_KIND}={FROM_CIRCUIT},dl_dst={door.mac}", inside, *everywhere)
    yield flow(FORWARD, 290, f"{here},dl_dst={door.mac}", inside)
    for address in door.addresses:
        asked = _question(address)
        yield flow(FORWARD, 280, f"{asked},{here},{SOURCE_KIND}={FROM_CIRCUIT}", inside)
        for kind in (FROM_WIRE, FROM_FAR_GATEWAY):
            yield flow(FORWARD, 280, f"{asked},{here},{SOURCE_KIND}={kind}")


def _question(address: str) -> str:
    """The match of an ARP request or a neighbour solicitation for an address."""
    interface = ip_interface(address)
    family = "arp,arp_op=1,arp_tpa" if interface.version == 4 else "icmp6,icmp_type=135,nd_target"
    return f"{family}={interface.ip}"


def _learning(bridged: Bridged) -> Iterator[str]:
    for place in bridged.places:
        learnt = (
            f"learn(table={LOOKUP},idle_timeout={_AGE},priority=100,cookie={place:#x},"
            "NXM_NX_REG0[],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_NX_REG2[]->NXM_NX_REG4[])"
        )
        yield flow(LEARN, 100, f"{DOMAIN}={bridged.number},{SOURCE}={place}", learnt, *go(LOOKUP, FORWARD))


def _known_unicast(bridged: Bridged) -> Iterator[str]:
    here = f"{DOMAIN}={bridged.number}"
    for place in bridged.places:
        yield flow(FORWARD, 270, f"{here},{SOURCE}={place},{DESTINATION}={place}")
        yield flow(FORWARD, 250, f"{here},{DESTINATION}={place}", *go(DELIVER))
    for wire in bridged.wires if bridged.domain.split_horizon else ():
        for kind in (FROM_WIRE, FROM_FAR_GATEWAY):
            yield flow(FORWARD, 260, f"{here},{SOURCE_KIND}={kind},{DESTINATION}={wire.in_label}")


def _flooding(bridged: Bridged) -> Iterator[str]:
    """A flow for each place that a frame of many or unknown receivers may come from."""
    here = f"{DOMAIN}={bridged.number}"
    circuits = [circuit_place(circuit) for circuit in bridged.circuits]
    wires = [wire.in_label for wire in bridged.wires]
    doors = [f"output:{door.device}" for door in bridged.doors]
    for place in circuits:
        copies = [_copy(other) for other in (*circuits, *wires) if other != place]
        yield flow(FORWARD, 100, f"{here},{SOURCE_KIND}={FROM_CIRCUIT},{SOURCE}={place}", *doors, *copies)
    onward = () if bridged.domain.split_horizon else wires
    for place in wires:
        copies = [_copy(other) for other in (*circuits, *onward) if other != place]
        yield flow(FORWARD, 100, f"{here},{SOURCE_KIND}={FROM_WIRE},{SOURCE}={place}", *doors, *copies)
        yield flow(FORWARD, 100, f"{here},{SOURCE_KIND}={FROM_FAR_GATEWAY},{SOURCE}={place}", *copies)
    yield flow(FORWARD, 100, f"{here},{SOURCE_KIND}={FROM_GATEWAY}", *(_copy(place) for place in (*circuits, *wires)))


def _copy(place: int) -> str:
    return f"clone({put(place, DESTINATION)},{go(DELIVER)[0]})"
