"""Fifth phase: a Topology becomes an Intent, by the rules of docs/binding.md.

Metadata of the types and the schema say everything; no type is known here by name.

Reports VTN-T051 (unknown name), T070 (no place in YANG), T072 (units), T073 (not known before deployment),
T081 and T082 (warnings), and what `placement` and `workload` report. Whether the values are legal is asked of YANG afterwards.
"""

from dataclasses import dataclass
from typing import Any

from vtnmd.compiler.tosca.encode import Encoding, Path, encode_value
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.placement import (
    LIST,
    NAMES,
    SERVICE,
    VALUE,
    Binding,
    Work,
    binding_of,
    name_in_intent,
    place_of,
    references,
    schema_at,
)
from vtnmd.compiler.tosca.workload import compile_body
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, has_errors, in_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.topology import Entity, Group, Moved, Node, Policy, Relation, Topology
from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

BODY, TARGET = "vtnmd.yang.body", "vtnmd.yang.target"
_ORDERING = "dependency"
_MOVED_FROM = "moved-from"


@dataclass(frozen=True, slots=True)
class Bound:
    """An Intent, and what its author should know."""

    intent: Intent
    warnings: tuple[Diagnostic, ...]


def bind(topology: Topology, schema: Schema, name: str = "") -> Bound:
    """The Intent of a topology under the name, by default its own. Raises Invalid with every error."""
    work = Work(topology, schema, name or topology.name)
    service_path: Path = (*SERVICE, 0)
    work.service["name"] = work.name
    work.sources[service_path] = topology.span
    if topology.description and "description" in schema_at(schema, SERVICE).children:
        work.service["description"] = topology.description
    if topology.moved:
        _bind_moved(work, topology.moved, work.service, service_path)
    try:
        for entity in _outermost_first(work):
            _bind_entity(work, entity)
    except RecursionError:  # entries that refer to each other through hundreds of steps, none with a parent of its own
        raise Invalid(Diagnostic("VTN-F009", "references are nested too deeply", topology.span)) from None
    _warn_of_the_unbound(work)
    problems = in_order(work.problems)
    if has_errors(problems):
        raise Invalid(*problems)
    document = {SERVICE[0]: {SERVICE[1]: [work.service]}}
    return Bound(Intent(work.name, document, work.sources), in_order((*topology.warnings, *problems)))


def _outermost_first(work: Work) -> list[Entity]:
    """The entities that become entries: an entry before those nested in it, and what is referred to before groups and policies."""
    topology = work.topology
    nodes = [(binding, node) for node in topology.nodes.values() if (binding := binding_of(work, node))]
    nodes.sort(key=lambda pair: len(pair[0].path))
    others = (*topology.groups.values(), *topology.policies.values())
    return [*(node for _, node in nodes), *(entity for entity in others if binding_of(work, entity))]


def _bind_entity(work: Work, entity: Entity) -> None:
    binding = binding_of(work, entity)
    place = place_of(work, entity, binding) if binding else None
    if binding is None or place is None:
        return
    parent, parent_path = place
    siblings = parent.setdefault(binding.list.member, [])
    entry: dict[str, Json] = {binding.key: name_in_intent(entity)}
    path = (*parent_path, binding.list.member, len(siblings))
    siblings.append(entry)
    work.sources[path] = entity.span
    _bind_properties(work, entity, binding, entry, path)
    if entity.moved and _MOVED_FROM in binding.members:
        _bind_moved(work, entity.moved, entry, path)
    elif entity.moved and not entity.moved.inherited:
        _refuse_move(work, entity, entity.moved)
    if isinstance(entity, Node):
        work.entries[entity.name] = (entry, path)
        _bind_relations(work, entity, binding, entry, path)
    elif isinstance(entity, Group):
        _bind_members(work, entity, binding, entry, path)
    elif isinstance(entity, Policy):
        _bind_targets(work, entity)


