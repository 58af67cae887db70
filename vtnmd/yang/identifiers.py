"""Instance identifiers (RFC 7950 section 9.13) for error-paths, and the namespaces that their prefixes stand for."""

from dataclasses import dataclass, field

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Path
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema


@dataclass(frozen=True, slots=True)
class Identifier:
    """`text` is the XPath, `namespaces` maps each prefix in it to its namespace."""

    text: str = ""
    namespaces: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def below(self, schema: Schema, node: SchemaNode, *predicates: tuple[SchemaNode | None, str]) -> "Identifier":
        """One step further: to an instance of `node`, told apart by (key leaf, value) pairs; no leaf: the value itself."""
        namespaces = dict(self.namespaces)
        text = f"{self.text}/{_name(schema, node, namespaces)}"
        for leaf, value in predicates:
            subject = _name(schema, leaf, namespaces) if leaf else "."
            text += f"[{subject}={_quoted(value)}]"
        return Identifier(text, namespaces)

    def at(self, position: int) -> "Identifier":
        """The same with a position, counted from 1, for entries that no key tells apart."""
        return Identifier(f"{self.text}[{position}]", self.namespaces)


def _name(schema: Schema, node: SchemaNode, namespaces: dict[str, str]) -> str:
    module = schema.modules[node.module]
    namespaces[module.prefix] = module.namespace
    return f"{module.prefix}:{node.name}"


def _quoted(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"


def instance_identifier(schema: Schema, document: Json, path: Path, root: SchemaNode | None = None) -> Identifier:
    """The identifier of the instance at a path of member names and indexes. What the schema does not know ends it."""
    node, value, found = root or schema.root, document, Identifier()
    steps = list(path)
    while steps:
        child = node.children.get(str(steps.pop(0)))
        if child is None:
            break
        value = value.get(child.member) if isinstance(value, dict) else None
        if child.repeated and steps and isinstance(steps[0], int):
            index = steps.pop(0)
            value = value[index] if isinstance(value, list) and isinstance(index, int) and index < len(value) else None
            found = _entry(schema, found, child, value, int(index))
        else:
            found = found.below(schema, child)
        node = child
    return found


def _entry(schema: Schema, parent: Identifier, node: SchemaNode, value: Json, index: int) -> Identifier:
    if node.type is not None:
        known = node.type.problem(value) is None
        return parent.below(schema, node, (None, node.type.canonical(value))) if known else parent.below(schema, node).at(index + 1)
    keys = [(node.children[key], value.get(key)) for key in node.keys] if isinstance(value, dict) else []
    if not keys or any(leaf.type is None or leaf.type.problem(held) is not None for leaf, held in keys):
        return parent.below(schema, node).at(index + 1)
    return parent.below(schema, node, *((leaf, leaf.type.canonical(held)) for leaf, held in keys if leaf.type))
