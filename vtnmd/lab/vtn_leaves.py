"""How the leaves, containers and lists of RPC input are read, with the freedoms that the genuine parser takes."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from vtnmd.domain.tree import Json

Reader = Callable[[Json], Any]
Leaves = Mapping[str, Reader]


class Malformed(Exception):
    """The body does not fit the RPC's input; RESTCONF refuses it before the VTN Manager sees it."""


def text(value: Json) -> str:
    if isinstance(value, list) and len(value) == 1:
        return text(value[0])
    if isinstance(value, dict | list):
        raise Malformed("expected a simple value")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def named(value: Json) -> str:
    """A string of `length 1..max`."""
    if not text(value):
        raise Malformed("String does not match allowed lengths")
    return text(value)


def boolean(value: Json) -> bool:
    given = text(value).lower()
    if given not in {"true", "false"}:
        raise Malformed(f"Invalid value '{given}' for boolean type. Allowed values are 'true' and 'false'")
    return given == "true"


def within(low: int, high: int) -> Reader:
    def number(value: Json) -> int:
        try:
            given = int(text(value))
        except ValueError:
            raise Malformed("Incorrect lexical representation of integer value") from None
        if not low <= given <= high:
            raise Malformed(f"Value '{given}'  is not in required range [[{low}‥{high}]]")
        return given

    return number


def one_of(*names: str) -> Reader:
    def chosen(value: Json) -> str:
        given = text(value)
        if given not in names:
            raise Malformed(f"Invalid value '{given}' for enum type. Allowed values are: [{', '.join(names)}]")
        return given

    return chosen


def texts(value: Json) -> list[str]:
    return [text(item) for item in value] if isinstance(value, list) else [text(value)]


def matching(pattern: str, low: int = 0, high: int | None = None) -> Reader:
    """A string of a pattern and a length."""
    compiled = re.compile(pattern)

    def read(value: Json) -> str:
        given = text(value)
        if len(given) < low or (high is not None and len(given) > high):
            raise Malformed("String does not match allowed lengths")
        if not compiled.fullmatch(given):
            raise Malformed(f"Supplied value does not match the regular expression ^{pattern}$. [{given}]")
        return given

    return read


def several(reader: Reader) -> Reader:
    """A leaf-list."""

    def read(value: Json) -> list[Any]:
        return [reader(item) for item in value] if isinstance(value, list) else [reader(value)]

    return read


def container(leaves: Leaves, *cases: frozenset[str]) -> Reader:
    """A container, or an entry of a list. Members of one of `cases` exclude those of the others."""

    def read(value: Json) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed("expected a container")
        for name in value:
            if name not in leaves:
                raise Malformed(f"Schema node with name {name} wasn't found")
        if sum(1 for case in cases if case & value.keys()) > 1:
            raise Malformed("Data from one case are specified but other data from another one were specified earlier")
        return {name: leaves[name](member) for name, member in value.items()}

    return read


def entries(key: str, reader: Reader) -> Reader:
    """A list. Of entries with the same key the last one counts, where the list has a key."""

    def read(value: Json) -> list[Any]:
        listed = [reader(item) for item in (value if isinstance(value, list) else [value])]
        if not key:
            return listed
        if any(key not in entry for entry in listed):
            raise Malformed("Input is missing some of the keys")
        return list({entry[key]: entry for entry in listed}.values())

    return read
