"""Node templates: their types, assignments and capabilities, checked, and the finished nodes (section 3.8.3).

Reports VTN-T040, T041, T044, T057 and what reading of values, functions and requirements report.
"""

from collections.abc import Mapping
from typing import Any

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution, moved_of, values_or_nothing
from vtnmd.compiler.tosca.functions import Functions, property_value
from vtnmd.compiler.tosca.hints import closest, similar, unknown_name
from vtnmd.compiler.tosca.operations import read_artifacts, read_operations
from vtnmd.compiler.tosca.schema import PropertyDefinition
from vtnmd.compiler.tosca.values import INVALID, NULLABLE, Path, Reader
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.topology import NO_SPANS, Node, Relation

NOTHING: Mapping[str, Any] = {}


def draft_all(resolution: Resolution, section: YamlNode | None, types: str) -> dict[str, Draft]:
    """A draft of each template of a section whose type is known; the names of the others become `broken`."""
    templates = map_of(section)
    drafts: dict[str, Draft] = {}
    for key, node in templates.pairs():
        draft = _draft(resolution, key, map_of(node), templates, types)
        if draft is None:
            resolution.broken.add(key.text)
        else:
            drafts[key.text] = draft
    return drafts


def _draft(resolution: Resolution, key: YamlScalar, body: YamlMap, templates: YamlMap, section: str) -> Draft | None:
    if "copy" in body.entries:
        copied = _copied(resolution, key, body, templates)
        if copied is None:
            return None
        body = copied
    named = body.get("type")
    if named is None:
        resolution.report("VTN-T004", f"{key.text} needs the keyname 'type'", key)
        return None
    declared = resolution.types.named(section, named, resolution.source)
    definition = resolution.types.definition(declared) if declared else None
    if "occurrences" in body.entries:
        resolution.warn("VTN-T082", f"occurrences of {key.text} have no effect: there is one of it", body.keys["occurrences"])
    return Draft(key.text, key, body, definition, home=resolution) if definition else None


def _copied(resolution: Resolution, key: YamlScalar, body: YamlMap, templates: YamlMap) -> YamlMap | None:
    """The template with what it copies below its own keynames (section 3.8.3.1)."""
    seen = [key.text]
    while (name := body.get("copy")) is not None:
        original = map_of(templates.get(text_of(name)))
        if text_of(name) in seen:
            resolution.report("VTN-T057", f"{key.text} is copied in a circle: {' → '.join((*seen, text_of(name)))}", name)
            return None
        if not original.entries:
            summary = f"the template {text_of(name)[:80]!r} to copy is unknown"
            resolution.report("VTN-T051", summary, name, closest(text_of(name), templates.entries))
            return None
        seen.append(text_of(name))
        body = _laid_over(original, body)
    return body


def _laid_over(original: YamlMap, body: YamlMap) -> YamlMap:
    entries = {name: node for name, node in body.entries.items() if name != "copy"}
    for name, node in original.entries.items():
        own = entries.get(name)
        if isinstance(own, YamlMap) and isinstance(node, YamlMap):
            entries[name] = own._replace(entries={**node.entries, **own.entries}, keys={**node.keys, **own.keys})
        elif own is None:
            entries[name] = node
    return body._replace(entries=entries, keys={**original.keys, **body.keys})


def read_properties(resolution: Resolution, draft: Draft) -> dict[str, Any]:
    """Every property of a draft: assigned values and defaults. Unknown and missing ones are reported."""
    definitions = draft.type.properties
    assigned = draft.body.entries.get("properties")
    meant: set[str] = set()
    if isinstance(assigned, YamlMap):
        for name in assigned.entries:
            if name not in definitions:
                meant.add(similar(name, definitions))
                key = assigned.keys[name]
                resolution.problems.append(unknown_name(f"{draft.type.name} has no property", key, definitions, "VTN-T040"))
    values = {}
    for name, definition in definitions.items():
        value = property_value(resolution, draft, name)
        if value is not None:
            values[name] = value
        elif definition.required and name not in meant and definition.schema.kind not in NULLABLE:
            resolution.report("VTN-T041", f"{draft.name} needs the property {name!r}", draft.key)
    return values


