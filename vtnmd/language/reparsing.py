"""Parses a text that was parsed before in another state: node templates whose lines are the same are taken from there, and moved.

Only what is certain to be the same is reused: a text with anchors, one that is not in block style, or one in which anything is
wrong is parsed as a whole, so that its diagnostics are those of `vtnmd.compiler.tosca.read`.
"""

import re
from dataclasses import dataclass, field, replace

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of
from vtnmd.compiler.tosca.read import DEFAULT_LIMITS, Limits, parse_document, parse_leniently
from vtnmd.domain.diagnostics import Diagnostic, Invalid

_SECTION = re.compile(r"^topology_template:[ ]*\n(?:(?:[ ][^\n]*)?\n|#[^\n]*\n)*?[ ]+node_templates:[ ]*\n", re.MULTILINE)
_UNUSUAL = re.compile("[&*!%\t\r\x85\u2028\u2029\ufeff]|^---|^\\.\\.\\.", re.MULTILINE)
_FIRST = re.compile(r"(?:[ ]*(?:#[^\n]*)?\n)*([ ]+)[A-Za-z0-9_]")
_PLACE = ("topology_template", "node_templates")
_LEVELS = len(_PLACE)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines of one template, and the line that it begins at, from 0."""

    text: str
    line: int


@dataclass(slots=True)
class Reparser:
    """Remembers the templates of each file as they were when it was last parsed."""

    known: dict[str, dict[_Chunk, YamlMap]] = field(default_factory=dict)

    def parse(self, content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> tuple[YamlMap, tuple[Diagnostic, ...]]:
        """What `parse_leniently` gives and raises."""
        try:
            found = self._spliced(content, name, limits)
        except Invalid:
            found = None
        if found is None:
            self.known.pop(name, None)
            return parse_leniently(content, name, limits)
        return found, ()

    def _spliced(self, content: bytes, name: str, limits: Limits) -> YamlMap | None:
        """The document put together from its templates; None for one that must be parsed as a whole. Raises Invalid."""
        text = content.decode("utf-8", "surrogateescape")
        section = None if _UNUSUAL.search(text) else _SECTION.search(text)
        chunks = _chunks(text, section.end()) if section else []
        if section is None or not chunks:
            return None
        last = section.end() + sum(len(chunk.text) for chunk in chunks)
        before = self.known.get(name, {})
        elsewhere = {chunk.text: chunk for chunk in before}
        inner = replace(limits, depth=limits.depth - _LEVELS)
        parsed: dict[_Chunk, YamlMap] = {}
        for chunk in chunks:
            same = chunk if chunk in before else elsewhere.get(chunk.text)
            found = _parsed(chunk, name, inner) if same is None else before[same]
            parsed[chunk] = found if same in (None, chunk) else map_of(_moved(found, chunk.line - same.line))
        self.known[name] = parsed
        blank = "\n" * text.count("\n", section.end(), last)
        frame = parse_document((text[: section.end()] + blank + text[last:]).encode("utf-8", "surrogateescape"), name, limits)
        return _filled(frame, [parsed[chunk] for chunk in chunks])


def _chunks(text: str, start: int) -> list[_Chunk]:
    """The templates that stand from an offset on, each with the comments and blank lines that follow it."""
    first = _FIRST.match(text, start)
    if first is None:
        return []
    end = re.compile(rf"^[ ]{{0,{len(first[1]) - 1}}}[^ #\n]", re.MULTILINE).search(text, start)
    last = end.start() if end else len(text)
    starts = [match.start() for match in re.compile(rf"^{first[1]}[^ #\n]", re.MULTILINE).finditer(text, start, last)]
    line = text.count("\n", 0, start)
    found = []
    for begin, following in zip([start, *starts[1:]], [*starts[1:], last], strict=True):
        found.append(_Chunk(text[begin:following], line))
        line += text.count("\n", begin, following)
    return found


def _parsed(chunk: _Chunk, name: str, limits: Limits) -> YamlMap:
    return map_of(_moved(parse_document(chunk.text.encode("utf-8", "surrogateescape"), name, limits), chunk.line))


def _moved(node: YamlNode, lines: int) -> YamlNode:
    """The same, so many lines further down."""
    if isinstance(node, YamlMap):
        entries = {key: _moved(child, lines) for key, child in node.entries.items()}
        keys = {key: scalar._replace(line=scalar.line + lines) for key, scalar in node.keys.items()}
        return node._replace(entries=entries, keys=keys, line=node.line + lines)
    if isinstance(node, YamlScalar):
        return node._replace(line=node.line + lines)
    return node._replace(items=tuple(_moved(item, lines) for item in node.items), line=node.line + lines)


def _filled(frame: YamlMap, templates: list[YamlMap]) -> YamlMap | None:
    """The document with its templates in their place; None where two have one name, or the place is not what it looked like."""
    topology = map_of(frame.get(_PLACE[0]))
    pairs = [pair for template in templates for pair in template.pairs()]
    entries = {key.text: node for key, node in pairs}
    held = topology.entries.get(_PLACE[1])
    if len(entries) != len(pairs) or held is None or topology.get(_PLACE[1]) is not None or "<<" in entries:
        return None
    first = pairs[0][0]
    section = YamlMap(entries, {key.text: key for key, _ in pairs}, first.file, first.line, first.column, first.column)
    filled = topology._replace(entries={**topology.entries, _PLACE[1]: section})
    return frame._replace(entries={**frame.entries, _PLACE[0]: filled})
