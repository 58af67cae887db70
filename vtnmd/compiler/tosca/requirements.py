"""Requirements matched to their targets (sections 3.8.2 and 3.6.5): by name, or the one node that a type or node filter selects.

Reports VTN-T050 to T056. Whether requirements form a circle is asked later, of the graph of resources.
"""

from typing import Any

from vtnmd.compiler.tosca.definitions import constraint_of
from vtnmd.compiler.tosca.document import NO_MAP, YamlMap, YamlNode, YamlScalar, map_of, named_of, native, text_of
from vtnmd.compiler.tosca.drafts import Draft, Fit, Match, Resolution
from vtnmd.compiler.tosca.functions import property_value
from vtnmd.compiler.tosca.hints import similar, unknown_name
from vtnmd.compiler.tosca.mappings import exposed_capabilities, open_requirements
from vtnmd.compiler.tosca.schema import CONSTRAINTS, PropertyDefinition
from vtnmd.compiler.tosca.types import RequirementDefinition, TypeDefinition
from vtnmd.compiler.tosca.values import INVALID
from vtnmd.domain.diagnostics import Diagnostic, Severity
from vtnmd.domain.topology import FunctionCall

ORDERING = "dependency"
"""A requirement that says nothing but what comes first."""

_OF_EVERY_NODE = ("", "tosca.capabilities.Node", "tosca.capabilities.Root")
_ANY_RELATIONSHIP = "tosca.relationships.Root"


def match_requirements(resolution: Resolution, draft: Draft, mapped: frozenset[str]) -> None:
    """Find the target of each requirement. `mapped` are the requirements that a substitution mapping leaves to the outside."""
    counts: dict[str, int] = {}
    meant: set[str] = set()
    definitions = draft.type.requirements
    assignments = draft.body.entries.get("requirements")
    for key, node in named_of(assignments) if assignments is not None else ():
        definition = definitions.get(key.text) or _undeclared(resolution, draft, key, node)
        if definition is None:
            resolution.problems.append(unknown_name(f"{draft.type.name} has no requirement", key, definitions, "VTN-T050"))
            meant.add(similar(key.text, definitions))
            continue
        count = counts[key.text] = counts.get(key.text, 0) + 1
        if definition.high is not None and count == definition.high + 1:
            _report_too_many(resolution, draft, definition, key)
        match = _match(resolution, draft, definition, key, node)
        if match is not None:
            draft.matches.append(match)
            if draft.inside is not None:
                _hand_over(resolution, draft, key, node)
    if draft.inside is not None:
        _check_handed_over(resolution, draft, mapped | meant)
    for name, definition in definitions.items():
        if definition.low > counts.get(name, 0) and name not in mapped and name not in meant:
            summary = f"{draft.name} needs the requirement {name}" + (f" {_times(definition.low)}" if definition.low > 1 else "")
            hint = f"its target is a node of type {definition.node}" if definition.node else ""
            tell = resolution.warn if resolution.is_substituted(draft) else resolution.report
            tell("VTN-T053", summary, draft.key, hint)


def _report_too_many(resolution: Resolution, draft: Draft, definition: RequirementDefinition, key: YamlScalar) -> None:
    """A bound that is only the default one is seldom meant: templates in the wild have several hosts."""
    if definition.counted:
        summary = f"{draft.name} may have the requirement {key.text} at most {_times(definition.high or 0)}"
        resolution.report("VTN-T054", summary, key)
    else:
        summary = f"{draft.name} has the requirement {key.text} more than once, though its definition says nothing of occurrences"
        resolution.warn("VTN-T083", summary, key)


def _undeclared(resolution: Resolution, draft: Draft, key: YamlScalar, node: YamlNode) -> RequirementDefinition | None:
    """The definition that an assignment amounts to which names both a node template and the relationship to it."""
    body = map_of(node)
    if text_of(body.get("node")) not in resolution.drafts or body.get("relationship") is None:
        return None
    resolution.warn("VTN-T083", f"{draft.type.name} has no requirement {key.text[:80]!r}, and is given it here", key)
    return RequirementDefinition(key.text, "", "", None, 0, None, True, key.span)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _match(
    resolution: Resolution, draft: Draft, definition: RequirementDefinition, key: YamlScalar, node: YamlNode
) -> Match | None:
    named: YamlNode | None = node
    filters = related = wanted = None
    if isinstance(node, YamlMap):
        named, filters, related, wanted = (node.get(keyname) for keyname in ("node", "node_filter", "relationship", "capability"))
    target = _target(resolution, definition, key, named, filters)
    relationship = _relationship(resolution, draft, definition, key, related)
    if target is None:
        return None
    if target.inside is not None:
        exposed = _exposed(resolution, definition, target, named or key, text_of(wanted))
        if exposed is None:
            return None
        target, wanted = exposed[0], key._replace(text=exposed[1], plain=False)
    capability = _capability(resolution, draft, definition, target, named or key, wanted)
    if capability is None:
        return None
    if relationship is not None and wanted is None:
        capability = _preferred(relationship.type, definition, target.type, capability)
    if relationship is not None:
        _check_valid_target(resolution, relationship, target, capability, named or key)
    elif definition.relationship or related is not None:
        return None
    else:
        relationship = _plain(resolution, definition, key)
    relationship.source, relationship.target = draft, target
    template = text_of(related)
    return Match(
        definition, named or key, target, capability, relationship, template if template in resolution.relationships else ""
    )