def _bind_properties(work: Work, entity: Entity, binding: Binding, entry: dict[str, Json], path: Path) -> None:
    for name, value in entity.properties.items():
        child = binding.members.get(name)
        if child is None:
            if (name,) in entity.spans and name != "name":  # a default that YANG does not know is no wish of the designer
                hint = closest(name, [known for known, leaf in binding.members.items() if leaf])
                summary = f"{name} of {entity.name} has no place in {'/'.join(binding.path)}"
                work.problems.append(Diagnostic("VTN-T070", summary, entity.spans[(name,)], hint))
            continue
        if child.name == binding.key:
            continue
        named = entity.metadata.get(NAMES + name)
        written = _names(work, entity, name, value, named) if named else value
        encoding = Encoding(work.problems, work.sources, entity.spans, entity.span)
        encoded = encode_value(encoding, written, child, (*path, child.member), (name,))
        if encoded is not None:
            entry[child.member] = encoded


def _bind_moved(work: Work, moved: Moved, entry: dict[str, Json], path: Path) -> None:
    """Former names, as they are said in the metadata of a template, become values of the leaf-list."""
    entry[_MOVED_FROM] = list(moved.names)
    work.sources[*path, _MOVED_FROM] = moved.span


def _refuse_move(work: Work, entity: Entity, moved: Moved) -> None:
    hint = "take moved away; what had the old name is then removed, and what has the new one is made"
    work.problems.append(Diagnostic("VTN-T070", f"{entity.name} cannot be moved: a {entity.type} keeps no name", moved.span, hint))


def _names(work: Work, entity: Entity, name: str, value: Any, type_name: str) -> Any:
    """A name of a node, or a list of them, as what they are called in the Intent."""
    nodes = work.topology.nodes
    found = []
    for index, item in enumerate(value if isinstance(value, list) else [value]):
        node = nodes.get(item) if isinstance(item, str) else None
        if node is not None and type_name in node.ancestry:
            found.append(name_in_intent(node))
            continue
        span = entity.spans.get((name, index), entity.spans.get((name,), entity.span))
        summary = f"{str(item)[:80]!r} in {name} of {entity.name} is no node of type {type_name}"
        known = [each.name for each in nodes.values() if type_name in each.ancestry]
        work.problems.append(Diagnostic("VTN-T051", summary, span, closest(str(item), known)))
    return found if isinstance(value, list) else next(iter(found), None)


def _bind_relations(work: Work, node: Node, binding: Binding, entry: dict[str, Json], path: Path) -> None:
    for relation in node.relations:
        target = work.topology.nodes.get(relation.target)
        if target is None or target.name == work.parents.get(node.name):
            continue
        child = binding.members.get(relation.requirement)
        if child is not None:
            _refer(work, relation, child, name_in_intent(target), (entry, path))
        elif relation.requirement == _ORDERING:
            summary = f"the requirement {_ORDERING} of {node.name} has no effect: vtnmd derives the order itself"
            work.problems.append(Diagnostic("VTN-T082", summary, relation.span, severity=Severity.WARNING))
        else:
            summary = f"the requirement {relation.requirement} of {node.name} has no place in {'/'.join(binding.path)}"
            work.problems.append(Diagnostic("VTN-T070", summary, relation.span))


def _refer(work: Work, relation: Relation, child: SchemaNode, name: str, here: tuple[dict[str, Json], Path]) -> None:
    """A requirement becomes a leafref, one value of a leaf-list, or an entry of a list with the relationship's properties."""
    entry, path = here
    place = (*path, child.member)
    if child.kind is Kind.LEAF:
        entry[child.member] = name
        work.sources[place] = relation.span
        _refuse_properties(work, relation, relation.properties)
        return
    values = entry.setdefault(child.member, [])
    place = (*place, len(values))
    work.sources[place] = relation.span
    if child.kind is Kind.LEAF_LIST:
        values.append(name)
        _refuse_properties(work, relation, relation.properties)
        return
    below: dict[str, Json] = {child.keys[0]: name}
    values.append(below)
    leaves = {leaf.name: leaf for leaf in child.children.values()}
    _refuse_properties(work, relation, [key for key in relation.properties if key not in leaves])
    encoding = Encoding(work.problems, work.sources, relation.spans, relation.span)
    for key, value in relation.properties.items():
        leaf = leaves.get(key)
        encoded = encode_value(encoding, value, leaf, (*place, leaf.member), (key,)) if leaf else None
        if leaf is not None and encoded is not None:
            below[leaf.member] = encoded


