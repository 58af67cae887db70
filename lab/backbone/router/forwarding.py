"""What a PE router must hold for a configuration, as values that can be compared. Pure.

Everything is named by what it is in the configuration, so that a change of one entry leaves what others need as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab.backbone.inventory import Port
from lab.backbone.router.bridging import Bridged, bridging_flows
from lab.backbone.router.configuration import Circuit, Configuration, Domain, Path, Way
from lab.backbone.router.pipeline import (
    CLASSIFY,
    GAL,
    LABELS,
    PATH,
    PATH_NUMBER,
    STATIC,
    WAY,
    WAY_NUMBER,
    flow,
    go,
    numbered,
    put,
)
from lab.backbone.router.routing import Table, doors_of, routing_flows, table_of
from lab.backbone.topology import PROBES

_MOST_ADJACENCY_LABELS = 2
"""Open vSwitch 3.1 in user space handles three labels in all; the service label is one."""
_ETHERNET, _TAG = 14, 4
"""Octets of the headers that are counted with a frame."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A policer: rate of tagged frames in kbit/s, burst in kbit."""

    number: int
    rate: int
    burst: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A shaper: rates of frames in kbit/s; of priorities, 7 is served first."""

    number: int
    committed: int
    peak: int
    priority: int


@dataclass(frozen=True, slots=True)
class Forwarding:
    """All but the rules of the paths, which change with their liveness. `places` are what addresses are learnt behind.

    `problems` say which parts of the configuration cannot be carried out, and why.
    """

    flows: frozenset[str] = frozenset()
    places: frozenset[int] = frozenset()
    meters: frozenset[Meter] = frozenset()
    queues: frozenset[Queue] = frozenset()
    tables: frozenset[Table] = frozenset()
    problems: tuple[str, ...] = ()


def forwarding_of(config: Configuration, customer_port: str) -> Forwarding:
    """What the router must hold; attachment circuits of other interfaces than `customer_port` lead nowhere."""
    circuits = tuple(circuit for circuit in config.circuits if circuit.interface == customer_port)
    paths = path_numbers(config)
    domains = numbered(domain.name for domain in config.domains)
    mtus = {domain.name: domain.mtu for domain in config.domains}
    bridged = [_bridged(config, domain, circuits, domains[domain.name], paths) for domain in config.domains]
    flows = [line for each in bridged for line in bridging_flows(each)]
    flows += [line for vrf in config.vrfs for line in routing_flows(config, vrf, paths)]
    return Forwarding(
        frozenset(flows),
        frozenset(place for each in bridged for place in each.places),
        frozenset(_meters(circuits, mtus)),
        frozenset(_queues(circuits, mtus)),
        frozenset(table_of(config, vrf) for vrf in config.vrfs),
        tuple(_problems(config, customer_port)),
    )


def path_numbers(config: Configuration) -> dict[str, int]:
    """The number of each path in the registers of the pipeline."""
    return numbered(path.name for path in config.paths)


def path_flows(number: int, path: Path, ports: Iterable[Port]) -> Iterator[str]:
    """The rules of a path: one that leaves the choice to the group of that number, and one for each way.

    The last two octets of the source address carry the queue to the shaper.
    """
    yield flow(PATH, 100, f"dl_type=0x8847,{PATH_NUMBER}={number}", f"group:{number}")
    for index, way, port in _passable(path, ports):
        pushed = [word for label in reversed(way.labels) for word in ("push_mpls:0x8847", f"set_field:{label}->mpls_label")]
        addressed = (f"set_field:{port.address}->eth_src", f"set_field:{port.far_address}->eth_dst")
        queue = "move:NXM_NX_REG3[0..15]->NXM_OF_ETH_SRC[0..15]"
        match = f"dl_type=0x8847,{PATH_NUMBER}={number},{WAY_NUMBER}={index}"
        yield flow(WAY, 100, match, *pushed, *addressed, queue, f"output:{port.name}")


def path_group(number: int, path: Path, active: str, ports: Iterable[Port]) -> str:
    """The group that sends what rides a path by the way `active`, and by the next one while that has no carrier."""
    names = [name for name, _ in path.ways]
    buckets = [
        f"bucket=bucket_id:{index},watch_port:{port.name},actions={put(index, WAY_NUMBER)},{go(WAY)[0]}"
        for index, _, port in sorted(_passable(path, ports), key=lambda found: names[found[0] - 1] != active)
    ]
    return ",".join([f"group_id={number},type=ff", *buckets])


def _passable(path: Path, ports: Iterable[Port]) -> Iterator[tuple[int, Way, Port]]:
    """(number, way, port that it starts by) of each way that starts by a port and needs no more labels than can be pushed."""
    by_far = {port.far: port for port in ports}
    for index, (_, way) in enumerate(path.ways, 1):
        if way.hops[0] in by_far and len(way.labels) <= _MOST_ADJACENCY_LABELS:
            yield index, way, by_far[way.hops[0]]


def static_flows(ports: Iterable[Port]) -> Iterator[str]:
    """Labels are taken from the backbone only; probes go where their destination address says, and come out where they end."""
    for port in ports:
        name = port.name
        yield f"cookie={STATIC:#x},{flow(CLASSIFY, 100, f'dl_type=0x8847,in_port={name}', *go(LABELS))}"
        probe = f"in_port={PROBES},dl_dst={port.far_address}"
        yield f"cookie={STATIC:#x},{flow(CLASSIFY, 100, probe, f'output:{name}')}"
    yield f"cookie={STATIC:#x},{flow(LABELS, 100, f'dl_type=0x8847,mpls_label={GAL},mpls_bos=1', f'output:{PROBES}')}"


def _bridged(config: Configuration, domain: Domain, circuits: Iterable[Circuit], number: int, paths: Mapping[str, int]) -> Bridged:
    wires = tuple(wire for wire in config.wires if wire.domain == domain.name)
    return Bridged(
        domain,
        number,
        tuple(circuit for circuit in circuits if circuit.domain == domain.name),
        wires,
        tuple(door for _, door in doors_of(config, domain.name)),
        tuple(paths[wire.path] for wire in wires),
    )


def _meters(circuits: Iterable[Circuit], mtus: Mapping[str, int]) -> Iterator[Meter]:
    for circuit in circuits:
        if circuit.policer:
            rate = _counted(circuit.policer.rate, mtus[circuit.domain], _ETHERNET + _TAG)
            yield Meter(circuit.vlan, rate, circuit.policer.burst)


def _queues(circuits: Iterable[Circuit], mtus: Mapping[str, int]) -> Iterator[Queue]:
    for circuit in circuits:
        if circuit.shaper:
            committed, peak = (
                _counted(rate, mtus[circuit.domain], _ETHERNET) for rate in (circuit.shaper.committed, circuit.shaper.peak)
            )
            yield Queue(circuit.vlan, committed, peak, circuit.mark.priority if circuit.mark else 0)


def _counted(rate: int, mtu: int, octets: int) -> int:
    """A rate of IP packets in kbit/s as that of frames, which count `octets` more each; exact for packets as large as the MTU."""
    return round(rate * (mtu + octets) / mtu)


def _problems(config: Configuration, customer_port: str) -> Iterator[str]:
    for circuit in config.circuits:
        if circuit.interface != customer_port:
            yield f"attachment circuit {circuit.name}: this router has no interface {circuit.interface}, but {customer_port}"
    for route in config.routes:
        if route.network.version != 4:
            yield f"VPN route {route.prefix} of VRF {route.vrf}: IPv6 is not routed over the backbone here"
    for path in config.paths:
        yield from _path_problems(path)


def _path_problems(path: Path) -> Iterator[str]:
    for name, way in path.ways:
        if len(way.labels) > _MOST_ADJACENCY_LABELS:
            yield f"{name} way of path {path.name}: {len(way.labels)} labels, and this router pushes {_MOST_ADJACENCY_LABELS}"
