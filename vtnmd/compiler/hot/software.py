"""Operations of nodes and relationships as OS::Heat::SoftwareConfig and SoftwareDeployment (Heat template guide, "Software
configuration").

An operation becomes `NODE_OPERATION_config` and `NODE_OPERATION_deploy`, on the server at the end of the chain of hosts, or on all
servers by a SoftwareDeploymentGroup. What brings a node up runs in the order of the lifecycle (section 5.8.5 of TOSCA) and begins
when all that the node needs is ready; `stop` and `delete` run when the stack is deleted, in this order. Operations of a
relationship run where their names say, at the moment that section 5.8.6 gives.

Reports VTN-H004 (nothing to run on) and VTN-H006 (an operation without a moment in the life of a stack).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import (
    COMPUTE,
    HOSTED_ON,
    LIFECYCLE,
    REMOVAL,
    Scene,
    anchors,
    deployment,
    hosts_of,
    is_a,
    lifecycle,
    unique,
)
from vtnmd.compiler.hot.servers import needs
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Node, Operation, Relation
from vtnmd.domain.tree import Json

_STANDARD = "Standard"
_CONNECTS = "tosca.relationships.ConnectsTo"
_GROUPS = {"yaml": "ansible", "yml": "ansible", "pp": "puppet"}
_ROLE = "tosca.artifacts.AnsibleGalaxy.role"
_BEFORE = {"pre_configure_source": "create", "pre_configure_target": "create"}
_AFTER = {"post_configure_source": "configure", "post_configure_target": "configure"}
_ADDING = {"add_target": "source", "add_source": "target"}
_REMOVING = {"remove_target": "source", "remove_source": "target"}
_ON_DELETE = ("DELETE",)


@dataclass(frozen=True, slots=True)
class _Step:
    """An operation that runs on the servers of a node, at `actions` of the stack; by default at all that make it."""

    name: str
    node: Node
    operation: Operation
    depends_on: tuple[str, ...]
    actions: tuple[str, ...] = ()


def software(scene: Scene, node: Node) -> Iterator[Resource]:
    """The configs and deployments of a node's operations, and of those of its relationships."""
    yield from _roles(scene, node)
    yield from _own(scene, node)
    for relation in node.relations:
        for operation in relation.operations:
            yield from _of_relation(scene, node, relation, operation)


def _own(scene: Scene, node: Node) -> Iterator[Resource]:
    previous = _first_needs(scene, node)
    for operation in lifecycle(node):
        waits = (*previous, *_relationship_steps(scene, node, operation.name))
        yield from _pair(scene, _Step(f"{node.name}_{operation.name}", node, operation, unique(waits)))
        previous = (deployment(node, operation.name),)
    removal = {operation.name: operation for operation in node.operations if operation.interface == _STANDARD}
    for name in reversed(REMOVAL):  # what depends on something is deleted before it
        if name in removal:
            yield from _pair(scene, _Step(f"{node.name}_{name}", node, removal[name], previous, _ON_DELETE))
            previous = (deployment(node, name),)
    for operation in node.operations:
        if operation.interface != _STANDARD or operation.name not in (*LIFECYCLE, *REMOVAL):
            summary = (
                f"{operation.interface}/{operation.name} of {node.name} is left out: no moment in the life of a stack calls it"
            )
            scene.warn("VTN-H006", summary, operation.span)


def _first_needs(scene: Scene, node: Node) -> tuple[str, ...]:
    """What the first operation of a node waits for. The server itself is implied, since the deployment refers to it."""
    servers = hosts_of(scene, node)
    found: list[str] = []
    for relation in node.relations:
        if HOSTED_ON in relation.ancestry:
            found += [name for name in anchors(scene, relation.target) if name not in servers]
    return unique((*found, *(needs(scene, node) if not is_a(node, COMPUTE) else ())))


def _relationship_steps(scene: Scene, node: Node, operation: str) -> list[str]:
    """The deployments of relationships that come between the previous operation of the node and this one."""
    moments = {"configure": _BEFORE, "start": _AFTER}.get(operation, {})
    found = []
    for source, relation in scene.stepped.get(node.name, ()):
        for step in relation.operations:
            end = source.name if step.name.endswith("_source") else relation.target
            if step.name in moments and end == node.name:
                found.append(f"{_step_name(source, relation, step)}_deploy")
    return found


