"""Paths of rules (`node-instance-identifier` of RFC 8341) resolved against a schema once, before anything is asked."""

import re
from dataclasses import dataclass

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import MODULE_NAMES
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema

_STEP = re.compile(r"""/(?P<name>[^/\[\]]+)(?P<predicates>(\[("[^"]*"|'[^']*'|[^\]"'])*\])*)""")
_PREDICATE = re.compile(r"""\[\s*(?P<name>[^\s=\]]+)\s*(=\s*(?P<text>"[^"]*"|'[^']*'|\$USER)\s*)?\]""")

VALUE = "."
"""Stands for the value of a leaf-list's entry where others have the name of a key."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What an entry must be for a path to lead on: texts of keys at the step `depth`, in canonical form."""

    depth: int
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: member names from the top. `exact` is false where a predicate is no comparison of a key."""

    steps: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    exact: bool = True

    def covers(self, node: SchemaNode) -> bool:
        """Whether it leads to an instance of `node` or to one that such instances stand in, if the keys are right."""
        return node.path[: len(self.steps)] == self.steps

    def guard(self, node: SchemaNode) -> Guard | None:
        """What is asked of the entries of a list on the way."""
        depth = len(node.path) - 1
        if self.steps[: depth + 1] != node.path:
            return None
        return next((guard for guard in self.guards if guard.depth == depth), None)


def resolve(schema: Schema, path: str, user: str) -> Place | None:
    """The place that a path leads to; None where the schema has no such node. `$USER` is the name of `user`.

    Prefixes are names of modules, or the prefixes that modules give themselves. `/` leads to everything.
    """
    text = path.strip()
    if text == "/":
        return Place()
    node, steps, guards, exact, at = schema.root, list[str](), list[Guard](), True, 0
    while at < len(text):
        match = _STEP.match(text, at)
        found = _child(schema, node, match["name"].strip()) if match else None
        if match is None or found is None:
            return None
        node, at = found, match.end()
        steps.append(node.member)
        keys, understood = _keys(schema, node, match["predicates"], user)
        exact = exact and understood
        if keys:
            guards.append(Guard(len(steps) - 1, keys))
    return Place(tuple(steps), tuple(guards), exact) if steps else None


def _child(schema: Schema, node: SchemaNode, name: str) -> SchemaNode | None:
    prefix, _, local = name.rpartition(":")
    module = _module(schema, prefix) if prefix else node.module
    found = node.lookup.get((local, module))
    return found or next((each for each in node.operations.values() if (each.name, each.module) == (local, module)), None)


def _module(schema: Schema, prefix: str) -> str:
    if prefix in schema.modules:
        return prefix
    return next((name for name, module in schema.modules.items() if module.prefix == prefix and module.implemented), "")


def _keys(schema: Schema, node: SchemaNode, predicates: str, user: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """What predicates compare, and whether they do nothing else."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(predicates):
        match = _PREDICATE.match(predicates, at)
        leaf = _compared(schema, node, match["name"]) if match and match["text"] else None
        if match is None or leaf is None:
            return tuple(found), False
        at = match.end()
        text = user if match["text"] == "$USER" else match["text"][1:-1]
        found.append((leaf.member if leaf is not node else VALUE, _canonical(leaf, text)))
    return tuple(found), True


def _compared(schema: Schema, node: SchemaNode, name: str) -> SchemaNode | None:
    if name == VALUE:
        return node if node.type else None
    child = _child(schema, node, name)
    return child if child is not None and child.member in node.keys else None


def _canonical(leaf: SchemaNode, text: str) -> str:
    """The text as entries have it. What is no value of the leaf stays as it is: no entry has it."""
    value = leaf.type.parse(text, MODULE_NAMES) if leaf.type else None
    return text if leaf.type is None or value is None or leaf.type.problem(value) else leaf.type.canonical(value)


def texts(node: SchemaNode, entry: Json) -> dict[str, str]:
    """The canonical texts of an entry's keys, or of a leaf-list's value. What has the wrong shape has none."""
    if node.type is not None:
        return {VALUE: node.type.canonical(entry)}
    if not isinstance(entry, dict):
        return {}
    keys = ((key, entry.get(key), node.children[key].type) for key in node.keys)
    return {key: described.canonical(value) for key, value, described in keys if described is not None and value is not None}
