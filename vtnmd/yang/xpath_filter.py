"""XPath expressions that clients send as filters (RFC 6241 section 8.9): parsed with the prefixes at hand, and what they select."""

from collections.abc import Iterable, Mapping
from typing import Any

from yangson import xpathast as ast
from yangson.exceptions import YangsonException
from yangson.schemadata import SchemaContext
from yangson.xpathparser import XPathParser

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Evaluation, Instance, Poisoned
from vtnmd.yang.nodes import QualifiedName, SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath import EVERY_NAME, compile_expression, names_a_child
from vtnmd.yang.xpath_values import Closure, Value, boolean

_LONGEST = 10_000
_NO_MODULE = "-"
"""The module of names whose namespace no module has: nothing is found by them."""


WORK_FOR_EVENT, MODEST_WORK, MUCH_WORK = 10_000, 300_000, 20_000_000
"""What an expression may do (`Evaluation.work`): for one event, where others wait for it, and in a thread of its own."""


class XPathProblem(Exception):
    """A text that is no XPath expression, or one that yields no nodes."""


class _Names:
    """Stands where yangson's parser looks for what prefixes mean."""

    def __init__(self, schema: Schema, namespaces: Mapping[str | None, str]) -> None:
        self._schema = schema
        self._namespaces = namespaces

    def prefix2ns(self, prefix: str, _: Any) -> str:
        if prefix not in self._namespaces:
            raise XPathProblem(f"the prefix {prefix} is not declared")
        return self._schema.namespaces.get(self._namespaces[prefix], _NO_MODULE)

    def is_derived_from(self, identity: QualifiedName, base: QualifiedName) -> bool:
        return bool(self._schema.model.schema_data.is_derived_from(identity, base))

    def translate_pname(self, name: str, _: Any) -> QualifiedName:
        prefix, _, local = name.rpartition(":")
        return local, self.prefix2ns(prefix, None)


class _Parser(XPathParser):
    """yangson's, which does not know `prefix:*`: that may not stand in YANG, but in XPath 1.0."""

    def yang_identifier(self) -> str:
        if self.input[self.offset - 1 : self.offset] == ":" and self.test_string(EVERY_NAME):
            return EVERY_NAME
        return str(super().yang_identifier())


