"""Inputs of a topology as parameters of a template (Heat template guide, "Parameters section").

The value of an input becomes the default, so that the template can be used as it stands. Sizes are counted in GB, as Cinder counts
them, times in seconds. `label` and `hidden: true` in the metadata of an input are those of the parameter.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from vtnmd.compiler.tosca.scalars import UNITS, scalar_unit
from vtnmd.compiler.tosca.units import in_cloud_size
from vtnmd.domain.topology import Input
from vtnmd.domain.tree import Json

_TYPES = {
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "map": "json",
    "record": "json",
    "any": "json",
    "range": "json",
    "list": "comma_delimited_list",
}
_SIZE = "scalar-unit.size"
_EMPTY: Mapping[str, Json] = {"string": "", "json": {}, "comma_delimited_list": []}
"""What an input that need not be given is by default: Heat asks for every parameter without a default."""


def parameters_of(inputs: Mapping[str, Input]) -> dict[str, Json]:
    """The section `parameters`."""
    return {name: _parameter(declared) for name, declared in inputs.items()}


def _parameter(declared: Input) -> Json:
    kind = "json" if declared.kind == "list" and _is_nested(declared.value) else _type_of(declared.kind)
    found: dict[str, Json] = {"type": kind}
    label = declared.metadata.get("label")
    description = declared.description.strip()
    constraints = _merged(clause for name, operand in declared.constraints for clause in _clauses(name, operand, declared.kind))
    if label:
        found["label"] = label
    if description:
        found["description"] = description
    if declared.value is not None:
        found["default"] = _plain(declared.value, declared.kind)
    elif not declared.required and kind in _EMPTY:
        found["default"] = _EMPTY[kind]
    if declared.metadata.get("hidden", "").lower() == "true":
        found["hidden"] = True
    if constraints:
        found["constraints"] = constraints
    return found


def _merged(clauses: Iterable[Json]) -> list[Json]:
    """Bounds of one kind in one constraint."""
    found: list[Json] = []
    for clause in clauses:
        ((name, operand),) = clause.items()
        last = next((each[name] for each in found if name in each), None)
        if isinstance(operand, dict) and isinstance(last, dict) and not last.keys() & operand.keys():
            last.update(operand)
        else:
            found.append({name: operand})
    return found


def _is_nested(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(entry, list | Mapping) for entry in value)


def _type_of(kind: str) -> str:
    return "number" if kind in UNITS else _TYPES.get(kind, "string")


def _plain(value: Any, kind: str) -> Json:
    """A value as Heat counts it."""
    if kind == _SIZE and isinstance(value, str):
        return in_cloud_size(value, 3)
    if kind in UNITS and isinstance(value, str):
        amount = scalar_unit(value, kind)
        return int(amount) if amount.denominator == 1 else float(amount)
    return value


def _clauses(name: str, operand: Any, kind: str) -> list[Json]:
    """A constraint clause of TOSCA as constraints of HOT; those that HOT does not know say nothing."""
    if name == "valid_values":
        return [{"allowed_values": [_plain(value, kind) for value in operand]}]
    if name == "equal":
        return [{"allowed_values": [_plain(operand, kind)]}]
    if name == "pattern":
        return [{"allowed_pattern": operand}]
    if name in ("length", "min_length", "max_length"):
        bounds = {"length": ("min", "max"), "min_length": ("min",), "max_length": ("max",)}[name]
        return [{"length": dict.fromkeys(bounds, operand)}]
    low, high = _bounds(name, operand, kind)
    bounds_given = {key: _plain(value, kind) for key, value in (("min", low), ("max", high)) if value not in (None, "UNBOUNDED")}
    return [{"range": bounds_given}] if bounds_given and _type_of(kind) == "number" else []


def _bounds(name: str, operand: Any, kind: str) -> tuple[Any, Any]:
    if name == "in_range":
        return operand[0], operand[1]
    if name == "greater_or_equal" or (name == "greater_than" and kind != "integer"):
        return operand, None
    if name == "less_or_equal" or (name == "less_than" and kind != "integer"):
        return None, operand
    if name == "greater_than":
        return operand + 1, None
    return (None, operand - 1) if name == "less_than" else (None, None)
