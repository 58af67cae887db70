"""Compute nodes (section 5.9.2) as OS::Nova::Server.

A flavor and an image that the node names as properties are taken as they are. Else the cloud's smallest flavor that suffices for
the capability `host`, and its first image that contradicts nothing of the capability `os`. Where none fits, or an input has no
value yet, a parameter asks for it (VTN-H005, a warning).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import ATTACHES, BINDS, HOSTED_ON, LINKS, Scene, anchors, unique
from vtnmd.compiler.hot.values import hot, known
from vtnmd.compiler.images import fitting_flavor, fitting_image
from vtnmd.compiler.tosca.inputs import KEY_NAME
from vtnmd.compiler.tosca.units import in_cloud_size
from vtnmd.domain.topology import FunctionCall, Node
from vtnmd.domain.tree import Json

_MIB, _GIB = 2, 3
_SYSTEM = ("architecture", "type", "distribution", "version")
_NAMED = ("name", "availability_zone", "config_drive", "metadata", "security_groups", "user_data")
"""Properties of derived types that a server has too."""


def servers(scene: Scene, node: Node) -> Iterator[Resource]:
    """The server."""
    if node.name in scene.clusters:
        return
    properties = server_properties(scene, node)
    ports = scene.ports.get(node.name, ())
    if ports:
        properties["networks"] = [{"port": {"get_resource": port.name}} for port in ports]
    if node.name in scene.groups:
        properties["scheduler_hints"] = {"group": {"get_resource": scene.groups[node.name]}}
    written = node.properties.get("user_data_format")
    properties["user_data_format"] = "SOFTWARE_CONFIG" if written is None else hot(scene, written, node.span)
    yield Resource(node.name, "OS::Nova::Server", node.name, properties, needs(scene, node))


def needs(scene: Scene, node: Node) -> tuple[str, ...]:
    """What must be complete before the node is made, beside what its properties refer to."""
    implied = (HOSTED_ON, BINDS, LINKS)
    relations = [relation for relation in node.relations if not any(kind in relation.ancestry for kind in implied)]
    found: list[str] = []
    for relation in relations:
        if ATTACHES in relation.ancestry and "volume_id" in scene.nodes[relation.target].properties:
            continue
        found += anchors(scene, relation.target)
    return unique(found)


def server_properties(scene: Scene, node: Node) -> dict[str, Json]:
    """What a server is made of, whoever makes it: flavor, image, key pair and what a derived type says by name."""
    properties: dict[str, Json] = {
        "flavor": _chosen(scene, node, "flavor", "host", _flavor),
        "image": _chosen(scene, node, "image", "os", _image),
    }
    key = node.properties.get(KEY_NAME)
    given = scene.topology.inputs.get(KEY_NAME)
    if key is None and given is not None and not given.declared:  # it was given without being asked for: then it is for all servers
        key = FunctionCall("get_input", (KEY_NAME,))
    if key is not None:
        properties["key_name"] = hot(scene, key, node.span)
    for name in _NAMED:
        if name in node.properties:
            properties[name] = hot(scene, node.properties[name], node.spans.get((name,), node.span))
    return properties


def _chosen(scene: Scene, node: Node, name: str, capability: str, choose: Any) -> Json:
    if name in node.properties:
        return hot(scene, node.properties[name], node.spans.get((name,), node.span))
    wanted = node.capabilities.get(capability, {})
    unknown = [key for key, value in wanted.items() if isinstance(value, FunctionCall) and value.value is None]
    found = None if unknown else choose(scene.cloud, {key: known(value) for key, value in wanted.items()})
    if found is not None:
        return found
    asked = ", ".join(f"{key} {known(value)}" for key, value in wanted.items() if known(value) is not None)
    summary = f"no {name} of the cloud fits {node.name}" + (f": {asked}" if asked else f", which does not say its {capability}")
    if unknown:
        summary = f"the {name} of {node.name} depends on {unknown[0]}, which has no value"
    parameter = f"{node.name}_{name}"
    scene.warn("VTN-H005", summary, node.span, f"the template asks for it by the parameter {parameter}")
    scene.parameters[parameter] = {
        "type": "string",
        "description": f"{name.capitalize()} of {node.name}" + (f": {asked}" if asked else ""),
    }
    return {"get_param": parameter}


def _flavor(cloud: Json, wanted: Mapping[str, Any]) -> str | None:
    return fitting_flavor(
        cloud,
        {
            "num_cpus": wanted.get("num_cpus"),
            "mem_size": in_cloud_size(wanted["mem_size"], _MIB) if "mem_size" in wanted else None,
            "disk_size": in_cloud_size(wanted["disk_size"], _GIB) if "disk_size" in wanted else None,
        },
    )


def _image(cloud: Json, wanted: Mapping[str, Any]) -> str | None:
    asked = {name: wanted[name] for name in _SYSTEM if wanted.get(name)}
    return fitting_image(cloud, asked) if asked else None
