"""Regular expressions of XML Schema that clients send: matched in time that grows with text and expression, never exponentially.

Python's `re` tries one way after the other, so that `(a|a)*` takes for ever on a text of forty letters. Here all ways are followed
at once (Thompson's construction). What one character fits is left to `re`; an expression has no more than that, groups, branches
and quantifiers (XML Schema part 2, appendix F).
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from elementpath import RegexError, translate_pattern

_LONGEST = 1000
_MOST_STATES = 5000
_QUANTIFIER = re.compile(r"[?*+]|\{(?P<low>\d{1,4})(?P<comma>,(?P<high>\d{0,4}))?\}", re.ASCII)
_ATOM = re.compile(r"\\[pP]\{[^{}]*\}|\\.|[^\\]", re.DOTALL)

Fits = Callable[[str], object]


class ExpressionProblem(ValueError):
    """A text that is no regular expression of XML Schema, or one that is too large."""


class _Edge(NamedTuple):
    """Leads on by a character that fits."""

    fits: Fits
    target: int


class Expression:
    """A compiled expression. `size` is how much each character of a text may cost."""

    def __init__(self, text: str) -> None:
        """Raises ExpressionProblem."""
        if len(text) > _LONGEST:
            raise ExpressionProblem(f"a regular expression has at most {_LONGEST} characters")
        self._edges: list[_Edge | None] = []
        self._ways: list[list[int]] = []
        self._end = self._state()
        reader = _Reader(text)
        branches = reader.branches()
        if reader.rest:
            raise ExpressionProblem(f"{reader.rest[0]!r} is not expected in a regular expression")
        self._start = branches(self, self._end)

    @property
    def size(self) -> int:
        return len(self._ways)

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        states = self._closed({self._start})
        for character in text:
            edges = (self._edges[state] for state in states)
            states = self._closed({edge.target for edge in edges if edge is not None and edge.fits(character)})
            if not states:
                return False
        return self._end in states

    def _closed(self, states: set[int]) -> set[int]:
        """The states and all that is reached from them without a character."""
        waiting = list(states)
        while waiting:
            for state in self._ways[waiting.pop()]:
                if state not in states:
                    states.add(state)
                    waiting.append(state)
        return states

    def _state(self, edge: _Edge | None = None) -> int:
        if len(self._ways) >= _MOST_STATES:
            raise ExpressionProblem("the regular expression is too large")
        self._edges.append(edge)
        self._ways.append([])
        return len(self._ways) - 1

    # The parts of an expression: each gives the state from which it leads to `target`.

    def one(self, fits: Fits, target: int) -> int:
        return self._state(_Edge(fits, target))

    def any_of(self, parts: "list[_Part]", target: int) -> int:
        start = self._state()
        self._ways[start] = [part(self, target) for part in parts]
        return start

    def repeated(self, part: "_Part", low: int, high: int | None, target: int) -> int:
        if high is None:
            again = self._state()
            self._ways[again] = [target, part(self, again)]
            target = again
        for _ in range((high or low) - low):
            skipped = self._state()
            self._ways[skipped] = [part(self, target), target]
            target = skipped
        for _ in range(low):
            target = part(self, target)
        return target


_Part = Callable[[Expression, int], int]


class _Reader:
    """Reads an expression from left to right. `rest` is what is left of it."""

    def __init__(self, text: str) -> None:
        self.rest = text
        self._depth = 0

    def branches(self) -> _Part:
        parts = [self._branch()]
        while self.rest.startswith("|"):
            self.rest = self.rest[1:]
            parts.append(self._branch())
        return lambda expression, target: expression.any_of(parts, target)

    def _branch(self) -> _Part:
        pieces: list[_Part] = []
        while self.rest and self.rest[0] not in "|)":
            pieces.append(self._piece())

        def sequence(expression: Expression, target: int) -> int:
            for piece in reversed(pieces):
                target = piece(expression, target)
            return target

        return sequence

    def _piece(self) -> _Part:
        part = self._group() if self.rest[0] == "(" else self._atom()
        quantifier = _QUANTIFIER.match(self.rest)
        if quantifier is None:
            return part
        self.rest = self.rest[quantifier.end() :]
        low, high = _bounds(quantifier)
        return lambda expression, target: expression.repeated(part, low, high, target)

    def _group(self) -> _Part:
        self._depth += 1
        if self._depth > _LONGEST // 20:
            raise ExpressionProblem("the groups of the regular expression are nested too deeply")
        self.rest = self.rest[1:]
        inner = self.branches()
        if not self.rest.startswith(")"):
            raise ExpressionProblem("a group of the regular expression is not closed")
        self.rest = self.rest[1:]
        self._depth -= 1
        return inner

    def _atom(self) -> _Part:
        end = self._end_of_class() if self.rest[0] == "[" else self._end_of_character()
        fits = _fits(self.rest[:end])
        self.rest = self.rest[end:]
        return lambda expression, target: expression.one(fits, target)

    def _end_of_character(self) -> int:
        found = _ATOM.match(self.rest)
        if found is None or found[0] in set("?*+{}]"):
            raise ExpressionProblem(f"{self.rest[0]!r} is not expected in a regular expression")
        return found.end()

    def _end_of_class(self) -> int:
        """Where a class of characters ends, which may have another one subtracted."""
        depth, at = 0, 0
        while at < len(self.rest):
            depth += {"[": 1, "]": -1}.get(self.rest[at], 0)
            at += 2 if self.rest[at] == "\\" else 1
            if depth == 0:
                return at
        raise ExpressionProblem("a class of characters is not closed")


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(quantifier[0])
    if simple is not None:
        return simple
    low = int(quantifier["low"])
    if quantifier["comma"] is None:
        return low, low
    high = int(quantifier["high"]) if quantifier["high"] else None
    if high is not None and high < low:
        raise ExpressionProblem(f"{quantifier[0]} has its bounds the wrong way round")
    return low, high


@lru_cache(512)
def _fits(atom: str) -> Fits:
    try:
        return re.compile(translate_pattern(atom, back_references=False, lazy_quantifiers=False, anchors=False)).match
    except (RegexError, re.error, ValueError, IndexError, KeyError) as error:
        raise ExpressionProblem(f"{atom!r} is no part of a regular expression: {error}") from None


@lru_cache(64)
def expression(text: str) -> Expression:
    """The compiled expression. Raises ExpressionProblem."""
    return Expression(text)
