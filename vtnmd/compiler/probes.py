"""The probes of a service: for each interconnect, packets that must arrive if it does what it is for."""

from collections.abc import Iterator
from ipaddress import ip_address

from vtnmd.compiler.service import Interconnect, Segment, Service, Vtn, address_pool
from vtnmd.compiler.transforms.names import vlan, vtn_name
from vtnmd.domain.address import GLOBAL_REGION, Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.probe import Probe, Station


def find_probes(service: Service, drawn: Allocations) -> tuple[Probe, ...]:
    """In both directions between each two regions of each interconnect, sorted.

    A layer 2 interconnect is probed within each of its segments; a layer 3 one between two segments, each as local as there is one.
    """
    found: set[Probe] = set()
    for vtn in service.vtns:
        for interconnect in vtn.interconnects:
            address = Address(GLOBAL_REGION, "", "interconnect", (vtn_name(service, vtn, drawn), interconnect.name))
            for (near, source), (far, target) in _pairs(vtn, interconnect):
                found.add(Probe(address, _station(service, vtn, near, source, drawn), _station(service, vtn, far, target, drawn)))
    return tuple(sorted(found))


def _pairs(vtn: Vtn, interconnect: Interconnect) -> Iterator[tuple[tuple[Segment, str], tuple[Segment, str]]]:
    for name in interconnect.segments:
        segment = vtn.segments[name]
        yield from (((segment, a), (segment, b)) for a in segment.regions for b in segment.regions if a != b)
    if interconnect.router:
        routed = [vtn.segments[name] for name in vtn.routers[interconnect.router].segments]
        for near in routed:
            for far in routed:
                if near is not far:
                    yield from (((near, a), (far, b)) for a in near.regions for b in far.regions if a != b)


def _station(service: Service, vtn: Vtn, segment: Segment, region: str, drawn: Allocations) -> Station:
    """A server's address where one was drawn, else the last of the region's pool."""
    pool = address_pool(service, vtn, segment, region)
    held = sorted(value for value in drawn.values.get(pool, {}).values() if isinstance(value, int))
    offset = held[0] if held else segment.pools[region][-1][1]
    return Station(
        region,
        vlan(service, vtn, segment.name, region, drawn),
        str(ip_address(int(segment.network.network_address) + offset)),
        segment.network.prefixlen,
        segment.gateway,
    )
