"""Flatten phase: what stands in a template and inside of its composites as one topology, under names that hold in all of it.

`web` inside of the composite `shop-east` is called `shop-east.web`; names are what a service's lasting names, and so everything at
its endpoints, come from. A place inside of a template tells which node led there.

Reports VTN-T094 (two things of one name), T082 (a warning) and what templates and sections report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from vtnmd.compiler.tosca.document import map_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution, full_name, moved_of
from vtnmd.compiler.tosca.placement import NAMES, VALUE
from vtnmd.compiler.tosca.sections import check_substitution, check_workflows, read_groups, read_policies
from vtnmd.compiler.tosca.templates import finished_node, read_properties
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span
from vtnmd.domain.topology import Entity, Group, Moved, Node, Policy, Relation

Named = TypeVar("Named", bound=Entity)


@dataclass(slots=True)
class Parts:
    """What a topology is made of, by name."""

    nodes: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)


def flatten(resolution: Resolution) -> Parts:
    """The finished nodes, groups and policies of a resolution and of everything inside of its composites."""
    parts = Parts()
    for draft in resolution.drafts.values():
        node = finished_node(resolution, draft)
        if draft.inside is None:
            _add(resolution, parts.nodes, _outward(resolution, node, draft.name))
            continue
        _warn_of_the_unused(resolution, draft, node)
        inner = flatten(draft.inside)
        for known, found in ((parts.nodes, inner.nodes), (parts.groups, inner.groups), (parts.policies, inner.policies)):
            for each in found.values():
                _add(resolution, known, each)
    for relationship in resolution.relationships.values():
        read_properties(resolution, relationship)
    for group, draft in zip(read_groups(resolution).values(), resolution.groups.values(), strict=True):
        _add(resolution, parts.groups, _outward(resolution, group, draft.name))
    for policy in read_policies(resolution).values():
        _add(resolution, parts.policies, _outward(resolution, policy, policy.name.removeprefix(resolution.prefix)))
    check_substitution(resolution)
    check_workflows(resolution)
    return parts


def problems_inside(resolution: Resolution) -> Iterator[Diagnostic]:
    """What is wrong inside of composites, each with the way that leads there."""
    for draft in resolution.drafts.values():
        if draft.inside is not None:
            ways = _ways(draft.inside)
            yield from (replace(each, span=_through(each.span, ways)) for each in draft.inside.problems)
            yield from problems_inside(draft.inside)


def _add(resolution: Resolution, known: dict[str, Any], entity: Entity) -> None:
    first = known.setdefault(entity.name, entity)
    if first is not entity:
        hint = "give one of them another name"
        summary = f"{entity.name} is also what {first.span} is called"
        resolution.problems.append(Diagnostic("VTN-T094", summary, entity.span, hint))


def _warn_of_the_unused(resolution: Resolution, draft: Draft, node: Node) -> None:
    """What a composite's own template says beyond properties and requirements is given to nobody."""
    capabilities = [key for key, body in map_of(draft.body.get("capabilities")).entries.items() if map_of(body).get("properties")]
    for what in (*capabilities, *(["its interfaces"] if node.operations else []), *(["its artifacts"] if node.artifacts else [])):
        summary = f"{what} of {draft.name} have no effect: nodes inside of a composite take what properties give them"
        resolution.problems.append(Diagnostic("VTN-T082", summary, draft.key.span, severity=Severity.WARNING))


def _outward(resolution: Resolution, entity: Named, name: str) -> Named:
    """The entity as it is said in the whole topology; `name` is its own."""
    if resolution.outer is None:
        properties = _named_outside(resolution, entity)
        return entity if properties is entity.properties else replace(entity, properties=properties)
    ways = _ways(resolution)
    properties = _named_outside(resolution, entity)
    if VALUE in entity.metadata:
        properties = {"name": name, **properties}
    changed: dict[str, Any] = {
        "properties": properties,
        "span": _through(entity.span, ways),
        "spans": _all_through(entity.spans, ways),
        "moved": _moved(resolution, entity, name),
    }
    if isinstance(entity, Group):
        changed["prefix"] = resolution.prefix
    if isinstance(entity, Node):
        changed["relations"] = tuple(_relation_through(relation, ways) for relation in entity.relations)
    return replace(entity, **changed)


def _named_outside(resolution: Resolution, entity: Entity) -> Mapping[str, Any]:
    """Properties whose values are names of nodes, with the names that these have in the whole topology.

    A name is sought where it was written, then in what is around that.
    """
    named = [key.removeprefix(NAMES) for key in entity.metadata if key.startswith(NAMES)]
    found = {name: entity.properties[name] for name in named if isinstance(entity.properties.get(name), list)}
    if not found:
        return entity.properties
    return {**entity.properties, **{name: [_full_name_of(resolution, item) for item in value] for name, value in found.items()}}


def _full_name_of(resolution: Resolution, name: Any) -> Any:
    found = (around.drafts[name] for around in resolution.around() if isinstance(name, str) and name in around.drafts)
    draft = next(found, None)
    return draft.full_name if draft else name


def _moved(resolution: Resolution, entity: Entity, name: str) -> Moved | None:
    """The former names of an entity inside of composites: its own, below every name that these have or had."""
    own = entity.moved.names if entity.moved else ()
    prefixes, said = _prefixes(resolution)
    names = dict.fromkeys(full_name(prefix, each) for prefix in prefixes for each in (name, *own))
    names.pop(entity.name, None)
    place = entity.moved.span if entity.moved else said
    return Moved(tuple(names), _through(place, _ways(resolution)), inherited=not own) if names and place else None


def _prefixes(resolution: Resolution) -> tuple[list[str], Span | None]:
    """The prefix of a resolution, then those that it had before, and where one was said."""
    if resolution.outer is None or resolution.node is None:
        return [""], None
    outer, said = _prefixes(resolution.outer)
    moved = moved_of(resolution.node.body)
    names = (resolution.node.name, *(moved.names if moved else ()))
    return [f"{prefix}{name}." for name in names for prefix in outer], moved.span if moved else said


def _ways(resolution: Resolution) -> Mapping[str, str]:
    """File of each template around, the resolution's own included → the nodes that lead into it."""
    ways: dict[str, str] = {}
    for each in reversed(list(resolution.around())):
        if each.node is not None:
            before = [ways[each.outer.source.document.file]] if each.outer and each.outer.node else []
            ways[each.source.document.file] = " → ".join((*before, f"{each.node.name} ({each.node.key.span})"))
    return ways


Place = TypeVar("Place", Span, Span | None)


def _through(span: Place, ways: Mapping[str, str]) -> Place:
    way = ways.get(span.file) if span and not span.through else None
    return replace(span, through=way) if span and way else span


def _all_through(spans: Mapping[Any, Span], ways: Mapping[str, str]) -> Mapping[Any, Span]:
    return {path: _through(span, ways) for path, span in spans.items()}


def _relation_through(relation: Relation, ways: Mapping[str, str]) -> Relation:
    return replace(relation, span=_through(relation.span, ways), spans=_all_through(relation.spans, ways))
