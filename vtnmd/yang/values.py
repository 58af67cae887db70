"""What types have to say about values: problems, restrictions, and how both are shown."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from vtnmd.domain.tree import Json

Interval = tuple[Any, Any]
Intervals = tuple[Interval, ...]

_ILLEGAL_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECIMAL_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_LONGEST_INTEGER = 80
"""More digits than any type has, fewer than Python refuses to read."""
_LONGEST_WORD = 100
_OTHER_INTEGER = re.compile(r"[+-]?0(x[0-9a-fA-F]+|[0-7]+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is no value of its type. `summary` goes after the name of the leaf; `code` is a diagnostic code.

    `near` is a word and what may have been meant by it, for a hint that is worked out only where it is shown.
    """

    code: str
    summary: str
    said: str = ""
    app_tag: str = ""
    message: str = ""
    near: tuple[str, Collection[str]] | None = None

    @property
    def hint(self) -> str:
        return nearest(*self.near) if self.near else self.said


@dataclass(frozen=True, slots=True)
class Restriction:
    """A range or length with the message and app-tag that the module gives it."""

    intervals: Intervals
    message: str = ""
    app_tag: str = ""

    def __str__(self) -> str:
        return " | ".join(str(low) if low == high else f"{low}..{high}" for low, high in self.intervals)

    def allows(self, value: Any) -> bool:
        return any(low <= value <= high for low, high in self.intervals)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of XML Schema, compiled, with the message and app-tag that the module gives it."""

    expression: str
    compiled: re.Pattern[str]
    inverted: bool = False
    message: str = ""
    app_tag: str = ""


def illegal_character(text: str) -> bool:
    """Whether a text holds a character that YANG strings and XML exclude (RFC 7950 section 9.4)."""
    return not text.isprintable() and _ILLEGAL_CHARACTERS.search(text) is not None


def shown(value: Json) -> str:
    """A value as an error shows it, shortened."""
    text = f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def nearest(word: str, known: Collection[str]) -> str:
    """A hint that names what may have been meant, else what is known, else nothing."""
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.65) if len(word) <= _LONGEST_WORD else []
    if close:
        return "did you mean " + " or ".join(close) + "?"
    return "one of " + ", ".join(sorted(known)) if 0 < len(known) <= 12 else ""


def parse_integer(text: str) -> int | None:
    """RFC 7950 section 9.2.1: decimal, hexadecimal (0x) or octal (0)."""
    text = text.strip()
    if len(text) > _LONGEST_INTEGER:
        return None
    if _DECIMAL_INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_INTEGER.fullmatch(text):
        return int(text.replace("x", ""), 16 if "x" in text else 8)
    return None


def wrong_type(wanted: str, value: Json, hint: str = "") -> Problem:
    return Problem("VTN-Y206", f"{shown(value)} is no {wanted}", hint)
