"""Normative nodes of a workload group, compiled to the body of a Heat stack: what one copy of each server is made of.

The body is a plain tree. One stack per region is made of it, with as many copies of each server as the workload says:

    {"servers": [
        {"name": "front",
         "flavor": {"num_cpus": 1, "mem_size": 2000, "disk_size": 10},
         "image": {"architecture": "x86_64", "type": "linux", "distribution": "debian", "version": "12"},
         "ports": [{"name": "front-port", "segment": "web", "ip_address": "10.1.0.20"}],
         "volumes": [{"name": "records", "size": 20, "device": "/dev/vdb"}]}]}

`mem_size` is in MiB, `disk_size` and `size` in GiB, all at least what was asked for. Members of flavor and image that were not
asked for are absent, as are `ip_address` and `device`. Ports stand in the order of the interfaces.

Sources: Compute (TOSCA Simple Profile 1.3 section 5.9.2) with its capabilities `host` and `os`, network.Port (8.5.2) with its
requirements `binding` and `link`, BlockStorage (5.9.11) through the requirement `local_storage`; derived types count as these.
Reports VTN-T080 for any other member and for one that lacks what a server needs, VTN-T073 for values known only after deployment,
and VTN-T082 (a warning) for artifacts and interfaces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vtnmd.compiler.tosca.units import in_cloud_size
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span
from vtnmd.domain.topology import Entity, FunctionCall, Group, Node, Relation
from vtnmd.domain.tree import Json

COMPUTE, PORT, BLOCK_STORAGE = "tosca.nodes.Compute", "tosca.nodes.network.Port", "tosca.nodes.BlockStorage"
_ATTACHES = "tosca.relationships.AttachesTo"
_BINDING, _LINK = "binding", "link"
_MIB, _GIB = 2, 3
_IMAGE = ("architecture", "type", "distribution", "version")
_UNUSED_STORAGE = ("volume_id", "snapshot_id")
_UNUSED_PORT = ("ip_range_start", "ip_range_end")


@dataclass(frozen=True, slots=True)
class Body:
    """The tree, and what is wrong with the members."""

    tree: Json
    problems: tuple[Diagnostic, ...]


def compile_body(group: Group, nodes: Mapping[str, Node], segments: Mapping[str, str]) -> Body:
    """The body of a group's members. `segments` maps the nodes that ports may link to onto their names in the Intent."""
    groups = [name for name in group.members if name not in nodes]
    problems = [
        Diagnostic("VTN-T080", f"{name} of {group.name} is a group; a workload is made of nodes", group.span) for name in groups
    ]
    members = {name: nodes[name] for name in group.members if name in nodes}
    computes = [node for node in members.values() if COMPUTE in node.ancestry]
    servers = {node.name: _server(node, members, problems) for node in computes}
    for node in sorted(members.values(), key=_port_order):
        if PORT in node.ancestry:
            _add_port(node, servers, segments, problems)
    attached = {relation.target for node in computes for relation in _storage(node)}
    for node in members.values():
        _check_used(node, attached, problems)
    if not computes:
        problems.append(Diagnostic("VTN-T080", f"{group.name} has no member of type {COMPUTE}", group.span))
    bound = {relation.target for node in members.values() for relation in node.relations if relation.requirement == _BINDING}
    for node in computes:
        if node.name not in bound:
            hint = f"add a node of type {PORT} that binds to it and links to a segment, and make it a member of {group.name}"
            problems.append(Diagnostic("VTN-T080", f"the server {node.name} has no port", node.span, hint))
    return Body({"servers": [_shortly_named(server, group.prefix) for server in servers.values()]}, tuple(problems))


def _shortly_named(server: dict[str, Any], prefix: str) -> dict[str, Any]:
    """A stack is one group's, so what is in it needs no name of the composite, and is not made anew when that gets another one."""
    parts = {key: [each | {"name": each["name"].removeprefix(prefix)} for each in server[key]] for key in ("ports", "volumes")}
    return server | parts | {"name": server["name"].removeprefix(prefix)}


def _check_used(node: Node, attached: Iterable[str], problems: list[Diagnostic]) -> None:
    """No member is dropped silently."""
    if COMPUTE in node.ancestry or PORT in node.ancestry:
        if node.artifacts or node.operations:
            summary = f"artifacts and interfaces of {node.name} are not carried out"
            problems.append(Diagnostic("VTN-T082", summary, node.span, severity=Severity.WARNING))
    elif BLOCK_STORAGE not in node.ancestry:
        hint = f"a workload is made of {COMPUTE}, {PORT} and {BLOCK_STORAGE}"
        problems.append(Diagnostic("VTN-T080", f"{node.name} is a {node.type}, which is not compiled to servers", node.span, hint))
    elif node.name not in attached:
        hint = "name it in the requirement local_storage of a server of the same workload"
        problems.append(Diagnostic("VTN-T080", f"the volume {node.name} belongs to no server", node.span, hint))


