"""YANG types (RFC 7950 section 9) over RFC 7951 values: what is wrong with a value, its canonical text, its value from text.

Every type is a frozen value with the same four members:

    problem(value)              None for a legal JSON value, else what is wrong with it
    canonical(value)            the canonical text of a legal JSON value; two legal values are equal when their texts are
    parse(text, prefixes)       the JSON value that a text stands for (XML content, a default); None if there is none
    text(value, prefixes)       the XML content for a legal JSON value; differs from `canonical` where prefixes occur
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from vtnmd.domain.tree import Json
from vtnmd.yang.values import Pattern, Problem, Restriction, illegal_character, parse_integer, shown, wrong_type

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class Prefixes(Protocol):
    """How qualified names in values are spelled in one place: module names in JSON, prefixes in XML."""

    def module(self, prefix: str) -> str | None:
        """The module that a prefix stands for; the prefix "" is the default. None if unknown."""

    def prefix(self, module: str) -> str:
        """The prefix to write for a module."""


class ModuleNames:
    """RFC 7951: the prefix is the name of the module."""

    def module(self, prefix: str) -> str | None:
        return prefix or None

    def prefix(self, module: str) -> str:
        return module


MODULE_NAMES: Prefixes = ModuleNames()


class DataType(Protocol):
    """What every type below offers; see the head of this module."""

    @property
    def base(self) -> str:
        """The built-in type."""

    @property
    def name(self) -> str:
        """The typedef that the module uses, else the built-in type."""

    def problem(self, value: Json, /) -> Problem | None: ...

    def canonical(self, value: Json, /) -> str: ...

    def parse(self, text: str, prefixes: Prefixes, /) -> Json: ...

    def text(self, value: Json, prefixes: Prefixes, /) -> str: ...


@dataclass(frozen=True, slots=True)
class IntegerType:
    base: str
    name: str
    range: Restriction

    @property
    def quoted(self) -> bool:
        """64-bit integers are strings in JSON (RFC 7951 section 6.1)."""
        return self.base.endswith("64")

    def problem(self, value: Json) -> Problem | None:
        if type(value) is int and not self.quoted:
            number: int | None = value
        elif self.quoted and isinstance(value, str):
            number = parse_integer(value)
        else:
            number = None
        if number is None:
            return wrong_type("integer", value, "write a 64-bit integer as a string" if self.quoted and type(value) is int else "")
        if self.range.allows(number):
            return None
        return Problem("VTN-Y207", f"{number} is outside {self.range}", "", self.range.app_tag, self.range.message)

    def canonical(self, value: Json) -> str:
        return str(value if type(value) is int else parse_integer(value))

    def parse(self, text: str, _: Prefixes) -> Json:
        number = parse_integer(text)
        return str(number) if number is not None and self.quoted else number

    def text(self, value: Json, _: Prefixes) -> str:
        return self.canonical(value)


@dataclass(frozen=True, slots=True)
class DecimalType:
    base: str
    name: str
    fraction_digits: int
    range: Restriction

    def problem(self, value: Json) -> Problem | None:
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value.strip()):
            hint = "write a decimal number as a string" if type(value) in {int, float} else ""
            return wrong_type("decimal number", value, hint)
        number = Decimal(value.strip())
        if len(value.strip().partition(".")[2].rstrip("0")) > self.fraction_digits:
            return wrong_type(f"decimal number with at most {self.fraction_digits} fraction digits", value)
        if self.range.allows(number):
            return None
        return Problem("VTN-Y207", f"{value} is outside {self.range}", "", self.range.app_tag, self.range.message)

    def canonical(self, value: Json) -> str:
        text = f"{Decimal(value.strip()):f}"
        whole, _, fraction = text.partition(".")
        whole = re.sub(r"^(-?)0+(?=\d)", r"\1", whole)
        rest = fraction.rstrip("0") or "0"
        return "0.0" if whole == "-0" and rest == "0" else f"{whole}.{rest}"

    def parse(self, text: str, _: Prefixes) -> Json:
        try:
            return self.canonical(text) if _DECIMAL.fullmatch(text.strip()) else None
        except InvalidOperation:
            return None

    def text(self, value: Json, _: Prefixes) -> str:
        return self.canonical(value)


@dataclass(frozen=True, slots=True)
class StringType:
    base: str
    name: str
    length: Restriction | None
    patterns: tuple[Pattern, ...]

    def problem(self, value: Json) -> Problem | None:
        if not isinstance(value, str):
            return wrong_type("string", value, "put it in quotes" if type(value) in {int, float, bool} else "")
        if illegal_character(value):
            return wrong_type("string", value, "control characters are not allowed")
        if self.length and not self.length.allows(len(value)):
            summary = f"{shown(value)} has {len(value)} characters, outside {self.length}"
            return Problem("VTN-Y208", summary, "", self.length.app_tag, self.length.message)
        for pattern in self.patterns:
            if (pattern.compiled.match(value) is not None) is pattern.inverted:
                relation = "fits the excluded" if pattern.inverted else "does not fit the"
                summary = f"{shown(value)} {relation} pattern {pattern.expression}"
                return Problem("VTN-Y209", summary, "", pattern.app_tag, pattern.message)
        return None

    def canonical(self, value: Json) -> str:
        return str(value)

    def parse(self, text: str, _: Prefixes) -> Json:
        return text

    def text(self, value: Json, _: Prefixes) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class BinaryType:
    base: str
    name: str
    length: Restriction | None

    def problem(self, value: Json) -> Problem | None:
        octets = self._octets(value)
        if octets is None:
            return wrong_type("base64 text", value)
        if self.length and not self.length.allows(len(octets)):
            summary = f"{len(octets)} octets are outside {self.length}"
            return Problem("VTN-Y208", summary, "", self.length.app_tag, self.length.message)
        return None

    @staticmethod
    def _octets(value: Json) -> bytes | None:
        try:
            return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) else None
        except (binascii.Error, ValueError):
            return None

    def canonical(self, value: Json) -> str:
        return base64.b64encode(self._octets(value) or b"").decode()

    def parse(self, text: str, _: Prefixes) -> Json:
        return self.canonical(text) if self._octets(text) is not None else None

    def text(self, value: Json, _: Prefixes) -> str:
        return self.canonical(value)


@dataclass(frozen=True, slots=True)
class BooleanType:
    base: str
    name: str

    def problem(self, value: Json) -> Problem | None:
        if value is True or value is False:
            return None
        return wrong_type("boolean", value, "write true or false without quotes" if str(value) in {"true", "false"} else "")

    def canonical(self, value: Json) -> str:
        return "true" if value else "false"

    def parse(self, text: str, _: Prefixes) -> Json:
        return {"true": True, "false": False}.get(text.strip())

    def text(self, value: Json, _: Prefixes) -> str:
        return self.canonical(value)


@dataclass(frozen=True, slots=True)
class EmptyType:
    base: str
    name: str

    def problem(self, value: Json) -> Problem | None:
        return None if value == [None] else wrong_type("empty leaf", value, "write [null]")

    def canonical(self, _: Json) -> str:
        return ""

    def parse(self, text: str, _: Prefixes) -> Json:
        return None if text.strip() else [None]

    def text(self, _: Json, __: Prefixes) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class EnumerationType:
    base: str
    name: str
    values: Mapping[str, int]

    def problem(self, value: Json) -> Problem | None:
        if isinstance(value, str) and value in self.values:
            return None
        return Problem("VTN-Y210", f"{shown(value)} is not one of {', '.join(self.values)}", near=(str(value), self.values))

    def canonical(self, value: Json) -> str:
        return str(value)

    def parse(self, text: str, _: Prefixes) -> Json:
        return text.strip()

    def text(self, value: Json, _: Prefixes) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class BitsType:
    base: str
    name: str
    positions: Mapping[str, int]

    def problem(self, value: Json) -> Problem | None:
        if not isinstance(value, str):
            return wrong_type("list of bits", value)
        names = value.split()
        unknown = [name for name in names if name not in self.positions]
        if unknown:
            summary = f"{shown(unknown[0])} is not one of the bits {', '.join(self.positions)}"
            return Problem("VTN-Y210", summary, near=(unknown[0], self.positions))
        return wrong_type("list of different bits", value) if len(set(names)) < len(names) else None

    def canonical(self, value: Json) -> str:
        return " ".join(sorted(value.split(), key=lambda name: self.positions.get(name, 0)))

    def parse(self, text: str, _: Prefixes) -> Json:
        return self.canonical(text)

    def text(self, value: Json, _: Prefixes) -> str:
        return self.canonical(value)


@dataclass(frozen=True, slots=True)
class UnionType:
    base: str
    name: str
    members: tuple[DataType, ...]

    def member(self, value: Json) -> DataType | None:
        """The first member type that the value belongs to (RFC 7950 section 9.12)."""
        return next((member for member in self.members if member.problem(value) is None), None)

    def problem(self, value: Json) -> Problem | None:
        problems = [member.problem(value) for member in self.members]
        if None in problems:
            return None
        told = [problem for problem in problems if problem and problem.message]
        if len(told) == 1:
            return told[0]
        wanted = " or ".join(dict.fromkeys(member.name for member in self.members))
        return Problem("VTN-Y212", f"{shown(value)} is no {wanted}")

    def canonical(self, value: Json) -> str:
        member = self.member(value)
        return member.canonical(value) if member else str(value)

    def parse(self, text: str, prefixes: Prefixes) -> Json:
        """The value under the first member that accepts the text; if none does, what the first one makes of it."""
        values = [(member, member.parse(text, prefixes)) for member in self.members]
        for member, value in values:
            if value is not None and member.problem(value) is None:
                return value
        return next((value for _, value in values if value is not None), text)

    def text(self, value: Json, prefixes: Prefixes) -> str:
        member = self.member(value)
        return member.text(value, prefixes) if member else str(value)
