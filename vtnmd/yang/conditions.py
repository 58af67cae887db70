"""What an edit does to nodes with a `when` (RFC 7950 sections 7.21.5 and 8.3.1).

A node whose `when` turns false by the edit goes away with it; one that the edit itself sets while its `when` is false is refused.
"""

from collections.abc import Iterator
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.convert import MOST_PROBLEMS
from vtnmd.yang.edit import EditError, EditProblem
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instances import Evaluation, Instance, Path, entries
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.ordering import Key, key_of
from vtnmd.yang.schema import Schema


def settle(schema: Schema, before: Json, after: Json) -> dict[str, Json]:
    """`after` without the nodes whose `when` no longer holds. Neither argument changes.

    Raises EditError (unknown-element) for such nodes that are new or differ from `before`.
    """
    while paths := list(_inapplicable(schema, after)):
        known: _Known = {}
        refused = [path for path in paths if _at(schema, before, after, path, known) != _there(after, path)]
        if refused:
            raise EditError(*(_problem(schema, after, path) for path in refused[:MOST_PROBLEMS]))
        after = _without(after, _marked(paths))
    return dict(after)


def _inapplicable(schema: Schema, document: Json) -> Iterator[Path]:
    """The outermost instances whose `when` is false, in document order."""
    top = Instance(document, schema.root, None)
    yield from _below(top, Evaluation(top))


def _below(node: Instance, run: Evaluation) -> Iterator[Path]:
    for child in node.schema.children.values():
        value = node.value.get(child.member) if child.conditional else None
        if value is None:
            continue
        for instance in entries(value, child, node):
            if child.conditions and not run.applies(instance, child):
                yield instance.path
            elif child.type is None and isinstance(instance.value, dict):
                yield from _below(instance, run)


def _problem(schema: Schema, document: Json, path: Path) -> EditProblem:
    node = schema.node(path)
    assert node is not None
    expressions = " and ".join(condition.expression for condition in node.conditions)
    message = f"{node.name} is allowed only when {expressions}"
    return EditProblem("unknown-element", instance_identifier(schema, document, path), message, bad_element=node.name)


_Known = dict[int, dict[Key, Json]]
"""Entries by key, of lists by their ids."""


def _there(document: Json, path: Path) -> Json:
    for step in path:
        document = document[step]
    return document


def _at(schema: Schema, document: Json, origin: Json, path: Path, known: _Known) -> Json:
    """What `document` holds at the place that `path` is in `origin`, entries told by their keys; None if there is nothing."""
    node: SchemaNode = schema.root
    for step in path:
        origin = origin[step]
        if isinstance(step, int):
            document = _entry(node, document, origin, known)
        else:
            node = node.children[step]
            document = document.get(step)
        if document is None:
            return None
    return document


def _entry(node: SchemaNode, listed: list[Json], wanted: Json, known: _Known) -> Json:
    by_key = known.get(id(listed))
    if by_key is None:
        by_key = known[id(listed)] = {key_of(node, entry): entry for entry in reversed(listed)}
    return by_key.get(key_of(node, wanted))


_Marks = dict[str | int, Any]
_GONE: Any = object()


def _marked(paths: list[Path]) -> _Marks:
    """The paths as a tree; none of them leads through the end of another."""
    marks: _Marks = {}
    for path in paths:
        below = marks
        for step in path[:-1]:
            below = below.setdefault(step, {})
        below[path[-1]] = _GONE
    return marks


def _without(value: Json, marks: _Marks) -> Json:
    """A copy without what is marked; lists that become empty go too."""
    if isinstance(value, list):
        left = ((item, marks.get(place)) for place, item in enumerate(value))
        return [_without(item, mark) if mark else item for item, mark in left if mark is not _GONE]
    result: dict[str, Json] = {}
    for member, item in value.items():
        mark = marks.get(member)
        if mark is not _GONE:
            result[member] = _without(item, mark) if mark else item
            if mark and result[member] == []:
                del result[member]
    return result
