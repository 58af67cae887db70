"""A service as typed values: the Intent's entry, defaults filled in, in the words that the rules use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from vtnmd.compiler.traffic import (
    NO_TRAFFIC,
    NO_VTN_TRAFFIC,
    MacMap,
    Traffic,
    VtnTraffic,
    filtered_by,
    read_mac_map,
    read_traffic,
    read_vtn_traffic,
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


@dataclass(frozen=True, slots=True)
class Workload:
    """Servers, `count` in each of its regions. `body` is what `compiler.tosca.workload` made of its nodes."""

    name: str
    count: int
    regions: tuple[str, ...]
    segments: tuple[str, ...]
    key_name: str
    body: Json
    path: Path


@dataclass(frozen=True, slots=True)
class Vtn:
    """One virtual tenant network with all that it contains, by name."""

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
    """One service and the inventory that it is compiled for. `classes` maps a QoS class to (dscp, priority)."""

    name: str
    vtns: tuple[Vtn, ...]
    classes: Mapping[str, tuple[int, int]]
    inventory: Inventory
    traffic: Traffic = NO_TRAFFIC

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
        return {**self.inventory.pools(), **{pool.name: pool for pool in own}}


def address_pool(service: Service, vtn: Vtn, segment: Segment, region: str) -> str:
    """The name of the pool that servers of a segment draw from in a region."""
    return f"address/{service.name}/{vtn.name}/{segment.name}/{region}"


def name_pool(service: Service, vtn: Vtn) -> str:
    """The name of the pool of VTN Manager names below a VTN."""
    return f"name/odl/{service.name}/{vtn.name}"


def read_service(entry: Json, inventory: Inventory) -> Service:
    """`entry` is the one of the Intent's list `service`, validated and with defaults filled in."""
    classes = {each["name"]: (each["dscp"], each["priority"]) for each in entry.get("vtnmd-interconnect:qos-class", [])}
    vtns = tuple(_read_vtn(each, (*SERVICE_PATH, "vtn", index)) for index, each in enumerate(entry.get("vtn", [])))
    return Service(entry["name"], vtns, classes, inventory, read_traffic(entry, SERVICE_PATH))


def _read_vtn(entry: Json, path: Path) -> Vtn:
    def each(member: str) -> list[tuple[Json, Path]]:
        return [(child, (*path, member, index)) for index, child in enumerate(entry.get(member, []))]

    segments = [_read_segment(child, at) for child, at in each("segment")]
    routers = [Router(child["name"], tuple(child["segment"]), at) for child, at in each("router")]
    return Vtn(
        entry["name"],
        entry["tenant"],
        entry.get("description", ""),
        {segment.name: segment for segment in segments},
        {router.name: router for router in routers},
        tuple(_read_attachment(child, at) for child, at in each("attachment")),
        tuple(_read_interconnect(child, at) for child, at in each("vtnmd-interconnect:interconnect")),
        tuple(_read_workload(child, at) for child, at in each("vtnmd-workload:workload")),
        path,
        read_vtn_traffic(entry, path),
    )


def _read_segment(entry: Json, path: Path) -> Segment:
    network = ip_network(entry["cidr"], strict=False)
    first = int(network.network_address)
    pools: dict[str, tuple[tuple[int, int], ...]] = {}
    for region in entry["region"]:
        ranges = tuple(
            (int(ip_address(pool["start"])) - first, int(ip_address(pool["end"])) - first) for pool in region.get("pool", [])
        )
        pools[region["name"]] = ranges or _whole(network, entry.get("gateway", ""))
    return Segment(
        entry["name"],
        entry.get("description", ""),
        network,
        entry.get("gateway", ""),
        entry["mtu"],
        tuple(entry.get("dns-server", [])),
        pools,
        path,
        {region["name"]: held for region in entry["region"] if (held := read_mac_map(region))},
        filtered_by(entry),
    )


def _whole(network: Network, gateway: str) -> tuple[tuple[int, int], ...]:
    """Every host address of the prefix but the gateway, as offsets."""
    last = network.num_addresses - (2 if network.version == 4 and network.num_addresses > 2 else 1)
    first = 1 if network.num_addresses > 2 else 0
    if not gateway:
        return ((first, last),)
    middle = int(ip_address(gateway)) - int(network.network_address)
    return tuple((low, high) for low, high in ((first, middle - 1), (middle + 1, last)) if low <= high)


def _read_attachment(entry: Json, path: Path) -> Attachment:
    return Attachment(
        entry["name"],
        entry.get("description", ""),
        entry["segment"],
        entry["region"],
        entry["node"],
        entry["port"],
        entry["vlan"],
        entry["enabled"],
        path,
        filtered_by(entry),
    )


def _read_interconnect(entry: Json, path: Path) -> Interconnect:
    rates = entry.get("bandwidth")
    return Interconnect(
        entry["name"],
        entry["kind"],
        tuple(entry.get("segment", [])),
        entry.get("router", ""),
        entry.get("qos-class", ""),
        (int(rates["min"]), int(rates["max"])) if rates else None,
        entry["protection"],
        entry["atomic"],
        path,
    )


def _read_workload(entry: Json, path: Path) -> Workload:
    return Workload(
        entry["name"],
        entry["count"],
        tuple(entry["region"]),
        tuple(entry["segment"]),
        entry.get("key-name", ""),
        entry["body"],
        path,
    )
