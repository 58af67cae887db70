"""Third phase: type definitions with everything they inherit, compiled once per type (sections 3.7 and 3.6.15 to 3.6.17).

Reports VTN-T020 (unknown type), T021 (derivation in a circle), T023 (inconsistent definition) and what `definitions` reports.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.compiler.tosca.definitions import constraints_of, parameters_of, properties_of, schema_of
from vtnmd.compiler.tosca.document import YamlMap, YamlNode, items_of, map_of, named_of, text_of
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.imports import Declared, Source
from vtnmd.compiler.tosca.interfaces import NO_OPERATIONS, Operations, refined_operations
from vtnmd.compiler.tosca.schema import PRIMITIVES, UNBOUNDED, PropertyDefinition, Schema
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span


@dataclass(frozen=True, slots=True, eq=False)
class CapabilityDefinition:
    """`ancestry` is that of the capability type; `source_types` are the node types that may use it, any if empty."""

    name: str
    type: str
    ancestry: tuple[str, ...]
    properties: Mapping[str, PropertyDefinition]
    source_types: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RequirementDefinition:
    """`capability` and `node` are type names, empty if any will do. `high` None is UNBOUNDED.

    `counted` tells whether the definition itself says how often the requirement may occur.
    """

    name: str
    capability: str
    node: str
    relationship: Declared | None
    low: int
    high: int | None
    counted: bool
    span: Span
    description: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TypeDefinition:
    """A type with what it inherits. `ancestry` begins with its own name. `valid` are the names of valid_source_types,
    valid_target_types, members or targets, by the section. `interfaces` maps names to operations, that of an interface type having
    no name; `artifacts` maps names to bodies with their files. `schema` is that of a data type.
    """

    name: str
    ancestry: tuple[str, ...]
    metadata: Mapping[str, str]
    span: Span
    properties: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    attributes: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    capabilities: Mapping[str, CapabilityDefinition] = field(default_factory=dict)
    requirements: Mapping[str, RequirementDefinition] = field(default_factory=dict)
    interfaces: Mapping[str, Operations] = field(default_factory=dict)
    artifacts: Mapping[str, tuple[YamlNode, Source]] = field(default_factory=dict)
    valid: tuple[str, ...] = ()
    schema: Schema | None = None
    description: str = ""


_VALID = {
    "capability_types": ("valid_source_types", ("node_types",)),
    "relationship_types": ("valid_target_types", ("capability_types", "node_types")),
    "group_types": ("members", ("node_types", "group_types")),
    "policy_types": ("targets", ("node_types", "group_types")),
}
_WORDS = {
    "artifact_types": "artifact type",
    "data_types": "data type",
    "capability_types": "capability type",
    "interface_types": "interface type",
    "relationship_types": "relationship type",
    "node_types": "node type",
    "group_types": "group type",
    "policy_types": "policy type",
}


class Types:
    """Compiles types on demand. `compiled` begins with what is shared between services; `root` is the service template."""

    def __init__(self, compiled: Mapping[Declared, TypeDefinition] | None = None, root: Source | None = None) -> None:
        self.root = root
        self.compiled: dict[Declared, TypeDefinition | None] = dict(compiled or {})
        self.problems: list[Diagnostic] = []
        self._open: list[Declared] = []
        self._told: set[tuple[str, str]] = set()

    def find(self, section: str, name: str, source: Source) -> Declared | None:
        """What `name` means in a file: its own and imported types, normative types, and their short names (section 5.2)."""
        found = source.names[section].get(name)
        if found is not None or source.normative is None:
            return found
        normative = source.normative.names[section]
        short = name.removeprefix("tosca:")
        return normative.get(name) or source.normative.short_names.get((section, short))

    def visible(self, section: str, source: Source) -> dict[str, Declared]:
        """Every name of a section that `find` knows in a file; short names of normative types among them."""
        if source.normative is None:
            return dict(source.names[section])
        short = {name: each for (of, name), each in source.normative.short_names.items() if of == section}
        colon = {f"tosca:{name}": each for name, each in short.items()}
        return {**colon, **short, **source.normative.names[section], **source.names[section]}

    def named(self, section: str, node: YamlNode | None, source: Source) -> Declared | None:
        """The type that a node names. An unknown name is reported; no node is no name."""
        name = text_of(node)
        if node is None or not name:
            return None
        found = self.find(section, name, source) or self._found_otherwise(section, name, node, source)
        if found is None:
            known = [*source.names[section], *(source.normative.names[section] if source.normative else ())]
            self.report("VTN-T020", f"unknown {_WORDS[section]} {name[:120]!r}", node, closest(name, known))
        return found

    def _found_otherwise(self, section: str, name: str, node: YamlNode, source: Source) -> Declared | None:
        """A type that other implementations find: with a prefix before a dot, or in what the service template sees."""
        found = next((each for each in (self.find(section, way, source) for way in _prefixed(name)) if each), None)
        if found:
            self.warn(f"{name} is taken for {found.name} of an import with a namespace_prefix, which a colon follows", node)
        elif self.root is not None and (found := self.find(section, name, self.root)):
            if (name, node.file) not in self._told:
                self.warn(f"{name} is not imported here, and taken from what the service template sees", node)
            self._told.add((name, node.file))
        return found

    def _inherited(self, section: str, node: YamlNode | None, source: Source) -> Declared | None:
        """The same for what a definition builds on, where profiles in the wild name types of another section."""
        name = text_of(node)
        sources = [source] if self.root is None or self.root is source else [source, self.root]
        if node is None or not name or any(self.find(section, name, each) for each in sources):
            return self.named(section, node, source)
        others = (self.find(other, name, each) for each in sources for other in _WORDS)
        found = next((each for each in others if each), None)
        if found is None:
            return self.named(section, node, source)
        self.warn(f"{found.name} is a {_WORDS[found.section]}, and taken for a {_WORDS[section]} with the same properties", node)
        return found

    def definition(self, declared: Declared) -> TypeDefinition | None:
        """The compiled type; None if it derives from itself."""
        if declared in self.compiled:
            return self.compiled[declared]
        if declared in self._open:
            circle = " → ".join(part.name for part in (*self._open[self._open.index(declared) :], declared))
            self.report("VTN-T021", f"types derive from each other: {circle}", declared.key)
            return None
        self._open.append(declared)
        try:
            parent = self._parent(declared)
        finally:
            self._open.pop()
        if declared not in self.compiled:
            self.compiled[declared] = self._compiled(declared, parent)
        return self.compiled[declared]

    def compile_all(self, declared: Iterable[Declared]) -> None:
        for each in declared:
            self.definition(each)

    def _parent(self, declared: Declared) -> TypeDefinition | None:
        node = declared.node.get("derived_from")
        if declared.section == "data_types" and text_of(node) in PRIMITIVES:
            return None
        found = self._inherited(declared.section, node, declared.source)
        return self.definition(found) if found else None

    def _compiled(self, declared: Declared, parent: TypeDefinition | None) -> TypeDefinition:
        self.problems.extend(declared.problems)
        node, source, section = declared.node, declared.source, declared.section
        metadata = {key.text: text_of(value) for key, value in map_of(node.get("metadata")).pairs()}
        definition = TypeDefinition(
            declared.name,
            (declared.name, *(parent.ancestry if parent else ())),
            {**(parent.metadata if parent else {}), **metadata},
            declared.key.span,
            description=text_of(node.get("description")) or (parent.description if parent else ""),
        )
        if section == "data_types":
            return self._data_type(declared, definition, parent)
        base = parent or definition
        return replace(
            definition,
            properties=self.properties(node.get("properties"), source, base.properties),
            attributes=self.properties(node.get("attributes"), source, base.attributes),
            capabilities=self._capabilities(node.get("capabilities"), source, base.capabilities),
            requirements=self._requirements(node.get("requirements"), source, base.requirements),
            interfaces=self._interfaces(declared, base.interfaces),
            artifacts=_artifacts(declared, base.artifacts),
            valid=self._valid(declared) or base.valid,
        )

    def properties(
        self, node: YamlNode | None, source: Source, inherited: Mapping[str, PropertyDefinition]
    ) -> Mapping[str, PropertyDefinition]:
        """A `properties` section of a file on top of what is inherited."""
        return properties_of(node, lambda named: self.schema(named, source), inherited, self.problems) if node else inherited

    def parameters(self, node: YamlNode | None, source: Source) -> Mapping[str, PropertyDefinition]:
        """An `inputs` or `outputs` section of a file."""
        return parameters_of(node, lambda named: self.schema(named, source), self.problems)

    def schema(self, node: YamlNode, source: Source) -> Schema | None:
        """The schema of the data type that a node names; an unknown name is reported."""
        name = text_of(node)
        if name in PRIMITIVES and name not in source.names["data_types"]:
            return Schema(name, name)
        found = self.named("data_types", node, source)
        definition = self.definition(found) if found else None
        return definition.schema if definition else None

    def _data_type(self, declared: Declared, definition: TypeDefinition, parent: TypeDefinition | None) -> TypeDefinition:
        node, source = declared.node, declared.source
        primitive = text_of(node.get("derived_from"))
        base = parent.schema if parent else Schema(primitive, primitive) if primitive in PRIMITIVES else None
        fields: dict[str, PropertyDefinition] = dict(base.fields) if base else {}
        schema = replace(base, type=declared.name, fields=fields) if base else Schema("record", declared.name, fields=fields)
        if schema.kind != "record" and node.get("properties"):
            derived = node.get("derived_from") or declared.key
            self.report("VTN-T023", f"{declared.name} derives from {schema.kind} and cannot have properties", derived)
            return replace(definition, schema=schema)
        data_types = lambda named: self.schema(named, source)  # noqa: E731
        if node.get("entry_schema"):
            schema = replace(schema, entry=schema_of(node.get("entry_schema"), data_types, self.problems))
        if node.get("key_schema"):
            schema = replace(schema, key=schema_of(node.get("key_schema"), data_types, self.problems))
        constraints = constraints_of(node.get("constraints"), schema.kind, self.problems)
        compiled = replace(definition, schema=replace(schema, constraints=schema.constraints + constraints), properties=fields)
        self.compiled[declared] = compiled  # a field may be of the type itself
        fields.update(properties_of(node.get("properties"), data_types, dict(fields), self.problems))
        return compiled

    def _capabilities(
        self, node: YamlNode | None, source: Source, inherited: Mapping[str, CapabilityDefinition]
    ) -> Mapping[str, CapabilityDefinition]:
        found = dict(inherited)
        for key, value in map_of(node).pairs():
            body = map_of(value)
            named = self._inherited("capability_types", body.get("type") if isinstance(value, YamlMap) else value, source)
            definition = self.definition(named) if named else None
            refined = inherited.get(key.text)
            sources = tuple(each.name for each in self._all(body.get("valid_source_types"), ("node_types",), source))
            if definition is None and refined is None:
                found[key.text] = CapabilityDefinition(key.text, "", (), {}, ())
                continue
            base = definition.properties if definition else refined.properties if refined else {}
            found[key.text] = CapabilityDefinition(
                key.text,
                definition.name if definition else refined.type if refined else "",
                definition.ancestry if definition else refined.ancestry if refined else (),
                self.properties(body.get("properties"), source, base),
                sources or (definition.valid if definition else ()),
                text_of(body.get("description")) or (definition.description if definition else ""),
            )
        return found

    def _requirements(
        self, node: YamlNode | None, source: Source, inherited: Mapping[str, RequirementDefinition]
    ) -> Mapping[str, RequirementDefinition]:
        found = dict(inherited)
        for key, value in named_of(node):
            body = map_of(value)
            wanted = body.get("capability") if isinstance(value, YamlMap) else value
            capability = self._inherited("capability_types", wanted, source)
            base = inherited.get(key.text)
            if base and capability and base.capability not in self._ancestry(capability):
                base = None  # another capability: a requirement of its own, not a refinement
            target = self.named("node_types", body.get("node"), source)
            relationship = body.get("relationship")
            named = relationship.get("type") if isinstance(relationship, YamlMap) else relationship
            low, high = self.occurrences(body.get("occurrences"), (base.low, base.high) if base else (1, 1))
            found[key.text] = RequirementDefinition(
                key.text,
                capability.name if capability else base.capability if base else "",
                target.name if target else base.node if base else "",
                self.named("relationship_types", named, source) or (base.relationship if base else None),
                low,
                high,
                body.get("occurrences") is not None or (base is not None and base.counted),
                key.span,
                text_of(body.get("description")) or (base.description if base else ""),
            )
        return found

    def _ancestry(self, declared: Declared) -> tuple[str, ...]:
        definition = self.definition(declared)
        return definition.ancestry if definition else (declared.name,)

    def occurrences(self, node: YamlNode | None, otherwise: tuple[int, int | None]) -> tuple[int, int | None]:
        """(lower, upper) of an `occurrences` keyname; an upper bound of None is UNBOUNDED."""
        texts = [text_of(item) for item in items_of(node)]
        if node is None:
            return otherwise
        if len(texts) != 2 or not texts[0].isdecimal() or not (texts[1] == UNBOUNDED or texts[1].isdecimal()):
            self.report("VTN-T003", "occurrences must be a list of a lower and an upper bound", node)
            return otherwise
        low, high = (int(text[:9]) if text != UNBOUNDED else None for text in texts)
        return low or 0, high

    def _interfaces(self, declared: Declared, inherited: Mapping[str, Operations]) -> Mapping[str, Operations]:
        node, source = declared.node, declared.source
        if declared.section == "interface_types":
            told: dict[str, YamlNode] = {key: map_of(value) for key, value in node.entries.items()}  # a text only describes here
            return {"": refined_operations(node._replace(entries=told), source, inherited.get("", NO_OPERATIONS))}
        if "interfaces" not in node.entries:
            return inherited
        found = dict(inherited)
        for key, value in map_of(node.get("interfaces")).pairs():
            body = map_of(value)
            named = self.named("interface_types", body.get("type"), source)
            definition = self.definition(named) if named else None
            known = definition.interfaces.get("", NO_OPERATIONS) if definition else NO_OPERATIONS
            found[key.text] = refined_operations(body, source, {**known, **inherited.get(key.text, NO_OPERATIONS)})
        return found

    def _valid(self, declared: Declared) -> tuple[str, ...]:
        if declared.section not in _VALID:
            return ()
        keyname, sections = _VALID[declared.section]
        return tuple(each.name for each in self._all(declared.node.get(keyname), sections, declared.source))

    def _all(self, node: YamlNode | None, sections: tuple[str, ...], source: Source) -> list[Declared]:
        """The types that a list names, in any of the sections; unknown ones are reported."""
        found = []
        for item in items_of(node):
            known = [declared for section in sections if (declared := self.find(section, text_of(item), source))]
            named = known[0] if known else self.named(sections[0], item, source)
            if named:
                found.append(named)
        return found

    def warn(self, summary: str, node: YamlNode) -> None:
        self.problems.append(Diagnostic("VTN-T083", summary, node.span, severity=Severity.WARNING))

    def report(self, code: str, summary: str, node: YamlNode, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, node.span, hint))


def _prefixed(name: str) -> Iterator[str]:
    """The name with one of its dots as the colon after a namespace_prefix."""
    return (f"{name[:at]}:{name[at + 1 :]}" for at, character in enumerate(name[:200]) if character == ".")


def _artifacts(declared: Declared, inherited: Mapping[str, tuple[YamlNode, Source]]) -> Mapping[str, tuple[YamlNode, Source]]:
    own = {key.text: (node, declared.source) for key, node in map_of(declared.node.get("artifacts")).pairs()}
    return {**inherited, **own} if own else inherited
