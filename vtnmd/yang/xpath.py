"""XPath 1.0 with YANG's functions (RFC 7950 section 10), compiled from yangson's syntax trees into closures.

A closure takes (context Instance, origin Instance, Evaluation) and gives a list of Instances (a node-set), str, float or bool. What
`current()` means is `origin`. Predicates that compare a child with something that does not depend on the entry,
`entry[name = current()/../name]`, are looked up in an index of the list, so that evaluating one for every entry stays linear.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from yangson import xpathast as ast
from yangson.enumerations import Axis, MultiplicativeOp

from vtnmd.yang.instances import Evaluation, Index, Instance, Poisoned, entries
from vtnmd.yang.nodes import Kind, Locate, QualifiedName, SchemaNode, Test
from vtnmd.yang.xpath_functions import FUNCTIONS, node_set
from vtnmd.yang.xpath_values import Closure, NodeSet, Value, boolean, compare, number, string, told

EVERY_NAME = "*"
"""The local name in a step `prefix:*`, which stands for all those of its module."""


def compile_test(expression: Any, prefixes: Mapping[str, str]) -> Test:
    """A must or when expression as a predicate. `prefixes` maps those of the module to module names."""
    closure = _compile(expression, prefixes)
    return lambda node, evaluation: boolean(closure(node, node, evaluation))


def compile_expression(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    """An expression of any kind. `prefixes` maps those of where it stands to module names."""
    return _compile(expression, prefixes)


def compile_path(path: Any, prefixes: Mapping[str, str]) -> tuple[Locate, tuple[QualifiedName, ...]]:
    """A leafref path as (what leads up to the last predicate or parent step, the names of the child steps after it)."""
    tail: list[QualifiedName] = []
    expression = path
    while isinstance(expression, ast.LocationPath):
        step: Any = expression.right
        if not _plain_child(step):
            break
        tail.insert(0, step.qname)
        expression = expression.left
    closure = _compile(expression, prefixes)
    return (lambda node, evaluation: closure(node, node, evaluation)), tuple(tail)


def _plain_child(step: Any) -> bool:
    return names_a_child(step) and not step.predicates


def names_a_child(step: Any) -> bool:
    """Whether a step leads to children of one name."""
    return isinstance(step, ast.Step) and step.axis is Axis.child and bool(step.qname) and step.qname[0] != EVERY_NAME


# expressions


def _compile(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    function = FUNCTIONS.get(type(expression))
    if function is not None:
        return function(expression, lambda argument: _compile(argument, prefixes))
    return _COMPILERS[type(expression)](expression, prefixes)


def _literal(expression: Any, _: Mapping[str, str]) -> Closure:
    value = expression.value
    return lambda _node, _origin, _run: value


def _number(expression: Any, _: Mapping[str, str]) -> Closure:
    value = float(expression.value)
    return lambda _node, _origin, _run: value


def _or(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    return lambda node, origin, run: boolean(left(node, origin, run)) or boolean(right(node, origin, run))


def _and(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    return lambda node, origin, run: boolean(left(node, origin, run)) and boolean(right(node, origin, run))


def _equality(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    operator = "!=" if expression.negate else "="

    def equal(node: Instance, origin: Instance, run: Evaluation) -> bool:
        values = told(left(node, origin, run), run), told(right(node, origin, run), run)
        return compare(operator, *_identities(*values, prefixes))

    return equal


def _identities(left: Value, right: Value, prefixes: Mapping[str, str]) -> tuple[Value, Value]:
    """Both sides, with a text that is compared to an identityref spelled with the module's name in place of its prefix."""
    if isinstance(left, str) and ":" in left and _holds_identity(right):
        return _spelled(left, prefixes), right
    if isinstance(right, str) and ":" in right and _holds_identity(left):
        return left, _spelled(right, prefixes)
    return left, right


def _holds_identity(value: Value) -> bool:
    described = value[0].schema.type if isinstance(value, list) and value else None
    return described is not None and described.base == "identityref"


def _spelled(text: str, prefixes: Mapping[str, str]) -> str:
    prefix, _, name = text.partition(":")
    return f"{prefixes.get(prefix, prefix)}:{name}"


