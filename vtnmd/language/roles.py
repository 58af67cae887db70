"""The role of what stands at a place: a keyname, the name of a type, of a property or of a node, a value of some type, and so on.

Completion, hover and navigation all ask for the role and then differ in what they do with it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, map_of, text_of
from vtnmd.compiler.tosca.grammar import VERSIONS
from vtnmd.compiler.tosca.imports import PROFILE
from vtnmd.compiler.tosca.placement import NAMES
from vtnmd.compiler.tosca.schema import ANY, PropertyDefinition, Schema
from vtnmd.compiler.tosca.shapes import SHAPES, ListOf, MapOf, Named, Record, Shape, Short
from vtnmd.compiler.tosca.types import RequirementDefinition, TypeDefinition
from vtnmd.compiler.tosca.values import FUNCTIONS
from vtnmd.domain.diagnostics import Span
from vtnmd.language.bindings import NO_NODES, Nodes, nodes_below, nodes_of
from vtnmd.language.documentation import about_capability, about_property, about_requirement
from vtnmd.language.keynames import TYPE_NAMES, TYPED
from vtnmd.language.outline import Outline
from vtnmd.language.place import MARK, Place, Steps
from vtnmd.language.vocabulary import Vocabulary
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema as YangSchema

NOTHING: Mapping[str, str] = {}
_STATUS = ("supported", "unsupported", "experimental", "deprecated")
_SELF = ("SELF", "SOURCE", "TARGET", "HOST")


@dataclass(frozen=True, slots=True)
class View:
    """What is known of the file around a place: the types that it sees, the YANG models, the names that it declares."""

    vocabulary: Vocabulary
    yang: YangSchema
    outline: Outline


@dataclass(frozen=True, slots=True)
class Keynames:
    """A keyname of the grammar."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeNames:
    """The name of a type of a section."""

    section: str


