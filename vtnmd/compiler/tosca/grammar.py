"""The grammar of TOSCA Simple Profile in YAML 1.3, chapters 3.6 to 3.10, as data, and the check of a file against it.

Reports VTN-T001 (version), T002 (unknown keyname), T003 (wrong structure) and T004 (keyname missing). Later phases take for
granted that what breaks the grammar has been reported, and read such places as absent.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar, is_null, kind_of
from vtnmd.domain.diagnostics import Diagnostic, Span

VERSIONS = (
    "tosca_simple_yaml_1_3",
    "tosca_simple_yaml_1_2",
    "tosca_simple_yaml_1_1",
    "tosca_simple_yaml_1_0",
    "tosca_simple_yaml_1_0_0",
    "http://docs.oasis-open.org/tosca/ns/simple/yaml/1.0",
)


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keynames. `others` is the shape of any further key; None refuses them."""

    keys: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()
    others: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names to one shape."""

    shape: "Shape"


@dataclass(frozen=True, slots=True)
class ListOf:
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Named:
    """A list of mappings with one key each, the name (requirements, policies); `mapping` also allows one mapping of all."""

    shape: "Shape"
    mapping: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """A single line grammar beside the extended one."""

    shape: "Shape"


Shape: TypeAlias = "str | Record | MapOf | ListOf | Named | Short"
"""A text names an entry of SHAPES, or is one of `text` (a plain value) and `any`."""

_TYPE: dict[str, Shape] = {"derived_from": "text", "version": "text", "metadata": MapOf("text"), "description": "text"}
_SCHEMA: dict[str, Shape] = {
    "type": "text",
    "description": "text",
    "constraints": "any",
    "key_schema": "schema",
    "entry_schema": "schema",
    "required": "text",
    "default": "any",
    "status": "text",
    "external-schema": "any",
    "metadata": MapOf("text"),
}
_PARAMETER: dict[str, Shape] = {**_SCHEMA, "value": "any", "mapping": "any"}
_OPERATIONS: dict[str, Shape] = {
    "description": "text",
    "inputs": "any",
    "operations": MapOf("operation"),
    "notifications": MapOf("operation"),
}
_FILTER: dict[str, Shape] = {"properties": Named("any"), "capabilities": ListOf("any")}
_ENTITY: dict[str, Shape] = {"type": "text", "description": "text", "metadata": MapOf("text"), "properties": MapOf("any")}

SHAPES: dict[str, Shape] = {
    "service": Record(
        {
            "tosca_definitions_version": "text",
            "namespace": "text",
            "tosca_default_namespace": "text",
            "metadata": MapOf("text"),
            "template_name": "text",
            "template_author": "text",
            "template_version": "text",
            "description": "text",
            "dsl_definitions": MapOf("any"),
            "repositories": MapOf("repository"),
            "imports": ListOf("import"),
            "artifact_types": MapOf("artifact_type"),
            "data_types": MapOf("data_type"),
            "capability_types": MapOf("capability_type"),
            "interface_types": MapOf("interface_type"),
            "relationship_types": MapOf("relationship_type"),
            "node_types": MapOf("node_type"),
            "group_types": MapOf("group_type"),
            "policy_types": MapOf("policy_type"),
            "topology_template": "topology",
        }
    ),
    "repository": Short(Record({"description": "text", "url": "text", "credential": "any"}, ("url",))),
    "import": Short(
        Record({"file": "text", "repository": "text", "namespace_uri": "text", "namespace_prefix": "text"}, others="import_file")
    ),
    "import_file": Short(
        Record({"file": "text", "repository": "text", "namespace_uri": "text", "namespace_prefix": "text"}, ("file",))
    ),
    "artifact_type": Record({**_TYPE, "mime_type": "text", "file_ext": ListOf("text"), "properties": MapOf("property")}),
    "data_type": Record(
        {**_TYPE, "constraints": "any", "properties": MapOf("property"), "key_schema": "schema", "entry_schema": "schema"}
    ),
    "capability_type": Record(
        {**_TYPE, "properties": MapOf("property"), "attributes": MapOf("attribute"), "valid_source_types": ListOf("text")}
    ),
    "interface_type": Record(
        {
            **_TYPE,
            "inputs": MapOf("input"),
            "operations": MapOf("operation_type"),
            "notifications": MapOf("operation_type"),
        },
        others="operation_type",
    ),
    "operation_type": Record({"description": "text", "inputs": MapOf("input"), "outputs": "any"}),
    "relationship_type": Record(
        {
            **_TYPE,
            "properties": MapOf("property"),
            "attributes": MapOf("attribute"),
            "interfaces": MapOf("interface"),
            "valid_target_types": ListOf("text"),
        }
    ),
    "node_type": Record(
        {
            **_TYPE,
            "attributes": MapOf("attribute"),
            "properties": MapOf("property"),
            "requirements": Named("requirement_definition"),
            "capabilities": MapOf("capability_definition"),
            "interfaces": MapOf("interface"),
            "artifacts": MapOf("artifact"),
        }
    ),
    "group_type": Record(
        {
            **_TYPE,
            "attributes": MapOf("attribute"),
            "properties": MapOf("property"),
            "members": ListOf("text"),
            "requirements": Named("requirement_definition"),
            "capabilities": MapOf("capability_definition"),
            "interfaces": MapOf("interface"),
        }
    ),
    "policy_type": Record({**_TYPE, "properties": MapOf("property"), "targets": ListOf("text"), "triggers": MapOf("any")}),
    "schema": Short(Record(_SCHEMA, ("type",))),
    "property": Record(_SCHEMA, ("type",)),
    "attribute": Record(_SCHEMA, ("type",)),
    "requirement_definition": Short(
        Record(
            {
                "capability": "text",
                "node": "text",
                "relationship": Short(Record({"type": "text", "interfaces": MapOf("interface")}, ("type",))),
                "occurrences": "occurrences",
                "description": "text",
                "metadata": MapOf("text"),
            },
            ("capability",),
        )
    ),
    "occurrences": ListOf("text"),
    "capability_definition": Short(
        Record(
            {
                "type": "text",
                "description": "text",
                "properties": MapOf("property"),
                "attributes": MapOf("attribute"),
                "valid_source_types": ListOf("text"),
                "occurrences": "occurrences",
            },
            ("type",),
        )
    ),
    "interface": Record({"type": "text", **_OPERATIONS}, others="operation"),
    "operation": Short(Record({"description": "text", "implementation": "any", "inputs": "any", "outputs": "any"})),
    "artifact": Short(
        Record(
            {
                "type": "text",
                "file": "text",
                "repository": "text",
                "description": "text",
                "deploy_path": "text",
                "version": "text",
                "checksum": "text",
                "checksum_algorithm": "text",
                "properties": MapOf("any"),
            },
            ("file",),
        )
    ),
    "topology": Record(
        {
            "description": "text",
            "inputs": MapOf("input"),
            "node_templates": MapOf("node_template"),
            "relationship_templates": MapOf("relationship_template"),
            "groups": MapOf("group"),
            "policies": Named("policy", mapping=True),
            "outputs": MapOf("output"),
            "substitution_mappings": "substitution",
            "workflows": MapOf("workflow"),
        }
    ),
    "input": Record(_PARAMETER),
    "output": Record(_PARAMETER),
    "node_template": Record(
        {
            **_ENTITY,
            "directives": ListOf("text"),
            "attributes": MapOf("any"),
            "requirements": Named("requirement"),
            "capabilities": MapOf(
                Record({"properties": MapOf("any"), "attributes": MapOf("any"), "occurrences": "occurrences"}),
            ),
            "interfaces": MapOf("interface"),
            "artifacts": MapOf("artifact"),
            "node_filter": "node_filter",
            "copy": "text",
        }
    ),
    "relationship_template": Record({**_ENTITY, "attributes": MapOf("any"), "interfaces": MapOf("interface"), "copy": "text"}),
    "requirement": Short(
        Record(
            {
                "node": "text",
                "capability": "text",
                "relationship": Short(
                    Record(
                        {
                            "type": "text",
                            "properties": MapOf("any"),
                            "attributes": MapOf("any"),
                            "interfaces": MapOf("interface"),
                        }
                    )
                ),
                "node_filter": "node_filter",
                "occurrences": "occurrences",
            }
        )
    ),
    "node_filter": Record(_FILTER),
    "substitution_filter": Record({**_FILTER, "node_filter": "node_filter"}),
    "group": Record(
        {**_ENTITY, "attributes": MapOf("any"), "members": ListOf("text"), "interfaces": MapOf("interface")},
        ("type",),
    ),
    "policy": Record({**_ENTITY, "targets": ListOf("text"), "triggers": MapOf("any")}, ("type",)),
    "substitution": Record(
        {
            "node_type": "text",
            "substitution_filter": "substitution_filter",
            "properties": MapOf("any"),
            "attributes": MapOf("any"),
            "capabilities": MapOf("any"),
            "requirements": Named("any", mapping=True),
            "interfaces": MapOf("any"),
        },
        ("node_type",),
    ),
    "workflow": Record(
        {
            "description": "text",
            "metadata": MapOf("text"),
            "inputs": MapOf("any"),
            "preconditions": ListOf("any"),
            "steps": MapOf("step"),
            "implementation": "any",
            "outputs": MapOf("any"),
        }
    ),
    "step": Record(
        {
            "target": "text",
            "target_relationship": "text",
            "operation_host": "text",
            "filter": "any",
            "activities": ListOf("any"),
            "on_success": ListOf("text"),
            "on_failure": ListOf("text"),
        },
        ("target", "activities"),
    ),
}


def closest(name: str, known: Iterable[str]) -> str:
    """A hint that names the most similar of the known names, or lists them where they are few; empty where neither helps."""
    names = list(known)
    if len(names) > 2000:  # difflib compares with every name
        names = [candidate for candidate in names if abs(len(candidate) - len(name)) <= 2 and candidate[:1] == name[:1]][:500]
    similar = difflib.get_close_matches(name[:200], names, n=1, cutoff=0.6)
    if similar:
        return f"did you mean {similar[0]!r}?"
    return f"known are {', '.join(sorted(names))}" if 0 < len(names) <= 12 else ""


@dataclass(slots=True)
class Grammar:
    """Checks nodes against shapes and collects what is wrong."""

    problems: list[Diagnostic] = field(default_factory=list)

    def check(self, node: YamlNode, shape: Shape, what: str, at: Span) -> None:
        """`what` names the place in messages, `at` is its key, or the node itself where there is no key."""
        if isinstance(shape, str):
            self.known(node, shape, what, at)
        elif isinstance(shape, Short):
            if not isinstance(node, YamlScalar) or is_null(node):
                self.check(node, shape.shape, what, at)
        elif isinstance(shape, Record):
            self.record(node, shape, what, at)
        elif isinstance(shape, MapOf):
            self.map(node, shape.shape, what)
        elif isinstance(shape, Named):
            self.named(node, shape, what)
        elif isinstance(shape, ListOf):
            self.list(node, shape.shape, what)

    def known(self, node: YamlNode, shape: str, what: str, at: Span) -> None:
        if shape in SHAPES:
            self.check(node, SHAPES[shape], what, at)
        elif shape == "text" and not isinstance(node, YamlScalar):
            self.wrong(node, what, "a plain value")

    def record(self, node: YamlNode, shape: Record, what: str, at: Span) -> None:
        if is_null(node) and not shape.required:
            return
        if not isinstance(node, YamlMap):
            self.wrong(node, what, "a mapping")
            return
        keys = shape.keys
        for key, value in node.entries.items():
            known = keys.get(key, shape.others)
            if known is None:
                hint = closest(key, keys)
                self.problems.append(Diagnostic("VTN-T002", f"unknown keyname {key[:80]!r} in {what}", node.keys[key].span, hint))
            elif known != "any" and not (value.__class__ is YamlScalar and known == "text"):
                self.check(value, known, f"{key} of {what}" if key in keys else key, node.keys[key].span)
        for key in shape.required:
            if node.get(key) is None:
                self.problems.append(Diagnostic("VTN-T004", f"{what} needs the keyname {key!r}", at))

    def map(self, node: YamlNode, shape: Shape, what: str) -> None:
        if is_null(node):
            return
        if not isinstance(node, YamlMap):
            self.wrong(node, what, "a mapping")
            return
        for key, value in node.pairs():
            self.check(value, shape, f"{key.text}" if shape != "text" else f"{key.text} of {what}", key.span)

    def list(self, node: YamlNode, shape: Shape, what: str) -> None:
        if is_null(node):
            return
        if not isinstance(node, YamlList):
            self.wrong(node, what, "a list")
            return
        for item in node.items:
            self.check(item, shape, what, item.span)

    def named(self, node: YamlNode, shape: Named, what: str) -> None:
        if is_null(node):
            return
        if isinstance(node, YamlMap) and shape.mapping:
            self.map(node, shape.shape, what)
            return
        if not isinstance(node, YamlList):
            self.wrong(node, what, "a list")
            return
        for item in node.items:
            if isinstance(item, YamlMap) and len(item.entries) == 1:
                self.map(item, shape.shape, what)
            else:
                self.wrong(item, f"an entry of {what}", "a mapping with one key")

    def wrong(self, node: YamlNode, what: str, expected: str) -> None:
        self.problems.append(Diagnostic("VTN-T003", f"{what} must be {expected}, not {kind_of(node)}", node.span))


def check_grammar(document: YamlMap) -> list[Diagnostic]:
    """Everything in a service template or type file that the grammar does not allow."""
    grammar = Grammar()
    _check_version(document, grammar.problems)
    grammar.check(document, "service", "the service template", document.span)
    return grammar.problems


def _check_version(document: YamlMap, problems: list[Diagnostic]) -> None:
    version = document.get("tosca_definitions_version")
    hint = f"write tosca_definitions_version: {VERSIONS[0]}"
    if version is None:
        problems.append(Diagnostic("VTN-T001", "tosca_definitions_version is missing", document.span, hint))
    elif not isinstance(version, YamlScalar) or version.text not in VERSIONS:
        problems.append(Diagnostic("VTN-T001", f"{kind_of(version)} is no TOSCA version that vtnmd reads", version.span, hint))
    elif next(iter(document.entries)) != "tosca_definitions_version":
        span = document.keys["tosca_definitions_version"].span
        problems.append(Diagnostic("VTN-T001", "tosca_definitions_version must be the first line", span))


def map_of(node: YamlNode | None) -> YamlMap:
    """The node if it is a mapping; else an empty one, the grammar having reported what stands there."""
    return node if isinstance(node, YamlMap) else NO_MAP


def items_of(node: YamlNode | None) -> tuple[YamlNode, ...]:
    """The entries of a list; none where something else stands there."""
    return node.items if isinstance(node, YamlList) else ()


def named_of(node: YamlNode | None) -> list[tuple[YamlScalar, YamlNode]]:
    """(name, body) of each entry of a list of named entries or of a mapping."""
    if isinstance(node, YamlMap):
        return list(node.pairs())
    return [pair for item in items_of(node) if isinstance(item, YamlMap) for pair in item.pairs()]


def text_of(node: YamlNode | None) -> str:
    """The text of a plain value that is not null; empty for anything else."""
    return node.text if isinstance(node, YamlScalar) and not is_null(node) else ""


NO_MAP = YamlMap({}, {}, "", 0, 0, 0)
