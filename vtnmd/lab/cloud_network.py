"""The simulated Neutron: networks, subnets, ports and security groups, as API bodies in a `CloudState`.

It has the checks that matter to vtnmd: a VLAN belongs to one network of a physical network, an address to one port of a subnet, and
pools lie inside their prefix and hold no gateway.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_state import CloudError, CloudState

_OWN_VLANS = range(2000, 3000)
_LARGEST_MTU = 9000


def make_network(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    return cloud.make("networks", name, network_form(cloud, properties))


def network_form(cloud: CloudState, properties: Mapping[str, Json], besides: str = "") -> dict[str, Json]:
    specs = properties.get("value_specs") or {}
    kind = properties.get("network_type") or specs.get("provider:network_type") or "vlan"
    physical = properties.get("physical_network") or specs.get("provider:physical_network")
    vlan = properties.get("segmentation_id") or specs.get("provider:segmentation_id")
    if physical and physical not in cloud.limits.physical_networks:
        raise CloudError(
            "BadRequest", f"Invalid input for operation: physical_network '{physical}' unknown for VLAN provider network."
        )
    others = [network for key, network in cloud.objects["networks"].items() if key != besides]
    if vlan is None:
        physical = physical or cloud.limits.physical_networks[0]
        taken = {network["segmentation_id"] for network in others if network["physical_network"] == physical}
        kept = cloud.objects["networks"].get(besides, {}).get("segmentation_id")
        vlan = kept or next(candidate for candidate in _OWN_VLANS if candidate not in taken)
    vlan = _vlan(vlan)
    if any((network["physical_network"], network["segmentation_id"]) == (physical, vlan) for network in others):
        message = f"Unable to create the network. The VLAN {vlan} on physical network {physical} is in use."
        raise CloudError("Conflict", message)
    mtu = int(specs.get("mtu", 1500))
    if mtu > _LARGEST_MTU:
        raise CloudError("BadRequest", f"Invalid input for operation: Requested MTU is too big, maximum is {_LARGEST_MTU}.")
    return {
        "status": "ACTIVE",
        "network_type": kind,
        "physical_network": physical,
        "segmentation_id": vlan,
        "mtu": mtu,
        "shared": bool(properties.get("shared", "network_type" in properties)),
        "port_security_enabled": properties.get("port_security_enabled", True),
    }


def _vlan(value: Json) -> int:
    try:
        vlan = int(value)
    except (TypeError, ValueError):
        vlan = 0
    if not 0 < vlan < 4095:
        raise CloudError("BadRequest", "Invalid input for operation: segmentation_id out of range (1 through 4094).")
    return vlan


def make_subnet(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    network = cloud.find("networks", properties["network"])
    return cloud.make("subnets", name, {"network_id": network["id"], **subnet_form(cloud, network, properties)})


def subnet_form(
    cloud: CloudState, network: Mapping[str, Json], properties: Mapping[str, Json], besides: str = ""
) -> dict[str, Json]:
    try:
        prefix = ip_network(properties.get("cidr") or "")
        pools = [(ip_address(pool["start"]), ip_address(pool["end"])) for pool in properties.get("allocation_pools") or ()]
        given = properties.get("gateway_ip", prefix[1])
        gateway = ip_address(str(given)) if given else None
    except ValueError as error:
        raise CloudError("BadRequest", f"Invalid input for operation: {error}.") from None
    for key, other in cloud.objects["subnets"].items():
        if key != besides and other["network_id"] == network["id"] and _overlap(prefix, ip_network(other["cidr"])):
            message = f"Requested subnet with cidr: {prefix} for network: {network['id']} overlaps with another subnet."
            raise CloudError("BadRequest", f"Invalid input for operation: {message}")
    for start, end in pools:
        if start not in prefix or end not in prefix or int(start) > int(end):
            raise CloudError("BadRequest", f"The allocation pool {start}-{end} spans beyond the subnet cidr {prefix}.")
        if gateway is not None and int(start) <= int(gateway) <= int(end):
            raise CloudError("Conflict", f"Gateway ip {gateway} conflicts with allocation pool {start}-{end}.")
    return {
        "cidr": str(prefix),
        "ip_version": prefix.version,
        "gateway_ip": str(gateway) if gateway else None,
        "enable_dhcp": properties.get("enable_dhcp", True),
        "allocation_pools": [{"start": str(start), "end": str(end)} for start, end in pools],
        "dns_nameservers": properties.get("dns_nameservers") or [],
        "host_routes": properties.get("host_routes") or [],
    }


def _overlap(one: Json, other: Json) -> bool:
    return one.version == other.version and bool(one.overlaps(other))


def make_port(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    network = cloud.find("networks", properties["network"])
    form = port_form(cloud, network, properties)
    port = cloud.make("ports", name, {"network_id": network["id"], "status": "DOWN", "device_id": "", "device_owner": "", **form})
    octets = port["id"].replace("-", "")[-6:]
    port["mac_address"] = properties.get("mac_address") or f"fa:16:3e:{octets[:2]}:{octets[2:4]}:{octets[4:]}"
    return port


def port_form(cloud: CloudState, network: Mapping[str, Json], properties: Mapping[str, Json], besides: str = "") -> dict[str, Json]:
    subnets = [subnet for subnet in cloud.objects["subnets"].values() if subnet["network_id"] == network["id"]]
    others = [port for key, port in cloud.objects["ports"].items() if key != besides and port["network_id"] == network["id"]]
    taken = {fixed["ip_address"] for port in others for fixed in port["fixed_ips"]}
    wanted = properties.get("fixed_ips") or ([] if properties.get("no_fixed_ips") or not subnets else [{}])
    fixed_ips = []
    for fixed in wanted:
        address = _fixed_ip(cloud, subnets, fixed, taken)
        taken.add(address["ip_address"])
        fixed_ips.append(address)
    groups = [cloud.find("security_groups", group)["id"] for group in properties.get("security_groups") or ()]
    return {
        "fixed_ips": fixed_ips,
        "security_groups": groups,
        "port_security_enabled": properties.get("port_security_enabled", True),
        "allowed_address_pairs": properties.get("allowed_address_pairs") or [],
        "admin_state_up": properties.get("admin_state_up", True),
    }


def _fixed_ip(cloud: CloudState, subnets: list[dict[str, Json]], wanted: Mapping[str, Json], taken: set[str]) -> Json:
    """The address that is asked for, or the next free one, with the subnet it lies in."""
    if wanted.get("subnet"):
        subnets = [cloud.find("subnets", wanted["subnet"])]
    asked = wanted.get("ip_address")
    if asked is None:
        for subnet in subnets:
            for free in _free(subnet, taken):
                return {"subnet_id": subnet["id"], "ip_address": free}
        raise CloudError("Conflict", "No more IP addresses available on the network.")
    try:
        address = ip_address(asked)
    except ValueError as error:
        raise CloudError("BadRequest", f"Invalid input for operation: {error}.") from None
    home = next((entry["id"] for entry in subnets if address in ip_network(entry["cidr"])), None)
    if home is None:
        message = f"IP address {address} is not a valid IP for any of the subnets on the specified network."
        raise CloudError("InvalidIpForNetworkClient", message)
    if str(address) in taken:
        raise CloudError("IpAddressAlreadyAllocatedClient", f"IP address {address} already allocated in subnet {home}")
    return {"subnet_id": home, "ip_address": str(address)}


def _free(subnet: Mapping[str, Json], taken: set[str]) -> Iterator[str]:
    pools = [(ip_address(pool["start"]), ip_address(pool["end"])) for pool in subnet["allocation_pools"]]
    if pools:
        candidates = (start + step for start, end in pools for step in range(int(end) - int(start) + 1))
        yield from (str(address) for address in candidates if str(address) not in taken)
    else:
        prefix = ip_network(subnet["cidr"])
        yield from (str(host) for host in prefix.hosts() if str(host) not in {*taken, subnet["gateway_ip"]})


def make_security_group(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    form = {"description": properties.get("description") or "", "rules": properties.get("rules") or []}
    return cloud.make("security_groups", name, form)


def make_security_group_rule(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    group = cloud.find("security_groups", properties["security_group"])
    return cloud.make("security_group_rules", name, {**properties, "security_group": group["id"]})
