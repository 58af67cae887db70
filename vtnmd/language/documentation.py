"""What is told of types and properties in an editor: the words of TOSCA and of YANG, in Markdown."""

from collections.abc import Iterator

from vtnmd.compiler.tosca.schema import NO_DEFAULT, PropertyDefinition, Schema
from vtnmd.compiler.tosca.types import CapabilityDefinition, RequirementDefinition, TypeDefinition
from vtnmd.compiler.tosca.values import INVALID
from vtnmd.yang import datatypes as dt
from vtnmd.yang import reference_types as rt
from vtnmd.yang.nodes import SchemaNode


def about_type(definition: TypeDefinition) -> str:
    """A type with what it derives from, and what it declares."""
    parts = [f"**{definition.name}**", _sentence(definition.description)]
    if len(definition.ancestry) > 1:
        parts.append(f"derived from {definition.ancestry[1]}")
    for title, names in (
        ("properties", definition.properties),
        ("requirements", definition.requirements),
        ("capabilities", definition.capabilities),
    ):
        if names:
            parts.append(f"{title}: {', '.join(names)}")
    return "\n\n".join(part for part in parts if part)


def about_property(definition: PropertyDefinition, node: SchemaNode | None = None) -> str:
    """A property with its type, default, constraints and unit. `node` is what it is bound to in YANG."""
    told = dict.fromkeys(_sentence(text) for text in (definition.description, node.description if node else "") if text)
    facts = [f"**{definition.name}**: {type_name(definition.schema)}{'' if definition.required else ', optional'}", *told]
    facts += _facts(definition, node)
    return "\n\n".join(facts)


def about_requirement(definition: RequirementDefinition, node: SchemaNode | None = None) -> str:
    """A requirement with its target and how often it may stand."""
    target = definition.node or definition.capability or "any node"
    bounds = f"{definition.low} to {'any number' if definition.high is None else definition.high}"
    often = str(definition.low) if definition.low == definition.high else bounds
    told = _sentence(definition.description or (node.description if node else ""))
    parts = [f"**{definition.name}**: requirement of {target}", told, f"occurrences: {often}"]
    return "\n\n".join(part for part in parts if part)


def about_capability(definition: CapabilityDefinition) -> str:
    parts = [f"**{definition.name}**: capability {definition.type}", _sentence(definition.description)]
    if definition.properties:
        parts.append(f"properties: {', '.join(definition.properties)}")
    return "\n\n".join(part for part in parts if part)


def type_name(schema: Schema) -> str:
    """`list of string`, `map of integer`, or the name of the type."""
    if schema.kind in ("list", "map") and schema.type == schema.kind and schema.entry is not None:
        return f"{schema.kind} of {type_name(schema.entry)}"
    return schema.type


def choices(schema: Schema, node: SchemaNode | None) -> tuple[str, ...]:
    """The values to choose from where there are few: those of a YANG enumeration, of `valid_values`, or true and false."""
    if schema.kind == "boolean":
        return ("true", "false")
    for constraint in schema.constraints:
        if constraint.operator == "valid_values" and isinstance(constraint.operand, list):
            return tuple(str(value) for value in constraint.operand)
    return tuple(_enumerated(node.type)) if node is not None and node.type is not None else ()


def _facts(definition: PropertyDefinition, node: SchemaNode | None) -> Iterator[str]:
    default = definition.default
    if default is not NO_DEFAULT and default is not INVALID:
        yield f"default: {default}"
    elif node is not None and node.default is not None:
        yield f"default: {node.default}"
    for constraint in definition.schema.constraints:
        yield f"must {constraint.text}"
    if node is None:
        return
    if node.units:
        yield f"counted in {node.units}"
    if node.type is not None:
        yield from _limits(node.type)


def _limits(described: dt.DataType) -> Iterator[str]:
    match described:
        case rt.LeafrefType():
            yield from _limits(described.target)
        case dt.IntegerType():
            yield f"range {described.range}"
        case dt.EnumerationType():
            yield f"one of {', '.join(described.values)}"
        case dt.StringType(length=length) if length is not None:
            yield f"length {length}"


def _enumerated(described: dt.DataType) -> Iterator[str]:
    match described:
        case dt.EnumerationType():
            yield from described.values
        case dt.UnionType():
            for member in described.members:
                yield from _enumerated(member)


def _sentence(text: str) -> str:
    words = " ".join(text.split())
    return words if not words or words[-1] in ".!?" else f"{words}."