def _relational(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    operator = ("<" if expression.less else ">") + ("=" if expression.equal else "")
    return lambda node, origin, run: compare(operator, told(left(node, origin, run), run), told(right(node, origin, run), run))


def _additive(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    sign = 1.0 if expression.plus else -1.0
    return lambda node, origin, run: number(left(node, origin, run)) + sign * number(right(node, origin, run))


def _multiplicative(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(expression.left, prefixes), _compile(expression.right, prefixes)
    operations: dict[Any, Callable[[float, float], float]] = {
        MultiplicativeOp.multiply: lambda a, b: a * b,
        MultiplicativeOp.divide: _divide,
        MultiplicativeOp.modulo: lambda a, b: math.fmod(a, b) if b and math.isfinite(a) else math.nan,
    }
    operation = operations[expression.operator]
    return lambda node, origin, run: operation(number(left(node, origin, run)), number(right(node, origin, run)))


def _divide(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    return math.nan if dividend == 0 or math.isnan(dividend) else math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def _minus(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    inner = _compile(expression.expr, prefixes)
    sign = -1.0 if expression.negate else 1.0
    return lambda node, origin, run: sign * number(inner(node, origin, run))


def _union(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    left, right = _compile(node_set(expression.left), prefixes), _compile(node_set(expression.right), prefixes)
    return lambda node, origin, run: _distinct([*left(node, origin, run), *right(node, origin, run)])


def _distinct(nodes: NodeSet) -> NodeSet:
    return list({node.identity: node for node in nodes}.values()) if len(nodes) > 1 else nodes


# paths


def _root(_: Any, __: Mapping[str, str]) -> Closure:
    return lambda _node, _origin, run: [run.root]


def _current(_: Any, __: Mapping[str, str]) -> Closure:
    return lambda _node, origin, _run: [origin]


def _path(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    """Both `left/right` forms of yangson: for each node of the left the nodes of the right."""
    left, right = _compile(node_set(expression.left), prefixes), _compile(expression.right, prefixes)

    def walk(node: Instance, origin: Instance, run: Evaluation) -> NodeSet:
        nodes = left(node, origin, run)
        run.spend(len(nodes))
        if len(nodes) == 1:
            return list(right(nodes[0], origin, run))
        return _distinct([found for start in nodes for found in right(start, origin, run)])

    return walk


def _filter(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    primary = _compile(expression.primary, prefixes)
    predicates = [_compile(predicate, prefixes) for predicate in expression.predicates]
    if not predicates:
        return primary
    node_set(expression)
    return lambda node, origin, run: _select(primary(node, origin, run), predicates, origin, run)


def _select(nodes: NodeSet, predicates: list[Closure], origin: Instance, run: Evaluation) -> NodeSet:
    for predicate in predicates:
        run.spend(len(nodes))
        outer = run.position, run.size
        chosen: NodeSet = []
        for position, node in enumerate(nodes, start=1):
            run.position, run.size = position, len(nodes)
            result = predicate(node, origin, run)
            if result == position if isinstance(result, float) else boolean(result):
                chosen.append(node)
        run.position, run.size = outer
        nodes = chosen
    return nodes


def _step(expression: Any, prefixes: Mapping[str, str]) -> Closure:
    axis = _AXES[expression.axis]
    name: QualifiedName | None = expression.qname or None
    if name is not None and names_a_child(expression):
        return _child_step(name, expression.predicates, prefixes)
    predicates = [_compile(predicate, prefixes) for predicate in expression.predicates]

    def walk(node: Instance, origin: Instance, run: Evaluation) -> NodeSet:
        found = axis(node, run)
        run.spend(1 + len(found))
        if name is not None:
            found = [other for other in found if other.schema.module == name[1] and name[0] in {EVERY_NAME, other.schema.name}]
        return _select(found, predicates, origin, run) if predicates else found

    return walk


def _child_step(name: QualifiedName, predicates: list[Any], prefixes: Mapping[str, str]) -> Closure:
    key = _indexable(predicates[0], prefixes) if predicates else None
    every = [_compile(predicate, prefixes) for predicate in predicates]

    def walk(node: Instance, origin: Instance, run: Evaluation) -> NodeSet:
        schema = node.schema.lookup.get(name)
        if schema is None or not isinstance(node.value, dict):
            return []
        leaf = schema.lookup.get(key[0]) if key else None
        if key is None or leaf is None or schema.kind is not Kind.LIST or not _has_texts(leaf):
            found, rest = run.child(node, schema), every
            run.spend(1 + len(found))
        else:
            sibling = Instance({}, schema, node, (schema.member, 0))
            found, rest = _looked_up(node, schema, leaf, key[1](sibling, origin, run), run), every[1:]
        return _select(found, rest, origin, run) if rest else found

    return walk


def _has_texts(leaf: SchemaNode) -> bool:
    """Whether equal values have equal texts whatever they are compared with; identities may be spelled with any prefix."""
    return leaf.type is not None and leaf.type.base not in {"identityref", "union"}


def _indexable(predicate: Any, prefixes: Mapping[str, str]) -> tuple[QualifiedName, Closure] | None:
    """(child, what it is compared with) of a predicate `child = expression` whose right side yields texts and ignores the entry."""
    if not isinstance(predicate, ast.EqualityExpr) or predicate.negate:
        return None
    leaf: Any = predicate.left
    return (leaf.qname, _compile(predicate.right, prefixes)) if _plain_child(leaf) and _outside(predicate.right) else None


def _outside(expression: Any) -> bool:
    """Whether an expression in a predicate is the same for all entries: it starts elsewhere, or from their common parent."""
    while isinstance(expression, ast.PathExpr | ast.LocationPath):
        expression = expression.left
    if isinstance(expression, ast.FilterExpr):
        expression = expression.primary
    if isinstance(expression, ast.Step):
        return expression.axis is Axis.parent
    return isinstance(expression, ast.Literal | ast.FuncCurrent | ast.Root)


def _looked_up(node: Instance, schema: SchemaNode, leaf: SchemaNode, wanted: Value, run: Evaluation) -> NodeSet:
    """The entries of a list whose leaf has one of the wanted texts. Raises Poisoned if one that cannot be read may be meant."""
    listed = node.value.get(schema.member)
    if not isinstance(listed, list):
        return run.child(node, schema)
    index = run.indexes.get((id(listed), leaf.member))
    if index is None:
        run.spend(len(listed))
        index = run.indexes[id(listed), leaf.member] = _index(entries(listed, schema, node), leaf, run)
    if isinstance(wanted, list):
        places = sorted({place for other in wanted for place in index.places.get(other.text(), ())})
    else:
        places = index.places.get(string(wanted), [])
    if not places and not index.complete:
        raise Poisoned
    return [Instance(listed[place], schema, node, (schema.member, place)) for place in places]


def _index(listed: NodeSet, leaf: SchemaNode, run: Evaluation) -> Index:
    places: dict[str, list[int]] = {}
    complete = True
    for entry in listed:
        if (id(entry.value), leaf.member) in run.poisoned:
            complete = False
            continue
        value = entry.value.get(leaf.member)
        for found in run.child(entry, leaf) if value is None else entries(value, leaf, entry):
            places.setdefault(found.text(), []).append(int(entry.step[-1]))
    return Index(places, complete)


def _ancestors(node: Instance, _: Evaluation) -> NodeSet:
    found: NodeSet = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def _descendants(node: Instance, run: Evaluation) -> NodeSet:
    found: NodeSet = []
    for child in run.children(node):
        found.append(child)
        found.extend(_descendants(child, run))
    return found


def _siblings(node: Instance, run: Evaluation, *, after: bool) -> NodeSet:
    if node.parent is None or len(node.step) != 2:
        return []
    place = int(node.step[-1])
    listed = entries(node.parent.value[node.schema.member], node.schema, node.parent)
    run.spend(len(listed))
    if after:
        return [other for other in listed if int(other.step[-1]) > place]
    return [other for other in reversed(listed) if int(other.step[-1]) < place]


_AXES: dict[Axis, Callable[[Instance, Evaluation], NodeSet]] = {
    Axis.child: lambda node, run: run.children(node),
    Axis.self: lambda node, _run: [node],
    Axis.parent: lambda node, _run: [node.parent] if node.parent else [],
    Axis.ancestor: _ancestors,
    Axis.ancestor_or_self: lambda node, run: [node, *_ancestors(node, run)],
    Axis.descendant: _descendants,
    Axis.descendant_or_self: lambda node, run: [node, *_descendants(node, run)],
    Axis.following_sibling: lambda node, run: _siblings(node, run, after=True),
    Axis.preceding_sibling: lambda node, run: _siblings(node, run, after=False),
}

_COMPILERS: dict[type, Callable[[Any, Mapping[str, str]], Closure]] = {
    ast.Literal: _literal,
    ast.Number: _number,
    ast.OrExpr: _or,
    ast.AndExpr: _and,
    ast.EqualityExpr: _equality,
    ast.RelationalExpr: _relational,
    ast.AdditiveExpr: _additive,
    ast.MultiplicativeExpr: _multiplicative,
    ast.UnaryMinusExpr: _minus,
    ast.UnionExpr: _union,
    ast.Root: _root,
    ast.FuncCurrent: _current,
    ast.PathExpr: _path,
    ast.LocationPath: _path,
    ast.FilterExpr: _filter,
    ast.Step: _step,
}
