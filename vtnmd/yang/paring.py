"""Less of a document: levels, chosen fields, configuration or state only, defaults told or left out (RFC 8040 section 4.8).

All take the members of one object and its schema node, and share what they do not change. A member `@name` is metadata of `name`
(RFC 7952) and goes where that goes.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from vtnmd.domain.tree import Json
from vtnmd.yang.defaults import is_default
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import key_of

DEFAULT_MARK = "ietf-netconf-with-defaults:default"
_TOKEN = re.compile(r"[;()/]|[^;()/]+")
_NAME = re.compile(r"(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)", re.ASCII)
_MAX_NESTING = 32


class WithDefaults(StrEnum):
    """How defaults are told (RFC 6243 section 3)."""

    REPORT_ALL = "report-all"
    TAGGED = "report-all-tagged"
    TRIM = "trim"
    EXPLICIT = "explicit"


def _below(value: Json, node: SchemaNode, pare: Callable[[Json, SchemaNode], Json]) -> Json:
    """The value at a container or list with the members of each object pared; anything else as it is."""
    if node.kind is Kind.LIST:
        return [pare(entry, node) for entry in value]
    if node.kind in {Kind.CONTAINER, Kind.INPUT, Kind.OUTPUT, Kind.NOTIFICATION}:
        return pare(value, node)
    return value


# Levels


def at_most(members: Json, node: SchemaNode, levels: int) -> dict[str, Json]:
    """The members of an object with that many levels of nodes below it (RFC 8040 section 4.8.2, RFC 8526 section 3.1.1).

    An entry of a list has its keys at any level, for it is none without them.
    """
    if levels <= 0:
        return {key: members[key] for key in node.keys if key in members}
    result = {}
    for member, value in members.items():
        child = node.children.get(member)
        result[member] = value if child is None else _below(value, child, partial(at_most, levels=levels - 1))
    return result


# Fields


class FieldsProblem(ValueError):
    """A fields expression that is no such, or names what the schema does not have there."""


Fields = Mapping[str, "Fields | None"]
"""Chosen members; None for all of what is below one."""


def parse_fields(text: str, node: SchemaNode) -> Fields:
    """What a fields expression (RFC 8040 section 4.8.3) chooses from the members of objects at `node`. Raises FieldsProblem."""
    tokens = _TOKEN.findall(text)
    chosen, rest = _expression(tokens, node, 0)
    if rest:
        raise FieldsProblem(f"fields: {rest[0]!r} is not expected")
    return chosen


def _expression(tokens: list[str], node: SchemaNode, nesting: int) -> tuple[dict[str, "Fields | None"], list[str]]:
    if nesting > _MAX_NESTING:
        raise FieldsProblem("fields: nested too deeply")
    chosen: dict[str, Fields | None] = {}
    while True:
        tokens = _path(tokens, node, chosen, nesting)
        if not tokens or tokens[0] != ";":
            return chosen, tokens
        tokens = tokens[1:]


def _path(tokens: list[str], node: SchemaNode, chosen: dict[str, "Fields | None"], nesting: int) -> list[str]:
    """One path, with what follows it in parentheses, noted in `chosen`; gives the tokens after it."""
    way: list[SchemaNode] = []
    at = node
    while True:
        at = _named(tokens, at)
        way.append(at)
        tokens = tokens[1:]
        if not tokens or tokens[0] != "/":
            break
        tokens = tokens[1:]
    inside: Fields | None = None
    if tokens and tokens[0] == "(":
        inside, tokens = _expression(tokens[1:], at, nesting + 1)
        if not tokens or tokens[0] != ")":
            raise FieldsProblem("fields: a parenthesis is not closed")
        tokens = tokens[1:]
    for step in reversed(way[1:]):
        inside = {step.member: inside}
    _choose(chosen, way[0].member, inside)
    return tokens


def _named(tokens: list[str], node: SchemaNode) -> SchemaNode:
    match = _NAME.fullmatch(tokens[0]) if tokens else None
    if match is None:
        raise FieldsProblem(f"fields: a name is expected{f' in place of {tokens[0]!r}' if tokens else ' at the end'}")
    module = match[1] or node.module
    child = node.lookup.get((match[2], module)) if module else None
    if child is None:
        raise FieldsProblem(f"fields: {node.name or 'the datastore'} has no {tokens[0]}")
    return child


def _choose(chosen: dict[str, "Fields | None"], member: str, inside: "Fields | None") -> None:
    """Add a choice: everything wins over a part."""
    if member not in chosen:
        chosen[member] = inside
        return
    held = chosen[member]
    if held is None or inside is None:
        chosen[member] = None
        return
    both = dict(held)
    for name, below in inside.items():
        _choose(both, name, below)
    chosen[member] = both


def picked(members: Json, node: SchemaNode, fields: Fields) -> dict[str, Json]:
    """The chosen members, and the keys of entries."""
    result = {}
    for member, value in members.items():
        name = member.removeprefix("@")
        if name in node.keys:
            result[member] = value
        elif name in fields:
            inside, child = fields[name], node.children.get(member)
            result[member] = value if inside is None or child is None else _below(value, child, partial(picked, fields=inside))
    return result


# Configuration and state


def configuration_only(members: Json, node: SchemaNode) -> dict[str, Json]:
    """Without state."""
    result = {}
    for member, value in members.items():
        child = node.children.get(member.removeprefix("@"))
        if child is None or child.config:
            result[member] = value if child is None or member[0] == "@" else _below(value, child, configuration_only)
    return result


def state_only(members: Json, node: SchemaNode) -> dict[str, Json]:
    """State, what it stands in, and the keys of entries on the way to it; nothing where there is no state."""
    result = {}
    for member, value in members.items():
        child = node.children.get(member.removeprefix("@"))
        if child is None:
            continue
        if not child.config:
            result[member] = value
        elif child.kind is Kind.LIST:
            entries = [found for entry in value if (found := _state_of_entry(entry, child))]
            if entries:
                result[member] = entries
        elif child.kind is Kind.CONTAINER:
            below = state_only(value, child)
            if below:
                result[member] = below
    return result


def _state_of_entry(entry: Json, node: SchemaNode) -> Json:
    found = state_only(entry, node)
    return {key: entry[key] for key in node.keys if key in entry} | found if found else {}


# Defaults


def trimmed(members: Json, node: SchemaNode) -> dict[str, Json]:
    """Without leaves that hold their default (RFC 6243 section 3.2)."""
    result = {}
    for member, value in members.items():
        child = node.children.get(member)
        if child is None:
            result[member] = value
        elif not (child.terminal and member not in node.keys and is_default(child, value)):
            result[member] = _below(value, child, trimmed)
    return result


def tagged(explicit: Json, complete: Json, node: SchemaNode) -> dict[str, Json]:
    """`complete` (with defaults), each leaf that `explicit` (without) lacks marked as a default (RFC 8040 section 4.8.9)."""
    result = {}
    for member, value in complete.items():
        child = node.children.get(member)
        held = explicit.get(member) if explicit else None
        if child is None:
            result[member] = value
        elif child.kind is Kind.LIST:
            entries = {key_of(child, entry): entry for entry in held or ()} if child.keys else {}
            result[member] = [
                tagged(entries.get(key_of(child, entry), {}), entry, child) if child.keys else entry for entry in value
            ]
        elif child.kind is Kind.CONTAINER:
            result[member] = tagged(held or {}, value, child)
        else:
            result[member] = value
            if held is None and child.terminal and (explicit is None or member not in explicit):
                result[f"@{member}"] = [{DEFAULT_MARK: True}] * len(value) if child.repeated else {DEFAULT_MARK: True}
    return result
