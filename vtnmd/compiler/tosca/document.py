"""YAML documents as immutable nodes with their places, and the values that scalars stand for.

A scalar keeps its text: `1_3`, `yes`, `10:30` and dates are what was written until a TOSCA type says otherwise. Where no type says
anything, plain scalars follow the core schema of YAML 1.2 (section 10.3.2), not the guesses of YAML 1.1.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from vtnmd.domain.diagnostics import Span
from vtnmd.domain.tree import Json

INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
NULL = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class YamlScalar(NamedTuple):
    """`plain` is false for quoted and block scalars, which are strings whatever they look like."""

    text: str
    plain: bool
    file: str
    line: int
    column: int
    end_column: int

    @property
    def span(self) -> Span:
        return Span(self.file, self.line, self.column, self.end_column)


class YamlList(NamedTuple):
    items: tuple["YamlNode", ...]
    file: str
    line: int
    column: int
    end_column: int

    @property
    def span(self) -> Span:
        return Span(self.file, self.line, self.column, self.end_column)


class YamlMap(NamedTuple):
    """`entries` maps each key's text to its value, `keys` to the place of the key. Merge keys (`<<`) are resolved."""

    entries: dict[str, "YamlNode"]
    keys: dict[str, YamlScalar]
    file: str
    line: int
    column: int
    end_column: int

    @property
    def span(self) -> Span:
        return Span(self.file, self.line, self.column, self.end_column)

    def get(self, key: str) -> "YamlNode | None":
        """The value of a key; None where the key is absent or its value is null."""
        node = self.entries.get(key)
        return None if node is None or is_null(node) else node

    def pairs(self) -> Iterator[tuple[YamlScalar, "YamlNode"]]:
        """Key and value, in the order of the file."""
        return ((self.keys[key], node) for key, node in self.entries.items())


YamlNode: TypeAlias = YamlScalar | YamlList | YamlMap


def is_null(node: YamlNode) -> bool:
    return node.__class__ is YamlScalar and node.plain and node.text in NULL


def kind_of(node: YamlNode) -> str:
    """How a message names what stands at a place."""
    if isinstance(node, YamlMap):
        return "a mapping"
    if isinstance(node, YamlList):
        return "a list"
    value = native_scalar(node)
    names = {str: "string", bool: "boolean", int: "integer", float: "float"}
    return "nothing" if value is None else f"the {names[type(value)]} {node.text[:60]!r}"


def native_scalar(node: YamlScalar) -> str | int | float | bool | None:
    """The value of a scalar by the core schema of YAML 1.2."""
    text = node.text
    if not node.plain:
        return text
    if text in BOOLEAN:
        return BOOLEAN[text]
    if text in NULL:
        return None
    number = integer_of(text)
    if number is not None:
        return number
    return float_of(text) if FLOAT.fullmatch(text) else text


def integer_of(text: str) -> int | None:
    """The integer that a plain scalar stands for; None if it is none. The digits are bounded, so that no text is slow to read."""
    if len(text) > 400 or not INTEGER.fullmatch(text):
        return None
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text, 10)


def float_of(text: str) -> float:
    """The number that a text which matches FLOAT stands for."""
    bare = text.lower()
    return float(bare.replace(".inf", "inf").replace(".nan", "nan"))


def native(node: YamlNode) -> Json:
    """The value of a node where no TOSCA type tells more."""
    if isinstance(node, YamlScalar):
        return native_scalar(node)
    if isinstance(node, YamlList):
        return [native(item) for item in node.items]
    return {key: native(value) for key, value in node.entries.items()}


def spans_below(node: YamlNode, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    """The place of the node and of everything below it, by path."""
    yield path, node.span
    children: Iterator[tuple[Any, YamlNode]] = iter(())
    if isinstance(node, YamlMap):
        children = iter(node.entries.items())
    elif isinstance(node, YamlList):
        children = iter(enumerate(node.items))
    for step, child in children:
        yield from spans_below(child, (*path, step))


class Extent(NamedTuple):
    """A part of a file, from a key up to where the next one stands; `end` is None for the last."""

    start: tuple[int, int]
    end: tuple[int, int] | None

    def holds(self, span: Span) -> bool:
        place = (span.line, span.column)
        return self.start <= place and (self.end is None or place < self.end)


def extents(node: YamlMap, around: Extent | None = None) -> dict[str, Extent]:
    """The part of the file that each entry of a mapping takes up; `around` is that of the mapping."""
    starts = sorted((key.line, key.column, name) for name, key in node.keys.items() if key.file == node.file)
    ends = [(line, column) for line, column, _ in starts[1:]]
    last = around.end if around else None
    return {name: Extent((line, column), end) for (line, column, name), end in zip(starts, [*ends, last], strict=False)}


def map_of(node: YamlNode | None) -> YamlMap:
    """The node if it is a mapping; else an empty one, the grammar having reported what stands there."""
    return node if isinstance(node, YamlMap) else NO_MAP


def items_of(node: YamlNode | None) -> tuple[YamlNode, ...]:
    """The entries of a list; none where something else stands there."""
    return node.items if isinstance(node, YamlList) else ()


def named_of(node: YamlNode | None, *, listed: bool = False) -> list[tuple[YamlScalar, YamlNode]]:
    """(name, body) of each entry of a list of named entries or of a mapping, or of a mapping that is `listed` in such a list.

    A listed name without a body has for its body what stands beside it: it was to be indented further.
    """
    if not isinstance(node, YamlMap):
        return [pair for item in items_of(node) if isinstance(item, YamlMap) for pair in named_of(item, listed=True)]
    first = next(iter(node.entries), "")
    if listed and len(node.entries) > 1 and is_null(node.entries[first]):
        below = {key: value for key, value in node.entries.items() if key != first}
        return [(node.keys[first], node._replace(entries=below))]
    return list(node.pairs())


def text_of(node: YamlNode | None) -> str:
    """The text of a plain value that is not null; empty for anything else."""
    return node.text if isinstance(node, YamlScalar) and not is_null(node) else ""


NO_MAP = YamlMap({}, {}, "", 0, 0, 0)