def _target(
    resolution: Resolution, definition: RequirementDefinition, key: YamlScalar, named: YamlNode | None, filters: YamlNode | None
) -> Draft | None:
    name = text_of(named)
    if name in resolution.drafts or name in resolution.broken:
        return resolution.drafts.get(name)
    declared = resolution.types.find("node_types", name, resolution.source) if name else None
    if name and declared is None:
        summary = f"the target of {key.text} is unknown: no node template is called {name[:80]!r}"
        resolution.report("VTN-T051", summary, named or key, resolution.hint(name))
        return None
    wanted = declared.name if declared else definition.node
    candidates = resolution.of_type(wanted) if wanted else list(resolution.drafts.values())
    fits = ((draft, _fit(resolution, definition, draft.type, "")) for draft in candidates)
    fitting = [draft for draft, fit in fits if fit.capability and not fit.doubt]
    if filters is not None:
        fitting = [draft for draft in fitting if passes(resolution, draft, map_of(filters))]
    if len(fitting) != 1:
        _warn_of_choice(resolution, key, fitting, named or key)
    return fitting[0] if fitting else None


def _warn_of_choice(resolution: Resolution, key: YamlScalar, fitting: list[Draft], place: YamlNode) -> None:
    """Which node takes a requirement by type or filter is the orchestrator's choice (section 3.8.2); it may be none of these."""
    if fitting:
        summary = f"several nodes match the requirement {key.text}; {fitting[0].name} is taken, the first one"
        resolution.warn("VTN-T055", summary, place, "name the node that is meant")
    else:
        summary = f"no node matches the requirement {key.text}, and it stays open"
        resolution.warn("VTN-T055", summary, place, "nothing outside of the service template is looked for")


def _exposed(
    resolution: Resolution, definition: RequirementDefinition, composite: Draft, place: YamlNode, wanted: str
) -> tuple[Draft, str] | None:
    """The node inside of a composite that takes the requirement, and its capability; None if none does, which has been reported."""
    known = composite.type.capabilities
    mapped = list(exposed_capabilities(composite))
    for name, inner, capability in mapped:
        if wanted and wanted != name and not (name in known and wanted in known[name].ancestry):
            continue
        if not _fit(resolution, definition, inner.type, capability)[1]:
            return inner, capability
    if definition.name == ORDERING:
        summary = f"the requirement {ORDERING} to {composite.name} has no effect: vtnmd derives the order itself"
        resolution.problems.append(Diagnostic("VTN-T082", summary, place.span, severity=Severity.WARNING))
        return None
    demanded = definition.node or definition.capability or "anything"
    offered = ", ".join(f"{name} → {inner.full_name} ({inner.type.name})" for name, inner, _ in mapped) or "none"
    summary = f"{composite.name} does not fit the requirement {definition.name}: no capability that it maps leads to a {demanded}"
    resolution.report("VTN-T052", summary, place, f"capabilities that its template maps: {offered}")
    return None


def _hand_over(resolution: Resolution, composite: Draft, key: YamlScalar, node: YamlNode) -> None:
    """Give a requirement of a composite to the nodes inside whose requirement it is."""
    ends = list(open_requirements(composite, key.text))
    for end, name in ends:
        definition = end.type.requirements.get(name)
        match = _match(resolution, end, definition, key, node) if definition else None
        if match is not None:
            end.matches.append(match)
    if not ends and key.text != ORDERING:
        summary = f"the requirement {key.text} of {composite.name} has no effect: its template maps it to nothing"
        resolution.problems.append(Diagnostic("VTN-T082", summary, key.span, severity=Severity.WARNING))


