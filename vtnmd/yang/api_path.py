"""Paths of data resources (RFC 8040 section 3.5.3): parsed against a schema, written, and followed into documents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import MODULE_NAMES
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import Key, key_of
from vtnmd.yang.schema import Schema


@dataclass(frozen=True, slots=True)
class Step:
    """One node on the way to a resource. `key` tells an entry of a list or leaf-list; () for what has none, None for all of them.

    `values` are the RFC 7951 values that `key` was made of.
    """

    node: SchemaNode
    key: Key | None = ()
    values: tuple[Json, ...] = ()

    @property
    def is_entry(self) -> bool:
        return bool(self.key)


class PathProblem(Exception):
    """A path that leads nowhere in the schema. `known` is false where a name is not known, true where keys are wrong."""

    def __init__(self, message: str, *, known: bool = False) -> None:
        super().__init__(message)
        self.known = known


def parse_path(schema: Schema, text: str) -> tuple[Step, ...]:
    """The steps of a path, which is still percent-encoded and relative to the datastore; () for the datastore itself.

    The last step may be a list or leaf-list as a whole (`key` None), or an action. Raises PathProblem.
    """
    steps: list[Step] = []
    node = schema.root
    segments = text.strip("/").split("/") if text.strip("/") else []
    for place, segment in enumerate(segments):
        name, equals, keys = segment.partition("=")
        child = _child(node, _decoded(name), schema.root)
        last = place == len(segments) - 1
        steps.append(_step(child, keys, given=bool(equals), last=last))
        node = child
    return tuple(steps)


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise PathProblem(f"{text} is no UTF-8") from None


def _child(node: SchemaNode, name: str, root: SchemaNode) -> SchemaNode:
    prefix, _, local = name.rpartition(":")
    if not prefix and node is root:
        raise PathProblem(f"{name} lacks the name of its module")
    module = prefix or node.module
    found = node.lookup.get((local, module))
    if found is None and node is not root:
        found = next((each for each in node.operations.values() if (each.name, each.module) == (local, module)), None)
        found = found if found is not None and found.kind is Kind.ACTION else None
    if found is None:
        raise PathProblem(f"{node.name or 'the datastore'} has no {name}")
    return found


def _step(node: SchemaNode, keys: str, *, given: bool, last: bool) -> Step:
    if not node.repeated:
        if given:
            raise PathProblem(f"{node.name} has no keys", known=True)
        return Step(node)
    if not given:
        if not last:
            raise PathProblem(f"{node.name} is a {node.kind}: name one of its entries", known=True)
        return Step(node, None)
    texts = [_decoded(text) for text in keys.split(",")] if node.kind is Kind.LIST else [_decoded(keys)]
    leaves = [node.children[key] for key in node.keys] if node.kind is Kind.LIST else [node]
    if len(texts) != len(leaves):
        raise PathProblem(f"{node.name} has {len(leaves)} key(s), not {len(texts)}", known=True)
    values = tuple(_value(leaf, text) for leaf, text in zip(leaves, texts, strict=True))
    key = tuple(leaf.type.canonical(value) for leaf, value in zip(leaves, values, strict=True) if leaf.type)
    return Step(node, key, values)


def _value(leaf: SchemaNode, text: str) -> Json:
    assert leaf.type is not None
    value = leaf.type.parse(text, MODULE_NAMES)
    problem = leaf.type.problem(value) if value is not None else None
    if value is None or problem is not None:
        raise PathProblem(f"{leaf.name} {problem.summary if problem else f'cannot be {text!r}'}", known=True)
    return value


def path_text(steps: Iterable[Step]) -> str:
    """The inverse of `parse_path`."""
    parts: list[str] = []
    module = ""
    for step in steps:
        name = step.node.name if step.node.module == module else f"{step.node.module}:{step.node.name}"
        keys = ",".join(quote(text, safe="") for text in step.key) if step.key else ""
        parts.append(f"{name}={keys}" if step.key else name)
        module = step.node.module
    return "/".join(parts)


def identifier_of(schema: Schema, steps: Iterable[Step]) -> Identifier:
    """The instance-identifier of a resource."""
    found = Identifier()
    for step in steps:
        if not step.key:
            found = found.below(schema, step.node)
        elif step.node.type is not None:
            found = found.below(schema, step.node, (None, step.key[0]))
        else:
            leaves = [step.node.children[key] for key in step.node.keys]
            found = found.below(schema, step.node, *zip(leaves, step.key, strict=True))
    return found


def entry_steps(steps: Sequence[Step], entry: Json) -> tuple[Step, ...]:
    """The same steps where the last is a list as a whole, with the entry that a body holds in its place."""
    last = steps[-1]
    if last.key is not None:
        return tuple(steps)
    return (*steps[:-1], replace(last, key=key_of(last.node, entry)))


ABSENT: Json = object()
"""What stands for nothing; None is the value of a leaf of type empty in a list."""


def resource_at(document: Json, steps: Iterable[Step]) -> Json:
    """What a path leads to: a value, an entry, or the whole array of a list; ABSENT where there is nothing.

    A container without presence is there where its parent is.
    """
    found: Json = document
    for step in steps:
        node = step.node
        below: Json = found.get(node.member, ABSENT) if isinstance(found, dict) else ABSENT
        if below is ABSENT:
            if not node.implied:
                return ABSENT
            below = {}
        if step.key:
            below = next((entry for entry in below if key_of(node, entry) == step.key), ABSENT)
            if below is ABSENT:
                return ABSENT
        found = below
    return found
