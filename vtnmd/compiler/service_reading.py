"""Reads an entry of the Intent's list `service` into typed values."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from types import MappingProxyType

from vtnmd.compiler.service import (
    SERVICE_PATH,
    Attachment,
    Interconnect,
    Network,
    Path,
    Router,
    Segment,
    Service,
    SharedSegment,
    Vtn,
    Workload,
    shared_key,
)
from vtnmd.compiler.traffic import filtered_by, read_mac_map, read_traffic, read_vtn_traffic
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.tree import Json
from vtnmd.yang.workload_body import plain_body


def read_service(entry: Json, inventory: Inventory, others: Mapping[str, Json] = MappingProxyType({})) -> Service:
    """`entry` is the one of the Intent's list `service`, validated and with defaults filled in; so are `others`, by name.

    What rides an interconnect of another service that is not among `others` is read as it is written.
    """
    classes = _classes(entry)
    vtns = tuple(_read_vtn(each, (*SERVICE_PATH, "vtn", index), others) for index, each in enumerate(entry.get("vtn", [])))
    return Service(entry["name"], vtns, classes, inventory, read_traffic(entry, SERVICE_PATH))


def _classes(entry: Json) -> dict[str, tuple[int, int]]:
    return {each["name"]: (each["dscp"], each["priority"]) for each in entry.get("vtnmd-interconnect:qos-class", [])}


def _read_vtn(entry: Json, path: Path, others: Mapping[str, Json]) -> Vtn:
    def each(member: str) -> list[tuple[Json, Path]]:
        return [(child, (*path, member, index)) for index, child in enumerate(entry.get(member, []))]

    segments = [_read_segment(child, at) for child, at in each("segment")]
    shared = {shared_key(child["name"]): _read_shared(child, at) for child, at in each("shared-segment")}
    called = {held.name: key for key, held in shared.items()}
    routers = [Router(child["name"], tuple(child["segment"]), at) for child, at in each("router")]
    return Vtn(
        entry["name"],
        entry["tenant"],
        entry.get("description", ""),
        {segment.name: segment for segment in segments},
        {router.name: router for router in routers},
        tuple(_read_attachment(child, at, called) for child, at in each("attachment")),
        tuple(_read_interconnect(child, at, others) for child, at in each("vtnmd-interconnect:interconnect")),
        tuple(_read_workload(child, at, called) for child, at in each("vtnmd-workload:workload")),
        path,
        read_vtn_traffic(entry, path),
        shared,
    )


def _read_shared(entry: Json, path: Path) -> SharedSegment:
    regions = tuple(region["name"] for region in entry["region"])
    return SharedSegment(entry["name"], entry["service"], entry["vtn"], entry["segment"], regions, path)


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


def _read_attachment(entry: Json, path: Path, called: Mapping[str, str]) -> Attachment:
    return Attachment(
        entry["name"],
        entry.get("description", ""),
        called.get(entry["segment"], entry["segment"]),
        entry["region"],
        entry["node"],
        entry["port"],
        entry["vlan"],
        entry["enabled"],
        path,
        filtered_by(entry),
    )


def _read_interconnect(entry: Json, path: Path, others: Mapping[str, Json]) -> Interconnect:
    carrier, marks = _carrier(entry.get("carrier"), others)
    treatment = entry if carrier is None else carrier
    rates = treatment.get("bandwidth")
    return Interconnect(
        entry["name"],
        entry["kind"],
        tuple(entry.get("segment", [])),
        entry.get("router", ""),
        treatment.get("qos-class", ""),
        (int(rates["min"]), int(rates["max"])) if rates else None,
        treatment["protection"],
        treatment["atomic"],
        path,
        marks,
    )


def _carrier(carrier: Json | None, others: Mapping[str, Json]) -> tuple[Json | None, tuple[int, int] | None]:
    """The interconnect of another service that one rides, and the marks of its class; None where there is none."""
    service = others.get(carrier["service"], {}) if carrier else {}
    for vtn in service.get("vtn", ()):
        for each in vtn.get("vtnmd-interconnect:interconnect", ()):
            if carrier and (vtn["name"], each["name"]) == (carrier["vtn"], carrier["interconnect"]):
                return each, _classes(service).get(each.get("qos-class", ""))
    return None, None


def _read_workload(entry: Json, path: Path, called: Mapping[str, str]) -> Workload:
    return Workload(
        entry["name"],
        entry["count"],
        tuple(entry["region"]),
        tuple(entry.get("segment", [])),
        entry.get("key-name", ""),
        _with_keys(plain_body(entry["body"]), called) if called else plain_body(entry["body"]),
        path,
        tuple(called[name] for name in entry.get("shared-segment", [])),
    )


def _with_keys(body: Json, called: Mapping[str, str]) -> Json:
    """The body with its ports on shared segments by the keys of these."""
    servers = [
        {**server, "ports": [{**port, "segment": called.get(port["segment"], port["segment"])} for port in server["ports"]]}
        for server in body["servers"]
    ]
    return {**body, "servers": servers}
