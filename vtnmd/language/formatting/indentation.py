"""Indentation by two blanks for each level, lists below their key included; blank lines one at a time; no blanks at line ends.

A line that begins an entry of a block collection moves to the column of its level. Lines that go on with a value move with it,
comments stay with the line that they were aligned with.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from vtnmd.language.formatting.tokens import Token, tokens_of

_STEP = 2
_DASHES = re.compile(r"(?:-[ \t]+)+(?=[^\s#])")


@dataclass(slots=True)
class _Layout:
    """`columns` maps each line that begins an entry to its column before and after, `inner` to those of a key behind its dashes.

    `inside` are lines within a value, `literal` those within a block scalar with the column where its text begins: further blanks
    belong to it.
    """

    lines: list[str]
    dashes: Iterator[Token]
    columns: dict[int, tuple[int, int]] = field(default_factory=dict)
    inner: dict[int, tuple[int, int]] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)
    literal: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)


def indented(text: str) -> str | None:
    """The text with its indentation; None for a layout that is not known. Raises yaml.YAMLError."""
    tokens = tokens_of(text)
    if any(token.kind == "Key" for token in tokens):  # a key that is written with a question mark
        return None
    layout = _Layout(text.split("\n"), iter([token for token in tokens if token.kind == "BlockEntry"]))
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    _place(layout, root, 0)
    for token in tokens:
        if token.kind == "Scalar" and token.style in ("|", ">"):
            _mark_literal(layout, token)
        elif token.end_line > token.line:
            layout.inside.update(range(token.line + 1, token.end_line + 1))
    _mark_flows(layout, tokens)
    return "\n".join(_without_needless_blanks(layout, _moved(layout)))


def _place(layout: _Layout, node: Any, column: int) -> None:
    """Give the entries of a block collection their column, and those below it theirs."""
    if isinstance(node, yaml.ScalarNode) or id(node) in layout.seen or node.flow_style:
        return
    layout.seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _begin(layout, key.start_mark.line, key.start_mark.column, column)
            _place(layout, value, column + _STEP)
        return
    for item in node.value:
        dash = next(layout.dashes)
        _begin(layout, dash.line, dash.column, column)
        _place(layout, item, column + _STEP)


def _begin(layout: _Layout, line: int, before: int, after: int) -> None:
    start = layout.lines[line][:before]
    if not start.strip():
        layout.columns[line] = before, after
    elif not start.strip(" -"):
        layout.inner[line] = before, after


def _mark_literal(layout: _Layout, token: Token) -> None:
    """The lines of a block scalar: those that are blank, or indented like the first one that is not."""
    first = None
    last = token.line
    for number in range(token.line + 1, len(layout.lines)):
        line = layout.lines[number]
        if not line.strip(" "):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if number > token.end_line or (first is not None and indent < first) or (first is None and number in layout.columns):
            break
        first = indent if first is None else min(first, indent)
        last = number
    last = max(last, min(token.end_line - 1, len(layout.lines) - 1))
    layout.literal.update(dict.fromkeys(range(token.line + 1, last + 1), first or 0))


def _mark_flows(layout: _Layout, tokens: list[Token]) -> None:
    """The lines of flow collections that go over several."""
    opened: list[int] = []
    for token in tokens:
        if token.kind in ("FlowMappingStart", "FlowSequenceStart"):
            opened.append(token.line)
        elif token.kind in ("FlowMappingEnd", "FlowSequenceEnd"):
            layout.inside.update(range(opened.pop() + 1, token.line + 1))


def _moved(layout: _Layout) -> list[str]:
    """Each line at its new column."""
    found = []
    shift = 0
    for number, line in enumerate(layout.lines):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        if number in layout.literal:
            says_something = bare or indent > layout.literal[number]
            found.append(" " * max(0, indent + shift) + bare if says_something else line)
            continue
        bare = bare.rstrip(" \t")
        if number in layout.columns:
            before, after = layout.inner.get(number) or layout.columns[number]
            shift = after - before
            found.append(" " * layout.columns[number][1] + _DASHES.sub(lambda dashes: "- " * dashes[0].count("-"), bare))
        elif bare.startswith("#") and number not in layout.inside:
            found.append(" " * _column_of_comment(layout, number, indent) + bare)
        else:
            found.append(" " * max(0, indent + shift) + bare if bare else "")
    return found


def _column_of_comment(layout: _Layout, number: int, indent: int) -> int:
    """Where the entry stands that the comment was aligned with: the next one, one above, or else the next one anyway."""
    following = next((layout.columns[each] for each in range(number + 1, len(layout.lines)) if each in layout.columns), None)
    if following is not None and following[0] == indent:
        return following[1]
    above = (layout.columns[each] for each in range(number - 1, -1, -1) if each in layout.columns)
    aligned = next((after for before, after in above if before == indent), None)
    if aligned is not None:
        return aligned
    return following[1] if following is not None else indent


def _without_needless_blanks(layout: _Layout, lines: list[str]) -> Iterator[str]:
    """One blank line at a time, none at the beginning, and one line end at the end."""
    kept = layout.literal.keys() | layout.inside
    last = max((number for number, line in enumerate(lines) if line.strip() or number in kept), default=-1)
    before_blank = True
    for number, line in enumerate(lines[: last + 1]):
        if line or number in kept:
            before_blank = False
            yield line
        elif not before_blank:
            before_blank = True
            yield ""
    if last not in layout.literal or last < len(lines) - 1:  # a block scalar at the end says whether its last line ends
        yield ""
