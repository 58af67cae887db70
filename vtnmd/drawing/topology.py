"""What a designer wrote, as a sketch: nodes, relations, groups and policies, each in the region that it belongs to."""

from collections.abc import Iterator, Mapping

from vtnmd.domain.topology import Entity, FunctionCall, Group, Node, Policy, Topology
from vtnmd.domain.tree import Tree
from vtnmd.drawing.sketch import ACROSS, Item, Link, Sketch, facts_of

REGION, TENANT = "vtnmd.nodes.Region", "vtnmd.nodes.Tenant"
_NAMES = "vtnmd.yang.names."


def sketch_topology(topology: Topology, service: str = "") -> Sketch:
    """Groups are rows of their members. What leads to one region stands there; what leads to none or to several stands across.

    `service` is what the service is called where that is not the name of the topology.
    """
    group_of: dict[str, Group] = {}
    for group in topology.groups.values():
        for member in group.members:
            group_of.setdefault(member, group)
    items = [_node(topology, node, group_of.get(name)) for name, node in topology.nodes.items()]
    items += [_item(policy) for policy in topology.policies.values()]
    lanes = {(item.region, item.lane): _item(topology.groups[item.lane], item.region, item.tenant) for item in items if item.lane}
    name = service or topology.name
    return Sketch("topology", name, f"{name} as it is written", tuple(items), tuple(_links(topology)), lanes=lanes).cleaned()


def _node(topology: Topology, node: Node, group: Group | None) -> Item:
    """A member of a group stands where that is said to be, any other node in the region that it leads to."""
    regions = _named_regions(topology, group) or _nearest(topology, node.name, REGION)
    beside = group.members if group else ()
    tenants = _nearest(topology, node.name, TENANT) or {found for each in beside for found in _nearest(topology, each, TENANT)}
    region = next(iter(regions)) if len(regions) == 1 else ACROSS
    return _item(node, region, min(tenants, default=""), group.name if group else "")


def _item(entity: Entity, region: str = ACROSS, tenant: str = "", lane: str = "") -> Item:
    facts = [("type", entity.type)]
    facts += [(name, value) for name, value in (("region", region), ("tenant", tenant), ("group", lane)) if value]
    properties: dict[str, Tree] = {name: _written(value) for name, value in entity.properties.items()}
    if isinstance(entity, Node):
        properties |= {f"capability {name}": _written(value) for name, value in entity.capabilities.items() if value}
    return Item(
        _id(entity),
        entity.type.rpartition(".")[2],
        entity.name,
        _summary(entity),
        region,
        lane,
        tenant=tenant,
        facts=tuple(facts),
        properties=facts_of(properties) if properties else (),
        span=entity.span,
    )


def _id(entity: Entity) -> str:
    """Nodes, groups and policies have names of their own."""
    kind = "group" if isinstance(entity, Group) else "policy" if isinstance(entity, Policy) else "node"
    return f"{kind} {entity.name}"


def _summary(entity: Entity) -> str:
    """The first property that was written and is a plain value."""
    for name, value in entity.properties.items():
        if (
            (name,) in entity.spans
            and isinstance(value, str | int | float)
            and not isinstance(value, bool)
            and name != "description"
        ):
            return str(value)
    return ""


def _links(topology: Topology) -> Iterator[Link]:
    for node in topology.nodes.values():
        for relation in node.relations:
            if relation.target in topology.nodes:
                properties = (
                    facts_of({name: _written(value) for name, value in relation.properties.items()}) if relation.properties else ()
                )
                yield Link(f"node {node.name}", f"node {relation.target}", relation.requirement, properties, relation.span)
    for policy in topology.policies.values():
        for target in policy.targets:
            kind = "node" if target in topology.nodes else "group"
            yield Link(f"policy {policy.name}", f"{kind} {target}", "acts on", (), policy.span)


def _written(value: Tree) -> Tree:
    """A value of the topology as a tree of plain values; a function that is resolved later as it is called."""
    match value:
        case FunctionCall():
            return f"{value.name}({', '.join(str(_written(each)) for each in value.arguments)})"
        case Mapping():
            return {str(name): _written(each) for name, each in value.items()}
        case list() | tuple():
            return [_written(each) for each in value]
        case _:
            return value


def _named_regions(topology: Topology, entity: Entity | None) -> set[str]:
    """The regions that the properties of an entity name (`vtnmd.yang.names.PROPERTY` in the metadata of its type)."""
    if entity is None:
        return set()
    keys = [key.removeprefix(_NAMES) for key, kind in entity.metadata.items() if key.startswith(_NAMES) and kind == REGION]
    listed = [names for key in keys if isinstance(names := entity.properties.get(key), list)]
    return {_called(topology.nodes[each]) for names in listed for each in names if each in topology.nodes}


def _nearest(topology: Topology, name: str, wanted: str) -> set[str]:
    """What the nodes of a type are called that the fewest relations lead to."""
    seen, level = {name}, [topology.nodes[name]] if name in topology.nodes else []
    while level:
        found = {_called(node) for node in level if wanted in node.ancestry}
        if found:
            return found
        targets = dict.fromkeys(relation.target for node in level for relation in node.relations if relation.target not in seen)
        seen.update(targets)
        level = [topology.nodes[target] for target in targets if target in topology.nodes]
    return set()


def _called(node: Node) -> str:
    """A region or tenant is known by the property `name`, else by the name of its template."""
    name = node.properties.get("name")
    return name if isinstance(name, str) and name else node.name
