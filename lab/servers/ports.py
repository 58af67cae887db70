"""The ports of servers, as Neutron tells of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

_OWNED_BY_SERVERS = "compute:"


def host_name(region: str, vlan: int, ip: str) -> str:
    """What the host with an address on a VLAN is called; it fits the twelve characters that a host's name may have."""
    return f"{region[:1]}{vlan}-{int(ip_address(ip)) & 0xFFFF:04x}"


@dataclass(frozen=True, slots=True, order=True)
class ServerPort:
    """One address of a server: what its network card is set to, and the VLAN of the provider network that it is on."""

    id: str
    name: str
    mac: str
    ip: str
    prefix_length: int
    gateway: str
    vlan: int
    mtu: int


def server_ports(
    ports: Iterable[Mapping[str, Any]], networks: Iterable[Mapping[str, Any]], subnets: Iterable[Mapping[str, Any]]
) -> frozenset[ServerPort]:
    """The ports of servers on VLAN networks, from the bodies of Neutron's lists (Networking API v2.0).

    A port counts from when Nova has taken it for a server, and with the first of its addresses.
    """
    network_of = {network["id"]: network for network in networks if network.get("provider:network_type") == "vlan"}
    subnet_of = {subnet["id"]: subnet for subnet in subnets}
    return frozenset(
        ServerPort(
            port["id"],
            port["name"],
            port["mac_address"],
            port["fixed_ips"][0]["ip_address"],
            int(subnet_of[port["fixed_ips"][0]["subnet_id"]]["cidr"].partition("/")[2]),
            subnet_of[port["fixed_ips"][0]["subnet_id"]]["gateway_ip"] or "",
            network_of[port["network_id"]]["provider:segmentation_id"],
            network_of[port["network_id"]]["mtu"],
        )
        for port in ports
        if port["device_owner"].startswith(_OWNED_BY_SERVERS)
        and port["network_id"] in network_of
        and port["fixed_ips"]
        and port["fixed_ips"][0]["subnet_id"] in subnet_of
    )
