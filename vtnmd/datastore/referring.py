"""Which parts refer to which: leafrefs that leave their part, kept as an index, so that a change is judged with what refers to it.

Constraints may look into other parts through leafrefs only; what refers to nothing there does not depend on it. Where one does, the
entry that its leafref leads to is *watched*: whoever refers to it is judged anew when anything of the entry changes, and not
only when the leaf is gone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import SERVICES, Part, service_of, service_part
from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Evaluation, Instance, Poisoned, entries
from vtnmd.yang.nodes import Reference, SchemaNode
from vtnmd.yang.ordering import Key, key_of
from vtnmd.yang.reference_types import InstanceIdentifierType
from vtnmd.yang.references import find_target
from vtnmd.yang.schema import Schema

_ABSOLUTE = re.compile(r"(^|[^\w\])./*])/")
_DEREFERENCED = re.compile(r"deref\(\s*([^()\s]*(?:\(\))?[^()\s]*)\s*\)")
_SERVICE_NAME = (SERVICES, "service", "name")

Place = tuple[str | Key, ...]
"""The way to a leaf: member names, after those of lists the keys of an entry; at its end the leaf's text."""


class Use(NamedTuple):
    """What one part refers to in another."""

    part: Part
    place: Place
    watched: bool


@dataclass(frozen=True, slots=True)
class Crossings:
    """Ids of the leaves of a schema whose references can leave their part; at what `watching` ones lead to, constraints look.

    `above` are the ids of all nodes that have one below them.
    """

    leaves: frozenset[int]
    above: frozenset[int]
    watching: frozenset[int]


def crossings_of(schema: Schema) -> Crossings:
    """Found once for a schema."""
    leaves: set[int] = set()
    above: set[int] = set()
    watching: set[int] = set()
    looking = [each for node in schema.walk() for each in _looking_out(node)]

    def visit(node: SchemaNode, member: str) -> bool:
        crosses = node.type is not None and (
            any(_leaves(reference, member) for reference in node.references) or isinstance(node.type, InstanceIdentifierType)
        )
        if crosses:
            leaves.add(id(node))
            if any(_concerns(look, node) for look in looking):
                watching.add(id(node))
        below = [visit(child, member) for child in node.children.values() if child.refers]
        if crosses or any(below):
            above.add(id(node))
            return True
        return False

    for member, child in schema.root.children.items():
        if child.refers:
            visit(child, member)
    return Crossings(frozenset(leaves), frozenset(above), frozenset(watching))


@dataclass(frozen=True, slots=True)
class _Look:
    """Where a constraint stands that looks at what a leafref leads to, and the names of these leaves; empty for any."""

    path: tuple[str, ...]
    leaves: frozenset[str]


def _looking_out(node: SchemaNode) -> Iterator[_Look]:
    """What constraints of a node look at in other parts: what they dereference, or anything where they begin at the root."""
    for expression in [*(must.expression for must in node.musts), *(condition.expression for condition in node.conditions)]:
        named = [argument.rpartition("/")[2].rpartition(":")[2] for argument in _DEREFERENCED.findall(expression)]
        if _ABSOLUTE.search(expression):
            yield _Look(node.path, frozenset())
        elif named:
            yield _Look(node.path, frozenset(node.name if name in {".", "current()"} else name for name in named))


def _concerns(look: _Look, leaf: SchemaNode) -> bool:
    """Whether a constraint that looks out may do so by this leaf: both stand in one entry."""
    around = leaf.path[:-1]
    near = look.path[: len(around)] == around or around[: len(look.path)] == look.path
    return near and (not look.leaves or leaf.name in look.leaves)


def _leaves(reference: Reference, member: str) -> bool:
    return reference.top != member or (member == SERVICES and reference.expression.startswith("/"))


def referring_leaves(value: Json, node: SchemaNode, crossings: Crossings) -> Iterator[tuple[SchemaNode, Json]]:
    """(schema node, value) of each leaf in the value of one instance that may refer beyond its part."""
    if id(node) in crossings.leaves:
        yield node, value
        return
    for member, held in value.items() if isinstance(value, dict) else ():
        child = node.children.get(member)
        if child is not None and id(child) in crossings.above:
            for each in held if child.repeated and isinstance(held, list) else (held,):
                yield from referring_leaves(each, child, crossings)


def services_named(schema: Schema, crossings: Crossings, parts: Changes) -> set[str]:
    """The services that parts name in leafrefs, and so may look into."""
    found: set[str] = set()
    for part, value in parts.items():
        if value is None:
            continue
        for leaf, text in referring_leaves(value, node_of(schema, part), crossings):
            if any(reference.target == _SERVICE_NAME for reference in leaf.references) and isinstance(text, str):
                found.add(text)
    return found


def node_of(schema: Schema, part: Part) -> SchemaNode:
    """The schema node that the value of a part is an instance of."""
    return schema.root.children[SERVICES].children["service"] if service_of(part) else schema.root.children[part]


Uses = frozenset[Use]


