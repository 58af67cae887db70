"""Fourth phase: a service template and its inputs become a Topology. This module is the table of contents of the phase.

Reports what inputs, functions, requirements, templates and sections report.
"""

from vtnmd.compiler.tosca.document import YamlMap, map_of, text_of
from vtnmd.compiler.tosca.drafts import Resolution, metadata_of, moved_of
from vtnmd.compiler.tosca.inputs import read_inputs
from vtnmd.compiler.tosca.requirements import match_requirements
from vtnmd.compiler.tosca.schema import Schema
from vtnmd.compiler.tosca.sections import (
    check_substitution,
    check_workflows,
    mapped_requirements,
    read_groups,
    read_outputs,
    read_policies,
)
from vtnmd.compiler.tosca.templates import draft_all, finished_node, read_properties
from vtnmd.compiler.tosca.values import Reader
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.topology import Topology, is_bound

_NO_REQUIREMENTS: frozenset[str] = frozenset()


def resolve(resolution: Resolution, inputs: YamlMap, name: str) -> Topology:
    """The Topology of a service template; what is wrong with it is left in the resolution's problems, and out of the Topology.

    `inputs` are the given values with their places; `name` is the service's name where its metadata gives none. Symbolic inputs are
    given up where something in the template is bound to YANG, which knows no symbols.
    """
    source = resolution.source
    topology = resolution.topology
    resolution.relationships = draft_all(resolution, topology.get("relationship_templates"), "relationship_types")
    resolution.groups = draft_all(resolution, topology.get("groups"), "group_types")
    resolution.drafts = draft_all(resolution, topology.get("node_templates"), "node_types")
    resolution.symbolic = resolution.symbolic and not any(
        is_bound(draft.type.metadata) for draft in (*resolution.drafts.values(), *resolution.groups.values())
    )
    declared = read_inputs(resolution, inputs)
    mapped = mapped_requirements(topology)
    for draft in resolution.drafts.values():
        match_requirements(resolution, draft, mapped.get(draft.name, _NO_REQUIREMENTS))
    nodes = {draft.name: finished_node(resolution, draft) for draft in resolution.drafts.values()}
    for relationship in resolution.relationships.values():
        read_properties(resolution, relationship)
    groups = read_groups(resolution)
    policies = read_policies(resolution)
    outputs = read_outputs(resolution)
    check_substitution(resolution)
    check_workflows(resolution)
    metadata = metadata_of(source.document)
    _check_version(resolution)
    return Topology(
        metadata.get("template_name") or text_of(source.document.get("template_name")) or name,
        _description(source.document, topology),
        metadata,
        declared,
        nodes,
        groups,
        policies,
        outputs,
        _place_of_name(source.document, topology),
        moved_of(source.document),
    )


def _place_of_name(document: YamlMap, topology: YamlMap) -> Span:
    """Where the service is named, or else where it begins."""
    name = map_of(document.get("metadata")).get("template_name") or document.get("template_name")
    return (name or (topology if topology.file else document)).span


def _check_version(resolution: Resolution) -> None:
    """`template_version` is a version wherever it stands (section 3.9.3.5)."""
    document = resolution.source.document
    for node in (map_of(document.get("metadata")).get("template_version"), document.get("template_version")):
        if node is not None:
            Reader(resolution.problems, None).read(node, Schema("version", "version"), "template_version")


def _description(document: YamlMap, topology: YamlMap) -> str:
    return text_of(document.get("description")) or text_of(topology.get("description"))
