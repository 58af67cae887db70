"""A service as typed values: the Intent's entry, defaults filled in, in the words that the rules use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network

from vtnmd.compiler.traffic import (
    NO_TRAFFIC,
    NO_VTN_TRAFFIC,
    MacMap,
    Traffic,
    VtnTraffic,
)
from vtnmd.domain.allocations import Pool
from vtnmd.domain.inventory import LONGEST_ODL_NAME, Endpoint, Inventory
from vtnmd.domain.tree import Json

Path = tuple[str | int, ...]
Network = IPv4Network | IPv6Network

SERVICE_PATH: Path = ("vtnmd-vtn:services", "service", 0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A broadcast domain. `pools` maps each of its regions to (first, last) offsets from the prefix's network address.

    `mac_maps` holds those of its regions that have one; `filtered_by` names flow filters of the VTN.
    """

    name: str
    description: str
    network: Network
    gateway: str
    mtu: int
    dns_servers: tuple[str, ...]
    pools: Mapping[str, tuple[tuple[int, int], ...]]
    path: Path
    mac_maps: Mapping[str, MacMap] = field(default_factory=dict)
    filtered_by: tuple[str, ...] = ()

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(self.pools)


@dataclass(frozen=True, slots=True)
class Router:
    """Routes between its segments, named by `segments`."""

    name: str
    segments: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Attachment:
    """A port of the fabric on a segment. `node` and `port` are those of the VTN Manager; VLAN 0 means untagged."""

    name: str
    description: str
    segment: str
    region: str
    node: str
    port: str
    vlan: int
    enabled: bool
    path: Path
    filtered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interconnect:
    """A VPN. `bandwidth` is (minimum, maximum) in kbit/s."""

    name: str
    kind: str
    segments: tuple[str, ...]
    router: str
    qos_class: str
    bandwidth: tuple[int, int] | None
    protection: str
    atomic: bool
    path: Path
    marks: tuple[int, int] | None = None
    """(dscp, priority) where its class is that of another service."""


@dataclass(frozen=True, slots=True)
class SharedSegment:
    """A segment of another service that a VTN uses in some of its regions, under a name of its own.

    What is on it refers to it by `shared_key` of that name, which no segment of the VTN is ever called.
    """

    name: str
    service: str
    vtn: str
    segment: str
    regions: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Guest:
    """What a shared segment is: the service that shares it, as far as it is used here, and the VTN and segment there."""

    service: "Service"
    vtn: "Vtn"
    segment: Segment


@dataclass(frozen=True, slots=True)
class Workload:
    """Servers, `count` in each of its regions. `body` is as `vtnmd.yang.workload_body` has it.

    `segments` are those of its VTN, `shared` those of other services.
    """

    name: str
    count: int
    regions: tuple[str, ...]
    segments: tuple[str, ...]
    key_name: str
    body: Json
    path: Path
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vtn:
    """One virtual tenant network with all that it contains, by name. `guests` are its shared segments once they were found."""

    name: str
    tenant: str
    description: str
    segments: Mapping[str, Segment]
    routers: Mapping[str, Router]
    attachments: tuple[Attachment, ...]
    interconnects: tuple[Interconnect, ...]
    workloads: tuple[Workload, ...]
    path: Path
    traffic: VtnTraffic = NO_VTN_TRAFFIC
    shared: Mapping[str, SharedSegment] = field(default_factory=dict)
    guests: Mapping[str, Guest] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """Where any of its segments is, sorted."""
        return tuple(sorted({region for segment in self.segments.values() for region in segment.regions}))

    def router_of(self, segment: str) -> Router | None:
        return next((router for router in self.routers.values() if segment in router.segments), None)

    def stretch_of(self, segment: str) -> Interconnect | None:
        """The interconnect that stretches the segment."""
        return next((entry for entry in self.interconnects if segment in entry.segments), None)

    def interconnect_of(self, router: str) -> Interconnect | None:
        """The interconnect that joins the regions of the router."""
        return next((entry for entry in self.interconnects if entry.router == router), None)

    def shaping_of(self, segment: str) -> Interconnect | None:
        """The interconnect whose class and rates hold for the segment's circuits: what stretches it, else what routes it."""
        router = self.router_of(segment)
        return self.stretch_of(segment) or (self.interconnect_of(router.name) if router else None)

    def meets_backbone(self, segment: str) -> bool:
        """Whether frames of the segment go to the PE routers of its regions."""
        return self.stretch_of(segment) is not None or self.router_of(segment) is not None


@dataclass(frozen=True)
class Service:
    """One service and the inventory that it is compiled for. `classes` maps a QoS class to (dscp, priority).

    `hosts` are the services that share segments with it, as far as it uses them (`vtnmd.compiler.sharing`).
    """

    name: str
    vtns: tuple[Vtn, ...]
    classes: Mapping[str, tuple[int, int]]
    inventory: Inventory
    traffic: Traffic = NO_TRAFFIC
    hosts: tuple["Service", ...] = ()

    @cached_property
    def _endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        return {place: candidates[0] for place, candidates in self.candidates.items()}

    @cached_property
    def candidates(self) -> Mapping[tuple[str, str], tuple[Endpoint, ...]]:
        """The endpoints of each region and kind that vtnmd's own resources may be at: of several NETCONF devices the PE routers."""
        found: dict[tuple[str, str], tuple[Endpoint, ...]] = {}
        for endpoint in self.inventory.endpoints():
            found[endpoint.region, endpoint.kind] = (*found.get((endpoint.region, endpoint.kind), ()), endpoint)
        for place, endpoints in found.items():
            routers = tuple(endpoint for endpoint in endpoints if "backbone-node" in endpoint.settings)
            found[place] = routers or endpoints
        return found

    def endpoint(self, region: str, kind: str) -> Endpoint:
        """The region's endpoint of that kind; `vtnmd.compiler.requirements` has seen to it that there is one."""
        return self._endpoints[region, kind]

    @cached_property
    def pools(self) -> Mapping[str, Pool]:
        """The inventory's pools and the service's own: names within a VTN, server addresses as offsets into a prefix."""
        own = [Pool(name_pool(self, vtn), longest=LONGEST_ODL_NAME) for vtn in self.vtns]
        own += [
            Pool(address_pool(self, vtn, segment, region), ranges, strict=True)
            for vtn in self.vtns
            for segment in vtn.segments.values()
            for region, ranges in segment.pools.items()
        ]
        shared = {name: pool for host in self.hosts for name, pool in host.pools.items()}
        return {**self.inventory.pools(), **shared, **{pool.name: pool for pool in own}}


def shared_key(name: str) -> str:
    """What a shared segment is called among the segments of a VTN: names that designers give hold no colon."""
    return f":{name}"


def address_pool(service: Service, vtn: Vtn, segment: Segment, region: str) -> str:
    """The name of the pool that servers of a segment draw from in a region."""
    return f"address/{service.name}/{vtn.name}/{segment.name}/{region}"


def name_pool(service: Service, vtn: Vtn) -> str:
    """The name of the pool of VTN Manager names below a VTN."""
    return f"name/odl/{service.name}/{vtn.name}"
