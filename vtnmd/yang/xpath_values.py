"""Values of XPath 1.0 expressions: their conversions and comparisons (XPath 1.0 sections 3.4 and 4)."""

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from vtnmd.yang.instances import Evaluation, Instance

NodeSet: TypeAlias = list[Instance]
Value: TypeAlias = NodeSet | str | float | bool
Closure: TypeAlias = Callable[[Instance, Instance, Evaluation], Any]
"""(context, origin, evaluation) → Value. What `current()` means is the origin."""

_NUMBER = re.compile(r"\s*-?(\d+(\.\d*)?|\.\d+)\s*")


def boolean(value: Value) -> bool:
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def told(value: Any, run: Evaluation) -> Any:
    """The value itself, the work that its text is accounted for. Raises Exhausted."""
    if run.work != math.inf:
        if isinstance(value, list):
            run.spend(sum(node.size() for node in value))
        elif isinstance(value, str):
            run.spend(len(value) // 100)
    return value


def string(value: Value) -> str:
    if isinstance(value, list):
        return value[0].text() if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return str(int(value)) if value == int(value) else repr(value)
    return value


def number(value: Value) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        if not value:
            return math.nan
        raw = value[0].value
        if type(raw) is int:
            return float(raw)
        value = value[0].text()
    return float(value) if _NUMBER.fullmatch(value) else math.nan


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(operator: str, left: Value, right: Value) -> bool:
    """XPath 1.0 section 3.4: node-sets compare by whether some member does."""
    holds = _COMPARE[operator]
    equality = operator in {"=", "!="}
    if isinstance(left, bool) or isinstance(right, bool):
        a, b = boolean(left), boolean(right)
        return holds(a, b) if equality else holds(float(a), float(b))
    if isinstance(left, list) and isinstance(right, list):
        if equality:
            texts, others = {node.text() for node in left}, {node.text() for node in right}
            return not texts.isdisjoint(others) if operator == "=" else bool(texts and others) and len(texts | others) > 1
        return _some_pair(operator, [number([node]) for node in left], [number([node]) for node in right])
    if isinstance(left, list):
        return any(_compare_scalars(holds, equality, node, right) for node in left)
    if isinstance(right, list):
        return any(_compare_scalars(lambda a, b: holds(b, a), equality, node, left) for node in right)
    if equality and not isinstance(left, float) and not isinstance(right, float):
        return holds(string(left), string(right))
    return holds(number(left), number(right))


def _some_pair(operator: str, left: list[float], right: list[float]) -> bool:
    """Whether some number of the left and some of the right are in that order: the extremes tell, but for what is no number."""
    left, right = ([each for each in side if not math.isnan(each)] for side in (left, right))
    if not left or not right:
        return False
    least, most = (min(left), max(right)) if operator[0] == "<" else (max(left), min(right))
    return _COMPARE[operator](least, most)


def _compare_scalars(holds: Callable[[Any, Any], bool], equality: bool, node: Instance, other: Value) -> bool:
    if equality and isinstance(other, str):
        return holds(node.text(), other)
    return holds(number([node]), number(other))
