"""Entries of lists and leaf-lists while they are edited, and where a new one goes (RFC 7950 sections 7.7.9 and 7.8.6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang.convert import XmlPrefixes
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema

YANG_NAMESPACE = "urn:ietf:params:xml:ns:yang:1"
_PREDICATE = re.compile(r"""\[\s*(?P<name>[^=\s]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*\]""")

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


class KeyedEntries:
    """The entries of one list or leaf-list by key, in order. The list it was made from stays as it is."""

    def __init__(self, node: SchemaNode, listed: list[Json]) -> None:
        self.entries: dict[Key, Json] = {key_of(node, entry): entry for entry in listed}
        self.changed = False

    def get(self, key: Key) -> Json:
        return self.entries.get(key)

    def put(self, key: Key, value: Json, place: Insert | None) -> None:
        """Set an entry; a new one goes last unless `place` says otherwise, an old one moves only if `place` is given."""
        self.changed = True
        if place is None:
            self.entries[key] = value
            return
        if place.anchor and (place.anchor not in self.entries or place.anchor == key):
            raise InsertError(f"there is no entry {' '.join(place.anchor)} to insert {place.where}", "insert", "missing-instance")
        self.entries.pop(key, None)
        order = list(self.entries.items())
        order.insert(_position(place, [other for other, _ in order]), (key, value))
        self.entries = dict(order)

    def remove(self, key: Key) -> None:
        if key in self.entries:
            self.changed = True
            del self.entries[key]

    def listed(self) -> list[Json]:
        return list(self.entries.values())


def _position(place: Insert, keys: list[Key]) -> int:
    match place.where:
        case "first":
            return 0
        case "before":
            return keys.index(place.anchor)
        case "after":
            return keys.index(place.anchor) + 1
        case _:
            return len(keys)


def key_of(node: SchemaNode, entry: Json) -> Key:
    """What tells an entry of a list or leaf-list from the others."""
    if node.type is not None:
        return (node.type.canonical(entry),)
    return tuple(_canonical(node.children[key], entry.get(key)) for key in node.keys)


def _canonical(leaf: SchemaNode, value: Json) -> str:
    return leaf.type.canonical(value) if leaf.type and leaf.type.problem(value) is None else repr(value)


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
    attribute = "key" if node.type is None else "value"
    text = element.get(f"{{{YANG_NAMESPACE}}}{attribute}")
    if text is None:
        raise InsertError(f"insert '{where}' needs the attribute {attribute}", attribute)
    prefixes = XmlPrefixes(schema, element.nsmap)
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
