"""What a TOSCA type definition says about values, compiled once per type: schemas, property definitions and constraints.

Reading a value against a schema is `vtnmd.compiler.tosca.values`. Constraints stand in section 3.6.3 of TOSCA.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from vtnmd.compiler.tosca import scalars
from vtnmd.compiler.tosca.document import YamlNode
from vtnmd.domain.diagnostics import Span

PRIMITIVES = frozenset(
    {"string", "integer", "float", "boolean", "timestamp", "null", "version", "range", "list", "map", "any", *scalars.UNITS}
)
UNBOUNDED = "UNBOUNDED"

NO_DEFAULT = object()
"""The default of a property that has none."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """`text` completes the sentence "the value must …". `operator` and `operand` are the clause in TOSCA."""

    text: str
    holds: Callable[[Any], bool]
    operator: str = ""
    operand: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """What values a type has. `kind` is a primitive type, or `record` for a type with `fields`.

    `entry` and `key` belong to lists and maps; None takes anything. `fields` is filled while its type is compiled, since a type may
    hold itself.
    """

    kind: str
    type: str
    constraints: tuple[Constraint, ...] = ()
    entry: "Schema | None" = None
    key: "Schema | None" = None
    fields: Mapping[str, "PropertyDefinition"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PropertyDefinition:
    """A property, attribute, input or field. A default that calls functions is kept in `default_node` and read per template.

    A default that is wrong stands here as `vtnmd.compiler.tosca.values.INVALID`, so that it is reported once.
    """

    name: str
    schema: Schema
    required: bool
    span: Span
    default: Any = NO_DEFAULT
    default_node: YamlNode | None = None
    description: str = ""

    @property
    def has_default(self) -> bool:
        return self.default is not NO_DEFAULT or self.default_node is not None


ANY = Schema("any", "any")


def comparable(value: Any, kind: str) -> Any:
    """A value of an ordered type as something that Python orders. Raises ValueError for what has no order."""
    if kind in scalars.UNITS:
        return scalars.scalar_unit(str(value), kind)
    if kind == "version":
        return scalars.version(str(value))
    if kind == "timestamp":
        return scalars.timestamp(str(value))
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if kind == "string" and isinstance(value, str):
        return value
    raise ValueError(f"has no order as {kind}")


ORDERED = frozenset({"integer", "float", "timestamp", "version", "string", *scalars.UNITS})
_SIZED = frozenset({"string", "list", "map"})
_COMPARISONS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "greater_than": ("be greater than", lambda value, bound: value > bound),
    "greater_or_equal": ("be at least", lambda value, bound: value >= bound),
    "less_than": ("be less than", lambda value, bound: value < bound),
    "less_or_equal": ("be at most", lambda value, bound: value <= bound),
}
_LENGTHS: Mapping[str, tuple[str, Callable[[int, int], bool]]] = {
    "length": ("have exactly the length", lambda size, bound: size == bound),
    "min_length": ("have at least the length", lambda size, bound: size >= bound),
    "max_length": ("have at most the length", lambda size, bound: size <= bound),
}
CONSTRAINTS = ("equal", "in_range", "valid_values", "pattern", "schema", *_COMPARISONS, *_LENGTHS)


def compile_constraint(name: str, operand: Any, kind: str) -> Constraint:
    """The constraint `name: operand` on values of `kind`; the operand is a value of that kind, or what the operator takes.

    Raises ValueError with what is wrong with it.
    """
    return replace(_constraint(name, operand, kind), operator=name, operand=operand)


def _constraint(name: str, operand: Any, kind: str) -> Constraint:
    if name in _COMPARISONS:
        words, compare = _COMPARISONS[name]
        _demand(kind in ORDERED, f"{name} does not apply to {kind}")
        bound = _operand(operand, kind, name)
        return Constraint(f"{words} {operand}", lambda value: compare(comparable(value, kind), bound))
    if name in _LENGTHS:
        words, compare_length = _LENGTHS[name]
        _demand(kind in _SIZED, f"{name} does not apply to {kind}")
        _demand(isinstance(operand, int) and not isinstance(operand, bool) and operand >= 0, f"{name} takes a length")
        return Constraint(f"{words} {operand}", lambda value: compare_length(len(value), operand))
    if name == "in_range":
        return _in_range(operand, kind)
    if name == "equal":
        expected = _identity(operand, kind)
        return Constraint(f"be {operand}", lambda value: _identity(value, kind) == expected)
    if name == "valid_values":
        _demand(isinstance(operand, list) and bool(operand), "valid_values takes a list")
        allowed = [_identity(value, kind) for value in operand]
        listed = ", ".join(str(value) for value in operand[:20])
        return Constraint(f"be one of {listed}", lambda value: _identity(value, kind) in allowed)
    if name == "pattern":
        return _pattern(operand, kind)
    if name == "schema":
        _demand(isinstance(operand, str), "schema takes the text of a schema")
        return Constraint("match its schema", lambda value: isinstance(value, str))
    raise ValueError(f"unknown constraint {name[:80]!r}")


def _in_range(operand: Any, kind: str) -> Constraint:
    _demand(kind in ORDERED or kind == "range", f"in_range does not apply to {kind}")
    _demand(isinstance(operand, list) and len(operand) == 2, "in_range takes a list of two values")
    ordered = "integer" if kind == "range" else kind
    low, high = (None if bound == UNBOUNDED else _operand(bound, ordered, "in_range") for bound in operand)
    _demand(low is None or high is None or low <= high, "in_range takes the lower bound first")

    def inside(value: Any) -> bool:
        if value == UNBOUNDED:
            return high is None
        amount = comparable(value, ordered)
        return (low is None or low <= amount) and (high is None or amount <= high)

    text = f"be in the range {operand[0]} to {operand[1]}"
    return Constraint(text, (lambda value: all(inside(bound) for bound in value)) if kind == "range" else inside)


def _pattern(operand: Any, kind: str) -> Constraint:
    _demand(kind == "string", f"pattern does not apply to {kind}")
    _demand(isinstance(operand, str), "pattern takes a regular expression")
    try:
        expression = re.compile(operand)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"pattern is no regular expression: {error}") from None
    return Constraint(f"match the pattern {operand}", lambda value: expression.fullmatch(value) is not None)


def _identity(value: Any, kind: str) -> Any:
    """What two equal values have in common: 1 GB is 1000 MB."""
    if kind in scalars.UNITS or kind in ("version", "timestamp"):
        return _operand(value, kind, "the constraint")
    return (isinstance(value, bool), value)


def _operand(value: Any, kind: str, name: str) -> Fraction | Any:
    try:
        return comparable(value, kind)
    except ValueError as error:
        raise ValueError(f"{name} takes values of type {kind}: {value!r} {error}") from None


def _demand(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