def _of_relation(scene: Scene, source: Node, relation: Relation, operation: Operation) -> Iterator[Resource]:
    target = scene.nodes[relation.target]
    name = operation.name
    actions: tuple[str, ...]
    if name in _BEFORE or name in _AFTER:
        end = source if name.endswith("_source") else target
        waits = _up_to(end, {**_BEFORE, **_AFTER}[name])
        actions = ()
    elif name in _ADDING or name in _REMOVING:
        end = source if {**_ADDING, **_REMOVING}[name] == "source" else target
        waits = unique((*anchors(scene, source.name), *anchors(scene, target.name)))
        actions = _ON_DELETE if name in _REMOVING else ()
    else:
        summary = f"{name} of {source.name} to {target.name} is left out: no moment in the life of a stack calls it"
        scene.warn("VTN-H006", summary, operation.span)
        return
    waits = tuple(wait for wait in waits if wait not in scene.nodes)
    yield from _pair(scene, _Step(_step_name(source, relation, operation), end, operation, waits, actions))


def _up_to(node: Node, operation: str) -> tuple[str, ...]:
    """The deployment of the operation, or of the last one before it."""
    names = [each.name for each in lifecycle(node)]
    reached = [name for name in names if name in (("create",) if operation == "create" else ("create", "configure"))]
    return (deployment(node, reached[-1]),) if reached else ()


def _step_name(source: Node, relation: Relation, operation: Operation) -> str:
    """A connection that needs one step is called so; where there are more steps, each is called by its operation."""
    single = len(relation.operations) == 1 and _CONNECTS in relation.ancestry
    return f"{source.name}_{relation.target}_{'connect' if single else operation.name}"


def _pair(scene: Scene, step: _Step) -> Iterator[Resource]:
    node, operation = step.node, step.operation
    servers = hosts_of(scene, node)
    if not servers:
        hint = "give it the requirement host, which leads to a node of type tosca.nodes.Compute"
        scene.error("VTN-H004", f"{operation.name} of {node.name} has no server to run on", operation.span, hint)
        return
    config: dict[str, Json] = {"config": {"get_file": operation.implementation}, "group": _group(operation.implementation)}
    outputs = scene.asked.get((node.name, operation.name), ())
    if outputs:
        config["outputs"] = [{"name": output} for output in outputs]
    for file in operation.dependencies:
        scene.warn("VTN-H006", f"{file} is not brought to the server: a software config is one file", operation.span)
    kind, where = _placed(servers)
    properties: dict[str, Json] = {"config": {"get_resource": f"{step.name}_config"}, **where}
    if operation.inputs:
        properties["input_values"] = {key: hot(scene, value, operation.span) for key, value in operation.inputs.items()}
    if step.actions:
        properties["actions"] = list(step.actions)
    yield Resource(f"{step.name}_config", "OS::Heat::SoftwareConfig", node.name, config)
    yield Resource(f"{step.name}_deploy", kind, node.name, properties, step.depends_on)


def _placed(servers: tuple[str, ...]) -> tuple[str, dict[str, Json]]:
    """(type, the property that names the servers) of a deployment."""
    if len(servers) == 1:
        return "OS::Heat::SoftwareDeployment", {"server": {"get_resource": servers[0]}}
    return "OS::Heat::SoftwareDeploymentGroup", {"servers": {server: {"get_resource": server} for server in servers}}


def _group(file: str) -> str:
    """The kind of tool that runs a file, by its extension."""
    return _GROUPS.get(file.rpartition(".")[2].lower(), "script")


def _roles(scene: Scene, node: Node) -> Iterator[Resource]:
    """Roles of Ansible Galaxy among the artifacts, which the server fetches itself."""
    roles = [artifact.file for artifact in node.artifacts.values() if _ROLE in artifact.ancestry]
    servers = hosts_of(scene, node)
    if not roles or not servers:
        return
    name = f"{node.name}_install_roles"
    script = "#!/bin/bash\n" + "".join(f"ansible-galaxy install {role}\n" for role in roles)
    yield Resource(f"{name}_config", "OS::Heat::SoftwareConfig", node.name, {"config": script, "group": "script"})
    kind, where = _placed(servers)
    yield Resource(f"{name}_deploy", kind, node.name, {"config": {"get_resource": f"{name}_config"}, **where})
