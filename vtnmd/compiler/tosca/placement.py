"""Where the entities of a topology stand in an Intent: the list that a type is bound to, and the entry that one is nested in.

Reports VTN-T070 (a type is bound to nothing) and T071 (parent).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vtnmd.compiler.tosca.encode import Path
from vtnmd.domain.diagnostics import Diagnostic, Span
from vtnmd.domain.topology import Entity, Group, Node, Policy, Topology
from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

LIST, VALUE, LEAF, NAMES = "vtnmd.yang.list", "vtnmd.yang.value", "vtnmd.yang.leaf.", "vtnmd.yang.names."
"""Metadata of types that says what they are bound to."""

SERVICE = ("vtnmd-vtn:services", "service")


@dataclass(frozen=True, slots=True)
class Binding:
    """How the entities of one type become entries of a list. `members` maps properties and requirements to leaves."""

    path: tuple[str, ...]
    list: SchemaNode
    key: str
    parent: tuple[str, ...]
    members: dict[str, SchemaNode | None]

    @property
    def reference(self) -> str:
        """What a leafref to an entry of this list is called."""
        return self.list.name


@dataclass(slots=True)
class Work:
    """The Intent while it is built. `entries` maps nodes to their entry and its path, `parents` to the node around them."""

    topology: Topology
    schema: Schema
    name: str
    problems: list[Diagnostic] = field(default_factory=list)
    sources: dict[Path, Span] = field(default_factory=dict)
    bindings: dict[str, Binding | None] = field(default_factory=dict)
    entries: dict[str, tuple[dict[str, Json], Path]] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    service: dict[str, Json] = field(default_factory=dict)


def binding_of(work: Work, entity: Entity) -> Binding | None:
    """The binding of a type, found once; None for a type that is bound to no list."""
    if entity.type in work.bindings:
        return work.bindings[entity.type]
    where = entity.metadata.get(LIST)
    binding = None
    if where:
        path = tuple(part for part in where.split("/") if part)
        node = work.schema.node(path)
        if node is None or node.kind is not Kind.LIST or len(node.keys) != 1:
            summary = f"the type {entity.type} is bound to {where}, which is no list with one key"
            work.problems.append(Diagnostic("VTN-T070", summary, entity.span))
        else:
            binding = Binding(path, node, node.keys[0], _list_above(work.schema, path), members_of(node, entity.metadata))
    work.bindings[entity.type] = binding
    return binding


def members_of(node: SchemaNode, metadata: Mapping[str, str]) -> dict[str, SchemaNode | None]:
    """Property and requirement names → leaves: their own names, and those that the metadata renames."""
    members: dict[str, SchemaNode | None] = {child.name: child for child in node.children.values()}
    for key, leaf in metadata.items():
        if key.startswith(LEAF):
            members[key.removeprefix(LEAF)] = members.get(leaf)
    return members


def _list_above(schema: Schema, path: tuple[str, ...]) -> tuple[str, ...]:
    above = path[:-1]
    while above and schema_at(schema, above).kind is not Kind.LIST:
        above = above[:-1]
    return above


def schema_at(schema: Schema, path: tuple[str, ...]) -> SchemaNode:
    return schema.describe("/".join(("", *path)))


def name_in_intent(entity: Entity) -> str:
    """What an entity is called in the Intent: its property `name` where its type has one, else its own name."""
    name = entity.properties.get("name")
    return name if isinstance(name, str) else entity.name


def place_of(work: Work, entity: Entity, binding: Binding) -> tuple[dict[str, Json], Path] | None:
    """The entry in which this one is nested, and its path; None where it cannot be told, which has then been reported."""
    if binding.parent == SERVICE:
        return work.service, (*SERVICE, 0)
    parent = _parent_of(work, entity, binding)
    if parent is None:
        return None
    return work.entries.get(parent)


def _parent_of(work: Work, entity: Entity, binding: Binding) -> str | None:
    """The node whose entry holds this one: that of its requirement to the parent, or else that of what it refers to."""
    known = work.parents if isinstance(entity, Node) else {}
    if entity.name in known:
        return known[entity.name]
    known[entity.name] = None
    named: dict[str, Span] = {}
    derived: dict[str, Span] = {}
    for span, target in references(work, entity):
        target_binding = binding_of(work, target)
        if target_binding is None:
            continue
        if target_binding.path == binding.parent:
            named.setdefault(target.name, span)
        elif target_binding.parent == binding.parent:
            above = _parent_of(work, target, target_binding)
            if above:
                derived.setdefault(above, span)
    found = named or derived
    if len(found) != 1:
        _report_parent(work, entity, binding, found)
        return None
    known[entity.name] = next(iter(found))
    return known[entity.name]


def references(work: Work, entity: Entity) -> Iterator[tuple[Span, Node]]:
    """What requirements of a node or of the members of a group, or the targets of a policy lead to, and where that is said."""
    nodes = work.topology.nodes
    if isinstance(entity, Policy):
        return ((entity.span, nodes[name]) for name in entity.targets if name in nodes)
    names = entity.members if isinstance(entity, Group) else ()
    members = (entity,) if isinstance(entity, Node) else tuple(nodes[name] for name in names if name in nodes)
    relations = (relation for node in members for relation in node.relations)
    return ((relation.span, nodes[relation.target]) for relation in relations if relation.target in nodes)


def _report_parent(work: Work, entity: Entity, binding: Binding, found: Mapping[str, Span]) -> None:
    what = binding.parent[-1].rpartition(":")[2]
    if found:
        names = ", ".join(found)
        summary = f"{entity.name} belongs to more than one {what}: {names}"
        work.problems.append(Diagnostic("VTN-T071", summary, list(found.values())[1]))
        return
    if isinstance(entity, Node):
        hint = f"give it a requirement to its {what}, or to something in it"
    elif isinstance(entity, Policy):
        hint = f"let it target its {what}, or something in it"
    else:
        hint = "let its ports link to a segment"
    work.problems.append(Diagnostic("VTN-T071", f"nothing says to which {what} {entity.name} belongs", entity.span, hint))
