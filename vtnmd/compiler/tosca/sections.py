"""Groups, policies, outputs, substitution mappings and workflows of a topology, checked (sections 3.8.4 to 3.8.13).

Reports VTN-T051, T060 to T063 and what reading of values reports.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, items_of, map_of, named_of, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution, moved_of, values_or_nothing
from vtnmd.compiler.tosca.functions import Functions
from vtnmd.compiler.tosca.hints import closest, unknown_name
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.mappings import leaves, mapped_parts, mappings_of
from vtnmd.compiler.tosca.schema import ANY
from vtnmd.compiler.tosca.templates import read_properties
from vtnmd.compiler.tosca.values import INVALID, Reader
from vtnmd.domain.topology import Group, Output, Policy


def read_groups(resolution: Resolution) -> dict[str, Group]:
    """The groups with their members."""
    return {
        draft.full_name: Group(
            draft.full_name,
            draft.type.name,
            draft.type.ancestry,
            draft.type.metadata,
            values_or_nothing(read_properties(resolution, draft)),
            draft.key.span,
            draft.spans,
            _named(resolution, draft, "members", "VTN-T060"),
            moved=moved_of(draft.body),
        )
        for draft in resolution.groups.values()
    }


def read_policies(resolution: Resolution) -> dict[str, Policy]:
    """The policies with their targets, in the order of the file."""
    policies: dict[str, Policy] = {}
    for key, node in named_of(resolution.topology.get("policies")):
        body = map_of(node)
        declared = resolution.types.named("policy_types", body.get("type"), resolution.source)
        definition = resolution.types.definition(declared) if declared else None
        if definition is None:
            continue
        draft = Draft(key.text, key, body, definition, home=resolution)
        policies[draft.full_name] = Policy(
            draft.full_name,
            definition.name,
            definition.ancestry,
            definition.metadata,
            values_or_nothing(read_properties(resolution, draft)),
            key.span,
            draft.spans,
            _named(resolution, draft, "targets", "VTN-T061"),
            _triggers(resolution, draft, body),
            text_of(body.get("description")),
            moved=moved_of(body),
        )
    return policies


def _triggers(resolution: Resolution, draft: Draft, body: YamlMap) -> Mapping[str, Any]:
    """The triggers as written, their functions evaluated."""
    triggers = body.get("triggers")
    found = Reader(resolution.problems, Functions(resolution, draft)).read(triggers, ANY, "triggers") if triggers else {}
    return found if isinstance(found, Mapping) else {}


def _named(resolution: Resolution, draft: Draft, keyname: str, code: str) -> tuple[str, ...]:
    """The nodes or groups that a list names; those that are unknown, repeated or of the wrong type are reported.

    A composite stands for the nodes inside of it, those of a right type where only some types are right.
    """
    found: dict[str, None] = {}
    for item in items_of(draft.body.get(keyname)):
        name = text_of(item)
        member = resolution.member(name)
        if member is None:
            if name not in resolution.broken:
                summary = f"{draft.name} names the unknown node {name[:80]!r}"
                resolution.report(code, summary, item, resolution.member_hint(name))
            continue
        valid = draft.type.valid
        meant = [member] if member.inside is None else list(leaves(member))
        fitting = [each.full_name for each in meant if not valid or any(allowed in each.type.ancestry for allowed in valid)]
        if not fitting:
            summary = f"{draft.type.name} takes {', '.join(valid)}; {name} is a {member.type.name}"
            resolution.report(code, summary, item)
        elif not found.keys().isdisjoint(fitting):
            resolution.report(code, f"{draft.name} names {name} twice", item)
        found |= dict.fromkeys(fitting)
    return tuple(found)


def read_outputs(resolution: Resolution) -> dict[str, Output]:
    """Each output with its value, of its declared type where it has one."""
    outputs: dict[str, Output] = {}
    definitions = resolution.types.parameters(resolution.topology.get("outputs"), resolution.source)
    for key, node in map_of(resolution.topology.get("outputs")).pairs():
        value = map_of(node).get("value")
        if value is not None:
            schema = definitions[key.text].schema if key.text in definitions else ANY
            found = Reader(resolution.problems, Functions(resolution, None)).read(value, schema, key.text)
            if found is not INVALID:
                outputs[key.text] = Output(key.text, found, text_of(map_of(node).get("description")), key.span)
    return outputs


def substituted_inputs(resolution: Resolution) -> frozenset[str]:
    """The inputs that the substituted node gives: those mapped from its properties, or called like them (section 3.8.13.2)."""
    mappings = mappings_of(resolution.topology)
    named = mappings.get("node_type")
    declared = resolution.types.find("node_types", text_of(named), resolution.source) if named else None
    definition = resolution.types.definition(declared) if declared else None
    mapped = {text_of(part) for _, node in named_of(mappings.get("properties")) for part in items_of(node)[:1]}
    return frozenset(mapped | (definition.properties.keys() if definition else set()))


def substituted_types(sources: Iterable[Source]) -> frozenset[str]:
    """The node types that the topologies of files stand for, by their substitution mappings."""
    topologies = (map_of(source.document.get("topology_template")) for source in sources)
    return frozenset(text_of(map_of(each.get("substitution_mappings")).get("node_type")) for each in topologies) - {""}


def only_for_substituted(resolution: Resolution, name: str) -> bool:
    """Whether nothing but nodes that imported topologies stand for asks for an input: it then chooses among those."""
    templates = map_of(resolution.topology.get("node_templates")).entries.values()
    types = [text_of(map_of(node).get("type")) for node in templates if name in _inputs_of(node)]
    elsewhere = (node for section, node in resolution.topology.entries.items() if section not in ("node_templates", "inputs"))
    outside = any(name in _inputs_of(node) for node in elsewhere)
    return bool(types) and not outside and resolution.substituted.issuperset(types)


def _inputs_of(node: YamlNode) -> frozenset[str]:
    """The inputs that functions below a node ask for."""
    if isinstance(node, YamlMap):
        asked = node.entries.get("get_input")
        own = {text_of(items_of(asked)[0] if items_of(asked) else asked)} if asked is not None else set()
        return frozenset(own).union(*map(_inputs_of, node.entries.values()))
    return frozenset().union(*map(_inputs_of, items_of(node)))


def check_substitution(resolution: Resolution) -> None:
    """A substitution mapping maps names that its node type declares to names that the topology has."""
    mappings = mappings_of(resolution.topology)
    declared = resolution.types.named("node_types", mappings.get("node_type"), resolution.source)
    definition = resolution.types.definition(declared) if declared else None
    if definition is None:
        return
    known: Mapping[str, Mapping[str, Any]] = {
        "properties": definition.properties,
        "attributes": definition.attributes,
        "capabilities": definition.capabilities,
        "requirements": definition.requirements,
        "interfaces": definition.interfaces,
    }
    for section, names in known.items():
        for key, node in named_of(mappings.get(section)):
            if key.text not in names:
                what = f"{definition.name} has no {_SINGULAR[section]}"
                resolution.problems.append(unknown_name(what, key, names, "VTN-T062"))
            _check_mapping(resolution, section, node)


_SINGULAR = {
    "properties": "property",
    "attributes": "attribute",
    "capabilities": "capability",
    "requirements": "requirement",
    "interfaces": "interface",
}


def _check_mapping(resolution: Resolution, section: str, node: YamlNode) -> None:
    parts = mapped_parts(node)
    if section == "properties" and len(parts) == 1:
        if text_of(parts[0]) not in resolution.inputs:
            summary = f"no input is called {text_of(parts[0])[:80]!r}"
            resolution.report("VTN-T062", summary, parts[0], closest(text_of(parts[0]), resolution.inputs))
        return
    if section == "attributes" and len(parts) == 1:
        outputs = map_of(resolution.topology.get("outputs")).entries
        if text_of(parts[0]) not in outputs:
            summary = f"no output is called {text_of(parts[0])[:80]!r}"
            resolution.report("VTN-T062", summary, parts[0], closest(text_of(parts[0]), outputs))
        return
    if section not in ("capabilities", "requirements", "properties", "attributes") or len(parts) < 2:
        return
    draft = resolution.drafts.get(text_of(parts[0]))
    if draft is None:
        if text_of(parts[0]) not in resolution.broken:
            summary = f"no node template is called {text_of(parts[0])[:80]!r}"
            resolution.report("VTN-T062", summary, parts[0], resolution.hint(text_of(parts[0])))
        return
    tables: dict[str, dict[str, Any]] = {
        "capabilities": {**draft.type.capabilities},
        "requirements": {**draft.type.requirements},
        "properties": {**draft.type.properties, **draft.type.capabilities},
        "attributes": {**draft.type.attributes, **draft.type.properties, **draft.type.capabilities},
    }
    names = tables[section]
    if text_of(parts[1]) not in names:
        summary = f"{draft.name} has no {_SINGULAR[section]} {text_of(parts[1])[:80]!r}"
        resolution.report("VTN-T062", summary, parts[1], closest(text_of(parts[1]), names))


def check_workflows(resolution: Resolution) -> None:
    """Steps name nodes, groups, requirements and steps that exist. Workflows are not run: vtnmd derives its own order."""
    for _, node in map_of(resolution.topology.get("workflows")).pairs():
        steps = map_of(map_of(node).get("steps"))
        for _, step in steps.pairs():
            _check_step(resolution, map_of(step), steps)
        for condition in items_of(map_of(node).get("preconditions")):
            _check_target(resolution, map_of(condition).get("target"))


def _check_step(resolution: Resolution, step: YamlMap, steps: YamlMap) -> None:
    target = _check_target(resolution, step.get("target"))
    relationship = step.get("target_relationship")
    if target is not None and relationship is not None and text_of(relationship) not in target.type.requirements:
        summary = f"{target.name} has no requirement {text_of(relationship)[:80]!r}"
        resolution.report("VTN-T063", summary, relationship, closest(text_of(relationship), target.type.requirements))
    for keyname in ("on_success", "on_failure"):
        for item in items_of(step.get(keyname)):
            if text_of(item) not in steps.entries:
                summary = f"no step is called {text_of(item)[:80]!r}"
                resolution.report("VTN-T063", summary, item, closest(text_of(item), steps.entries))


def _check_target(resolution: Resolution, node: YamlNode | None) -> Draft | None:
    name = text_of(node)
    target = resolution.member(name)
    if isinstance(node, YamlScalar) and target is None and name not in resolution.broken:
        resolution.report("VTN-T063", f"the target {name[:80]!r} is no node template or group", node, resolution.member_hint(name))
    return target
