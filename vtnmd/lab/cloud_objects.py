"""What the resource types of Heat make in a simulated cloud: created, changed, removed and asked for attributes by type and id."""

from collections.abc import Callable, Mapping
from unicodedata import category

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_compute import (
    detach_volume,
    make_server,
    make_server_group,
    make_volume,
    make_volume_attachment,
    release_ports,
    server_form,
)
from vtnmd.lab.cloud_network import (
    make_network,
    make_port,
    make_security_group,
    make_security_group_rule,
    make_subnet,
    network_form,
    port_form,
    subnet_form,
)
from vtnmd.lab.cloud_state import CloudError, CloudState

_Maker = Callable[[CloudState, str, Mapping[str, Json]], dict[str, Json]]

_END_OF_BASIC_PLANE = 0xFFFF

_MAKERS: Mapping[str, tuple[str, _Maker]] = {
    "OS::Neutron::Net": ("networks", make_network),
    "OS::Neutron::ProviderNet": ("networks", make_network),
    "OS::Neutron::Subnet": ("subnets", make_subnet),
    "OS::Neutron::Port": ("ports", make_port),
    "OS::Neutron::SecurityGroup": ("security_groups", make_security_group),
    "OS::Neutron::SecurityGroupRule": ("security_group_rules", make_security_group_rule),
    "OS::Nova::Server": ("servers", make_server),
    "OS::Nova::ServerGroup": ("server_groups", make_server_group),
    "OS::Cinder::Volume": ("volumes", make_volume),
    "OS::Cinder::VolumeAttachment": ("volume_attachments", make_volume_attachment),
}


def create(cloud: CloudState, type_name: str, name: str, properties: Mapping[str, Json]) -> tuple[str, str]:
    """Make a resource of a Heat type, named `name` unless its properties name it. Gives (kind, id). Raises CloudError."""
    entry_name = properties.get("name") or name
    kind, maker = _MAKERS[type_name]
    _check_name(kind, str(entry_name))
    return kind, maker(cloud, str(entry_name), properties)["id"]


def update(cloud: CloudState, kind: str, identity: str, properties: Mapping[str, Json]) -> None:
    """Change what may be changed in place. Raises CloudError where the change would collide."""
    entry = cloud.objects[kind][identity]
    _check_name(kind, str(properties.get("name") or ""))
    match kind:
        case "networks":
            entry |= network_form(cloud, properties, besides=identity)
        case "subnets":
            network = cloud.objects["networks"][entry["network_id"]]
            entry |= subnet_form(cloud, network, {**properties, "cidr": entry["cidr"]}, besides=identity)
        case "ports":
            entry |= port_form(cloud, cloud.objects["networks"][entry["network_id"]], properties, besides=identity)
        case "servers":
            release_ports(cloud, entry)
            entry |= server_form(cloud, entry["id"], properties)
        case _:
            entry |= {key: value for key, value in properties.items() if value is not None}
    if properties.get("name"):
        entry["name"] = properties["name"]


def _check_name(kind: str, name: str) -> None:
    """Neutron takes printable characters of the basic plane of Unicode, and no blanks around them."""
    sound = name == name.strip() and all(ord(sign) < _END_OF_BASIC_PLANE and category(sign)[0] != "C" for sign in name)
    if kind in {"networks", "subnets", "ports"} and not sound:
        raise CloudError("BadRequest", f"Invalid input for name. Reason: '{name}' is not a valid string.")


def make_way(cloud: CloudState, kind: str, identity: str) -> None:
    """Let go of what the successor of an object needs while both are there: the ports of a server."""
    entry = cloud.objects[kind].get(identity)
    if kind == "servers" and entry is not None:
        release_ports(cloud, entry)


def delete(cloud: CloudState, kind: str, identity: str) -> None:
    """Take an object away; one that is gone already is no error. Raises CloudError where it is in use."""
    entry = cloud.objects[kind].get(identity)
    if entry is None:
        return
    users = [port["id"] for port in cloud.objects["ports"].values() if _uses(port, kind, identity)]
    if kind in {"networks", "subnets", "security_groups"} and users:
        what = {"networks": "network", "subnets": "subnet", "security_groups": "security group"}[kind]
        held = "One or more ports have an IP allocation from this subnet"
        why = held if kind == "subnets" else f"in use by port {', '.join(users)}"
        raise CloudError("Conflict", f"Unable to complete operation on {what} {identity}: {why}.")
    if kind == "networks":
        for subnet in [key for key, subnet in cloud.objects["subnets"].items() if subnet["network_id"] == identity]:
            del cloud.objects["subnets"][subnet]
    if kind == "servers":
        release_ports(cloud, entry)
    if kind == "volume_attachments":
        detach_volume(cloud, entry)
    if kind == "volumes" and entry["status"] == "in-use":
        raise CloudError("BadRequest", f"Invalid volume: Volume {identity} is attached to a server.")
    del cloud.objects[kind][identity]


def attribute(cloud: CloudState, kind: str, identity: str, path: tuple[str | int, ...]) -> Json:
    """What get_attr yields for an object; None where the path leads nowhere."""
    entry = cloud.objects[kind].get(identity, {})
    value: Json = {**entry, **_derived(cloud, kind, entry), "show": entry}
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def _uses(port: Mapping[str, Json], kind: str, identity: str) -> bool:
    match kind:
        case "networks":
            return bool(port["network_id"] == identity)
        case "subnets":
            return any(fixed["subnet_id"] == identity for fixed in port["fixed_ips"])
        case _:
            return identity in port["security_groups"]


def _derived(cloud: CloudState, kind: str, entry: Mapping[str, Json]) -> Mapping[str, Json]:
    match kind:
        case "networks":
            return {"subnets": [s["id"] for s in cloud.objects["subnets"].values() if s["network_id"] == entry["id"]]}
        case "servers":
            ports = [cloud.objects["ports"][port] for port in entry["ports"] if port in cloud.objects["ports"]]
            networks: dict[str, list[str]] = {}
            for port in ports:
                name = cloud.objects["networks"][port["network_id"]]["name"]
                networks.setdefault(name, []).extend(fixed["ip_address"] for fixed in port["fixed_ips"])
            first = next((address for addresses in networks.values() for address in addresses), "")
            return {"networks": networks, "first_address": first, "instance_name": f"instance-{entry['id'][:8]}"}
        case _:
            return {}