class Selection:
    """A parsed expression. Names without a prefix have no namespace, so they lead to nothing, as XPath 1.0 has it."""

    def __init__(self, schema: Schema, text: str, namespaces: Mapping[str | None, str], unprefixed: str = _NO_MODULE) -> None:
        """`namespaces` are the declarations of the element that holds the text, `unprefixed` the module of names without a prefix.

        Raises XPathProblem.
        """
        if len(text) > _LONGEST:
            raise XPathProblem(f"the expression is longer than {_LONGEST} characters")
        self._schema = schema
        prefixes = {prefix or "": schema.namespaces.get(uri, _NO_MODULE) for prefix, uri in namespaces.items()}
        try:
            context = SchemaContext(_Names(schema, namespaces), unprefixed, ("", ""))  # type: ignore[arg-type] # asked for names only
            parser = _Parser(text, context)
            self._tree: Any = parser.parse()
            if not parser.at_end():
                raise XPathProblem(f"{text!r} is no XPath expression")
            self._closure: Closure = compile_expression(self._tree, prefixes)
        except (YangsonException, KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
            raise XPathProblem(f"{text!r} is no XPath expression that is understood here: {error}") from None

    def entries(self, path: tuple[str, str]) -> tuple[str, ...] | None:
        """The keys that the expression names of a top-level container's list with one key, None where it may look at any entry.

        Understood is `/container/list[key = 'text']`, and what goes on from there.
        """
        steps: list[Any] = []
        tree = self._tree
        while isinstance(tree, ast.LocationPath):
            steps.insert(0, tree.right)
            tree = tree.left
        if not isinstance(tree, ast.Root) or not steps or any(_is_wide(step) for step in steps):
            return None
        node = self._schema.root.children[path[0]]
        if steps[0].qname != (node.name, node.module):
            return ()
        listed = node.children[path[1]]
        if len(steps) < 2 or steps[1].qname != (listed.name, listed.module):
            return None
        key = listed.children[listed.keys[0]]
        for predicate in steps[1].predicates:
            if (
                isinstance(predicate, ast.EqualityExpr)
                and not predicate.negate
                and isinstance(predicate.left, ast.Step)
                and predicate.left.qname == (key.name, key.module)
                and isinstance(predicate.right, ast.Literal)
            ):
                return (predicate.right.value,)
        return None

    def select(self, document: Json, root: SchemaNode, work: float = MODEST_WORK) -> dict[str, Json]:
        """What the expression selects of a document: the instances, what leads to them and the keys on the way.

        Raises XPathProblem where it yields no nodes, Exhausted where it takes more than `work`.
        """
        return _assembled(self.nodes(document, root, work), document, root)

    def nodes(self, document: Json, root: SchemaNode, work: float = MODEST_WORK) -> list[Instance]:
        """The instances themselves, but for those that are there only by default. Raises XPathProblem, Exhausted."""
        found = self._value(document, root, work)
        if not isinstance(found, list):
            raise XPathProblem("the expression yields no nodes")
        return [node for node in found if _is_held(node)]

    def holds(self, document: Json, root: SchemaNode, work: float = MODEST_WORK) -> bool:
        """Its boolean value (XPath 1.0 section 4.3): nodes are true where there are any. Raises XPathProblem, Exhausted."""
        return boolean(self._value(document, root, work))

    def _value(self, document: Json, root: SchemaNode, work: float) -> Value:
        top = Instance(document, root, None)
        try:
            value: Value = self._closure(top, top, Evaluation(top, work=work))
        except (Poisoned, RecursionError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise XPathProblem(f"the expression cannot be evaluated: {error}") from None
        return value


def _is_wide(step: Any) -> bool:
    """Whether a step, or what its predicates look at, may lead out of the subtree that the names lead to."""
    if not names_a_child(step):
        return True
    return any(not _stays(predicate) for predicate in step.predicates)


def _stays(expression: Any) -> bool:
    if isinstance(expression, ast.Literal | ast.Number):
        return True
    if isinstance(expression, ast.Step):
        return not _is_wide(expression)
    if isinstance(expression, ast.EqualityExpr | ast.AndExpr | ast.OrExpr | ast.RelationalExpr):
        return _stays(expression.left) and _stays(expression.right)
    return False


def _is_held(node: Instance) -> bool:
    """Whether a document holds the instance, and not the schema alone."""
    if node.parent is None:
        return True
    held: Json = node.parent.value
    for step in node.step:
        if isinstance(held, dict) and step in held:
            held = held[str(step)]
        elif isinstance(held, list) and isinstance(step, int) and step < len(held):
            held = held[step]
        else:
            return False
    return _is_held(node.parent)


_Marks = dict[str | int, Any]
_WHOLE: Any = object()


def _assembled(nodes: Iterable[Instance], document: Json, root: SchemaNode) -> dict[str, Json]:
    marks: _Marks = {}
    for node in nodes:
        if not node.path:
            return dict(document)
        _mark(marks, list(node.path))
    return _taken(document, root, marks)


def _mark(marks: _Marks, path: list[str | int]) -> None:
    for step in path[:-1]:
        below = marks.setdefault(step, {})
        if below is _WHOLE:
            return
        marks = below
    marks[path[-1]] = _WHOLE


def _taken(members: Json, node: SchemaNode, marks: _Marks) -> dict[str, Json]:
    result = {key: members[key] for key in node.keys if key in members}
    for member, below in marks.items():
        child, value = node.children[str(member)], members[str(member)]
        if below is _WHOLE:
            result[str(member)] = value
        elif child.repeated:
            chosen = sorted(below.items())
            result[str(member)] = [value[at] if mark is _WHOLE else _taken(value[at], child, mark) for at, mark in chosen]
        else:
            result[str(member)] = _taken(value, child, below)
    return result
