"""Defaults filled in: what a document means when nothing is left unsaid (RFC 6243 report-all)."""

from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Evaluation, Instance, Poisoned
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema


def with_defaults(schema: Schema, document: Json) -> Json:
    """The document with every default in use and every implied container that holds one. `document` stays as it is.

    The document should be valid; parts that are not of the shape that the schema wants are kept as they are. Defaults of nodes with
    a `when` appear where it holds, those of a case where it is chosen or the default.
    """
    top = Instance(document, schema.root, None)
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


def is_default(node: SchemaNode, value: Json) -> bool:
    """Whether a leaf's or leaf-list's value equals its schema default (RFC 6243 trim)."""
    if node.default is None or node.type is None:
        return False
    if node.kind is Kind.LEAF_LIST:
        canonical = node.type.canonical
        return [canonical(entry) for entry in value] == [canonical(entry) for entry in node.default]
    return node.type.canonical(value) == node.type.canonical(node.default)
