"""Values of leaves between RFC 7951 JSON and what pyangbind holds, by the type that the real module gives them."""

import base64
from decimal import Decimal
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import (
    MODULE_NAMES,
    BinaryType,
    BitsType,
    BooleanType,
    DataType,
    DecimalType,
    EmptyType,
    IntegerType,
    UnionType,
)
from vtnmd.yang.reference_types import IdentityType, LeafrefType


def to_json(kind: DataType, held: Any) -> Json:
    """The JSON value of what a bound leaf or an item of a bound leaf-list holds. Whether it is legal is for validation to say."""
    match kind:
        case LeafrefType():
            return to_json(kind.target, held)
        case UnionType():
            return _of_union(kind, held)
        case IdentityType():
            return _identity(kind, str(held))
        case EmptyType():
            return [None]
        case BinaryType() if isinstance(held, bytes):
            return base64.b64encode(held).decode("ascii")
        case BitsType() if isinstance(held, set):
            return " ".join(sorted(held, key=kind.positions.__getitem__))
        case BooleanType() if isinstance(held, int):
            return bool(held)
        case DecimalType() if isinstance(held, Decimal):
            return kind.parse(format(held, "f"), MODULE_NAMES)
    text = str(held)
    value = kind.parse(text, MODULE_NAMES)
    return text if value is None else value


def _of_union(kind: UnionType, held: Any) -> Json:
    """The value under the first member that what is held may be of: a text is taken for no number unless nothing else fits."""
    textual = isinstance(held, str)
    for members in (_members(kind, textual), _members(kind, not textual)):
        for member in members:
            value = to_json(member, held)
            if member.problem(value) is None:
                return value
    return str(held)


def _members(kind: UnionType, textual: bool) -> list[DataType]:
    numeric = IntegerType | DecimalType | BooleanType | EmptyType | BinaryType
    return [member for member in kind.members if isinstance(member, numeric) is not textual]


def _identity(kind: IdentityType, text: str) -> str:
    """An identity by the name of its module; a bare name is the leaf's module's, or that of the only identity of the name."""
    if ":" in text or f"{kind.module}:{text}" in kind.identities:
        return kind.canonical(text)
    named = sorted(identity for identity in kind.identities if identity.rpartition(":")[2] == text)
    return named[0] if len(named) == 1 else kind.canonical(text)


def from_json(kind: DataType, value: Json) -> Any:
    """What to set a bound leaf to, for a legal JSON value."""
    match kind:
        case LeafrefType():
            return kind.canonical(value)
        case UnionType():
            member = kind.member(value)
            return from_json(member, value) if member else value
        case IdentityType():
            return kind.canonical(value)
        case EmptyType():
            return True
        case BinaryType():
            return base64.b64decode(value)
        case DecimalType():
            return Decimal(value)
        case IntegerType():
            return int(value)
    return value
