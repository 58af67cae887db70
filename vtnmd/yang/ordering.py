"""Entries of lists and leaf-lists while they are edited, and where a new one goes (RFC 7950 sections 7.7.9 and 7.8.6)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang.convert import XmlPrefixes
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema

YANG_NAMESPACE = "urn:ietf:params:xml:ns:yang:1"
_PREDICATE = re.compile(r"""\[\s*(?P<name>[^=\s\[\]]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*\]""")

Key = tuple[str, ...]
"""Canonical texts of the keys of an entry, or of the value of a leaf-list entry."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Where an entry goes: first, last, before or after `anchor`."""

    where: str
    anchor: Key = ()


class InsertError(Exception):
    """An insert, key or value attribute that is wrong, or names an entry that does not exist."""

    def __init__(self, message: str, attribute: str, app_tag: str = "") -> None:
        self.attribute = attribute
        self.app_tag = app_tag
        super().__init__(message)


_EDGE: Key = ()
"""Stands before the first key and after the last one."""


class _Order:
    """Keys in a ring, so that moving one costs the same however many there are."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._after: dict[Key, Key] = {_EDGE: _EDGE}
        self._before: dict[Key, Key] = {_EDGE: _EDGE}
        for key in keys:
            self.put(key, _EDGE)

    def after(self, key: Key) -> Key:
        return self._after[key]

    def put(self, key: Key, follower: Key) -> None:
        """Have a key stand right before `follower`."""
        self.drop(key)
        previous = self._before[follower]
        self._after[previous], self._before[key] = key, previous
        self._after[key], self._before[follower] = follower, key

    def drop(self, key: Key) -> None:
        if key in self._after:
            previous, following = self._before.pop(key), self._after.pop(key)
            self._after[previous], self._before[following] = following, previous

    def __iter__(self) -> Iterator[Key]:
        key = self._after[_EDGE]
        while key != _EDGE:
            yield key
            key = self._after[key]


class KeyedEntries:
    """The entries of one list or leaf-list by key, in order. The list it was made from stays as it is."""

    def __init__(self, node: SchemaNode, listed: list[Json]) -> None:
        self.entries: dict[Key, Json] = {key_of(node, entry): entry for entry in listed}
        self.changed = False
        self._attribute = anchor_attribute(node)
        self._order: _Order | None = None
        """From when an entry is placed; until then that of `entries`."""

    def get(self, key: Key) -> Json:
        return self.entries.get(key)

    def put(self, key: Key, value: Json, place: Insert | None) -> None:
        """Set an entry; a new one goes last unless `place` says otherwise, an old one moves only if `place` is given."""
        self.changed = True
        if place is not None:
            self._place(key, place)
        elif self._order is not None and key not in self.entries:
            self._order.put(key, _EDGE)
        self.entries[key] = value

    def _place(self, key: Key, place: Insert) -> None:
        if place.anchor and (place.anchor not in self.entries or place.anchor == key):
            message = f"there is no entry {' '.join(place.anchor)} to insert {place.where}"
            raise InsertError(message, self._attribute, "missing-instance")
        order = self._order = self._order or _Order(self.entries)
        order.drop(key)
        match place.where:
            case "first":
                order.put(key, order.after(_EDGE))
            case "before":
                order.put(key, place.anchor)
            case "after":
                order.put(key, order.after(place.anchor))
            case _:
                order.put(key, _EDGE)

    def remove(self, key: Key) -> None:
        if key in self.entries:
            self.changed = True
            del self.entries[key]
            if self._order is not None:
                self._order.drop(key)

    def listed(self) -> list[Json]:
        return list(self.entries.values()) if self._order is None else [self.entries[key] for key in self._order]


def key_of(node: SchemaNode, entry: Json) -> Key:
    """What tells an entry of a list or leaf-list from the others."""
    if node.type is not None:
        return (node.type.canonical(entry),)
    return tuple(_canonical(node.children[key], entry.get(key)) for key in node.keys)


def _canonical(leaf: SchemaNode, value: Json) -> str:
    return leaf.type.canonical(value) if leaf.type and leaf.type.problem(value) is None else repr(value)


def anchor_attribute(node: SchemaNode) -> str:
    """The attribute that names the entry beside which another one of `node` goes."""
    return "key" if node.type is None else "value"


def insert_of(schema: Schema, element: etree._Element, node: SchemaNode) -> Insert | None:
    """What the insert, key and value attributes of an element ask for; None if it has none. Raises InsertError."""
    where = element.get(f"{{{YANG_NAMESPACE}}}insert")
    if where is None:
        return None
    if not node.ordered_by_user or where not in {"first", "last", "before", "after"}:
        reason = f"insert '{where}' is not known" if node.ordered_by_user else f"{node.name} is ordered by the system"
        raise InsertError(reason, "insert")
    if where in {"first", "last"}:
        return Insert(where)
    attribute = anchor_attribute(node)
    text = element.get(f"{{{YANG_NAMESPACE}}}{attribute}")
    if text is None:
        raise InsertError(f"insert '{where}' needs the attribute {attribute}", attribute)
    prefixes = XmlPrefixes(schema, element)
    if node.type is not None:
        value = node.type.parse(text, prefixes)
        if value is None or node.type.problem(value) is not None:
            raise InsertError(f"'{text}' is no value of {node.name}", attribute)
        return Insert(where, (node.type.canonical(value),))
    stated = {part["name"].rpartition(":")[2]: part["double"] or part["single"] or "" for part in _PREDICATE.finditer(text)}
    return Insert(where, _anchor(node, stated, prefixes))


def _anchor(node: SchemaNode, stated: Mapping[str, str], prefixes: XmlPrefixes) -> Key:
    texts = []
    for key in node.keys:
        leaf = node.children[key]
        value = leaf.type.parse(stated[leaf.name], prefixes) if leaf.type and leaf.name in stated else None
        if value is None:
            raise InsertError(f"the attribute key names no {leaf.name}", "key")
        texts.append(_canonical(leaf, value))
    return tuple(texts)
