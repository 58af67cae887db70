"""Subtree filtering (RFC 6241 section 6) of documents, before any XML is made of them.

What is selected as a whole is the same object in the result as in the document. The keys of an entry of which something is selected
are selected with it, so that it can be told what the rest belongs to.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang.convert import elements_of, leaf_value
from vtnmd.yang.datatypes import DataType
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_FREE = frozenset({Kind.ANYDATA, Kind.ANYXML})
"""Selected as a whole: what is in them has no schema."""

NOTHING: Json = object()
"""What is selected of what does not fit."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One element of a filter, for instances of one schema node.

    `values` are the content matches among its children: of each group one has to hold. `below` are its other children that the
    schema knows; where it has any, known or not, it is `selective`: else it selects whole instances, of a leaf those with `text`.
    """

    node: SchemaNode
    text: str | None = None
    value: Json = None
    values: tuple[tuple["Criterion", ...], ...] = ()
    below: tuple["Criterion", ...] = ()
    selective: bool = False


def criteria_of(schema: Schema, elements: Iterable[etree._Element], node: SchemaNode | None = None) -> tuple[Criterion, ...]:
    """What the children of a filter select among the members of an object at `node`. What the schema does not know selects nothing.

    A criterion without namespace fits every module's nodes of its name (section 6.2.1).
    """
    return tuple(
        criterion
        for element in elements_of(elements)
        for child in _candidates(schema, element, node or schema.root)
        for criterion in _criterion(schema, element, child)
    )


def _candidates(schema: Schema, element: etree._Element, node: SchemaNode) -> Iterator[SchemaNode]:
    name = etree.QName(element)
    if name.namespace:
        found = node.lookup.get((name.localname, schema.namespaces.get(name.namespace, "")))
        if found is not None:
            yield found
    else:
        yield from (child for child in node.children.values() if child.name == name.localname)


def _criterion(schema: Schema, element: etree._Element, node: SchemaNode) -> Iterator[Criterion]:
    """Nothing where no instance can fit: none has attributes (section 6.2.2), or what the schema does not know."""
    inner = elements_of(element)
    text = (element.text or "").strip() or None
    if element.attrib:
        return
    if node.type is not None:
        if not inner:
            yield Criterion(node, text, leaf_value(schema, element, node) if text else None)
    elif node.kind in _FREE:
        yield Criterion(node)
    elif inner:
        values = [criteria_of(schema, (part,), node) for part in inner if _is_content(part)]
        others = [part for part in inner if not _is_content(part)]
        if all(values):
            yield Criterion(node, None, None, tuple(values), criteria_of(schema, others, node), bool(others))
    elif text is None:
        yield Criterion(node)


def _is_content(element: etree._Element) -> bool:
    return not len(element) and bool((element.text or "").strip())


def select(document: Json, criteria: Sequence[Criterion], work: float = math.inf) -> dict[str, Json]:
    """What the criteria select together of an object's members.

    Raises Exhausted where they have to be held against more than `work` instances, one by one.
    """
    return _Selecting(work).members(document, criteria)


class _Selecting:
    """A selection, and how much work is left for it."""

    def __init__(self, work: float) -> None:
        self.work = work

    def spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise Exhausted

    def members(self, document: Json, criteria: Sequence[Criterion]) -> dict[str, Json]:
        by_node: dict[SchemaNode, list[Criterion]] = {}
        for criterion in criteria:
            by_node.setdefault(criterion.node, []).append(criterion)
        result: dict[str, Json] = {}
        for node, those in by_node.items():
            if node.member in document:
                found = self.of_member(document[node.member], node, those)
                if found is not NOTHING:
                    result[node.member] = found
        if len(result) > 1:
            result = {member: result[member] for member in document if member in result}
        return result

    def of_member(self, value: Json, node: SchemaNode, criteria: list[Criterion]) -> Json:
        if not node.repeated:
            return self.of_instance(value, node, criteria)
        if any(not each.selective and not each.values and each.text is None for each in criteria):
            return value
        lookup = _Lookup(node, criteria)
        found = [chosen for entry in value if (chosen := self.of_instance(entry, node, lookup.for_entry(entry))) is not NOTHING]
        return found or NOTHING

    def of_instance(self, value: Json, node: SchemaNode, criteria: list[Criterion]) -> Json:
        self.spend(1 + len(criteria))
        if node.type is not None:
            return value if any(each.text is None or _same(node.type, value, each) for each in criteria) else NOTHING
        if node.kind in _FREE:
            return value
        fitting = [each for each in criteria if all(self.holds(value, group) for group in each.values)]
        if not fitting:
            return NOTHING
        if any(not each.selective for each in fitting):
            return value
        tests = (Criterion(test.node) for each in fitting for group in each.values for test in group)
        found = self.members(value, [*(below for each in fitting for below in each.below), *tests])
        if not found:
            return NOTHING
        keys = {key: value[key] for key in node.keys if key in value}
        return {**keys, **found}

    def holds(self, members: Json, group: tuple[Criterion, ...]) -> bool:
        """Whether an object has the value that a content match asks for."""
        return any(
            test.node.member in members and self.of_member(members[test.node.member], test.node, [test]) is not NOTHING
            for test in group
        )


class _Lookup:
    """The criteria for a list or leaf-list by the key or value that they ask for, so that thousands of them cost what one does."""

    def __init__(self, node: SchemaNode, criteria: Iterable[Criterion]) -> None:
        self._node = node
        self._others: list[Criterion] = []
        self._by_text: dict[str, dict[str, list[Criterion]]] = {}
        """Key (of a leaf-list its own member) → text → criteria."""
        for criterion in criteria:
            test = self._test_of(criterion)
            if test is None:
                self._others.append(criterion)
                continue
            by_text = self._by_text.setdefault(test.node.member, {})
            for text in _texts_of(test):
                by_text.setdefault(text, []).append(criterion)

    def _test_of(self, criterion: Criterion) -> Criterion | None:
        """What it asks of a key."""
        if self._node.type is not None:
            return criterion if criterion.text is not None else None
        tests = (group[0] for group in criterion.values if len(group) == 1)
        return next((test for test in tests if test.node.member in self._node.keys and test.text is not None), None)

    def for_entry(self, entry: Json) -> list[Criterion]:
        """Those that may fit an entry."""
        found = list(self._others)
        for member, by_text in self._by_text.items():
            leaf = self._node if self._node.type is not None else self._node.children[member]
            value = entry if leaf is self._node else entry.get(member)
            if value is not None and leaf.type is not None:
                found += by_text.get(leaf.type.canonical(value), ())
        return found


def _texts_of(test: Criterion) -> set[str]:
    """The canonical texts of values that a content match fits."""
    described = test.node.type
    texts = {test.text or ""}
    if described is not None and described.problem(test.value) is None:
        texts.add(described.canonical(test.value))
    return texts


def _same(described: DataType, value: Json, criterion: Criterion) -> bool:
    """Equal values, or the same text where the text is no value of the type."""
    return bool(value == criterion.value) or described.canonical(value) == criterion.text