def finished_node(resolution: Resolution, draft: Draft) -> Node:
    """The node with everything read; what was wrong with it has been reported.

    Its spans hold the properties of capabilities below `("capabilities", name)`.
    """
    body = draft.body.entries
    properties = read_properties(resolution, draft)
    spans: dict[Path, Span] = draft.spans
    capabilities = NOTHING
    if "capabilities" in body or draft.type.capabilities:
        capabilities = _capabilities(resolution, draft, spans)
    if "attributes" in body:
        _check_attributes(resolution, draft)
    return Node(
        draft.full_name,
        draft.type.name,
        draft.type.ancestry,
        draft.type.metadata,
        values_or_nothing(properties),
        draft.key.span,
        spans,
        tuple(_relation(resolution, draft, index) for index in range(len(draft.matches))),
        capabilities,
        read_operations(resolution, draft),
        read_artifacts(resolution, draft),
        moved=moved_of(draft.body) if "metadata" in body else None,
    )


def _relation(resolution: Resolution, draft: Draft, index: int) -> Relation:
    match = draft.matches[index]
    relationship = match.relationship
    kind = relationship.type
    properties: Mapping[str, Any] = NOTHING
    spans: Mapping[Path, Span] = NO_SPANS
    if kind.properties or "properties" in relationship.body.entries:
        properties = values_or_nothing(read_properties(resolution, relationship))
        spans = relationship.spans
    return Relation(
        match.requirement.name,
        match.target.full_name,
        kind.name,
        kind.ancestry,
        match.capability,
        properties,
        match.place.span,
        spans,
        match.template,
        read_operations(resolution, relationship) if kind.interfaces or "interfaces" in relationship.body.entries else (),
    )


def _capabilities(resolution: Resolution, draft: Draft, spans: dict[Path, Span]) -> Mapping[str, Mapping[str, Any]]:
    """The properties of each capability; those of one without any are left out."""
    assigned = map_of(draft.body.entries.get("capabilities"))
    for key in assigned.keys.values():
        if key.text not in draft.type.capabilities:
            known = draft.type.capabilities
            resolution.problems.append(unknown_name(f"{draft.type.name} has no capability", key, known, "VTN-T044"))
    found: dict[str, Mapping[str, Any]] = {}
    for name, capability in draft.type.capabilities.items():
        if not capability.properties and name not in assigned.entries:
            continue
        body = map_of(assigned.get(name))
        what = f"the capability {name} of {draft.name}"
        reader = Reader(resolution.problems, Functions(resolution, draft))
        values = assigned_values(reader, map_of(body.get("properties")), capability.properties, what, draft.key)
        found[name] = {key: value for key, value, _ in values}
        spans.update((("capabilities", name, key), node.span) for key, _, node in values if node is not None)
    return found


def assigned_values(
    reader: Reader, node: YamlMap, definitions: Mapping[str, PropertyDefinition], what: str, place: YamlScalar
) -> list[tuple[str, Any, YamlNode | None]]:
    """(name, value, where it was written) of assignments and defaults; unknown and missing names are reported."""
    for key in node.keys.values():
        if key.text not in definitions:
            reader.problems.append(unknown_name(f"{what} has no property", key, definitions, "VTN-T040"))
    found: list[tuple[str, Any, YamlNode | None]] = []
    for name, definition in definitions.items():
        written = node.get(name)
        given = written or definition.default_node
        if given is not None:
            value = reader.read(given, definition.schema, name)
            if value is not INVALID:
                found.append((name, value, written))
        elif definition.has_default and definition.default is not INVALID:
            found.append((name, definition.default, None))
        elif definition.required and node.entries:
            reader.report("VTN-T041", f"{what} needs the property {name!r}", place)
    return found


def _check_attributes(resolution: Resolution, draft: Draft) -> None:
    known = {**draft.type.attributes, **draft.type.properties}
    for key, node in map_of(draft.body.get("attributes")).pairs():
        if key.text not in known:
            resolution.problems.append(unknown_name(f"{draft.type.name} has no attribute", key, known, "VTN-T044"))
        else:
            Reader(resolution.problems, Functions(resolution, draft)).read(node, known[key.text].schema, key.text)
