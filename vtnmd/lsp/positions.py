"""Positions as clients count them and as vtnmd does.

Clients count lines and UTF-16 units from 0, unless another unit was agreed upon; vtnmd counts characters from 1, and YAML also ends
lines where clients do not, such as at U+2028.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from vtnmd.domain.diagnostics import Span

_CLIENT_BREAK = re.compile(r"\r\n|\n|\r")
_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Text:
    """One text with its lines."""

    content: str
    codec: PositionCodec

    @cached_property
    def lines(self) -> list[str]:
        """The lines as clients count them, without their ends."""
        return _CLIENT_BREAK.split(self.content)

    @cached_property
    def _client_starts(self) -> list[int]:
        return [0, *(match.end() for match in _CLIENT_BREAK.finditer(self.content))]

    @cached_property
    def _yaml_starts(self) -> list[int]:
        return [0, *(match.end() for match in _YAML_BREAK.finditer(self.content))]

    def cursor(self, position: lsp.Position) -> tuple[int, int]:
        """(line, column in characters), both from 0, of a client's position."""
        found = self.codec.position_from_client_units(self.lines, position)
        return found.line, found.character

    def columns(self, line: int, start: int, end: int) -> lsp.Range:
        """A range on one line, counted from 0, as the client counts it."""
        text = self.lines[line] if line < len(self.lines) else ""
        units = self.codec.client_num_units
        return lsp.Range(lsp.Position(line, units(text[:start])), lsp.Position(line, units(text[:end])))

    def range(self, span: Span) -> lsp.Range:
        """What a span covers; where its end is not known, all up to the end of the line."""
        starts = self._yaml_starts
        line = min(span.line, len(starts)) - 1
        begin = starts[line] + span.column - 1
        end = starts[line] + span.end_column - 1 if span.end_column > span.column else begin
        first, last = self._place(begin), self._place(end)
        if begin == end:
            text = self.lines[first[0]].rstrip()
            last = first[0], max(first[1] + 1, len(text))
        return lsp.Range(self.columns(first[0], 0, first[1]).end, self.columns(last[0], 0, last[1]).end)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._client_starts, offset) - 1
        return line, offset - self._client_starts[line]
