"""Payload trees: JSON-like data with typed holes for what is known only later.

A `Tree` is built of dict, list, str, int, float, bool, None and the two holes `Ref` and `Secret`. Trees are never changed
after they are made. `to_json` and `from_json` are inverse to each other for every tree, also for one whose own keys look like
an encoded hole.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from vtnmd.domain.address import Address, parse_address

Json: TypeAlias = Any
"""What `json.loads` yields."""

Tree: TypeAlias = Any
"""A Json value in which leaves may be `Ref` or `Secret`."""

_REF, _SECRET, _ESCAPE = "$ref", "$secret", "$data"
_MARKERS = frozenset({_REF, _SECRET, _ESCAPE})
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_ATOMS = frozenset({str, int, bool, float, type(None)})
_SEQUENCES = (list, tuple)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An attribute of a resource that is known once the resource has been applied (a Heat id, a map id)."""

    address: Address
    attribute: str

    def __str__(self) -> str:
        return f"(known after apply: {self.address} {self.attribute})"


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """A reference to a secret, `env:NAME` or `file:PATH`; only a driver resolves it."""

    reference: str

    def __str__(self) -> str:
        return f"(secret: {self.reference})"


_HOLES = frozenset({Ref, Secret})


def _stand_in(value: object) -> str:
    """What a hole looks like to `canonical` before it is encoded."""
    if isinstance(value, Ref | Secret):
        return _REF
    raise TypeError(f"{type(value).__name__} is no part of a tree")


_MARK = '"$'
"""Stands in the text of every tree that has a hole, or a key that looks like one."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_stand_in)


def to_json(tree: Tree) -> Json:
    """The tree with holes encoded as one-key objects."""
    if isinstance(tree, dict):
        encoded = {key: value if type(value) in _ATOMS else to_json(value) for key, value in tree.items()}
        return {_ESCAPE: encoded} if len(tree) == 1 and not _MARKERS.isdisjoint(tree) else encoded
    if isinstance(tree, _SEQUENCES):
        return [value if type(value) in _ATOMS else to_json(value) for value in tree]
    if isinstance(tree, Ref):
        return {_REF: {"address": str(tree.address), "attribute": tree.attribute}}
    if isinstance(tree, Secret):
        return {_SECRET: tree.reference}
    return tree


def from_json(data: Json) -> Tree:
    """The inverse of `to_json`."""
    match data:
        case {"$ref": {"address": str(address), "attribute": str(attribute)}} if len(data) == 1:
            return Ref(parse_address(address), attribute)
        case {"$secret": str(reference)} if len(data) == 1:
            return Secret(reference)
        case {"$data": dict(inner)} if len(data) == 1:
            return {key: from_json(value) for key, value in inner.items()}
        case dict():
            return {key: from_json(value) for key, value in data.items()}
        case list():
            return [from_json(value) for value in data]
        case _:
            return data


def compact(document: Json) -> str:
    """JSON text without spaces, members in their order: as documents are stored."""
    return _COMPACT.encode(document)


def canonical(tree: Tree) -> str:
    """One text per tree: sorted keys, no spaces, holes encoded."""
    text = _CANONICAL.encode(tree)
    return _CANONICAL.encode(to_json(tree)) if _MARK in text else text  # few trees have anything to encode


def digest(tree: Tree) -> str:
    """SHA-256 of the canonical text, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(tree).encode("utf-8", "surrogatepass")).hexdigest()


def holes(tree: Tree) -> Iterator[Ref | Secret]:
    """Every hole in the tree, depth first."""
    return iter((tree,) if type(tree) in _HOLES else _holes_below(tree, []))


def _holes_below(tree: Tree, found: list[Ref | Secret]) -> list[Ref | Secret]:
    for value in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, _SEQUENCES) else ():
        kind = type(value)
        if kind in _HOLES:
            found.append(value)
        elif kind not in _ATOMS:
            _holes_below(value, found)
    return found


def fill(tree: Tree, resolve: Callable[[Ref | Secret], Json]) -> Json:
    """The tree with each hole replaced by what `resolve` answers; what `resolve` raises is passed on."""
    match tree:
        case Ref() | Secret():
            return resolve(tree)
        case dict():
            return {key: fill(value, resolve) for key, value in tree.items()}
        case list() | tuple():
            return [fill(value, resolve) for value in tree]
        case _:
            return tree


def difference(before: Tree, after: Tree, path: str = "") -> dict[str, tuple[Tree, Tree]]:
    """The leaves that differ, by their slash-separated path, as (before, after); None stands for absent."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: dict[str, tuple[Tree, Tree]] = {}
        for key in sorted({*before, *after}):
            found |= difference(before.get(key), after.get(key), f"{path}/{key}" if path else key)
        return found
    return {} if before == after else {path: (before, after)}


def fine_difference(before: Tree, after: Tree, path: str = "") -> dict[str, tuple[Tree, Tree]]:
    """Like `difference`, and into lists of objects: these are told apart by their `name` where all have one, else by position."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: dict[str, tuple[Tree, Tree]] = {}
        for key in sorted({*before, *after}):
            found |= fine_difference(before.get(key), after.get(key), f"{path}/{key}" if path else key)
        return found
    one, other = _objects(before), _objects(after)
    if one is None or other is None:
        return {} if before == after else {path: (before, after)}
    found = {}
    for key in {**one, **other}:
        found |= fine_difference(one.get(key), other.get(key), f"{path}[{key}]")
    return found


def _objects(tree: Tree) -> dict[str, Tree] | None:
    """The objects of a list by what tells them apart; None for anything else."""
    if not isinstance(tree, _SEQUENCES) or not tree or not all(isinstance(each, dict) for each in tree):
        return None
    names = [each.get("name") for each in tree]
    is_named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    return {name if is_named else str(index): each for index, (name, each) in enumerate(zip(names, tree, strict=True), 1)}
