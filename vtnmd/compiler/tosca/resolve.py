"""Fourth phase: a service template and its inputs become a Topology. This module is the table of contents of the phase.

Reports VTN-T030 (input missing), T031 (unknown input) and what functions, requirements, templates and sections report.
"""

from collections.abc import Mapping

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of, native_scalar, text_of
from vtnmd.compiler.tosca.drafts import Resolution, metadata_of, moved_of
from vtnmd.compiler.tosca.hints import closest, similar
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.requirements import match_requirements
from vtnmd.compiler.tosca.schema import PropertyDefinition, Schema
from vtnmd.compiler.tosca.sections import (
    check_substitution,
    check_workflows,
    mapped_requirements,
    only_for_substituted,
    read_groups,
    read_outputs,
    read_policies,
    substituted_inputs,
)
from vtnmd.compiler.tosca.templates import draft_all, finished_node, read_properties
from vtnmd.compiler.tosca.types import Types
from vtnmd.compiler.tosca.values import INVALID, Reader
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span
from vtnmd.domain.topology import FunctionCall, Topology

_NO_REQUIREMENTS: frozenset[str] = frozenset()


def resolve(
    source: Source,
    types: Types,
    inputs: YamlMap,
    name: str,
    problems: list[Diagnostic],
    substituted: frozenset[str] = frozenset(),
) -> Topology:
    """The Topology of a service template; what is wrong with it is left in `problems`, and out of the Topology.

    `inputs` are the given values with their places; `name` is the service's name where its metadata gives none. `substituted` are
    the node types that imported topologies stand for.
    """
    resolution = Resolution(source, types, problems, substituted=substituted)
    _read_inputs(resolution, inputs)
    topology = resolution.topology
    resolution.relationships = draft_all(resolution, topology.get("relationship_templates"), "relationship_types")
    resolution.groups = draft_all(resolution, topology.get("groups"), "group_types")
    resolution.drafts = draft_all(resolution, topology.get("node_templates"), "node_types")
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
        {key: value for key, value in resolution.inputs.items() if value is not INVALID},
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


def _read_inputs(resolution: Resolution, given: YamlMap) -> None:
    """The value of each declared input: given, default, or INVALID where neither is there or legal."""
    section = resolution.topology.get("inputs")
    definitions = resolution.types.parameters(section, resolution.source)
    _check_given(resolution, given, definitions)
    reader = Reader(resolution.problems, None)
    outside = substituted_inputs(resolution)
    for name, definition in definitions.items():
        node: YamlNode | None = given.get(name) or map_of(map_of(section).get(name)).get("value")
        node = node or definition.default_node
        if node is not None:
            resolution.inputs[name] = reader.read(_as_written(node, definition.schema.kind), definition.schema, f"input {name}")
        elif definition.has_default:
            resolution.inputs[name] = definition.default
        else:
            resolution.inputs[name] = FunctionCall("get_input", (name,)) if name in outside else None
            if definition.required and name not in outside:
                chooses = only_for_substituted(resolution, name)
                hint = "give it with -i FILE, or declare a default"
                severity = Severity.WARNING if chooses else Severity.ERROR
                problem = Diagnostic("VTN-T030", f"the input {name} has no value", definition.span, hint, severity=severity)
                resolution.problems.append(problem)
                resolution.inputs[name] = FunctionCall("get_input", (name,)) if chooses else INVALID


def _check_given(resolution: Resolution, given: YamlMap, definitions: Mapping[str, PropertyDefinition]) -> None:
    """Values for no input. One file may hold the inputs of several services: it is an error only where a name may be mistaken."""
    lacking = any(each.required and not each.has_default and name not in given.entries for name, each in definitions.items())
    for key in given.keys.values():
        if key.text not in definitions:
            summary = f"the service template declares no input {key.text[:80]!r}"
            mistaken = lacking or similar(key.text, definitions, cutoff=0.75)
            severity = Severity.ERROR if mistaken else Severity.WARNING
            hint = closest(key.text, definitions)
            resolution.problems.append(Diagnostic("VTN-T031", summary, key.span, hint, severity=severity))


def _as_written(node: YamlNode, kind: str) -> YamlNode:
    """A number given for a string is taken as text, and a text given for a number as one: who fills in a form knows no types."""
    if kind == "string" and isinstance(node, YamlScalar) and isinstance(native_scalar(node), int | float):
        return node._replace(plain=False)
    if kind in ("integer", "float", "boolean") and isinstance(node, YamlScalar):
        return node._replace(plain=True)
    return node