@dataclass(slots=True)
class Index:
    """`uses` of each part that refers beyond itself, and of each part that is referred to the users of its places."""

    uses: dict[Part, Uses] = field(default_factory=dict)
    users: dict[Part, dict[tuple[Place, bool], set[Part]]] = field(default_factory=dict)

    def put(self, part: Part, uses: Uses) -> None:
        """What a part refers to from now on."""
        before = self.uses.get(part, frozenset())
        if before == uses:
            return
        for target, place, watched in before - uses:
            held = self.users[target]
            held[place, watched].discard(part)
            if not held[place, watched]:
                del held[place, watched]
        for target, place, watched in uses - before:
            self.users.setdefault(target, {}).setdefault((place, watched), set()).add(part)
        if uses:
            self.uses[part] = uses
        else:
            self.uses.pop(part, None)

    def concerned(self, schema: Schema, tree: Tree, changes: Changes) -> set[Part]:
        """Parts that stay, and refer to something that changes take away, or to a watched entry that they alter."""
        found: set[Part] = set()
        for part, value in changes.items():
            for (place, watched), parts in self.users.get(part, {}).items():
                if parts <= changes.keys():
                    continue
                if not _is_there(schema, part, value, place) or (
                    watched and _around(schema, part, tree.held(part).value, place) != _around(schema, part, value, place)
                ):
                    found |= parts - changes.keys()
        return found


def uses_of(schema: Schema, crossings: Crossings, document: Json, parts: Iterable[Part]) -> Mapping[Part, Uses]:
    """What each part refers to in other parts. `document` holds them, and what they refer to."""
    top = Instance(document, schema.root, None)
    run = Evaluation(top)
    found: dict[Part, set[Use]] = {part: set() for part in parts}
    for member, node in schema.root.children.items():
        if id(node) not in crossings.above or member not in document:
            continue
        if member != SERVICES:
            if member in found:
                _collect(entries(document[member], node, top), member, crossings, run, found[member])
            continue
        services = Instance(document[member], node, top, (member,))
        for entry in entries(document[member].get("service", []), node.children["service"], services):
            part = service_part(entry.value["name"])
            if part in found:
                _collect([entry], part, crossings, run, found[part])
    return {part: frozenset(each) for part, each in found.items()}


def _collect(nodes: Iterable[Instance], part: Part, crossings: Crossings, run: Evaluation, into: set[Use]) -> None:
    for node in nodes:
        schema = node.schema
        if id(schema) in crossings.leaves:
            try:
                target = find_target(node, run)
            except Poisoned:
                continue
            if target is not None:
                owner, place = _place(target)
                if owner != part:
                    into.add(Use(owner, place, id(schema) in crossings.watching))
        elif isinstance(node.value, dict):
            for member, value in node.value.items():
                child = schema.children.get(member)
                if child is not None and id(child) in crossings.above:
                    _collect(entries(value, child, node), part, crossings, run, into)


def _place(target: Instance) -> tuple[Part, Place]:
    steps: list[str | Key] = [] if target.schema.type is None else [(target.text(),)]
    node: Instance | None = target
    while node is not None and node.parent is not None:
        if len(node.step) == 2 and node.schema.keys:
            steps.append(_key(node.schema, node.value))
        steps.append(str(node.step[0]))
        node = node.parent
    steps.reverse()
    if steps[0] == SERVICES and len(steps) > 2:
        return service_part(steps[2][0]), tuple(steps)
    return str(steps[0]), tuple(steps)


def _key(node: SchemaNode, entry: Json) -> Key:
    """As `key_of`, of an entry that is known to be valid."""
    return tuple(leaf.type.canonical(entry[leaf.member]) for leaf in map(node.children.__getitem__, node.keys) if leaf.type)


def _around(schema: Schema, part: Part, value: Json, place: Place) -> Json:
    """The object that the leaf at a place stands in; None where it is not there."""
    node, held = node_of(schema, part), value
    steps = list(place[3:] if service_of(part) else place[1:])
    while len(steps) > 2:
        child = node.children.get(str(steps.pop(0)))
        held = held.get(child.member) if child is not None and isinstance(held, dict) else None
        if child is None:
            return None
        if child.keys:
            key = steps.pop(0)
            held = next((entry for entry in held or () if key_of(child, entry) == key), None)
        node = child
    return held


def _is_there(schema: Schema, part: Part, value: Json, place: Place) -> bool:
    """Whether the place still leads to a leaf with its text, in the new value of its part."""
    if value is None:
        return False
    steps = list(place[3:] if service_of(part) else place[1:])
    node, held = node_of(schema, part), value
    while len(steps) > 1:
        child = node.children.get(str(steps.pop(0)))
        held = held.get(child.member) if child is not None and isinstance(held, dict) else None
        if child is None:
            return False
        if child.keys and len(steps) > 1:
            key = steps.pop(0)
            held = next((entry for entry in held or () if key_of(child, entry) == key), None)
        if held is None:
            return child.default is not None and child.type is not None and (child.type.canonical(child.default),) == steps[0]
        node = child
    if node.type is None or not steps:
        return True
    values = held if isinstance(held, list) and node.repeated else [held]
    return any((node.type.canonical(each),) == steps[0] for each in values)