@dataclass(frozen=True, slots=True)
class Member:
    """What a type declares under a name. What is not `usable` is refused by the YANG models that the type is bound to."""

    told: str
    span: Span | None = None
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Members:
    """A name that a type declares: a property, a requirement, a capability, an interface, an operation."""

    kind: str
    known: Mapping[str, Member]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property."""

    schema: Schema
    node: SchemaNode | None


@dataclass(frozen=True, slots=True)
class TemplateNames:
    """The name of a template that is referred to. `wanted` are types that fit, any if empty; `words` are allowed too."""

    sections: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declares:
    """The name of a template or input, where it is declared."""

    section: str


@dataclass(frozen=True, slots=True)
class Literals:
    """One of a few words."""

    words: tuple[str, ...]


Role: TypeAlias = Keynames | TypeNames | Members | Value | TemplateNames | Declares | Literals

_LITERALS = {
    ("service", "tosca_definitions_version"): VERSIONS,
    ("import", "file"): (PROFILE,),
    ("property", "required"): ("true", "false"),
    ("attribute", "required"): ("true", "false"),
    ("input", "required"): ("true", "false"),
    ("property", "status"): _STATUS,
    ("attribute", "status"): _STATUS,
}
"""The words that a keyname of a shape takes."""

_SHORT: Mapping[str, Role] = {
    "import": Literals((PROFILE,)),
    "schema": TypeNames("data_types"),
    "capability_definition": TypeNames("capability_types"),
    "requirement_definition": TypeNames("capability_types"),
}
"""What a plain value means in place of the extended form of a shape."""

_DECLARING = {
    "input": "inputs",
    "node_template": "node_templates",
    "relationship_template": "relationship_templates",
    "group": "groups",
    "policy": "policies",
}


def role_at(place: Place, view: View) -> Role | None:
    """The role of the word at a place; None where nothing is known of it."""
    trail = _trail(place.steps)
    return _function_role(place, view) or _template_role(place, view, trail) or _grammar_role(place, trail)


def _function_role(place: Place, view: View) -> Role | None:
    """The arguments of a function."""
    steps = place.steps
    called = next((at for at in range(len(steps) - 1, -1, -1) if steps[at] in FUNCTIONS), None)
    if called is None or place.is_key or "topology_template" not in steps:
        return None
    name, rest = steps[called], steps[called + 1 :]
    if name == "get_input" and rest in ((), (0,)):
        return TemplateNames(("inputs",))
    if name in ("get_property", "get_attribute", "get_artifact", "get_operation_output") and rest == (0,):
        return TemplateNames(("node_templates",), (), _SELF)
    if name in ("get_property", "get_attribute") and rest == (1,):
        return _members_of_entity(place, steps, called, view)
    return TypeNames("node_types") if name == "get_nodes_of_type" else None


def _members_of_entity(place: Place, steps: Steps, called: int, view: View) -> Role | None:
    entity = text_of(place.node((*steps[: called + 1], 0)))
    if entity == "SELF" and len(steps) > 2:
        entity = str(steps[2])
    entry = view.outline.get("node_templates", {}).get(entity)
    definition = view.vocabulary.named("node_types").get(entry.type) if entry else None
    if definition is None:
        return None
    known = _properties({**definition.attributes, **definition.properties}, nodes_of(definition, view.yang))
    return Members("property", {**known, **_capabilities(definition)})


@dataclass(frozen=True, slots=True)
class _Trail:
    """The shape that a path leads to, and the named shapes on the way, each with where it begins."""

    shape: Shape
    owners: tuple[tuple[str, int], ...]


def _trail(steps: Steps) -> _Trail:
    shape: Shape = "service"
    owners = [("service", 0)]
    for at, step in enumerate(steps):
        match _opened(shape):
            case Record() as record:
                shape = record.keys.get(str(step), record.others or "any")
            case Named() as named if isinstance(step, int):
                shape = MapOf(named.shape)
            case (MapOf() | ListOf() | Named()) as several:
                shape = several.shape
            case _:
                shape = "any"
        if isinstance(shape, str) and shape in SHAPES:
            owners.append((shape, at + 1))
    return _Trail(shape, tuple(owners))


def _opened(shape: Shape) -> Shape:
    """A shape behind its name and its short form."""
    while True:
        if isinstance(shape, Short):
            shape = shape.shape
        elif isinstance(shape, str) and shape in SHAPES:
            shape = SHAPES[shape]
        else:
            return shape


def _grammar_role(place: Place, trail: _Trail) -> Role | None:
    owner, begins = trail.owners[-1]
    rest = place.steps[begins:]
    if not place.is_key:
        key = str(rest[0]) if len(rest) == 1 else ""
        if owner in TYPED and rest == ("copy",):
            return TemplateNames((_DECLARING[owner],))
        if (owner, key) in TYPE_NAMES:
            return TypeNames(TYPE_NAMES[owner, key])
        if not rest and owner in _SHORT:
            return _SHORT[owner]
        if (owner, key) in _LITERALS:
            return Literals(_LITERALS[owner, key])
    if owner == "substitution" and len(rest) >= 3 and rest[-1] == 0:
        return TemplateNames(("node_templates",))
    if owner == "step" and rest == ("target",):
        return TemplateNames(("node_templates", "groups"))
    inner = _opened(trail.shape)
    if isinstance(inner, Record):
        return Keynames(tuple(inner.keys))
    below = inner.shape if isinstance(inner, MapOf | Named) else ""
    return Declares(_DECLARING[below]) if isinstance(below, str) and below in _DECLARING else None


def _template_role(place: Place, view: View, trail: _Trail) -> Role | None:
    """Inside of a template whose type is known."""
    around = [(owner, begins) for owner, begins in trail.owners if owner in TYPED]
    if not around:
        return None
    owner, begins = around[-1]
    body = map_of(place.node(place.steps[:begins]))
    definition = view.vocabulary.named(TYPED[owner]).get(text_of(body.get("type")))
    rest = place.steps[begins:]
    return _of_type(place, view, definition, rest) if definition is not None and rest else None


def _of_type(place: Place, view: View, definition: TypeDefinition, rest: Steps) -> Role | None:
    """What stands at `rest` in a template of a type."""
    nodes = nodes_of(definition, view.yang)
    match rest:
        case ("properties", *steps):
            return _in_properties(place, definition.properties, nodes, tuple(steps), definition.metadata)
        case ("attributes", *steps):
            return _in_properties(place, {**definition.attributes, **definition.properties}, NO_NODES, tuple(steps))
        case ("members" | "targets", int()):
            return TemplateNames(("node_templates", "groups"), definition.valid)
        case ("requirements",) | ("requirements", int()):
            return Members("requirement", _requirements(definition, nodes), repeated=True)
        case ("requirements", int(), str(name), *steps):
            return _in_requirement(place, view, definition.requirements.get(name), nodes.get(name), tuple(steps))
        case ("capabilities",):
            return Members("capability", _capabilities(definition))
        case ("capabilities", str(name), "properties", *steps):
            capability = definition.capabilities.get(name)
            return _in_properties(place, capability.properties, NO_NODES, tuple(steps)) if capability else None
        case ("interfaces",):
            return Members(
                "interface", {name: Member(_operations_told(frozenset(each))) for name, each in definition.interfaces.items()}
            )
        case ("interfaces", str(name)) | ("interfaces", str(name), "operations"):
            return Members("operation", {each: Member("") for each in sorted(definition.interfaces.get(name, ()))})
    return None


def _in_requirement(
    place: Place, view: View, definition: RequirementDefinition | None, node: SchemaNode | None, steps: Steps
) -> Role | None:
    if definition is None:
        return None
    if not steps and not place.is_key:
        return _targets(definition, view)
    match steps:
        case ("node",):
            return _targets(definition, view)
        case ("capability",):
            return TypeNames("capability_types")
        case ("relationship",) if not place.is_key:
            return TypeNames("relationship_types")
        case ("relationship", "type"):
            return TypeNames("relationship_types")
        case ("relationship", "properties", *inner):
            relationship = _relationship(place, view, definition)
            return _in_properties(place, relationship.properties, nodes_below(node), tuple(inner)) if relationship else None
    return None


def _relationship(place: Place, view: View, definition: RequirementDefinition) -> TypeDefinition | None:
    """The type that the relationship around a place names, else the one that the requirement has."""
    types = view.vocabulary.named("relationship_types")
    at = place.steps.index("relationship") + 1
    named = types.get(text_of(map_of(place.node(place.steps[:at])).get("type")))
    declared = definition.relationship
    if named is not None or declared is None:
        return named
    return next((each for each in types.values() if each.span == declared.key.span), None)


def _targets(definition: RequirementDefinition, view: View) -> TemplateNames:
    """Nodes of the type that the requirement demands, else those with its capability."""
    if definition.node:
        return TemplateNames(("node_templates",), (definition.node,))
    fitting = {
        each.name
        for each in view.vocabulary.named("node_types").values()
        if any(definition.capability in capability.ancestry for capability in each.capabilities.values())
    }
    return TemplateNames(("node_templates",), tuple(sorted(fitting)) if definition.capability else ())


def _in_properties(
    place: Place, definitions: Mapping[str, PropertyDefinition], nodes: Nodes, steps: Steps, metadata: Mapping[str, str] = NOTHING
) -> Role | None:
    """Among assignments: a property name, or deeper, inside of a value."""
    if not steps:
        return Members("property", _properties(definitions, nodes))
    definition = definitions.get(str(steps[0]))
    if definition is None:
        return None
    named = metadata.get(NAMES + definition.name)
    if named and not place.is_key:
        return TemplateNames(("node_templates",), (named,))
    return _in_value(place, definition.schema, nodes.get(definition.name), steps[1:])


def _in_value(place: Place, schema: Schema, node: SchemaNode | None, steps: Steps) -> Role | None:
    for step in steps:
        if schema.kind == "record" and str(step) in schema.fields:
            node = nodes_below(node).get(str(step))
            schema = schema.fields[str(step)].schema
        elif schema.kind in ("list", "map"):
            schema = schema.entry or ANY
        else:
            return None
    if schema.kind == "record":
        return Members("property", _properties(schema.fields, nodes_below(node)))
    return None if place.is_key else Value(schema, node)


def _properties(definitions: Mapping[str, PropertyDefinition], nodes: Nodes) -> dict[str, Member]:
    return {
        name: Member(about_property(each, nodes.get(name)), each.span, not nodes or name in nodes or name == "name")
        for name, each in definitions.items()
    }


def _requirements(definition: TypeDefinition, nodes: Nodes) -> dict[str, Member]:
    return {name: Member(about_requirement(each, nodes.get(name)), each.span) for name, each in definition.requirements.items()}


def _capabilities(definition: TypeDefinition) -> dict[str, Member]:
    return {name: Member(about_capability(each), definition.span) for name, each in definition.capabilities.items()}


def _operations_told(operations: Collection[str]) -> str:
    return f"operations: {', '.join(sorted(operations))}" if operations else ""


def taken_at(place: Place) -> frozenset[str]:
    """The keys that stand beside a place already."""
    node: YamlNode | None = place.node(place.steps)
    return frozenset(key for key in node.entries if MARK not in key) if isinstance(node, YamlMap) else frozenset()
