"""Values read against their schema: from YAML nodes to plain values in TOSCA form, with the place of each.

Reports VTN-T040 (unknown field), T041 (missing field), T042 (wrong type), T043 (constraint) and, where a function is called, what
`vtnmd.compiler.tosca.functions` reports. `200 Mbps`, versions and timestamps stay texts; they have been checked.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from vtnmd.compiler.tosca import scalars
from vtnmd.compiler.tosca.document import (
    BOOLEAN,
    FLOAT,
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    float_of,
    integer_of,
    is_null,
    kind_of,
    native_scalar,
)
from vtnmd.compiler.tosca.hints import closest, similar
from vtnmd.compiler.tosca.schema import ANY, NO_DEFAULT, UNBOUNDED, Schema
from vtnmd.domain.diagnostics import Diagnostic, Span
from vtnmd.domain.topology import FunctionCall
from vtnmd.domain.tree import Json

Path = tuple[str | int, ...]

NULLABLE = frozenset({"null", "any"})
"""Kinds of which null is a value."""

INVALID = object()
"""What reading gives for a value that has been reported."""

FUNCTIONS = frozenset(
    {
        "get_input",
        "get_property",
        "get_attribute",
        "get_artifact",
        "get_operation_output",
        "get_nodes_of_type",
        "concat",
        "join",
        "token",
    }
)


class Calls(Protocol):
    """Evaluates TOSCA functions."""

    def call(self, name: str, node: YamlMap, schema: Schema, what: str) -> Any:
        """The value of the call `{name: arguments}` as a value of `schema`, a FunctionCall, or INVALID."""


class Reader:
    """Reads values and collects their problems; `calls` is None where no function may be called."""

    def __init__(self, problems: list[Diagnostic], calls: Calls | None) -> None:
        self.problems = problems
        self.calls = calls

    def read(self, node: YamlNode, schema: Schema, what: str, spans: dict[Path, Span] | None = None, path: Path = ()) -> Any:
        """The plain value of a node, or INVALID. `what` names it in messages; `spans` is given the place of it and of its parts."""
        if spans is not None:
            spans[path] = node.span
        kind = schema.kind
        if node.__class__ is YamlMap:
            name = _function(node, schema)
            if name:
                return self._call(name, node, schema, what)
        try:
            if kind == "record":
                value = self._record(node, schema, what, spans, path)
            elif kind == "list":
                value = self._list(node, schema, what, spans, path)
            elif kind == "map":
                value = self._map(node, schema, what, spans, path)
            elif kind == "any":
                value = self._any(node, what, spans, path)
            else:
                value = _SCALARS[kind](node)
        except ValueError as error:
            self.report("VTN-T042", f"{what} {error}", node)
            return INVALID
        if schema.constraints and value is not INVALID:
            return self._constrained(value, node, schema, what)
        return value

    def _call(self, name: str, node: YamlMap, schema: Schema, what: str) -> Any:
        if self.calls is None:
            self.report("VTN-T032", f"{what} cannot call {name} here", node)
            return INVALID
        return self.calls.call(name, node, schema, what)

    def _constrained(self, value: Any, node: YamlNode, schema: Schema, what: str) -> Any:
        if isinstance(value, FunctionCall):
            return value
        for constraint in schema.constraints:
            try:
                holds = constraint.holds(value)
            except (ValueError, TypeError):
                holds = False
            if not holds:
                self.report("VTN-T043", f"{what} must {constraint.text}, not {_shown(value)}", node)
                return INVALID
        return value

    def _record(self, node: YamlNode, schema: Schema, what: str, spans: dict[Path, Span] | None, path: Path) -> Any:
        if not isinstance(node, YamlMap):
            raise _mismatch(f"a mapping ({schema.type})", node)
        value: dict[str, Any] = {}
        meant: set[str] = set()
        for key, child in node.entries.items():
            definition = schema.fields.get(key)
            if definition is None:
                meant.add(similar(key, schema.fields))
                self.report("VTN-T040", f"{schema.type} has no property {key[:80]!r}", node.keys[key], closest(key, schema.fields))
            elif not is_null(child) or definition.schema.kind == "null":
                given = self.read(child, definition.schema, f"{what}/{key}", spans, (*path, key))
                if given is not None or definition.schema.kind in NULLABLE:
                    value[key] = given
        self._complete(value, node, schema, what, meant)
        return _whole(value, value.values())

    def _complete(self, value: dict[str, Any], node: YamlNode, schema: Schema, what: str, meant: set[str]) -> None:
        """Defaults of the fields that were not given. `meant` are those that were probably given by a wrong name."""
        for name, definition in schema.fields.items():
            if name in value:
                continue
            if definition.default is not NO_DEFAULT:
                value[name] = definition.default
            elif definition.default_node is not None:
                value[name] = self.read(definition.default_node, definition.schema, f"{what}/{name}")
            elif definition.required:
                value[name] = INVALID
                if name not in meant:
                    self.report("VTN-T041", f"{what} needs the property {name!r}", node)

    def _list(self, node: YamlNode, schema: Schema, what: str, spans: dict[Path, Span] | None, path: Path) -> Any:
        if not isinstance(node, YamlList):
            raise _mismatch("a list", node)
        entry = schema.entry or ANY
        value = [self.read(item, entry, f"{what}/{at}", spans, (*path, at)) for at, item in enumerate(node.items)]
        return _whole(value, value)

    def _map(self, node: YamlNode, schema: Schema, what: str, spans: dict[Path, Span] | None, path: Path) -> Any:
        if not isinstance(node, YamlMap):
            raise _mismatch("a mapping", node)
        entry = schema.entry or ANY
        if schema.key:
            for key in node.keys.values():
                self.read(key._replace(plain=key.plain and schema.key.kind != "string"), schema.key, f"a key of {what}")
        value = {key: self.read(child, entry, f"{what}/{key}", spans, (*path, key)) for key, child in node.entries.items()}
        return _whole(value, value.values())

    def _any(self, node: YamlNode, what: str, spans: dict[Path, Span] | None, path: Path) -> Any:
        if isinstance(node, YamlScalar):
            return native_scalar(node)
        if isinstance(node, YamlList):
            return self._list(node, ANY, what, spans, path)
        return self._map(node, ANY, what, spans, path)

    def report(self, code: str, summary: str, node: YamlNode, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, node.span, hint))


def _function(node: YamlNode, schema: Schema) -> str:
    """The name of the function that a mapping calls; empty if it is data: a record may have a field of that name."""
    if not isinstance(node, YamlMap) or len(node.entries) != 1:
        return ""
    name = next(iter(node.entries))
    return name if name in FUNCTIONS and name not in schema.fields else ""


def function_in(node: YamlNode) -> bool:
    """Whether any function is called in the node."""
    if isinstance(node, YamlMap):
        return bool(_function(node, ANY)) or any(function_in(child) for child in node.entries.values())
    return isinstance(node, YamlList) and any(function_in(child) for child in node.items)


def _whole(value: Any, parts: Any) -> Any:
    return INVALID if any(part is INVALID for part in parts) else value


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _mismatch(expected: str, node: YamlNode) -> ValueError:
    return ValueError(f"must be {expected}, not {kind_of(node)}")


def _scalar(node: YamlNode, expected: str) -> YamlScalar:
    if not isinstance(node, YamlScalar):
        raise _mismatch(expected, node)
    return node


def _string(node: YamlNode) -> str:
    scalar = _scalar(node, "a string")
    if scalar.plain and not isinstance(native_scalar(scalar), str):
        raise ValueError(f"must be a string, not {kind_of(node)}; put it in quotes")
    return scalar.text


def _integer(node: YamlNode) -> int:
    scalar = _scalar(node, "an integer")
    value = integer_of(scalar.text) if scalar.plain else None
    if value is None:
        raise ValueError(f"must be an integer, not {kind_of(node)}")
    return value


def _float(node: YamlNode) -> float:
    scalar = _scalar(node, "a number")
    if not scalar.plain or not FLOAT.fullmatch(scalar.text):
        raise ValueError(f"must be a number, not {kind_of(node)}")
    value = float_of(scalar.text)
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number, not {kind_of(node)}")
    return value


def _boolean(node: YamlNode) -> bool:
    scalar = _scalar(node, "true or false")
    if not scalar.plain or scalar.text not in BOOLEAN:
        raise ValueError(f"must be true or false, not {kind_of(node)}")
    return BOOLEAN[scalar.text]


def _null(node: YamlNode) -> None:
    if not is_null(node):
        raise ValueError(f"must be null, not {kind_of(node)}")


def _version(node: YamlNode) -> str:
    scalar = _scalar(node, "a version")
    scalars.version(scalar.text)
    return scalar.text


def _timestamp(node: YamlNode) -> str:
    scalar = _scalar(node, "a timestamp")
    scalars.timestamp(scalar.text)
    return scalar.text


def _range(node: YamlNode) -> list[int | str]:
    if not isinstance(node, YamlList) or len(node.items) != 2:
        raise ValueError(f"must be a range [lower, upper], not {kind_of(node)}")
    low = _integer(node.items[0])
    upper = node.items[1]
    high = UNBOUNDED if isinstance(upper, YamlScalar) and upper.text == UNBOUNDED else _integer(upper)
    if isinstance(high, int) and high < low:
        raise ValueError("must be a range with the lower bound first")
    return [low, high]


def _scalar_unit(kind: str) -> Callable[[YamlNode], str]:
    def read(node: YamlNode) -> str:
        scalar = _scalar(node, "a number and a unit")
        scalars.scalar_unit(scalar.text, kind)
        return scalar.text

    return read


_SCALARS: Mapping[str, Callable[[YamlNode], Any]] = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "null": _null,
    "version": _version,
    "timestamp": _timestamp,
    "range": _range,
    **{kind: _scalar_unit(kind) for kind in scalars.UNITS},
}


def node_of(value: Json, span: Span) -> YamlNode:
    """A plain value as a YAML node that stands at `span`: what functions give is then checked like what was written there."""
    place = (span.file, span.line, span.column, span.end_column)
    if isinstance(value, Mapping):
        entries = {str(key): node_of(child, span) for key, child in value.items()}
        return YamlMap(entries, {key: YamlScalar(key, False, *place) for key in entries}, *place)
    if isinstance(value, list | tuple):
        return YamlList(tuple(node_of(child, span) for child in value), *place)
    if isinstance(value, str):
        return YamlScalar(value, False, *place)
    if value is None:
        return YamlScalar("null", True, *place)
    return YamlScalar(str(value).lower() if isinstance(value, bool) else str(value), True, *place)
