"""What the keynames of TOSCA are for, in one line each, and which of them take names of types."""

from collections.abc import Mapping

from vtnmd.compiler.tosca.imports import SECTIONS

KEYNAMES: Mapping[str, str] = {
    "activities": "What a step of a workflow does.",
    "artifacts": "Files that belong to a node.",
    "attributes": "Values that are known once a node is deployed.",
    "capabilities": "What a node offers to the requirements of others.",
    "capability": "The capability of the target that takes the requirement, by its name or its type.",
    "constraints": "What values must comply with, as a list of clauses such as in_range: [ 1, 10 ].",
    "copy": "Another template, which this one begins as a copy of.",
    "default": "The value where none is given.",
    "derived_from": "The type whose definitions this one inherits.",
    "description": "A text for people.",
    "directives": "Instructions for the orchestrator.",
    "dsl_definitions": "Anchors to be referred to elsewhere; nothing else reads what stands here.",
    "entry_schema": "The type of the entries of a list or map.",
    "file": "The path of a file, relative to the one that imports it.",
    "groups": "Nodes that belong together, such as the servers of a workload.",
    "imports": "Files whose types are seen here; vtnmd is the shipped profile.",
    "inputs": "Parameters, whose values are given with -i FILE or by their defaults.",
    "interfaces": "Operations of a node, and what they call.",
    "key_schema": "The type of the keys of a map.",
    "members": "The nodes of a group.",
    "metadata": "Names and texts; template_name is the name of the service, moved the former names of an entry.",
    "namespace_prefix": "What stands before the names of imported types, with a colon.",
    "node": "The target: a node template, or a type of which there is exactly one node.",
    "node_filter": "Properties and capabilities that a target must have.",
    "node_templates": "The nodes of the topology.",
    "node_type": "The type of the node that this topology stands in for.",
    "occurrences": "Lower and upper bound of how often; UNBOUNDED is an upper bound.",
    "operations": "What an interface offers to call.",
    "outputs": "Values that the topology gives.",
    "policies": "Rules for nodes and groups, such as a quality of service.",
    "properties": "Values that the type declares and the designer gives.",
    "relationship": "The type of the relation to the target, and values of its properties.",
    "relationship_templates": "Relationships that requirements refer to by name.",
    "repositories": "Folders that imports and artifacts are taken from.",
    "required": "Whether a value must be given; true by default.",
    "requirements": "What a node needs of others: a list of names and targets.",
    "status": "supported, unsupported, experimental or deprecated.",
    "substitution_mappings": "How this topology stands in for a node of another one.",
    "targets": "The nodes or groups that a policy is for.",
    "topology_template": "The topology: inputs, nodes, groups, policies, outputs.",
    "tosca_definitions_version": "The version of TOSCA; the first line of every file.",
    "type": "The name of a type.",
    "valid_source_types": "The node types that may use a capability; any where it is absent.",
    "valid_target_types": "The capability types that a relationship may lead to.",
    "workflows": "Steps in an order of the designer's own; vtnmd derives its order itself.",
}

TYPED = {
    "node_template": "node_types",
    "relationship_template": "relationship_types",
    "group": "group_types",
    "policy": "policy_types",
}
"""Templates by shape, with the section of their types."""

TYPE_NAMES = {
    **{(shape, "type"): section for shape, section in TYPED.items()},
    **{(section.removesuffix("s"), "derived_from"): section for section in SECTIONS},
    ("schema", "type"): "data_types",
    ("property", "type"): "data_types",
    ("attribute", "type"): "data_types",
    ("input", "type"): "data_types",
    ("output", "type"): "data_types",
    ("requirement_definition", "capability"): "capability_types",
    ("requirement_definition", "node"): "node_types",
    ("capability_definition", "type"): "capability_types",
    ("interface", "type"): "interface_types",
    ("artifact", "type"): "artifact_types",
    ("substitution", "node_type"): "node_types",
}
"""Where a keyname of a shape takes the name of a type."""
