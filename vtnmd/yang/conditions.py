"""What an edit does to nodes with a `when` (RFC 7950 sections 7.21.5 and 8.3.1).

A node whose `when` turns false by the edit goes away with it; one that the edit itself sets while its `when` is false is refused.
"""

from collections.abc import Iterator

from vtnmd.domain.tree import Json
from vtnmd.yang.edit import EditError, EditProblem
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instances import Evaluation, Instance, Path, entries
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.ordering import key_of
from vtnmd.yang.schema import Schema


def settle(schema: Schema, before: Json, after: Json) -> dict[str, Json]:
    """`after` without the nodes whose `when` no longer holds. Neither argument changes.

    Raises EditError (unknown-element) for such nodes that are new or differ from `before`.
    """
    while paths := list(_inapplicable(schema, after)):
        refused = [path for path in paths if _at(schema, before, after, path) != _at(schema, after, after, path)]
        if refused:
            raise EditError(*(_problem(schema, after, path) for path in refused))
        for path in reversed(paths):
            after = _without(after, path)
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


def _at(schema: Schema, document: Json, origin: Json, path: Path) -> Json:
    """What `document` holds at the place that `path` is in `origin`, entries told by their keys; None if there is nothing."""
    node: SchemaNode = schema.root
    for step in path:
        if isinstance(step, int):
            origin = origin[step]
            document = _entry(node, document, origin)
        else:
            node = node.children[step]
            origin = origin[step]
            document = document.get(step)
        if document is None:
            return None
    return document


def _entry(node: SchemaNode, listed: list[Json], wanted: Json) -> Json:
    key = key_of(node, wanted)
    return next((entry for entry in listed if key_of(node, entry) == key), None)


def _without(value: Json, path: Path) -> Json:
    """A copy along the path with its end taken away; lists that become empty go too."""
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        shortened = list(value)
        if rest:
            shortened[step] = _without(value[step], rest)
        else:
            del shortened[step]
        return shortened
    inner = _without(value[step], rest) if rest else None
    if inner is None or inner == []:
        return {member: item for member, item in value.items() if member != step}
    return {**value, step: inner}
