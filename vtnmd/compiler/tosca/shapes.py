"""The grammar of TOSCA Simple Profile in YAML 1.3, chapters 3.6 to 3.10, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


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
"""A text names an entry of SHAPES, or is one of `text` (a plain value), `note` (one that nothing depends on) and `any`."""

_TYPE: dict[str, Shape] = {"derived_from": "text", "version": "text", "metadata": MapOf("note"), "description": "text"}
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
_ENTITY: dict[str, Shape] = {"type": "text", "description": "text", "metadata": MapOf("note"), "properties": MapOf("any")}

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
                "artifact_version": "text",
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
            "occurrences": "occurrences",
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
