"""What rules look at: the topology, indexed for their questions, the cloud, and where problems go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vtnmd.domain.diagnostics import Diagnostic, Severity, Span
from vtnmd.domain.topology import Entity, FunctionCall, Node, Operation, Policy, Relation, Topology
from vtnmd.domain.tree import Json

COMPUTE = "tosca.nodes.Compute"
PORT, NETWORK = "tosca.nodes.network.Port", "tosca.nodes.network.Network"
FLOATING = "tosca.nodes.network.FloatingIP"
VOLUME, CONTAINER = "tosca.nodes.BlockStorage", "tosca.nodes.ObjectStorage"
SCALING = "tosca.policies.Scaling"
CLUSTER = "tosca.policies.Scaling.Cluster"
PLACEMENT = "tosca.policies.Placement"
AFFINITY, ANTI_AFFINITY = "tosca.policies.nfv.AffinityRule", "tosca.policies.nfv.AntiAffinityRule"
HOSTED_ON, ATTACHES = "tosca.relationships.HostedOn", "tosca.relationships.AttachesTo"
BINDS, LINKS = "tosca.relationships.network.BindsTo", "tosca.relationships.network.LinksTo"

LIFECYCLE = ("create", "configure", "start")
REMOVAL = ("stop", "delete")


@dataclass(frozen=True, slots=True)
class Scene:
    """`ports` are those of each server, in the order of its interfaces; `floating` is the floating address of a port. `groups` is
    the server group of a server, `clusters` the policy that makes a server many. `hosted` are the nodes on each node. `stepped` are
    the relations with operations that touch a node, each with its source, and `asked` the outputs of each (node, operation) that
    something asks for. Rules add to `problems` and `parameters`, and nothing else.
    """

    topology: Topology
    cloud: Json
    ports: Mapping[str, tuple[Node, ...]]
    floating: Mapping[str, str]
    groups: Mapping[str, str]
    clusters: Mapping[str, Policy]
    hosted: Mapping[str, Sequence[Node]]
    stepped: Mapping[str, Sequence[tuple[Node, Relation]]]
    asked: Mapping[tuple[str, str], tuple[str, ...]]
    problems: list[Diagnostic] = field(default_factory=list)
    parameters: dict[str, Json] = field(default_factory=dict)

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.topology.nodes

    def error(self, code: str, summary: str, span: Span, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, span, hint))

    def warn(self, code: str, summary: str, span: Span, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, span, hint, severity=Severity.WARNING))


def scene_of(topology: Topology, cloud: Json) -> Scene:
    """The indexes of a topology."""
    ports: dict[str, list[Node]] = {}
    for node in topology.nodes.values():
        for server in dict.fromkeys(relation.target for relation in node.relations if _binds(relation)):
            ports.setdefault(server, []).append(node)
    policies = list(topology.policies.values())
    placement = [policy for policy in policies if server_group(policy)]
    clusters = [policy for policy in policies if CLUSTER in policy.ancestry]
    return Scene(
        topology,
        cloud,
        {server: tuple(sorted(bound, key=_order)) for server, bound in ports.items()},
        {
            relation.target: node.name
            for node in topology.nodes.values()
            if is_a(node, FLOATING)
            for relation in related(node, LINKS)
        },
        {name: server_group(policy) for policy in placement for name in targets_of(topology, policy)},
        {name: policy for policy in clusters for name in targets_of(topology, policy)},
        _hosted(topology),
        _stepped(topology),
        _asked(topology),
    )


def _hosted(topology: Topology) -> Mapping[str, Sequence[Node]]:
    found: dict[str, list[Node]] = {}
    for node in topology.nodes.values():
        for relation in related(node, HOSTED_ON):
            found.setdefault(relation.target, []).append(node)
    return found


def _stepped(topology: Topology) -> Mapping[str, Sequence[tuple[Node, Relation]]]:
    found: dict[str, list[tuple[Node, Relation]]] = {}
    for node in topology.nodes.values():
        for relation in node.relations:
            for name in (node.name, relation.target) if relation.operations else ():
                found.setdefault(name, []).append((node, relation))
    return found


def _asked(topology: Topology) -> dict[tuple[str, str], tuple[str, ...]]:
    operations = [operation for node in topology.nodes.values() for operation in node.operations]
    operations += [step for node in topology.nodes.values() for relation in node.relations for step in relation.operations]
    waiting: list[Any] = [operation.inputs for operation in operations]
    waiting += [output.value for output in topology.outputs.values()]
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    while waiting:
        value = waiting.pop()
        if isinstance(value, FunctionCall) and value.name == "get_operation_output":
            key = (str(value.arguments[0]), str(value.arguments[2]))
            found[key] = tuple(sorted({*found.get(key, ()), str(value.arguments[3])}))
        elif isinstance(value, FunctionCall):
            waiting.extend(value.arguments)
        elif isinstance(value, Mapping | list | tuple):
            waiting.extend(value.values() if isinstance(value, Mapping) else value)
    return found


def stores(relation: Relation) -> bool:
    """Whether a relation leads from a server to a volume of its own."""
    return ATTACHES in relation.ancestry or relation.requirement == "virtual_storage"


def _binds(relation: Relation) -> bool:
    return BINDS in relation.ancestry or relation.requirement == "virtual_binding"


def server_group(policy: Policy) -> str:
    """The name of the server group that a policy comes to; empty if it comes to none: rules of a VNF may be about whole sites."""
    if is_a(policy, PLACEMENT) and not is_a(policy, AFFINITY, ANTI_AFFINITY):
        return policy.name
    return f"{policy.name}_group" if is_a(policy, AFFINITY, ANTI_AFFINITY) and policy.properties.get("scope") == "nfvi_node" else ""


def _order(port: Node) -> int:
    order = port.properties.get("order", 0)
    return order if isinstance(order, int) else 0


def targets_of(topology: Topology, policy: Policy) -> tuple[str, ...]:
    """The nodes that a policy is for: its targets, those of a property of that name, and the members of groups among them."""
    named = policy.properties.get("targets", ())
    found: dict[str, None] = {}
    for name in (*policy.targets, *(map(str, named) if isinstance(named, list) else ())):
        group = topology.groups.get(name)
        found.update(dict.fromkeys(group.members if group else (name,) if name in topology.nodes else ()))
    return tuple(found)


def is_a(entity: Entity, *types: str) -> bool:
    """Whether the type is one of these or derives from one."""
    return any(name in entity.ancestry for name in types)


def related(node: Node, relationship: str) -> tuple[Relation, ...]:
    """The relations of a kind."""
    return tuple(relation for relation in node.relations if relationship in relation.ancestry)


def hosts_of(scene: Scene, node: Node) -> tuple[str, ...]:
    """The servers at the end of the chains of hosts; the node itself if it is a server."""
    found: dict[str, None] = {}
    waiting, seen = [node], {node.name}
    while waiting:
        current = waiting.pop(0)
        if is_a(current, COMPUTE):
            found[current.name] = None
        for relation in related(current, HOSTED_ON):
            if relation.target not in seen and relation.target in scene.nodes:
                seen.add(relation.target)
                waiting.append(scene.nodes[relation.target])
    return tuple(found)


def lifecycle(node: Node) -> list[Operation]:
    """The operations that bring a node up, in their order."""
    known = {operation.name: operation for operation in node.operations if operation.interface == "Standard"}
    return [known[name] for name in LIFECYCLE if name in known]


def anchors(scene: Scene, name: str) -> tuple[str, ...]:
    """The resources that are complete when a node is ready to be used.

    That is its last deployment, or itself; software that runs nothing is ready when what it is hosted on is.
    """
    node = scene.nodes[name]
    operations = lifecycle(node)
    if operations:
        return (deployment(node, operations[-1].name),)
    if is_a(node, COMPUTE, VOLUME, CONTAINER, PORT, NETWORK) or not related(node, HOSTED_ON):
        return (name,) if is_a(node, COMPUTE, VOLUME, CONTAINER, PORT, NETWORK) else ()
    found: dict[str, None] = {}
    for relation in related(node, HOSTED_ON):
        found.update(dict.fromkeys(anchors(scene, relation.target)))
    return tuple(found)


def deployment(node: Node, operation: str) -> str:
    """The name of the deployment of an operation."""
    return f"{node.name}_{operation}_deploy"


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(names))