def _check_handed_over(resolution: Resolution, composite: Draft, mapped: frozenset[str]) -> None:
    """What nodes inside leave open must be given as often as they need it. `mapped` are left open further out."""
    for name in composite.type.requirements:
        for end, requirement in open_requirements(composite, name):
            definition = end.type.requirements.get(requirement)
            if definition is None:
                continue
            count = sum(match.requirement is definition for match in end.matches)
            what = f"it is the requirement {requirement} of {end.full_name}"
            if definition.high is not None and count > definition.high:
                summary = f"{composite.name} may have the requirement {name} at most {_times(definition.high)}: {what}"
                resolution.report("VTN-T054", summary, composite.key)
            elif count < definition.low and name not in mapped:
                summary = f"{composite.name} needs the requirement {name}: {what}"
                hint = f"its target is a node of type {definition.node}" if definition.node else ""
                resolution.report("VTN-T053", summary, composite.key, hint)


def _capability(
    resolution: Resolution,
    draft: Draft,
    definition: RequirementDefinition,
    target: Draft,
    place: YamlNode,
    wanted: YamlNode | None,
) -> str | None:
    """The capability of the target that takes the requirement; None if none does, which has then been reported."""
    capability, problem, doubt = _fit(resolution, definition, target.type, text_of(wanted))
    if not problem and capability in target.type.capabilities:
        sources = target.type.capabilities[capability].source_types
        if sources and not any(name in draft.type.ancestry for name in sources):
            problem = f"takes requirements of {', '.join(sources)} only, not of {draft.type.name}"
    if problem:
        tell = resolution.warn if resolution.is_substituted(target) else resolution.report
        tell("VTN-T052", f"{target.name} does not fit the requirement {definition.name}: it {problem}", place)
        return None
    if doubt:
        resolution.warn("VTN-T083", f"{target.name} is taken for the requirement {definition.name}, though it {doubt}", place)
    return capability


def _preferred(relationship: TypeDefinition, definition: RequirementDefinition, target: TypeDefinition, found: str) -> str:
    """Of several capabilities that the requirement takes, the one that the relationship leads to."""
    if not relationship.valid or found not in target.capabilities:
        return found
    fitting = (
        name
        for name, capability in target.capabilities.items()
        if definition.capability in ("", *capability.ancestry) and any(valid in capability.ancestry for valid in relationship.valid)
    )
    own = target.capabilities[found].ancestry
    return found if any(valid in own for valid in relationship.valid) else next(fitting, found)


def _fit(resolution: Resolution, definition: RequirementDefinition, target: TypeDefinition, wanted: str) -> Fit:
    """How a type fits a requirement, asked once for each pair of them."""
    key = (definition, target, wanted)
    known = resolution.fits.get(key)
    if known is None:
        known = resolution.fits[key] = _fit_of(resolution, definition, target, wanted)
    return known


def _fit_of(resolution: Resolution, definition: RequirementDefinition, target: TypeDefinition, wanted: str) -> Fit:
    """A target must be of the node type and have the capability that are demanded; of two demands, one that is met will do."""
    stranger = definition.node and definition.node not in target.ancestry
    name, lack = _capability_of(resolution, definition, target, wanted)
    told = f"is a {target.name}, not a {definition.node}" if stranger else lack
    if not told:
        return Fit(name)
    told_enough = lack if stranger else wanted or not definition.node
    if told_enough or (stranger and definition.capability in _OF_EVERY_NODE):
        return Fit("", told)
    return Fit(name or "feature", "", told)


def _capability_of(
    resolution: Resolution, definition: RequirementDefinition, target: TypeDefinition, wanted: str
) -> tuple[str, str]:
    """(the capability of the type that takes the requirement, what it lacks)."""
    if wanted and wanted in target.capabilities:
        chosen = target.capabilities[wanted]
        if definition.capability and definition.capability not in chosen.ancestry:
            return "", f"has the capability {wanted}, which is a {chosen.type}, not a {definition.capability}"
        return wanted, ""
    demanded = definition.capability
    if wanted:
        declared = resolution.types.find("capability_types", wanted, resolution.source)
        if declared is None:
            return "", f"has no capability {wanted[:80]!r}"
        demanded = declared.name
    if not demanded:
        return next(iter(target.capabilities), "feature"), ""
    exact = (name for name, capability in target.capabilities.items() if capability.type == demanded)
    derived = (name for name, capability in target.capabilities.items() if demanded in capability.ancestry)
    name = next(exact, None) or next(derived, None)
    return (name, "") if name else ("", f"has no capability of type {demanded}")


