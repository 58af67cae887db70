"""Leafrefs and instance-identifiers: where they lead, what they leave dangling, and who refers to what.

The targets below one anchor (the instance from which a leafref path goes straight down) are collected once into a dictionary by
value, shared by every leafref that starts there; a path with predicates is led to its anchor through the indexes of the lists.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import UnionType
from vtnmd.yang.instances import Evaluation, Instance, Path, Poisoned, Targets, entries, root_instance
from vtnmd.yang.nodes import QualifiedName, Reference, SchemaNode
from vtnmd.yang.reference_types import InstanceIdentifierType, LeafrefType


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference without a target. `wanted` names what it should lead to, `candidates` gives the values that it could have had."""

    wanted: str
    candidates: Callable[[], Collection[str]]


def referring(node: Instance, aside: frozenset[int] = frozenset()) -> Iterator[Instance]:
    """Every instance at or below `node` whose type holds a leafref or instance-identifier, in document order.

    Objects whose ids are in `aside` are passed over.
    """
    schema = node.schema
    if schema.type is not None:
        yield node
        return
    if not isinstance(node.value, dict) or (aside and id(node.value) in aside):
        return
    for member, value in node.value.items():
        child = schema.children.get(member)
        if child is not None and child.refers:
            for instance in entries(value, child, node):
                yield from referring(instance, aside)


def find_target(node: Instance, run: Evaluation) -> Instance | None:
    """What a leaf refers to, by any of its leafrefs or as an instance-identifier; None if that does not exist."""
    for reference in node.schema.references:
        target = _target(node, reference, run)
        if target is not None:
            return target
    if isinstance(node.schema.type, InstanceIdentifierType):
        return follow(node.value, run.root, run)
    return None


def dangling(node: Instance, run: Evaluation) -> Dangling | None:
    """What is wrong with the reference, None if it has a target or needs none. Raises Poisoned where that cannot be told."""
    schema = node.schema
    described = schema.type
    if isinstance(described, UnionType):
        return _dangling_union(node, described, run)
    if isinstance(described, InstanceIdentifierType):
        missing = described.require_instance and follow(node.value, run.root, run) is None
        return Dangling("instance", tuple) if missing else None
    for reference in schema.references:
        if reference.require_instance and _target(node, reference, run) is None:
            return Dangling(_noun(reference), partial(_candidates, node, reference, run))
    return None


def _dangling_union(node: Instance, described: UnionType, run: Evaluation) -> Dangling | None:
    """A union is satisfied by any member, be it one that refers to nothing."""
    for member in described.members:
        if not isinstance(member, LeafrefType) and member.problem(node.value) is None:
            return None
    relevant = [reference for reference in node.schema.references if reference.type.problem(node.value) is None]
    for reference in relevant:
        if not reference.require_instance or _target(node, reference, run) is not None:
            return None
    if not relevant:
        return None
    return Dangling(_noun(relevant[0]), partial(_candidates, node, relevant[0], run))


def _target(node: Instance, reference: Reference, run: Evaluation) -> Instance | None:
    """Raises Poisoned where there is no target and one that cannot be read may have been meant."""
    text = reference.type.canonical(node.value)
    complete = True
    for anchor in reference.locate(node, run):
        targets = _targets(anchor, reference.tail, run)
        found = targets.by_text.get(text)
        if found is not None:
            return found
        complete = complete and targets.complete
    if not complete:
        raise Poisoned
    return None


def _noun(reference: Reference) -> str:
    """The list that the target is a key of, or whatever holds the target."""
    return reference.target[-2:][0].rpartition(":")[2]


def _candidates(node: Instance, reference: Reference, run: Evaluation) -> Collection[str]:
    return [text for anchor in reference.locate(node, run) for text in _targets(anchor, reference.tail, run).by_text]


def _targets(anchor: Instance, tail: tuple[QualifiedName, ...], run: Evaluation) -> Targets:
    if not tail:
        return Targets({anchor.text(): anchor}, complete=True)
    key = (id(anchor.value), tail)
    known = run.targets.get(key)
    if known is None:
        known = _collect(anchor, tail, run)
        if anchor.value:
            run.targets[key] = known
    return known


def _collect(anchor: Instance, tail: tuple[QualifiedName, ...], run: Evaluation) -> Targets:
    """Every instance down the tail. A target that dangles itself can be read and referred to."""
    level = [anchor]
    complete = True
    for name in tail:
        below: list[Instance] = []
        for node in level:
            schema = node.schema.lookup.get(name)
            if schema is None or not isinstance(node.value, dict):
                continue
            value = node.value.get(schema.member)
            if (id(node.value), schema.member) in run.poisoned:
                complete = False
            elif value is not None:
                below.extend(entries(value, schema, node))
            else:
                below.extend(run.child(node, schema))
        level = below
    by_text: dict[str, Instance] = {}
    for target in level:
        by_text.setdefault(target.text(), target)
    return Targets(by_text, complete)


_STEP = re.compile(r"""/(?P<name>[^/\[]+)(?P<predicates>(\[[^\]"']*("[^"]*"|'[^']*')?\s*\])*)""")
_PREDICATE = re.compile(r"""\[\s*(?P<leaf>[^=\]\s]+)\s*(=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*)?\]""")


def follow(identifier: str, root: Instance, run: Evaluation) -> Instance | None:
    """The instance that an RFC 7951 instance-identifier names, None if there is none."""
    node = root
    module = ""
    for step in _STEP.finditer(identifier):
        prefix, colon, name = step["name"].strip().rpartition(":")
        module = prefix if colon else module
        schema = node.schema.lookup.get((name, module))
        if schema is None:
            return None
        found = [entry for entry in run.child(node, schema) if _fits(entry, step["predicates"], module)]
        if not found:
            return None
        node = found[0]
        if step["predicates"].strip("[] ").isdigit():
            listed = run.child(node.parent or root, schema)
            place = int(step["predicates"].strip("[] "))
            if place > len(listed):
                return None
            node = listed[place - 1]
    return node


def _fits(entry: Instance, predicates: str, module: str) -> bool:
    for predicate in _PREDICATE.finditer(predicates):
        leaf = predicate["leaf"]
        wanted = predicate["double"] if predicate["double"] is not None else predicate["single"]
        if wanted is None:
            continue
        if leaf == ".":
            if entry.text() != wanted:
                return False
            continue
        prefix, colon, name = leaf.rpartition(":")
        schema = entry.schema.lookup.get((name, prefix if colon else module))
        value = entry.value.get(schema.member) if schema else None
        if schema is None or schema.type is None or value is None or schema.type.canonical(value) != wanted:
            return False
    return True


def uses(document: Json, root: SchemaNode) -> dict[Path, tuple[Path, ...]]:
    """Reverse references: the path of each leaf that is referred to → the paths of the leaves that refer to it.

    To see who keeps an entry from being deleted, look its key leaf up. References that dangle are left out.
    """
    top = root_instance(document, root)
    run = Evaluation(top)
    found: dict[Path, list[Path]] = {}
    for node in referring(top):
        try:
            target = find_target(node, run)
        except Poisoned:
            continue
        if target is not None:
            found.setdefault(target.path, []).append(node.path)
    return {path: tuple(users) for path, users in found.items()}


def unchecked_references(document: Json, root: SchemaNode, tops: Collection[str]) -> tuple[Path, ...]:
    """The paths of the leaves that refer to something below one of the members `tops` of a document that lacks it."""
    absent = frozenset(top for top in tops if top not in document)
    top = root_instance(document, root)
    return tuple(node.path for node in referring(top) if any(reference.top in absent for reference in node.schema.references))
