"""Defaults filled in: what a document means when nothing is left unsaid (RFC 6243 report-all)."""

from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Evaluation, Instance, Poisoned
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import key_of
from vtnmd.yang.schema import Schema


def with_defaults(schema: Schema, document: Json) -> Json:
    """The document with every default in use and every implied container that holds one. `document` stays as it is.

    The document should be valid; parts that are not of the shape that the schema wants are kept as they are. Defaults of nodes with
    a `when` appear where it holds, those of a case where it is chosen or the default.
    """
    return filled(document, schema.root)


def filled(members: Json, node: SchemaNode) -> Json:
    """The same for the members of one object at `node`; conditions that look above it find nothing there."""
    top = Instance(members, node, None)
    return _filled(top, Evaluation(top))


def _filled(node: Instance, run: Evaluation) -> dict[str, Any]:
    schema = node.schema
    result = {}
    for member, value in node.value.items():
        child = schema.children.get(member)
        if child is None or not child.has_defaults:
            result[member] = value
        elif child.kind is Kind.LIST and isinstance(value, list):
            result[member] = [_entry(Instance(entry, child, node, (member, index)), run) for index, entry in enumerate(value)]
        elif child.kind is Kind.CONTAINER and isinstance(value, dict):
            result[member] = _filled(Instance(value, child, node, (member,)), run)
        else:
            result[member] = value
    for child in schema.children.values():
        if child.has_defaults and child.member not in node.value and (child.implied or child.terminal):
            default = _default(node, child, run)
            if default is not None:
                result[child.member] = default
    return result


def _entry(entry: Instance, run: Evaluation) -> Json:
    return _filled(entry, run) if isinstance(entry.value, dict) else entry.value


def _default(node: Instance, child: SchemaNode, run: Evaluation) -> Json:
    """The value of an absent leaf, leaf-list or implied container, None if it has none here."""
    try:
        found = run.child(node, child)
    except Poisoned:
        return None
    if not found:
        return None
    if child.kind is Kind.LEAF_LIST:
        return [instance.value for instance in found]
    return found[0].value if child.terminal else _filled(found[0], run) or None


def added(members: Json, original: Json, node: SchemaNode) -> Iterator[tuple[int, str]]:
    """(id of an object, member) of the leaves in `members`, an object at `node` or a part of it, that `original` does not hold.

    Of entries without keys, nothing can be told.
    """
    for member, value in members.items():
        child = node.children.get(member)
        if child is None:
            continue
        held = original.get(member) if isinstance(original, dict) else None
        if child.terminal:
            if held is None and member not in node.keys:
                yield id(members), member
        elif child.kind is Kind.CONTAINER:
            yield from added(value, held or {}, child)
        elif child.kind is Kind.LIST and child.keys:
            known = {key_of(child, entry): entry for entry in held or ()}
            for entry in value:
                yield from added(entry, known.get(key_of(child, entry), {}), child)


def without_defaults(schema: Schema, document: Json) -> Json:
    """A document that means the same and leaves unsaid what equals its default; `document`, which should be valid, stays as it is.

    What stands in a case of a choice is kept: it says which case was chosen.
    """
    return _trimmed(schema.root, document)


def _trimmed(schema: SchemaNode, value: Mapping[str, Json]) -> dict[str, Any]:
    result = {}
    for member, inner in value.items():
        child = schema.children.get(member)
        if child is None or not child.has_defaults or member in schema.keys:
            result[member] = inner
        elif child.kind is Kind.LIST and isinstance(inner, list):
            result[member] = [_trimmed(child, entry) if isinstance(entry, dict) else entry for entry in inner]
        elif child.kind is Kind.CONTAINER and isinstance(inner, dict):
            left = _trimmed(child, inner)
            if left or not inner or child.presence or _tells_a_case(schema, member):
                result[member] = left
        elif not is_default(child, inner) or _tells_a_case(schema, member):
            result[member] = inner
    return result


def _tells_a_case(schema: SchemaNode, member: str) -> bool:
    return next(schema.choices_of(member), None) is not None


def is_default(node: SchemaNode, value: Json) -> bool:
    """Whether a leaf's or leaf-list's value equals its schema default (RFC 6243 trim)."""
    if node.default is None or node.type is None:
        return False
    if node.kind is Kind.LEAF_LIST:
        canonical = node.type.canonical
        return [canonical(entry) for entry in value] == [canonical(entry) for entry in node.default]
    return node.type.canonical(value) == node.type.canonical(node.default)
