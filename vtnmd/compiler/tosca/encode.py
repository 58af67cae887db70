"""TOSCA values as RFC 7951 values of a schema node, each with its source.

Reports VTN-T070 (no place in YANG), T072 (units) and T073 (not known before deployment). A value that its YANG type refuses is
passed on as it is, for YANG to explain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vtnmd.compiler.tosca.scalars import amount_of
from vtnmd.compiler.tosca.units import YANG_UNITS, in_units
from vtnmd.domain.diagnostics import Diagnostic, Span
from vtnmd.domain.topology import FunctionCall
from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import ModuleNames
from vtnmd.yang.nodes import Kind, SchemaNode

Path = tuple[str | int, ...]

_NAMES = ModuleNames()


@dataclass(frozen=True, slots=True)
class Encoding:
    """Where problems and sources go, and where values were written: `spans` by path, `span` for what has no place of its own."""

    problems: list[Diagnostic]
    sources: dict[Path, Span]
    spans: Mapping[Path, Span]
    span: Span

    def place(self, written: Path) -> Span:
        """The place of the value, or of the nearest one around it."""
        while written not in self.spans and written:
            written = written[:-1]
        return self.spans.get(written, self.span)

    def report(self, code: str, summary: str, written: Path, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, self.place(written), hint))


def encode_value(encoding: Encoding, value: Any, node: SchemaNode, path: Path, written: Path) -> Json:
    """The value for `node` at `path` in the document; `written` is its path in the topology. None where there is nothing to say."""
    encoding.sources[path] = encoding.spans[written] if written in encoding.spans else encoding.place(written)
    if isinstance(value, FunctionCall):
        hint = f"{value.name} gives a value only after deployment; write the value, or take it from an input"
        encoding.report("VTN-T073", f"{'/'.join(map(str, written))} must be known now", written, hint)
        return None
    if node.kind is Kind.LEAF:
        return _leaf(encoding, value, node, written)
    if node.kind is Kind.CONTAINER and isinstance(value, Mapping):
        return _members(encoding, value, node, path, written)
    if node.kind is Kind.LIST and isinstance(value, list):
        encoding.sources.update({(*path, at): encoding.place((*written, at)) for at in range(len(value))})
        return [
            _members(encoding, item, node, (*path, at), (*written, at)) if isinstance(item, Mapping) else item
            for at, item in enumerate(value)
        ]
    if node.kind is Kind.LIST and isinstance(value, Mapping) and len(node.keys) == 1:
        return [
            {
                node.keys[0]: key,
                **(_members(encoding, item, node, (*path, at), (*written, key)) if isinstance(item, Mapping) else {}),
            }
            for at, (key, item) in enumerate(value.items())
        ]
    if node.kind is Kind.LEAF_LIST and isinstance(value, list):
        for at in range(len(value)):
            encoding.sources[(*path, at)] = encoding.place((*written, at))
        return [_leaf(encoding, item, node, (*written, at)) for at, item in enumerate(value)]
    return value


def _members(encoding: Encoding, value: Mapping[str, Any], node: SchemaNode, path: Path, written: Path) -> Json:
    children = {child.name: child for child in node.children.values()}
    found: dict[str, Json] = {}
    for name, item in value.items():
        child = children.get(name)
        if child is None:
            encoding.report("VTN-T070", f"{name} has no place in {node.name}", (*written, name))
            continue
        encoded = encode_value(encoding, item, child, (*path, child.member), (*written, name))
        if encoded is not None:
            found[child.member] = encoded
    return found


def _leaf(encoding: Encoding, value: Any, node: SchemaNode, written: Path) -> Json:
    if isinstance(value, str) and node.units in YANG_UNITS and amount_of(value):
        try:
            value = in_units(value, node.units)
        except ValueError as error:
            hint = f"{node.name} is counted in {node.units}"
            encoding.report("VTN-T072", f"{'/'.join(map(str, written))}: {value} {error}", written, hint)
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or node.type is None:
        return value
    parsed = node.type.parse(str(value), _NAMES)
    return value if parsed is None else parsed
