"""Tenant hosts: a network namespace with one interface, `eth0`, on a VLAN of a region's compute nodes."""

from dataclasses import dataclass

from lab.backbone.namespaces import End, add_namespace, delete_namespace, exists, ip, join, leave_no_checksums
from lab.backbone.openvswitch import port
from lab.backbone.topology import Region
from lab.commands import LabError

COMPUTE_BRIDGE = "hv"
_LONGEST_NAME = 12
"""Its device is called `hv-` and its name."""


@dataclass(frozen=True, slots=True)
class Host:
    """`address` is written with its prefix length; without `gateway` it reaches its own prefix only, without `mac` it draws one."""

    name: str
    vlan: int
    address: str
    gateway: str = ""
    mac: str = ""
    mtu: int = 1450


def plug(region: Region, host: Host) -> None:
    """Make a host, and its device a port of the region's compute nodes. Raises LabError when there is one of that name."""
    if len(host.name) > _LONGEST_NAME:
        raise LabError(f"the name of a host has at most {_LONGEST_NAME} characters: {host.name}")
    if exists(host.name):
        raise LabError(f"there is a network namespace {host.name} already")
    add_namespace(host.name)
    try:
        _equip(region, host)
    except LabError:
        delete_namespace(host.name)
        raise


def _equip(region: Region, host: Host) -> None:
    device = f"hv-{host.name}"
    join(End(region.namespace, device), End(host.name, "eth0", host.mac), host.mtu)
    leave_no_checksums(host.name, "eth0")
    ip(host.name, f"address add {host.address} dev eth0{' nodad' if ':' in host.address else ''}")
    if host.gateway:
        ip(host.name, f"route add default via {host.gateway}")
    region.switch.add_ports(*port(COMPUTE_BRIDGE, device)[1:], "--", "set", "port", device, f"tag={host.vlan}")


def unplug(region: Region, name: str) -> None:
    """Take a host away."""
    region.switch.configure("--if-exists", "del-port", COMPUTE_BRIDGE, f"hv-{name}")
    ip(region.namespace, f"link delete hv-{name}")
    delete_namespace(name)
