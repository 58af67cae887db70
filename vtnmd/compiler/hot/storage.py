"""BlockStorage and ObjectStorage (sections 5.9.11 and 5.9.10), and what attaches volumes to servers (5.7.5)."""

from collections.abc import Iterator
from typing import Any

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import ATTACHES, COMPUTE, Scene, is_a, related
from vtnmd.compiler.hot.values import hot
from vtnmd.compiler.tosca.scalars import scalar_unit
from vtnmd.compiler.tosca.units import in_cloud_size
from vtnmd.domain.topology import Node, Relation
from vtnmd.domain.tree import Json

_SIZE, _GIB = "scalar-unit.size", 3
_MORE = ("name", "description", "volume_type", "availability_zone", "image", "metadata")


def volumes(scene: Scene, node: Node) -> Iterator[Resource]:
    """The volume, unless the node stands for one that exists already."""
    if "volume_id" in node.properties:
        return
    properties: dict[str, Json] = {}
    if "size" in node.properties:
        properties["size"] = _size(scene, node, node.properties["size"])
    for name in ("snapshot_id", *_MORE):
        if name in node.properties:
            properties[name] = hot(scene, node.properties[name], node.spans.get((name,), node.span))
    yield Resource(node.name, "OS::Cinder::Volume", node.name, properties)


def _size(scene: Scene, node: Node, value: Any) -> Json:
    return in_cloud_size(value, _GIB) if isinstance(value, str) else hot(scene, value, node.spans.get(("size",), node.span))


def attachments(scene: Scene) -> Iterator[Resource]:
    """The attachments of all servers, numbered through. Each is called by its relationship template, or else by its type."""
    number = 0
    for node in scene.nodes.values():
        for relation in related(node, ATTACHES) if is_a(node, COMPUTE) else ():
            number += 1
            name = f"{(relation.template or relation.type.rpartition('.')[2]).lower()}_{number}"
            yield Resource(name, "OS::Cinder::VolumeAttachment", node.name, _attachment(scene, node, relation))


def _attachment(scene: Scene, node: Node, relation: Relation) -> dict[str, Json]:
    volume = scene.nodes[relation.target]
    existing = volume.properties.get("volume_id")
    properties: dict[str, Json] = {
        "instance_uuid": {"get_resource": node.name},
        "volume_id": {"get_resource": volume.name} if existing is None else hot(scene, existing, volume.span),
    }
    place = "device" if "device" in relation.properties else "location"
    if place in relation.properties:
        properties["mountpoint"] = hot(scene, relation.properties[place], relation.spans.get((place,), relation.span))
    return properties


def containers(scene: Scene, node: Node) -> Iterator[Resource]:
    """The container, with the maximum size as its quota."""
    properties: dict[str, Json] = {}
    if "name" in node.properties:
        properties["name"] = hot(scene, node.properties["name"], node.spans.get(("name",), node.span))
    limit = node.properties.get("maxsize", node.properties.get("size"))
    if isinstance(limit, str):
        properties["X-Container-Meta"] = {"Quota-Bytes": int(scalar_unit(limit, _SIZE))}
    yield Resource(node.name, "OS::Swift::Container", node.name, properties)
