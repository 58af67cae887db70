"""Templates of each type as definitions of a JSON Schema, chosen by `type`: properties, requirements, capabilities, interfaces."""

from collections.abc import Iterator

from vtnmd.compiler.tosca.types import CapabilityDefinition, RequirementDefinition, TypeDefinition
from vtnmd.domain.tree import Json
from vtnmd.language.bindings import NO_NODES, Nodes, nodes_below, nodes_of
from vtnmd.language.documentation import about_capability, about_requirement
from vtnmd.language.json_schema.forms import SCALAR, closed, described, listing, mapping, optional, reference, single
from vtnmd.language.json_schema.grammar import type_names
from vtnmd.language.json_schema.values import Values, record_form, required_of
from vtnmd.language.keynames import TYPED
from vtnmd.language.vocabulary import Vocabulary
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema


def template_definitions(vocabulary: Vocabulary, yang: Schema, values: Values, grammar: dict[str, Json]) -> dict[str, Json]:
    """A definition for each type that templates have, and the shapes of templates that choose among them."""
    found: dict[str, Json] = {}
    form = _Form(values, vocabulary, yang)
    for shape, section in TYPED.items():
        branches = []
        for names, definition in _by_type(vocabulary, section):
            name = f"{section}.{names[0]}"
            found[name] = form.template(section, definition)
            chosen = {"required": ["type"], "properties": {"type": {"enum": names}}}
            branches.append({"if": chosen, "then": reference(name)})
        found[shape] = {"allOf": [grammar[shape], *branches]}
    return found


def _by_type(vocabulary: Vocabulary, section: str) -> Iterator[tuple[list[str], TypeDefinition]]:
    """Each type with all its names."""
    names: dict[TypeDefinition, list[str]] = {}
    for name, definition in vocabulary.named(section).items():
        names.setdefault(definition, []).append(name)
    for definition, known in names.items():
        yield sorted(known, key=lambda name: (name != definition.name, name)), definition


class _Form:
    """Makes the schema of templates of a type."""

    def __init__(self, values: Values, vocabulary: Vocabulary, yang: Schema) -> None:
        self.values = values
        self.relationships = {each.span: each for each in vocabulary.named("relationship_types").values()}
        self.yang = yang

    def template(self, section: str, definition: TypeDefinition) -> Json:
        nodes = nodes_of(definition, self.yang)
        properties: dict[str, Json] = {"properties": record_form(self.values, definition.properties, nodes)}
        known = {**definition.attributes, **definition.properties}
        if section != "policy_types":
            properties["attributes"] = record_form(self.values, known)
        if section == "node_types":
            properties["requirements"] = self.requirements(definition, nodes)
            offered = {each.name: self.capability(each) for each in definition.capabilities.values()}
            properties["capabilities"] = optional(closed(offered))
        if definition.interfaces and section != "policy_types":
            properties["interfaces"] = optional({"type": "object", "properties": _interfaces(definition)})
        return {"properties": properties, **_demands(definition)}

    def requirements(self, definition: TypeDefinition, nodes: Nodes) -> Json:
        known = {
            each.name: described(self.requirement(each, nodes.get(each.name)), about_requirement(each, nodes.get(each.name)))
            for each in definition.requirements.values()
        }
        return listing(single(closed(known)))

    def requirement(self, definition: RequirementDefinition, node: SchemaNode | None) -> Json:
        extended = {
            "node": {"type": [*SCALAR, "null"]},
            "capability": {"type": [*SCALAR, "null"]},
            "relationship": {"anyOf": [{"type": SCALAR}, self.relationship(definition, nodes_below(node))]},
            "node_filter": reference("node_filter"),
            "occurrences": reference("occurrences"),
        }
        return {"anyOf": [{"type": SCALAR}, optional(closed(extended))]}

    def relationship(self, definition: RequirementDefinition, nodes: Nodes) -> Json:
        """With the properties of the type that it names, else of the one that the requirement has."""
        body = closed(
            {
                "type": type_names("relationship_types"),
                "properties": mapping({}),
                "attributes": mapping({}),
                "interfaces": mapping(reference("interface")),
            }
        )
        implied = self.relationships.get(definition.relationship.key.span) if definition.relationship else None
        if implied is None:
            return optional(body)
        form: Json = {"properties": {"properties": record_form(self.values, implied.properties, nodes)}}
        return optional({**body, "if": {"not": {"required": ["type"]}}, "then": form})

    def capability(self, definition: CapabilityDefinition) -> Json:
        form = closed(
            {
                "properties": record_form(self.values, definition.properties, NO_NODES),
                "attributes": mapping({}),
                "occurrences": reference("occurrences"),
            }
        )
        return described(optional(form), about_capability(definition))


def _demands(definition: TypeDefinition) -> Json:
    """That required properties are given; a copy has them from its original."""
    needed = required_of(definition.properties)
    if not needed:
        return {}
    given = {"required": ["properties"], "properties": {"properties": {"type": "object", "required": needed}}}
    return {"if": {"not": {"required": ["copy"]}}, "then": given}


def _interfaces(definition: TypeDefinition) -> dict[str, Json]:
    """The operations of each interface of the type; others may be called by the names of interface types."""
    reserved: dict[str, Json] = {"type": {}, "description": {}, "inputs": {}, "operations": {}, "notifications": {}}
    return {
        name: optional(closed({**{each: reference("operation") for each in sorted(operations)}, **reserved}))
        for name, operations in definition.interfaces.items()
    }
