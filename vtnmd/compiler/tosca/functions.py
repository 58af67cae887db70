"""TOSCA functions (Simple Profile 1.3, chapter 4): evaluated where their value is known, kept as FunctionCall where it is not.

Reports VTN-T032 (arguments), T033 (unknown input, node, property or attribute) and T034 (values that depend on each other).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar, items_of, map_of, native, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.mappings import attribute_of
from vtnmd.compiler.tosca.schema import ANY, PropertyDefinition, Schema
from vtnmd.compiler.tosca.values import INVALID, Reader, node_of
from vtnmd.domain.topology import FunctionCall

_LONGEST_CHAIN = 50
_LARGEST_VALUE = 100_000
_HOSTED_ON = "tosca.relationships.HostedOn"
_NAME = "tosca_name"
_KEYWORDS = ("SELF", "SOURCE", "TARGET", "HOST")


class Functions:
    """Evaluates the functions that `owner` calls; None stands for the topology itself (outputs)."""

    def __init__(self, resolution: Resolution, owner: Draft | None) -> None:
        self.resolution = resolution
        self.owner = owner

    def call(self, name: str, node: YamlMap, schema: Schema, what: str) -> Any:
        """The value as one of `schema`; a FunctionCall; or INVALID, which has then been reported."""
        arguments = node.entries[name]
        try:
            value = _FUNCTIONS[name](self, arguments)
        except _ArgumentsError as error:
            self.report("VTN-T032", f"{name} {error}", arguments)
            return INVALID
        if _larger_than(value, _LARGEST_VALUE):
            self.report("VTN-T032", f"{name} gives more than {_LARGEST_VALUE} characters", arguments)
            return INVALID
        symbolic = value if isinstance(value, FunctionCall) else None
        known = value if symbolic is None else symbolic.value
        if known is None or known is INVALID or isinstance(known, FunctionCall) or schema is ANY:
            return value
        checked = Reader(self.resolution.problems, self).read(node_of(known, node.span), schema, what)
        return checked if symbolic is None or checked is INVALID else replace(symbolic, value=checked)

    def get_input(self, node: YamlNode) -> Any:
        name, *path = items_of(node) or (node,)
        known = self.resolution.inputs
        if text_of(name) not in known:
            if not text_of(name):
                raise _ArgumentsError("takes the name of an input")
            self.report("VTN-T033", f"no input is called {text_of(name)[:80]!r}", name, closest(text_of(name), known))
            return INVALID
        value = self.inside(known[text_of(name)], path)
        if not self.resolution.symbolic or value is INVALID or isinstance(value, FunctionCall):
            return value
        return FunctionCall("get_input", (text_of(name), *map(native, path)), value)

    def get_property(self, node: YamlNode) -> Any:
        first, *path = self.arguments(node, 2)
        if text_of(first) == "HOST":
            return self.of_host(first, path)
        entity = self.entity(first)
        if entity is None:
            return INVALID
        return self.property_below(entity, path)

    def property_below(self, entity: Draft, path: list[YamlNode]) -> Any:
        """A property of the entity, of one of its capabilities, or of the target of one of its requirements."""
        name, *rest = path
        key = text_of(name)
        if key in entity.type.properties:
            return self.inside(property_value(self.resolution, entity, key), rest)
        if rest and key in entity.type.capabilities:
            return self.of_capability(entity, key, rest)
        if rest and key in entity.type.requirements:
            return self.of_target(entity, key, rest)
        known = [*entity.type.properties, *entity.type.capabilities, *entity.type.requirements]
        self.report("VTN-T033", f"{entity.name} has no property {key[:80]!r}", name, closest(key, known))
        return INVALID

    def of_capability(self, entity: Draft, capability: str, path: list[YamlNode]) -> Any:
        name, *rest = path
        definitions = entity.type.capabilities[capability].properties
        if text_of(name) not in definitions:
            summary = f"the capability {capability} of {entity.name} has no property {text_of(name)[:80]!r}"
            self.report("VTN-T033", summary, name, closest(text_of(name), definitions))
            return INVALID
        assigned = map_of(map_of(map_of(entity.body.get("capabilities")).get(capability)).get("properties"))
        definition = definitions[text_of(name)]
        node = assigned.get(text_of(name)) or definition.default_node
        if node is None:
            return self.inside(definition.default if definition.has_default else None, rest)
        functions = Functions(entity.home or self.resolution, entity)
        return self.inside(Reader([], functions).read(node, definition.schema, ""), rest)

    def of_target(self, entity: Draft, requirement: str, path: list[YamlNode]) -> Any:
        match = next((match for match in entity.matches if match.requirement.name == requirement), None)
        if match is None:
            self.report("VTN-T033", f"the requirement {requirement} of {entity.name} has no target", path[0])
            return INVALID
        key = text_of(path[0])
        capability = match.target.type.capabilities.get(match.capability)
        if key not in match.target.type.properties and capability and key in capability.properties:
            return self.of_capability(match.target, match.capability, path)
        return self.property_below(match.target, path)

    def of_host(self, node: YamlNode, path: list[YamlNode]) -> Any:
        """The property of the nearest host that has it (section 4.1)."""
        seen: list[Draft] = []
        entity = self.owner
        while entity is not None and entity not in seen:
            seen.append(entity)
            hosts = (match.target for match in entity.matches if _HOSTED_ON in match.relationship.type.ancestry)
            entity = next(hosts, None)
            if entity is None:
                break
            name = text_of(path[0])
            if name in entity.type.properties or (len(path) > 1 and name in entity.type.capabilities):
                return self.property_below(entity, path)
            if "host" in entity.type.capabilities and name in entity.type.capabilities["host"].properties:
                return self.of_capability(entity, "host", path)
        self.report("VTN-T033", f"no host has the property {text_of(path[0])[:80]!r}", node)
        return INVALID

    def get_attribute(self, node: YamlNode) -> Any:
        first, *path = self.arguments(node, 2)
        entity = self.entity(first)
        if entity is None:
            return INVALID
        if text_of(first) != "HOST":
            if not self.has_attribute(entity, path):
                return INVALID
            if text_of(path[-1]) == _NAME:
                return self.name_of(entity, path)
            if entity.inside is not None:
                return self.attribute_inside(entity, entity.inside, path)
        return self.kept("get_attribute", entity, node)

    def name_of(self, entity: Draft, path: list[YamlNode]) -> Any:
        """The name of the entity, or of where its requirements lead: of all attributes the one that is known before deployment."""
        for step in path[:-1]:
            target = next(entity.targets(text_of(step)), None)
            if target is None:
                self.report("VTN-T033", f"the requirement {text_of(step)[:80]} of {entity.name} has no target", step)
                return INVALID
            entity = target
        return entity.full_name

    def attribute_inside(self, composite: Draft, inside: Resolution, path: list[YamlNode]) -> Any:
        """An attribute of a composite: what its template maps it to, or the property of that name."""
        name, *rest = path
        found = attribute_of(composite, text_of(name))
        if found is None:
            known = text_of(name) in composite.type.properties
            arguments = (composite.full_name, *(native(step) for step in path))
            return self.property_below(composite, path) if known else FunctionCall("get_attribute", arguments)
        value, inner = found
        functions = Functions(inside, inner)
        if inner is None:
            return self.inside(Reader(inside.problems, functions).read(value, ANY, text_of(name)), rest)
        if inner.inside is not None:
            return functions.attribute_inside(inner, inner.inside, [value, *rest])
        if text_of(value) in inner.type.properties:
            return functions.property_below(inner, [value, *rest])
        return FunctionCall("get_attribute", (inner.full_name, *(native(step) for step in (value, *rest))))

    def has_attribute(self, entity: Draft, path: list[YamlNode]) -> bool:
        """Properties can be read as attributes (section 3.6.10)."""
        kind, key = entity.type, text_of(path[0])
        known = [*kind.attributes, *kind.properties, *kind.capabilities, *kind.requirements]
        if key in known or key in ("tosca_id", _NAME, "state"):
            return True
        self.report("VTN-T033", f"{entity.name} has no attribute {key[:80]!r}", path[0], closest(key, known))
        return False

    def get_artifact(self, node: YamlNode) -> Any:
        first, *_ = self.arguments(node, 2)
        entity = self.entity(first)
        return INVALID if entity is None else self.kept("get_artifact", entity, node)

    def get_operation_output(self, node: YamlNode) -> Any:
        first, *_ = self.arguments(node, 4)
        entity = self.entity(first)
        return INVALID if entity is None else self.kept("get_operation_output", entity, node)

    def get_nodes_of_type(self, node: YamlNode) -> Any:
        named = items_of(node)[0] if items_of(node) else node
        declared = self.resolution.types.named("node_types", named, self.resolution.source)
        return INVALID if declared is None else [draft.name for draft in self.resolution.of_type(declared.name)]

    def concat(self, node: YamlNode) -> Any:
        return self.joined("concat", self.arguments(node, 1), "")

    def join(self, node: YamlNode) -> Any:
        parts, *rest = self.arguments(node, 1)
        if not isinstance(parts, YamlList):
            raise _ArgumentsError("takes a list of values and a delimiter")
        return self.joined("join", list(parts.items), text_of(rest[0]) if rest else "")

    def joined(self, name: str, parts: list[YamlNode], delimiter: str) -> Any:
        values = [self.text(part) for part in parts]
        if any(value is INVALID for value in values):
            return INVALID
        if any(isinstance(value, FunctionCall) for value in values):
            arguments = tuple(values) if name == "concat" else (tuple(values), delimiter)
            return FunctionCall(name, arguments)
        return delimiter.join(values)

    def token(self, node: YamlNode) -> Any:
        whole, separators, index = self.arguments(node, 3)[:3]
        value = self.text(whole)
        if value is INVALID or isinstance(value, FunctionCall):
            return value if value is INVALID else FunctionCall("token", (value, native(separators), native(index)))
        number = native(index)
        if not isinstance(number, int) or not text_of(separators):
            raise _ArgumentsError("takes a string, its separators and an index")
        for separator in text_of(separators)[1:]:
            value = value.replace(separator, text_of(separators)[0])
        tokens = value.split(text_of(separators)[0])
        if not 0 <= number < len(tokens):
            raise _ArgumentsError(f"has no token {number} in {value[:60]!r}")
        return tokens[number]

    def text(self, node: YamlNode) -> Any:
        """An argument of concat, join or token as text."""
        if isinstance(node, YamlScalar):
            return node.text
        value = Reader(self.resolution.problems, self).read(node, ANY, "the argument")
        if isinstance(value, Mapping | list):
            raise _ArgumentsError("takes plain values")
        return str(value).lower() if isinstance(value, bool) else value if value is INVALID or _kept(value) else str(value)

    def kept(self, name: str, entity: Draft, node: YamlNode) -> FunctionCall:
        """The call, with the name of the entity in place of SELF, SOURCE, TARGET and HOST."""
        return FunctionCall(name, (entity.name, *(native(item) for item in items_of(node)[1:])))

    def arguments(self, node: YamlNode, least: int) -> list[YamlNode]:
        if not isinstance(node, YamlList) or len(node.items) < least:
            raise _ArgumentsError(f"takes a list of at least {least} arguments")
        return list(node.items)

    def entity(self, node: YamlNode) -> Draft | None:
        """What SELF, SOURCE, TARGET or a name stand for; None if there is nothing, which has then been reported."""
        name = text_of(node)
        owner = self.owner
        if name in _KEYWORDS and owner is not None:
            found = self.host() if name == "HOST" else {"SELF": owner, "SOURCE": owner.source, "TARGET": owner.target}[name]
            if found is None:
                self.report("VTN-T033", f"{name} has no meaning here", node)
            return found
        resolution = self.resolution
        known = resolution.drafts.get(name) or resolution.relationships.get(name) or resolution.groups.get(name)
        if known is None and name not in resolution.broken:
            self.report("VTN-T033", f"no node template is called {name[:80]!r}", node, resolution.hint(name))
        return known

    def host(self) -> Draft | None:
        """The node at the end of the chain of hosts."""
        seen: list[Draft] = []
        entity = self.owner
        while entity is not None and entity not in seen:
            seen.append(entity)
            entity = next((match.target for match in entity.matches if _HOSTED_ON in match.relationship.type.ancestry), None)
        return seen[-1] if len(seen) > 1 else None

    def inside(self, value: Any, path: list[YamlNode]) -> Any:
        """A part of a complex value, by keys and indexes."""
        for at, step in enumerate(path):
            if isinstance(value, FunctionCall) and value.name == "get_input" and self.resolution.symbolic:
                known = value.value if value.value is None else self.inside(value.value, path[at:])
                return (
                    INVALID if known is INVALID else FunctionCall("get_input", (*value.arguments, *map(native, path[at:])), known)
                )
            if value is INVALID or isinstance(value, FunctionCall):
                return value
            key = native(step)
            if isinstance(value, Mapping) and str(key) in value:
                value = value[str(key)]
            elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
                value = value[key]
            else:
                hint = closest(str(key), value) if isinstance(value, Mapping) else ""
                self.report("VTN-T033", f"the value has no part {str(key)[:80]!r}", step, hint)
                return INVALID
        return value

    def report(self, code: str, summary: str, node: YamlNode, hint: str = "") -> None:
        self.resolution.report(code, summary, node, hint)


class _ArgumentsError(Exception):
    """Completes the sentence "get_input takes …"."""


def _kept(value: Any) -> bool:
    return isinstance(value, FunctionCall)


_FUNCTIONS: Mapping[str, Callable[[Functions, YamlNode], Any]] = {
    "get_input": Functions.get_input,
    "get_property": Functions.get_property,
    "get_attribute": Functions.get_attribute,
    "get_artifact": Functions.get_artifact,
    "get_operation_output": Functions.get_operation_output,
    "get_nodes_of_type": Functions.get_nodes_of_type,
    "concat": Functions.concat,
    "join": Functions.join,
    "token": Functions.token,
}


def _trace(resolution: Resolution, draft: Draft, name: str, node: YamlNode) -> None:
    """A value that is an input of a substituting template was written where the node around it says so."""
    called = map_of(node).get("get_input") if resolution.node is not None else None
    place = resolution.place_of_input(text_of(called)) if isinstance(called, YamlScalar) else None
    if place is not None:
        draft.spans[(name,)] = place


def _larger_than(value: Any, limit: int) -> bool:
    """Whether a value has more characters and parts than the limit; parts that are shared count each time."""
    total, waiting = 0, [value]
    while waiting and total <= limit:
        part = waiting.pop()
        total += len(part) if isinstance(part, str) else 1
        waiting.extend(part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ())
    return total > limit


def property_value(resolution: Resolution, draft: Draft, name: str) -> Any:
    """The value of a property that the type declares, read once: assigned, default, None, or INVALID.

    A value that depends on itself is reported as VTN-T034 with the circle printed.
    """
    if name in draft.properties:
        return draft.properties[name]
    resolution = draft.home or resolution
    definition = draft.type.properties[name]
    node = draft.assigned().get(name)
    if node is None and definition.default_node is None:
        return draft.properties.setdefault(name, definition.default if definition.has_default else None)
    reading = resolution.reading
    if (draft, name) in reading:
        draft.properties[name] = INVALID
        circle = " → ".join(f"{each.name}/{at}" for each, at in (*reading[reading.index((draft, name)) :], (draft, name)))
        resolution.report("VTN-T034", f"{draft.name}/{name} depends on itself: {circle}", node or draft.key)
        return INVALID
    if len(reading) >= _LONGEST_CHAIN:
        resolution.report(
            "VTN-T034", f"{draft.name}/{name} stands in a chain of more than {_LONGEST_CHAIN} values", node or draft.key
        )
        return INVALID
    reading.append((draft, name))
    try:
        value = _read(resolution, draft, definition, node)
    finally:
        reading.pop()
    return draft.properties.setdefault(name, value)


def _read(resolution: Resolution, draft: Draft, definition: PropertyDefinition, node: YamlNode | None) -> Any:
    if node is not None:
        reader = Reader(resolution.problems, Functions(resolution, draft))
        value = reader.read(node, definition.schema, definition.name, draft.spans, (definition.name,))
        _trace(resolution, draft, definition.name, node)
        return value
    reader = Reader(resolution.problems, Functions(resolution, draft))
    return reader.read(definition.default_node, definition.schema, definition.name) if definition.default_node else None
