"""The functions of XPath 1.0 section 4 and RFC 7950 section 10.

Each builder takes yangson's node of the function and what compiles an argument, and gives the closure that evaluates it.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from yangson import xpathast as ast

from vtnmd.yang.datatypes import BitsType, DataType, EnumerationType, UnionType
from vtnmd.yang.expressions import expression
from vtnmd.yang.instances import Evaluation, Instance
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.reference_types import IdentityType
from vtnmd.yang.references import find_target
from vtnmd.yang.xpath_values import Closure, boolean, number, string, told

Compile: TypeAlias = Callable[[Any], Closure]
Builder: TypeAlias = Callable[[Any, Compile], Closure]


_NODE_SETS = (ast.LocationPath, ast.PathExpr, ast.Step, ast.Root, ast.UnionExpr, ast.FuncCurrent, ast.FuncDeref)


def node_set(expression: Any) -> Any:
    """The expression, which must yield a node-set. Raises TypeError if it cannot."""
    inner = expression.primary if isinstance(expression, ast.FilterExpr) else expression
    if not isinstance(inner, _NODE_SETS):
        raise TypeError(f"{expression} is no node-set")
    return expression


def _self(node: Instance, _: Instance, __: Evaluation) -> list[Instance]:
    return [node]


def _of_strings(*arguments: str) -> Callable[[Callable[..., Any]], Builder]:
    """A builder for a function of the string values of the named arguments; an argument left out is the context node."""

    def decorate(function: Callable[..., Any]) -> Builder:
        def build(expression: Any, compile_: Compile) -> Closure:
            given = [getattr(expression, argument) for argument in arguments]
            inner = [compile_(argument) if argument is not None else _self for argument in given]
            return lambda node, origin, run: function(*(string(told(value(node, origin, run), run)) for value in inner))

        return build

    return decorate


def _of_number(function: Callable[[float], float]) -> Builder:
    def build(expression: Any, compile_: Compile) -> Closure:
        inner = compile_(expression.expr) if expression.expr is not None else _self
        return lambda node, origin, run: function(number(told(inner(node, origin, run), run)))

    return build


def _whole(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: float(function(value)) if math.isfinite(value) else value


def _constant(value: bool) -> Builder:
    return lambda _, __: lambda _node, _origin, _run: value


def _count(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(node_set(expression.expr))
    return lambda node, origin, run: float(len(inner(node, origin, run)))


def _sum(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(node_set(expression.expr))
    return lambda node, origin, run: math.fsum(number([found]) for found in told(inner(node, origin, run), run))


def _not(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(expression.expr)
    return lambda node, origin, run: not boolean(inner(node, origin, run))


def _boolean(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(expression.expr)
    return lambda node, origin, run: boolean(inner(node, origin, run))


def _concat(expression: Any, compile_: Compile) -> Closure:
    parts = [compile_(part) for part in expression.parts]
    return lambda node, origin, run: "".join(string(told(part(node, origin, run), run)) for part in parts)


def _name(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(node_set(expression.expr)) if expression.expr is not None else _self
    local = expression.local

    def name(node: Instance, origin: Instance, run: Evaluation) -> str:
        found = inner(node, origin, run)
        if not found or found[0].parent is None:
            return ""
        return str(found[0].schema.name if local else found[0].schema.member)

    return name


def _substring(expression: Any, compile_: Compile) -> Closure:
    text, start = compile_(expression.left), compile_(expression.right)
    length = compile_(expression.length) if expression.length is not None else None

    def substring(node: Instance, origin: Instance, run: Evaluation) -> str:
        whole = string(told(text(node, origin, run), run))
        first = _round(number(start(node, origin, run)))
        last = first + _round(number(length(node, origin, run))) if length else math.inf
        if math.isnan(first) or math.isnan(last):
            return ""
        begin, end = (int(min(max(place - 1, 0), len(whole))) for place in (first, last))
        return whole[begin:end]

    return substring


def _round(value: float) -> float:
    return float(math.floor(value + 0.5)) if math.isfinite(value) else value


def _translate(expression: Any, compile_: Compile) -> Closure:
    text, old, new = compile_(expression.left), compile_(expression.right), compile_(expression.nchars)

    def translate(node: Instance, origin: Instance, run: Evaluation) -> str:
        sources, targets = string(told(old(node, origin, run), run)), string(told(new(node, origin, run), run))
        table: dict[int, str | None] = {}
        for place, character in enumerate(sources):
            table.setdefault(ord(character), targets[place] if place < len(targets) else None)
        return string(told(text(node, origin, run), run)).translate(table)

    return translate


def _re_match(given: Any, compile_: Compile) -> Closure:
    text, pattern = compile_(given.left), compile_(given.right)

    def re_match(node: Instance, origin: Instance, run: Evaluation) -> bool:
        compiled = expression(string(told(pattern(node, origin, run), run)))
        subject = string(told(text(node, origin, run), run))
        run.spend(len(subject) * compiled.size // 4)
        return compiled.matches(subject)

    return re_match


def _deref(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(node_set(expression.expr))

    def deref(node: Instance, origin: Instance, run: Evaluation) -> list[Instance]:
        found = inner(node, origin, run)[:1]
        return [target for source in found for target in [find_target(source, run)] if target is not None]

    return deref


def _derived_from(expression: Any, compile_: Compile) -> Closure:
    nodes, identity = compile_(node_set(expression.left)), compile_(expression.right)
    or_self, context = expression.or_self, expression.sctx

    def derived_from(node: Instance, origin: Instance, run: Evaluation) -> bool:
        name, module = context.schema_data.translate_pname(string(identity(node, origin, run)), context.text_mid)
        base = f"{module}:{name}"
        for found in nodes(node, origin, run):
            described = _member_type(found, IdentityType)
            if described is None:
                continue
            value = described.canonical(found.value)
            own_module, _, own_name = value.partition(":")
            if (or_self and value == base) or context.schema_data.is_derived_from((own_name, own_module), (name, module)):
                return True
        return False

    return derived_from


def _enum_value(expression: Any, compile_: Compile) -> Closure:
    inner = compile_(node_set(expression.expr))

    def enum_value(node: Instance, origin: Instance, run: Evaluation) -> float:
        for found in inner(node, origin, run)[:1]:
            described = _member_type(found, EnumerationType)
            if isinstance(described, EnumerationType):
                return float(described.values[found.value])
        return math.nan

    return enum_value


def _bit_is_set(expression: Any, compile_: Compile) -> Closure:
    nodes, name = compile_(node_set(expression.left)), compile_(expression.right)

    def bit_is_set(node: Instance, origin: Instance, run: Evaluation) -> bool:
        found = nodes(node, origin, run)[:1]
        wanted = string(name(node, origin, run))
        return any(_member_type(one, BitsType) is not None and wanted in one.value.split() for one in found)

    return bit_is_set


def _member_type(node: Instance, wanted: type) -> DataType | None:
    schema: SchemaNode = node.schema
    described = schema.type.member(node.value) if isinstance(schema.type, UnionType) else schema.type
    return described if isinstance(described, wanted) else None


FUNCTIONS: dict[type, Builder] = {
    ast.FuncBitIsSet: _bit_is_set,
    ast.FuncBoolean: _boolean,
    ast.FuncCeiling: _of_number(_whole(math.ceil)),
    ast.FuncConcat: _concat,
    ast.FuncContains: _of_strings("left", "right")(lambda text, part: part in text),
    ast.FuncCount: _count,
    ast.FuncDeref: _deref,
    ast.FuncDerivedFrom: _derived_from,
    ast.FuncEnumValue: _enum_value,
    ast.FuncFalse: _constant(False),
    ast.FuncFloor: _of_number(_whole(math.floor)),
    ast.FuncLast: lambda _, __: lambda _node, _origin, run: float(run.size),
    ast.FuncName: _name,
    ast.FuncNormalizeSpace: _of_strings("expr")(lambda text: " ".join(text.split())),
    ast.FuncNot: _not,
    ast.FuncNumber: _of_number(lambda value: value),
    ast.FuncPosition: lambda _, __: lambda _node, _origin, run: float(run.position),
    ast.FuncReMatch: _re_match,
    ast.FuncRound: _of_number(_round),
    ast.FuncStartsWith: _of_strings("left", "right")(lambda text, start: text.startswith(start)),
    ast.FuncString: _of_strings("expr")(lambda text: text),
    ast.FuncStringLength: _of_strings("expr")(lambda text: float(len(text))),
    ast.FuncSubstring: _substring,
    ast.FuncSubstringAfter: _of_strings("left", "right")(lambda text, mark: text.partition(mark)[2]),
    ast.FuncSubstringBefore: _of_strings("left", "right")(lambda text, mark: text.partition(mark)[0] if mark in text else ""),
    ast.FuncSum: _sum,
    ast.FuncTranslate: _translate,
    ast.FuncTrue: _constant(True),
}
