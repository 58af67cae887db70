"""What an edit does, node by node, and what of it is not allowed (RFC 8341 sections 3.2.5 and 3.2.8).

Only what differs is looked at. An instance that comes needs `create` on it and on all that comes with it; one that goes needs
`delete` on itself alone; a container without presence is no instance that comes or goes, its content is.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vtnmd.domain.tree import Json
from vtnmd.northbound.nacm.decisions import WRITES, View
from vtnmd.northbound.nacm.paths import texts
from vtnmd.northbound.nacm.rules import Access
from vtnmd.yang.instances import Path
from vtnmd.yang.nodes import Kind, SchemaNode

_NOTHING: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Denied:
    """An instance that may not be altered. `path` leads to it in the later document; to one to be deleted in the earlier."""

    access: Access
    path: Path


def denied(root: SchemaNode, before: Mapping[str, Json], after: Mapping[str, Json], view: View) -> Iterator[Denied]:
    """What of the way from one document to another is not allowed; nothing below an instance that is not allowed itself."""
    return _members(root, before, after, view, (), ())


def _members(
    node: SchemaNode, before: Mapping[str, Json], after: Mapping[str, Json], view: View, old: Path, new: Path
) -> Iterator[Denied]:
    for member in {**before, **after}:
        child = node.children.get(member)
        one, other = before.get(member), after.get(member)
        if child is None or one is other or all(view.everywhere(child, access) for access in WRITES) or one == other:
            continue
        yield from _member(child, one, other, view, (*old, member), (*new, member))


def _member(node: SchemaNode, one: Json, other: Json, view: View, old: Path, new: Path) -> Iterator[Denied]:
    if node.kind is Kind.LIST:
        yield from _entries(node, one or [], other or [], view, old, new)
    elif node.kind is Kind.LEAF_LIST:
        yield from _values(node, one or [], other or [], view, old, new)
    elif node.implied or (node.kind is Kind.CONTAINER and one is not None and other is not None):
        yield from _members(node, one or _NOTHING, other or _NOTHING, view, old, new)
    elif one is None:
        yield from _created(node, other, view, new)
    elif other is None:
        yield from _asked(node, Access.DELETE, view, old)
    else:
        yield from _asked(node, Access.UPDATE, view, new)


def _entries(node: SchemaNode, one: list[Json], other: list[Json], view: View, old: Path, new: Path) -> Iterator[Denied]:
    shared = frozenset() if node.ordered_by_user else frozenset(map(id, one)) & frozenset(map(id, other))
    known, wanted = _by_key(node, one, shared), _by_key(node, other, shared)
    for key, index in wanted.items():
        entry, at = other[index], known.get(key)
        if at is None:
            yield from _created(node, entry, view.enter(node, entry), (*new, index))
        elif one[at] is not entry:
            yield from _members(node, one[at], entry, view.enter(node, entry), (*old, at), (*new, index))
    for key, index in known.items():
        if key not in wanted:
            yield from _asked(node, Access.DELETE, view.enter(node, one[index]), (*old, index))
    yield from _moves(node, tuple(known), tuple(wanted), wanted, (other, view, new))


def _values(node: SchemaNode, one: list[Json], other: list[Json], view: View, old: Path, new: Path) -> Iterator[Denied]:
    known, wanted = _by_key(node, one), _by_key(node, other)
    for key, index in wanted.items():
        if key not in known:
            yield from _asked(node, Access.CREATE, view.enter(node, other[index]), (*new, index))
    for key, index in known.items():
        if key not in wanted:
            yield from _asked(node, Access.DELETE, view.enter(node, one[index]), (*old, index))
    yield from _moves(node, tuple(known), tuple(wanted), wanted, (other, view, new))


def _moves(
    node: SchemaNode,
    known: tuple[object, ...],
    wanted: tuple[object, ...],
    places: Mapping[object, int],
    where: tuple[list[Json], View, Path],
) -> Iterator[Denied]:
    """Entries that have another place among those that stay, which is a change of them where users give the order."""
    if not node.ordered_by_user:
        return
    ranks = {key: rank for rank, key in enumerate(known)}
    staying = [key for key in wanted if key in ranks]
    still = _longest_ascent([ranks[key] for key in staying])
    other, view, new = where
    for index in (places[key] for key in staying if ranks[key] not in still):
        yield from _asked(node, Access.UPDATE, view.enter(node, other[index]), (*new, index))


def _longest_ascent(ranks: Sequence[int]) -> frozenset[int]:
    """As many of the ranks as can be left where they are: a longest ascending selection of them."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for rank in ranks:
        at = bisect_left(tops, rank)
        before[rank] = tops[at - 1] if at else None
        tops[at : at + 1] = [rank]
    chosen = set()
    rank_or_none = tops[-1] if tops else None
    while rank_or_none is not None:
        chosen.add(rank_or_none)
        rank_or_none = before[rank_or_none]
    return frozenset(chosen)


def _created(node: SchemaNode, value: Json, view: View, path: Path) -> Iterator[Denied]:
    """What may not come of an instance and of all that comes with it. The view is that of the instance."""
    if view.inside(node, Access.CREATE):
        return
    if not view.allowed(node, Access.CREATE):
        yield Denied(Access.CREATE, path)
    elif node.kind in {Kind.LIST, Kind.CONTAINER} and isinstance(value, dict):
        yield from _members(node, _NOTHING, value, view, path, path)


def _asked(node: SchemaNode, access: Access, view: View, path: Path) -> Iterator[Denied]:
    if not view.allowed(node, access):
        yield Denied(access, path)


def _by_key(node: SchemaNode, entries: list[Json], left_out: frozenset[int] = frozenset()) -> dict[object, int]:
    """Places of entries by what tells them apart: their keys, a leaf-list's value, or else their content."""
    places = ((index, entry) for index, entry in enumerate(entries) if id(entry) not in left_out)
    if node.type is None and not node.keys:
        return {repr(entry): index for index, entry in places}
    return {tuple(texts(node, entry).items()): index for index, entry in places}
