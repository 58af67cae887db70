"""Fourth phase: a service template and its inputs become a Topology. This module is the table of contents of the phase.

Reports what inputs, functions, composites, requirements, templates and sections report.
"""

from vtnmd.compiler.tosca.composites import open_composites
from vtnmd.compiler.tosca.document import YamlMap, map_of, text_of
from vtnmd.compiler.tosca.drafts import Resolution, metadata_of, moved_of
from vtnmd.compiler.tosca.flatten import flatten, problems_inside
from vtnmd.compiler.tosca.inputs import read_inputs
from vtnmd.compiler.tosca.mappings import mapped_requirements
from vtnmd.compiler.tosca.requirements import match_requirements
from vtnmd.compiler.tosca.schema import Schema
from vtnmd.compiler.tosca.sections import read_outputs
from vtnmd.compiler.tosca.templates import draft_all
from vtnmd.compiler.tosca.values import Reader
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.topology import Topology, is_bound

_NO_REQUIREMENTS: frozenset[str] = frozenset()


def resolve(resolution: Resolution, inputs: YamlMap, name: str) -> Topology:
    """The Topology of a service template; what is wrong with it is left in the resolution's problems, and out of the Topology.

    `inputs` are the given values with their places; `name` is the service's name where its metadata gives none. Symbolic inputs are
    given up where something in the template is bound to YANG, which knows no symbols, or is a composite, whose inside may be.
    """
    source = resolution.source
    topology = resolution.topology
    _draft(resolution)
    resolution.symbolic = resolution.symbolic and not any(
        is_bound(draft.type.metadata) or draft.type in resolution.templates
        for draft in (*resolution.drafts.values(), *resolution.groups.values())
    )
    declared = read_inputs(resolution, inputs)
    _connect(resolution)
    parts = flatten(resolution)
    outputs = read_outputs(resolution)
    metadata = metadata_of(source.document)
    _check_version(resolution)
    resolution.problems.extend(problems_inside(resolution))
    return Topology(
        metadata.get("template_name") or text_of(source.document.get("template_name")) or name,
        _description(source.document, topology),
        metadata,
        declared,
        parts.nodes,
        parts.groups,
        parts.policies,
        outputs,
        _place_of_name(source.document, topology),
        moved_of(source.document),
    )


def _prepare(resolution: Resolution) -> None:
    """Everything that can be referred to, composites with their insides, and the targets of requirements."""
    _draft(resolution)
    _connect(resolution)


def _draft(resolution: Resolution) -> None:
    topology = resolution.topology
    resolution.relationships = draft_all(resolution, topology.get("relationship_templates"), "relationship_types")
    resolution.groups = draft_all(resolution, topology.get("groups"), "group_types")
    resolution.drafts = draft_all(resolution, topology.get("node_templates"), "node_types")


def _connect(resolution: Resolution) -> None:
    open_composites(resolution, _prepare)
    mapped = mapped_requirements(resolution.topology)
    for draft in resolution.drafts.values():
        match_requirements(resolution, draft, mapped.get(draft.name, _NO_REQUIREMENTS))


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
