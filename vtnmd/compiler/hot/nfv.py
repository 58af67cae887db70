"""Nodes of a VNF (ETSI NFV-SOL 001): Vdu.Compute, VduCp, VnfVirtualLink and VirtualBlockStorage.

A VDU gets a flavor of its own. Which image it starts from, and which network outside of the VNF a connection point is linked to, is
known only where the VNF is brought in: such properties stand there without a value (VTN-H005, a warning).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import Scene, is_a
from vtnmd.compiler.hot.values import hot, known
from vtnmd.compiler.tosca.units import in_cloud_size
from vtnmd.domain.topology import Node
from vtnmd.domain.tree import Json

VDU, CONNECTION_POINT = "tosca.nodes.nfv.Vdu.Compute", "tosca.nodes.nfv.VduCp"
VIRTUAL_LINK, VIRTUAL_STORAGE = "tosca.nodes.nfv.VnfVirtualLink", "tosca.nodes.nfv.Vdu.VirtualBlockStorage"
VNF = "tosca.nodes.nfv.VNF"
_MIB, _GIB = 2, 3
_KBIT = 1024
_IP_VERSIONS = {"ipv4": 4, "ipv6": 6}


def vdus(scene: Scene, node: Node) -> Iterator[Resource]:
    """The server and its flavor, which is made once, however often the server is."""
    properties: dict[str, Json] = {"flavor": {"get_resource": f"{node.name}_flavor"}}
    if "name" in node.properties:
        properties["name"] = hot(scene, node.properties["name"], node.span)
    if "sw_image_data" in node.properties:
        _leave_open(scene, node, "image")
        properties["image"] = None
    storages = [scene.nodes[relation.target] for relation in node.relations if relation.requirement == "virtual_storage"]
    volumes = [storage.name for storage in storages if is_a(storage, VIRTUAL_STORAGE)]
    if volumes:
        properties["block_device_mapping_v2"] = [{"volume_id": {"get_resource": name}} for name in volumes]
    for storage in storages:
        if storage.name not in volumes:
            summary = f"{storage.name} is not attached to {node.name}: it is a {storage.type}, not a block storage"
            scene.warn("VTN-H006", summary, node.span)
    ports = scene.ports.get(node.name, ())
    if ports:
        properties["networks"] = [{"port": {"get_resource": port.name}} for port in ports]
    if node.name in scene.groups:
        properties["scheduler_hints"] = {"group": {"get_resource": scene.groups[node.name]}}
    yield Resource(node.name, "OS::Nova::Server", node.name, properties)
    yield Resource(f"{node.name}_flavor", "OS::Nova::Flavor", f"the flavor of {node.name}", _flavor(scene, node))


def _leave_open(scene: Scene, node: Node, name: str) -> None:
    summary = f"the template leaves the {name} of {node.name} open"
    scene.warn("VTN-H005", summary, node.span, f"write it into the template where it says {name}: null")


def _flavor(scene: Scene, node: Node) -> dict[str, Json]:
    compute = known(node.capabilities.get("virtual_compute", {}))
    memory, cpu = _part(compute, "virtual_memory"), _part(compute, "virtual_cpu")
    found: dict[str, Json] = {}
    if "virtual_mem_size" in memory:
        found["ram"] = _size(scene, node, memory["virtual_mem_size"], _MIB)
    if "num_virtual_cpu" in cpu:
        found["vcpus"] = cpu["num_virtual_cpu"]
    disks = compute.get("virtual_local_storage")
    parts = [disk for disk in disks if isinstance(disk, Mapping)] if isinstance(disks, list) else []
    sizes = [disk["size_of_storage"] for disk in parts if "size_of_storage" in disk]
    if sizes:
        found["disk"] = sum(_size(scene, node, size, _GIB) for size in sizes)
    specs = _part(compute, "compute_requirements").get("nova_extra_specs")
    if specs is not None:
        extra = _extra_specs(scene, node, specs)
        found |= {"extra_specs": extra} if extra else {}
    return found


def _size(scene: Scene, node: Node, value: Any, exponent: int) -> int:
    """A size of a type that does not check it."""
    try:
        return in_cloud_size(str(known(value)), exponent)
    except ValueError as error:
        scene.error("VTN-H003", f"a size of {node.name} {error}", node.span)
        return 0


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = known(value.get(name))
    return part if isinstance(part, Mapping) else {}


def _extra_specs(scene: Scene, node: Node, specs: Any) -> Json:
    """The specs, which come as a mapping or as the text of a JSON object."""
    try:
        found = json.loads(specs) if isinstance(specs, str) else specs
    except ValueError:
        found = None
    if isinstance(found, Mapping):
        return dict(found)
    scene.warn("VTN-H006", f"nova_extra_specs of {node.name} is left out: it is no JSON object", node.span)
    return None


def connection_points(scene: Scene, node: Node) -> Iterator[Resource]:
    """The port, on the network of its virtual link."""
    link = next((relation.target for relation in node.relations if relation.requirement == "virtual_link"), None)
    if link is None:
        _leave_open(scene, node, "network")
    properties: dict[str, Json] = {"network": {"get_resource": link} if link else None}
    if ("vnic_type",) in node.spans:
        properties["binding:vnic_type"] = hot(scene, node.properties["vnic_type"], node.spans[("vnic_type",)])
    yield Resource(node.name, "OS::Neutron::Port", node.name, properties)


def virtual_links(scene: Scene, node: Node) -> Iterator[Resource]:
    """The network with its subnet, and a QoS policy where the link bounds the bit rate of its leaves."""
    protocols = _part(node.properties, "connectivity_type").get("layer_protocols")
    version = (
        next((_IP_VERSIONS[each] for each in map(str, protocols) if each in _IP_VERSIONS), None)
        if isinstance(protocols, list)
        else 4
    )
    if version is None:
        scene.warn("VTN-H006", f"{node.name} is left out: Neutron has networks for ipv4 and ipv6 only", node.span)
        return
    profile = _part(node.properties, "vl_profile")
    rate = _part(profile, "max_bitrate_requirements").get("leaf")
    policy: dict[str, Json] = {"qos_policy": {"get_resource": f"{node.name}_qospolicy"}} if isinstance(rate, int) else {}
    yield Resource(node.name, "OS::Neutron::Net", node.name, policy)
    data = profile.get("virtual_link_protocol_data")
    entries = [each for each in data if isinstance(each, Mapping)] if isinstance(data, list) else []
    levels = [_part(each, "l3_protocol_data") for each in entries]
    subnet: dict[str, Json] = {"network": {"get_resource": node.name}, "ip_version": version}
    for level in levels[:1]:
        subnet |= {name: level[written] for written, name in _L3.items() if written in level}
    yield Resource(f"{node.name}_subnet", "OS::Neutron::Subnet", node.name, subnet)
    if isinstance(rate, int):
        limit: dict[str, Json] = {"max_kbps": rate // _KBIT, "policy": {"get_resource": f"{node.name}_qospolicy"}}
        yield Resource(f"{node.name}_bandwidth", "OS::Neutron::QoSBandwidthLimitRule", node.name, limit)
        yield Resource(f"{node.name}_qospolicy", "OS::Neutron::QoSPolicy", node.name)


_L3 = {"cidr": "cidr", "gateway_ip": "gateway_ip", "dhcp_enabled": "enable_dhcp"}


def virtual_storages(scene: Scene, node: Node) -> Iterator[Resource]:
    """The volume."""
    properties: dict[str, Json] = {}
    size = _part(node.properties, "virtual_block_storage_data").get("size_of_storage")
    if size is not None:
        properties["size"] = _size(scene, node, size, _GIB)
    if "sw_image_data" in node.properties:
        _leave_open(scene, node, "image")
        properties["image"] = None
    yield Resource(node.name, "OS::Cinder::Volume", node.name, properties)
