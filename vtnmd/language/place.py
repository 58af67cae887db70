"""What stands at a position of a text that is being typed: the path to it and what is around it, also where that is no YAML yet.

The word at the position is replaced by a mark, and the lines that it depends on are read: those of the template that it stands in
and the keys above that. So an error elsewhere does no harm. Where these are no YAML, they are tried with the line as a key, and
without what follows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode
from vtnmd.compiler.tosca.read import parse_leniently
from vtnmd.domain.diagnostics import Invalid

Steps = tuple[str | int, ...]

MARK = "vtnmd-mark"

_BEFORE = re.compile(r"""(?:[^\s,\[\]{}"'#:]|:(?=\S))*$""")
_AFTER = re.compile(r"""(?:[^\s,\[\]{}"'#:]|:(?=[^\s,\]}]))*""")
_COMMENT = re.compile(r"""(?:^|\s)#""")
_STRINGS = re.compile(r""""[^"]*"|'[^']*\'""")
_DASH = re.compile(r"\s*-(\s|$)")
_KEY = re.compile(r"""\s*(?:-\s+)?(?:"[^"]*"|'[^']*'|[^\s#"'\[{][^:]*?):(?=\s|$)""")
_TYPE = re.compile(r"\s*type:\s")
_CLOSING = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Place:
    """`steps` lead to the value at the position, or to the mapping around it if it `is_key`.

    `word` stands in columns `start` to `end`; `document` is what was read, with the mark in place of the word.
    """

    steps: Steps
    is_key: bool
    word: str
    start: int
    end: int
    document: YamlMap

    def node(self, steps: Steps) -> YamlNode | None:
        """What stands at the end of a path in what was read."""
        return node_at(self.document, steps)


def node_at(node: YamlNode | None, steps: Steps) -> YamlNode | None:
    """What stands at the end of a path; None if there is nothing."""
    for step in steps:
        if isinstance(node, YamlMap) and isinstance(step, str):
            node = node.entries.get(step)
        elif isinstance(node, YamlList) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def place_at(lines: Sequence[str], line: int, column: int, *, whole: bool) -> Place | None:
    """The place of a position, counted from 0. The word is what stands before the position, or all of it if `whole`.

    None in a comment, and where nothing can be made of the text around.
    """
    text = lines[line] if line < len(lines) else ""
    before = text[:column].ljust(column)
    if _COMMENT.search(_STRINGS.sub(lambda match: "x" * len(match[0]), before)):
        return None
    head = _BEFORE.search(before)
    tail = _AFTER.match(text[column:])
    start = head.start() if head else column
    end = column + (tail.end() if tail else 0)
    word = text[start : end if whole else column]
    for candidate in _candidates(lines, line, before[:start], text[end:]):
        try:
            document, _ = parse_leniently(candidate.encode(), "")
        except Invalid:
            continue
        found = _marked(document)
        if found:
            return Place(found[0], found[1], word, start, end, document)
    return None


def _candidates(lines: Sequence[str], line: int, before: str, after: str) -> Iterator[str]:
    """Texts that may be YAML, the most faithful first."""
    indent = len(before) if not before.strip() else _indent(before)
    ancestors = _ancestors(lines, line, indent, bool(_DASH.match(before)))
    above, below = _around(lines, line, indent, ancestors)
    closers = _closers(before)
    forms = (before + MARK + after, before + MARK + ":", before + MARK + closers, before + MARK + ": " + closers)
    for upper, lower in (
        (above, below),
        (above, []),
        (_bare(lines, line, indent, ancestors), []),
        (lines[:line], lines[line + 1 :]),
    ):
        for form in forms:
            yield "\n".join([*upper, form, *lower]) + "\n"


def _around(lines: Sequence[str], line: int, indent: int, ancestors: list[int]) -> tuple[list[str], list[str]]:
    """The lines that the one at `line` depends on, above and below it."""
    depth = 2 if ancestors and lines[ancestors[0]].startswith("topology_template") else 1
    if len(ancestors) <= depth:
        return _siblings(lines, line, indent, ancestors)
    first = ancestors[depth]
    above = [lines[each] for each in ancestors[:depth]]
    return above + list(lines[first:line]), list(lines[line + 1 : _end_of(lines, first, line)])


def _ancestors(lines: Sequence[str], line: int, indent: int, is_item: bool) -> list[int]:
    """The lines of the keys and list entries that a line stands in, the outermost first."""
    found: list[int] = []
    for number in range(line - 1, -1, -1):
        text = lines[number]
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        own, dash = _indent(text), bool(_DASH.match(text))
        if own < indent or (own == indent and is_item and not dash):
            found.append(number)
            indent, is_item = own, dash
            if not indent and not is_item:
                break
    return found[::-1]


def _bare(lines: Sequence[str], line: int, indent: int, ancestors: list[int]) -> list[str]:
    """The keys that a line stands in, each with the `type` beside the next one, and nothing else."""
    found = []
    indents = [_indent(lines[each]) for each in ancestors[1:]]
    for ancestor, inner in zip(ancestors, [*indents, indent], strict=False):  # without ancestors there is nothing to keep
        found.append(lines[ancestor])
        within = range(ancestor + 1, _end_of(lines, ancestor, line))
        found += [lines[each] for each in within if _TYPE.match(lines[each]) and _indent(lines[each]) == inner and each != line][:1]
    return found


def _siblings(lines: Sequence[str], line: int, indent: int, ancestors: list[int]) -> tuple[list[str], list[str]]:
    """The keys beside a line, without what stands below them."""
    first = ancestors[-1] + 1 if ancestors else 0
    last = _end_of(lines, ancestors[-1], line) if ancestors else len(lines)

    def keys(numbers: range) -> list[str]:
        return [match[0] for number in numbers if _indent(lines[number]) == indent and (match := _KEY.match(lines[number]))]

    return [lines[each] for each in ancestors] + keys(range(first, min(line, len(lines)))), keys(range(line + 1, last))


def _end_of(lines: Sequence[str], first: int, line: int) -> int:
    """The line after the last one that belongs to what begins at `first`; it is below `line`."""
    indent, dash = _indent(lines[first]), bool(_DASH.match(lines[first]))
    for number in range(line + 1, len(lines)):
        text = lines[number]
        if text.strip() and not text.lstrip().startswith("#"):
            own = _indent(text)
            if own < indent or (own == indent and (dash or not _DASH.match(text))):
                return number
    return len(lines)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _closers(before: str) -> str:
    """What closes the brackets that a line leaves open."""
    open_brackets: list[str] = []
    for char in _STRINGS.sub("", before):
        if char in _CLOSING:
            open_brackets.append(_CLOSING[char])
        elif open_brackets and char == open_brackets[-1]:
            open_brackets.pop()
    return " " + "".join(reversed(open_brackets)) if open_brackets else ""


def _marked(node: YamlNode, steps: Steps = ()) -> tuple[Steps, bool] | None:
    """The path to the mark, and whether it is a key."""
    if isinstance(node, YamlMap):
        for key, child in node.entries.items():
            if MARK in key:
                return steps, True
            found = _marked(child, (*steps, key))
            if found:
                return found
    elif isinstance(node, YamlList):
        for index, child in enumerate(node.items):
            found = _marked(child, (*steps, index))
            if found:
                return found
    elif MARK in node.text:
        return steps, False
    return None