def _relationship(
    resolution: Resolution, draft: Draft, definition: RequirementDefinition, key: YamlScalar, node: YamlNode | None
) -> Draft | None:
    """The relationship with its own assignments. Without a type of its own it has the one that the requirement declares."""
    types, source = resolution.types, resolution.source
    declared = types.definition(definition.relationship) if definition.relationship else None
    if node is None and declared is not None:
        return Draft(definition.name, key, NO_MAP, declared)
    name = text_of(node)
    chosen: TypeDefinition | None
    if name in resolution.relationships:
        template = resolution.relationships[name]
        chosen, body = template.type, template.body
    elif isinstance(node, YamlMap) and node.get("type") is None:
        chosen, body = declared or _root(resolution), node
    else:
        named = node.get("type") if isinstance(node, YamlMap) else node
        found = types.named("relationship_types", named, source)
        if named is not None and found is None:
            return None
        chosen = types.definition(found) if found else declared
        body = map_of(node)
    if chosen is None:
        return None
    if declared is not None and declared.name not in chosen.ancestry:
        summary = f"the requirement {definition.name} of {draft.name} takes a {declared.name}, not a {chosen.name}"
        resolution.report("VTN-T056", summary, node or key)
    return Draft(definition.name, key, body, chosen)


def _root(resolution: Resolution) -> TypeDefinition | None:
    found = resolution.types.find("relationship_types", _ANY_RELATIONSHIP, resolution.source)
    return resolution.types.definition(found) if found else None


def _plain(resolution: Resolution, definition: RequirementDefinition, key: YamlScalar) -> Draft:
    root = _root(resolution) or TypeDefinition(_ANY_RELATIONSHIP, (_ANY_RELATIONSHIP,), {}, key.span)
    return Draft(definition.name, key, NO_MAP, root)


def _check_valid_target(resolution: Resolution, relationship: Draft, target: Draft, capability: str, place: YamlNode) -> None:
    valid = relationship.type.valid
    definition = target.type.capabilities.get(capability)
    if valid and not any(name in target.type.ancestry or (definition and name in definition.ancestry) for name in valid):
        offered = definition.type if definition else "nothing"
        summary = f"{relationship.type.name} leads to {', '.join(valid)}; {target.name} offers {offered}"
        resolution.report("VTN-T056", summary, place)


def passes(resolution: Resolution, draft: Draft, filters: YamlMap) -> bool:
    """Whether a node fits a node filter (section 3.6.5): every clause on its properties and on those of its capabilities holds."""
    values = {name: property_value(resolution, draft, name) for name, _ in _clauses(filters) if name in draft.type.properties}
    if not _all_hold(resolution, filters.get("properties"), draft.type.properties, values):
        return False
    for key, body in named_of(filters.get("capabilities")):
        named = [
            name for name, capability in draft.type.capabilities.items() if name == key.text or key.text in capability.ancestry
        ]
        clauses = map_of(body).get("properties")
        if not any(_capability_passes(resolution, draft, name, clauses) for name in named):
            return False
    return True


def _clauses(filters: YamlMap) -> list[tuple[str, YamlNode]]:
    return [(key.text, node) for key, node in named_of(filters.get("properties"))]


def _capability_passes(resolution: Resolution, draft: Draft, name: str, clauses: YamlNode | None) -> bool:
    definitions = draft.type.capabilities[name].properties
    assigned = map_of(map_of(map_of(draft.body.get("capabilities")).get(name)).get("properties"))
    values = {
        key.text: native(node) if (node := assigned.get(key.text)) else definitions[key.text].default
        for key, _ in named_of(clauses)
        if key.text in definitions
    }
    return _all_hold(resolution, clauses, definitions, values)


def _all_hold(resolution: Resolution, clauses: YamlNode | None, definitions: Any, values: dict[str, Any]) -> bool:
    return all(
        key.text in definitions and _holds(resolution, node, definitions[key.text], values.get(key.text))
        for key, node in named_of(clauses)
    )


def _holds(resolution: Resolution, node: YamlNode, definition: PropertyDefinition, value: Any) -> bool:
    """Whether a value fits one clause, a list of clauses, or equals a plain value."""
    if isinstance(value, FunctionCall):
        value = value.value
    if value is None or value is INVALID:
        return False
    clauses: list[tuple[str, YamlNode]] = []
    for item in node.items if not isinstance(node, YamlScalar | YamlMap) else (node,):
        if isinstance(item, YamlMap) and set(item.entries) <= set(CONSTRAINTS):
            clauses.extend(item.entries.items())
        else:
            clauses.append(("equal", item))
    for name, operand in clauses:
        try:
            if not constraint_of(name, operand, definition.schema.kind).holds(value):
                return False
        except (ValueError, TypeError) as error:
            resolution.report("VTN-T024", str(error), operand)
            return False
    return True
