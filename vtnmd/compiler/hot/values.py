"""TOSCA values as values of a Heat template: functions become the intrinsic functions of HOT.

Reports VTN-H003 for what HOT cannot say.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from vtnmd.compiler.hot.scene import COMPUTE, FLOATING, NETWORK, PORT, VOLUME, Scene, deployment, is_a
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.topology import FunctionCall, Node
from vtnmd.domain.tree import Json


def hot(scene: Scene, value: Any, span: Span) -> Json:
    """The value; None, which has then been reported, where there is no way to say it. `span` is where it was written."""
    if isinstance(value, FunctionCall):
        return _call(scene, value, span)
    if isinstance(value, Mapping):
        return {key: hot(scene, child, span) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [hot(scene, child, span) for child in value]
    return value


def known(value: Any) -> Any:
    """The value as far as it is known now: what an input gives; None for what only a deployed stack knows."""
    return value.value if isinstance(value, FunctionCall) else value


def _call(scene: Scene, call: FunctionCall, span: Span) -> Json:
    arguments = call.arguments
    if call.name == "get_input":
        return {"get_param": arguments[0] if len(arguments) == 1 else list(arguments)}
    if call.name == "get_attribute":
        return _attribute(scene, call, span)
    if call.name == "get_operation_output" and arguments[0] in scene.nodes:
        return {"get_attr": [deployment(scene.nodes[arguments[0]], str(arguments[2])), arguments[3]]}
    if call.name == "get_artifact":
        node = scene.nodes.get(arguments[0])
        artifact = node.artifacts.get(str(arguments[1])) if node else None
        if artifact is not None:
            return {"get_file": artifact.file}
    if call.name == "concat":
        return _joined([hot(scene, part, span) for part in arguments])
    if call.name == "join":
        return {"list_join": [arguments[1], [hot(scene, part, span) for part in arguments[0]]]}
    if call.name == "token" and len(str(arguments[1])) == 1:
        return {"str_split": [arguments[1], hot(scene, arguments[0], span), arguments[2]]}
    scene.error("VTN-H003", f"Heat has nothing for {call.name} of {_written(arguments)}", span)
    return None


def _written(arguments: tuple[Any, ...]) -> str:
    return "/".join(str(argument) for argument in arguments)


def _joined(parts: list[Json]) -> Json:
    """Texts one after the other: a template with a placeholder for each part that is not known yet."""
    literal = "".join(part for part in parts if isinstance(part, str))
    mark = next(mark for mark in ("%" * length for length in count(1)) if mark not in literal)
    parameters: dict[str, Json] = {}
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            name = f"{mark}{len(parameters) + 1}{mark}"
            parameters[name] = part
            text += name
    return {"str_replace": {"template": text, "params": parameters}}


_NETWORK_OF = {"private_address": "private", "public_address": "public"}


def _attribute(scene: Scene, call: FunctionCall, span: Span) -> Json:
    """An attribute of a node (section 5.9 of TOSCA) as what its resource tells."""
    name, attribute, *path = (call.arguments[0], str(call.arguments[1]), *call.arguments[2:])
    node = scene.nodes.get(name)
    if node is not None:
        found = _told(scene, node, attribute, path)
        if found is not None:
            return found
        if not path and attribute in node.properties:
            return hot(scene, node.properties[attribute], span)
    hint = "a server has private_address, public_address and networks, a volume volume_id, a port ip_address, a network network_id"
    scene.error("VTN-H003", f"Heat tells nothing of the attribute {attribute} of {name}", span, hint)
    return None


def _told(scene: Scene, node: Node, attribute: str, path: list[Any]) -> Json:
    if attribute == "tosca_name":
        return node.name
    if attribute == "tosca_id" and is_a(node, COMPUTE, VOLUME, NETWORK, PORT):
        return {"get_resource": node.name}
    if is_a(node, COMPUTE) and attribute in _NETWORK_OF:
        ports = scene.ports.get(node.name, ())
        floating = next((scene.floating[port.name] for port in ports if port.name in scene.floating), None)
        if attribute == "public_address" and floating:
            return {"get_attr": [floating, "floating_ip_address"]}
        if attribute == "private_address" and ports:
            return {"get_attr": [ports[0].name, "fixed_ips", 0, "ip_address"]}
        return {"get_attr": [node.name, "networks", _NETWORK_OF[attribute], 0]}
    if is_a(node, COMPUTE) and attribute == "networks":
        return {"get_attr": [node.name, "networks", *path]}
    if (is_a(node, VOLUME) and attribute == "volume_id") or (is_a(node, NETWORK) and attribute == "network_id"):
        return hot(scene, node.properties[attribute], node.span) if attribute in node.properties else {"get_resource": node.name}
    if is_a(node, FLOATING) and attribute in ("floating_ip_address", "address"):
        return {"get_attr": [node.name, "floating_ip_address"]}
    if is_a(node, PORT) and attribute in ("ip_address", "address"):
        return {"get_attr": [node.name, "fixed_ips", 0, "ip_address"]}
    return None
