"""What the YANG models say of what a TOSCA type declares: the schema nodes that properties are bound to (docs/binding.md)."""

from collections.abc import Mapping

from vtnmd.compiler.tosca.placement import LIST, members_of
from vtnmd.compiler.tosca.types import TypeDefinition
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

Nodes = Mapping[str, SchemaNode]

NO_NODES: Nodes = {}


def nodes_of(definition: TypeDefinition, schema: Schema) -> Nodes:
    """Property or requirement name → schema node; empty for a type that is bound to no list."""
    path = tuple(part for part in definition.metadata.get(LIST, "").split("/") if part)
    node = schema.node(path) if path else None
    if node is None or node.kind is not Kind.LIST:
        return NO_NODES
    return {name: child for name, child in members_of(node, definition.metadata).items() if child is not None}


def nodes_below(node: SchemaNode | None) -> Nodes:
    """The children of a container or list by their names; none of anything else."""
    return NO_NODES if node is None else {child.name: child for child in node.children.values()}
