"""Networks, ports and floating addresses (sections 8.5.1 to 8.5.3) as OS::Neutron::Net with its subnet, Port and FloatingIP.

A network of which only `network_name` or `network_id` is said exists already: ports then name it.
"""

from collections.abc import Iterator

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import BINDS, LINKS, Scene, related
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Node
from vtnmd.domain.tree import Json

_MAKING = (
    *("cidr", "start_ip", "end_ip", "gateway_ip", "ip_version", "dhcp_enabled"),
    *("network_type", "physical_network", "segmentation_id"),
)
_PROVIDER = ("network_type", "physical_network", "segmentation_id")
_FLOATING = ("floating_network", "floating_ip_address", "port_id")
_VNIC = {"sriov": "direct", "vnic": "normal"}


def networks(scene: Scene, node: Node) -> Iterator[Resource]:
    """The network and its subnet; nothing where the network exists."""
    if is_existing(node):
        return
    properties: dict[str, Json] = {}
    if "network_name" in node.properties:
        properties["name"] = _value(scene, node, "network_name")
    provider = {f"provider:{name}": _value(scene, node, name) for name in _PROVIDER if name in node.properties}
    if provider:
        properties["value_specs"] = provider
    yield Resource(node.name, "OS::Neutron::Net", node.name, properties)
    if "cidr" in node.properties:
        yield Resource(f"{node.name}_subnet", "OS::Neutron::Subnet", node.name, _subnet(scene, node))


def is_existing(node: Node) -> bool:
    """Whether the node stands for a network that the cloud has already."""
    named = ("network_name",) in node.spans or ("network_id",) in node.spans
    return named and not any((name,) in node.spans for name in _MAKING)


def _subnet(scene: Scene, node: Node) -> dict[str, Json]:
    properties: dict[str, Json] = {
        "network": {"get_resource": node.name},
        "ip_version": _value(scene, node, "ip_version"),
        "cidr": _value(scene, node, "cidr"),
    }
    if "start_ip" in node.properties and "end_ip" in node.properties:
        properties["allocation_pools"] = [{"start": _value(scene, node, "start_ip"), "end": _value(scene, node, "end_ip")}]
    elif "start_ip" in node.properties or "end_ip" in node.properties:
        scene.error("VTN-H003", f"a pool of {node.name} needs both start_ip and end_ip", node.span, "give both or neither")
    if "gateway_ip" in node.properties:
        properties["gateway_ip"] = _value(scene, node, "gateway_ip")
    if node.properties.get("dhcp_enabled", True) is not True:
        properties["enable_dhcp"] = _value(scene, node, "dhcp_enabled")
    return properties


def _value(scene: Scene, node: Node, name: str) -> Json:
    return hot(scene, node.properties[name], node.spans.get((name,), node.span)) if name in node.properties else None


def network_of(scene: Scene, port: Node) -> Json:
    """What the port of a server refers to as its network; None if it is linked to none."""
    for relation in related(port, LINKS):
        network = scene.nodes[relation.target]
        if is_existing(network):
            return _value(scene, network, "network_id" if "network_id" in network.properties else "network_name")
        return {"get_resource": network.name}
    return None


def ports(scene: Scene, node: Node) -> Iterator[Resource]:
    """The port; servers of a cluster make their own."""
    if any(relation.target in scene.clusters for relation in related(node, BINDS)):
        return
    properties: dict[str, Json] = {"network": network_of(scene, node)}
    if "ip_address" in node.properties:
        properties["fixed_ips"] = [{"ip_address": _value(scene, node, "ip_address")}]
    for name in ("name", "mac_address", "security_groups"):
        if name in node.properties:
            properties[name] = _value(scene, node, name)
    if node.properties.get("anti_spoofing_protection") is False:
        properties["port_security_enabled"] = False
    vnic = node.properties.get("vnic_type") or _VNIC.get(str(node.properties.get("type")))
    if vnic is not None:
        properties["binding:vnic_type"] = hot(scene, vnic, node.span)
    for name in ("ip_range_start", "ip_range_end"):
        if name in node.properties:
            scene.error(
                "VTN-H003",
                f"Neutron takes no {name} for a port",
                node.spans.get((name,), node.span),
                "give the pool of the network",
            )
    yield Resource(node.name, "OS::Neutron::Port", node.name, properties)


def floating_addresses(scene: Scene, node: Node) -> Iterator[Resource]:
    """The address, on the port that the node is linked to."""
    properties = {name: _value(scene, node, name) for name in _FLOATING if name in node.properties}
    for relation in related(node, LINKS):
        properties["port_id"] = {"get_resource": relation.target}
    yield Resource(node.name, "OS::Neutron::FloatingIP", node.name, properties)