def _server(node: Node, members: Mapping[str, Node], problems: list[Diagnostic]) -> dict[str, Any]:
    host = _plain(node, node.capabilities.get("host", {}), ("capabilities", "host"), problems)
    system = _plain(node, node.capabilities.get("os", {}), ("capabilities", "os"), problems)
    flavor = {"num_cpus": host.get("num_cpus")}
    flavor["mem_size"] = in_cloud_size(host["mem_size"], _MIB) if "mem_size" in host else None
    flavor["disk_size"] = in_cloud_size(host["disk_size"], _GIB) if "disk_size" in host else None
    volumes = [_volume(node, relation, members, problems) for relation in _storage(node)]
    return {
        "name": node.name,
        "flavor": {name: value for name, value in flavor.items() if value is not None},
        "image": {name: str(system[name]) for name in _IMAGE if name in system},
        "ports": [],
        "volumes": [volume for volume in volumes if volume],
    }


def _storage(node: Node) -> list[Relation]:
    return [relation for relation in node.relations if _ATTACHES in relation.ancestry]


def _volume(node: Node, relation: Relation, members: Mapping[str, Node], problems: list[Diagnostic]) -> dict[str, Any] | None:
    storage = members.get(relation.target)
    if storage is None:
        hint = f"make {relation.target} a member of the same group"
        problems.append(
            Diagnostic("VTN-T080", f"the volume {relation.target} of {node.name} belongs to no workload", relation.span, hint)
        )
        return None
    values = _plain(storage, storage.properties, (), problems)
    for name in _UNUSED_STORAGE:
        if name in values:
            summary = f"{storage.name} takes an existing volume, which vtnmd does not attach"
            problems.append(Diagnostic("VTN-T080", summary, _place(storage, (name,)), "give its size only"))
    volume: dict[str, Any] = {"name": storage.name, "size": in_cloud_size(values["size"], _GIB)} if "size" in values else {}
    device = relation.properties.get("device") or relation.properties.get("location")
    if volume and isinstance(device, str) and device.startswith("/dev/"):
        volume["device"] = device
    return volume or None


def _port_order(node: Node) -> int:
    order = node.properties.get("order", 0)
    return order if isinstance(order, int) else 0


def _add_port(node: Node, servers: Mapping[str, dict[str, Any]], segments: Mapping[str, str], problems: list[Diagnostic]) -> None:
    targets = {relation.requirement: relation for relation in node.relations}
    binding, link = targets.get(_BINDING), targets.get(_LINK)
    if binding is None or link is None:
        return  # the requirements phase has said so
    if binding.target not in servers:
        hint = f"make {binding.target} a member of the same group"
        summary = f"the port {node.name} binds to {binding.target}, which is no server of this workload"
        problems.append(Diagnostic("VTN-T080", summary, binding.span, hint))
        return
    if link.target not in segments:
        hint = "link it to a node of type vtnmd.nodes.Segment"
        summary = f"the port {node.name} links to {link.target}, which is no segment"
        problems.append(Diagnostic("VTN-T080", summary, link.span, hint))
        return
    values = _plain(node, node.properties, (), problems)
    for name in _UNUSED_PORT:
        if name in values:
            hint = "give the segment's region a pool"
            problems.append(Diagnostic("VTN-T080", f"{name} of {node.name} is not used", _place(node, (name,)), hint))
    port = {"name": node.name, "segment": segments[link.target]}
    if "ip_address" in values:
        port["ip_address"] = values["ip_address"]
    servers[binding.target]["ports"].append(port)


def _plain(node: Entity, values: Mapping[str, Any], path: tuple[str, ...], problems: list[Diagnostic]) -> Mapping[str, Any]:
    """The values that are known now; the others are reported."""
    for name, value in values.items():
        if isinstance(value, FunctionCall):
            summary = f"{name} of {node.name} is known only after deployment"
            problems.append(Diagnostic("VTN-T073", summary, _place(node, (*path, name)), f"{value.name} cannot be used here"))
    return {name: value for name, value in values.items() if not isinstance(value, FunctionCall)}


def _place(node: Entity, path: tuple[str, ...]) -> Span:
    return node.spans.get(path, node.span)