def _refuse_properties(work: Work, relation: Relation, names: Any) -> None:
    for name in names:
        if (name,) in relation.spans:
            summary = f"{name} of the relationship to {relation.target} has no place in YANG"
            work.problems.append(Diagnostic("VTN-T070", summary, relation.spans[(name,)]))


def _bind_members(work: Work, group: Group, binding: Binding, entry: dict[str, Json], path: Path) -> None:
    """The members become the body; what they refer to outside of the group becomes leafrefs."""
    referred: dict[str, str] = {}
    for span, target in references(work, group):
        target_binding = binding_of(work, target)
        child = binding.members.get(target_binding.reference) if target_binding else None
        if child is None or target.name in referred:
            continue
        referred[target.name] = name_in_intent(target)
        if child.kind is Kind.LEAF_LIST:
            values = entry.setdefault(child.member, [])
            work.sources[(*path, child.member, len(values))] = span
            values.append(referred[target.name])
    leaf = binding.members.get(group.metadata.get(BODY, ""))
    if leaf is not None:
        body = compile_body(group, work.topology.nodes, referred)
        work.problems.extend(body.problems)
        work.sources[(*path, leaf.member)] = group.span
        entry[leaf.member] = body.tree


def _bind_targets(work: Work, policy: Policy) -> None:
    """Each target refers to the policy's entry, by the leaf that the metadata names."""
    for name in policy.targets:
        node = work.topology.nodes.get(name)
        binding = binding_of(work, node) if node else None
        child = binding.members.get(policy.metadata.get(TARGET, "")) if binding else None
        if child is None or name not in work.entries:
            summary = f"the policy {policy.name} cannot act on {name}"
            work.problems.append(Diagnostic("VTN-T061", summary, policy.span))
            continue
        entry, path = work.entries[name]
        if child.kind is Kind.LEAF_LIST:
            values = entry.setdefault(child.member, [])
            work.sources[(*path, child.member, len(values))] = policy.span
            values.append(name_in_intent(policy))
            continue
        if child.member in entry:
            summary = f"{name} has a {child.name} already, so the policy {policy.name} cannot give it one"
            work.problems.append(Diagnostic("VTN-T061", summary, policy.span))
            continue
        entry[child.member] = name_in_intent(policy)
        work.sources[(*path, child.member)] = policy.span


def _warn_of_the_unbound(work: Work) -> None:
    """What becomes part of no entry is said to have no effect."""
    topology = work.topology
    carried = {name for group in topology.groups.values() if binding_of(work, group) for name in group.members}
    for entity in (*topology.nodes.values(), *topology.groups.values(), *topology.policies.values()):
        if entity.moved and not entity.moved.inherited and binding_of(work, entity) is None:
            _refuse_move(work, entity, entity.moved)
    for node in topology.nodes.values():
        if binding_of(work, node) is None and VALUE not in node.metadata and node.name not in carried:
            hint = "make it a member of a group of type vtnmd.groups.Workload"
            summary = f"nothing is deployed for {node.name}: a {node.type} stands in no workload"
            work.problems.append(Diagnostic("VTN-T081", summary, node.span, hint, severity=Severity.WARNING))
    for entity in (*topology.groups.values(), *topology.policies.values()):
        if binding_of(work, entity) is None and LIST not in entity.metadata:
            summary = f"{entity.name} has no effect: {entity.type} is bound to nothing"
            work.problems.append(Diagnostic("VTN-T082", summary, entity.span, severity=Severity.WARNING))
