"""edit-config (RFC 6241 section 7.2, RFC 7950 sections 7.5.8 to 7.10.3): a document and elements in, a new document out.

The new document shares with the old one whatever the edit does not touch. The problems of an edit are collected, up to a number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang import freeform
from vtnmd.yang.convert import DEFAULT, MOST_PROBLEMS, XmlProblem, child_of, elements_of, leaf_value, stray_text
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import YANG_NAMESPACE, InsertError, KeyedEntries, insert_of
from vtnmd.yang.schema import Schema

NETCONF_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0"
_OPERATION = f"{{{NETCONF_NAMESPACE}}}operation"


class Operation(StrEnum):
    MERGE = "merge"
    REPLACE = "replace"
    CREATE = "create"
    DELETE = "delete"
    REMOVE = "remove"
    NONE = "none"


_REMOVING = frozenset({Operation.DELETE, Operation.REMOVE})
_STATED = frozenset(Operation) - {Operation.NONE}
"""What an attribute may say: `none` is for the default operation only."""

_OF_ALL = frozenset({_OPERATION, DEFAULT})
_OF_ENTRIES = _OF_ALL | {f"{{{YANG_NAMESPACE}}}{name}" for name in ("insert", "key", "value")}
_OF_XML = frozenset({"http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance"})
"""Namespaces of attributes that say nothing of configuration."""


@dataclass(frozen=True, slots=True)
class EditProblem:
    """One rpc-error (RFC 6241 section 4.3). `bad_element` and `bad_attribute` go into error-info where they are not empty."""

    error_tag: str
    path: Identifier
    message: str
    app_tag: str = ""
    bad_element: str = ""
    bad_attribute: str = ""
    bad_namespace: str = ""
    error_type: str = "application"


class EditError(Exception):
    """An edit that was refused; the document is as it was."""

    def __init__(self, *problems: EditProblem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


def edit(
    schema: Schema, document: Json, elements: Iterable[etree._Element], *, default_operation: Operation = Operation.MERGE
) -> dict[str, Json]:
    """The document after an edit. `elements` are the children of `<config>`.

    Raises EditError with the problems, a hundred at most: data-exists, data-missing, missing-element, unknown-element,
    unknown-namespace, bad-element, bad-attribute, unknown-attribute, invalid-value. The result may still violate what only the
    whole document shows (must, references): validate it.
    """
    editor = _Editor(schema)
    start = {} if default_operation is Operation.REPLACE else document
    result = editor.members(start, elements_of(elements), schema.root, default_operation, Identifier())
    if editor.problems:
        raise EditError(*editor.problems)
    return result


class _Absent:
    """What no document holds."""


ABSENT = _Absent()


class _Editor:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.problems: list[EditProblem] = []

    def members(
        self, old: dict[str, Json], elements: list[etree._Element], node: SchemaNode, inherited: Operation, path: Identifier
    ) -> dict[str, Json]:
        """An object after the edits of its child elements; the same object if nothing changed."""
        new = dict(old)
        met: set[str] = set()
        written: dict[str, str] = {}
        lists: dict[str, KeyedEntries] = {}
        for element in elements:
            child = self.child(element, node, path)
            operation = self.operation(element, child, inherited, path) if child else None
            if child is None or operation is None:
                continue
            if child.kind is Kind.LEAF and child.member in met:
                here = path.below(self.schema, child)
                self.refuse(EditProblem("bad-element", here, f"{child.name} stands twice", bad_element=child.name))
                continue
            met.add(child.member)
            if child.repeated:
                entries = lists.get(child.member)
                if entries is None:
                    entries = lists[child.member] = KeyedEntries(child, new.get(child.member, []))
                present = self.entry(entries, element, child, operation, path)
            else:
                present = self.single(new, element, child, operation, path)
            if present and operation not in _REMOVING:
                self.choose(new, lists, child, node, written, path)
        for member, entries in lists.items():
            if entries.changed:
                new[member] = entries.listed()
            if member in new and not new[member]:
                del new[member]
        return new

    def child(self, element: etree._Element, node: SchemaNode, path: Identifier) -> SchemaNode | None:
        found = child_of(self.schema, element, node)
        if isinstance(found, XmlProblem):
            bad_namespace = found.namespace if found.error_tag == "unknown-namespace" else ""
            self.refuse(EditProblem(found.error_tag, path, found.message, bad_element=found.element, bad_namespace=bad_namespace))
            return None
        if not found.config:
            here = path.below(self.schema, found)
            self.refuse(
                EditProblem("unknown-element", here, f"{found.name} is state and cannot be configured", bad_element=found.name)
            )
            return None
        return found

    def operation(self, element: etree._Element, node: SchemaNode, inherited: Operation, path: Identifier) -> Operation | None:
        """What is to be done with an instance; None if what its attributes say is refused."""
        if not element.attrib:
            return inherited
        known = _OF_ENTRIES if node.repeated else _OF_ALL
        for attribute in map(etree.QName, element.attrib):
            if attribute.text not in known and attribute.namespace not in _OF_XML:
                self.refuse_attribute("unknown-attribute", f"no attribute {attribute.localname} goes here", attribute, node, path)
                return None
        stated = element.get(_OPERATION)
        if stated in _STATED:
            return Operation(stated)
        if stated is not None:
            self.refuse_attribute("bad-attribute", f"operation '{stated}' is not known", etree.QName(_OPERATION), node, path)
            return None
        return inherited

    def refuse_attribute(self, tag: str, message: str, attribute: etree.QName, node: SchemaNode, path: Identifier) -> None:
        here = path.below(self.schema, node)
        self.refuse(EditProblem(tag, here, message, bad_element=node.name, bad_attribute=attribute.localname))

    def single(
        self, members: dict[str, Json], element: etree._Element, node: SchemaNode, operation: Operation, path: Identifier
    ) -> bool:
        """A leaf, container, anydata or anyxml; true if it is present afterwards."""
        here = path.below(self.schema, node)
        old = members.get(node.member, ABSENT)
        exists = old is not ABSENT and not (node.implied and not old)
        if not self.permitted(operation, node, here, exists=exists):
            return exists
        if operation in _REMOVING:
            members.pop(node.member, None)
            return False
        new = self.value(old, element, node, operation, here)
        if new is ABSENT or (node.implied and not new):
            members.pop(node.member, None)
            return False
        members[node.member] = new
        return True

    def permitted(self, operation: Operation, node: SchemaNode, path: Identifier, *, exists: bool) -> bool:
        if operation is Operation.CREATE and exists:
            self.refuse(EditProblem("data-exists", path, f"{node.name} exists already", bad_element=node.name))
            return False
        missing = operation is Operation.DELETE or (operation is Operation.NONE and not node.implied)
        if missing and not exists:
            self.refuse(EditProblem("data-missing", path, f"{node.name} does not exist", bad_element=node.name))
            return False
        return True

    def value(self, old: Any, element: etree._Element, node: SchemaNode, operation: Operation, path: Identifier) -> Json:
        """What one instance holds after an edit that keeps or makes it."""
        if node.type is not None:
            return old if operation is Operation.NONE else self.leaf(element, node, path)
        if node.kind in {Kind.ANYDATA, Kind.ANYXML}:
            return old if operation is Operation.NONE else freeform.read(element, node.module, self.schema.namespaces)
        if stray_text(element):
            self.refuse(EditProblem("bad-element", path, f"{node.name} holds elements and no text", bad_element=node.name))
        start = old if isinstance(old, dict) and operation in {Operation.MERGE, Operation.NONE} else {}
        return self.members(start, elements_of(element), node, operation, path)

    def leaf(self, element: etree._Element, node: SchemaNode, path: Identifier) -> Json:
        assert node.type is not None
        if len(element):
            self.refuse(EditProblem("bad-element", path, f"{node.name} is a value and holds no elements", bad_element=node.name))
            return ABSENT
        value = leaf_value(self.schema, element, node)
        problem = node.type.problem(value)
        if problem is None:
            return value
        message = problem.message or f"{node.name} {problem.summary}"
        self.refuse(EditProblem("invalid-value", path, message, app_tag=problem.app_tag, bad_element=node.name))
        return ABSENT

    def entry(
        self, entries: KeyedEntries, element: etree._Element, node: SchemaNode, operation: Operation, path: Identifier
    ) -> bool:
        """An entry of a list or leaf-list; true if it is present afterwards."""
        found = self.key(element, node, path)
        if found is None:
            return False
        key, value, here = found
        old = entries.get(key)
        if not self.permitted(operation, node, here, exists=old is not None):
            return False
        if operation in _REMOVING:
            entries.remove(key)
            return False
        try:
            place = insert_of(self.schema, element, node)
            entries.put(key, value if node.type else self.merged(old, value, element, node, operation, here), place)
        except InsertError as error:
            self.refuse(
                EditProblem(
                    "bad-attribute", here, str(error), app_tag=error.app_tag, bad_element=node.name, bad_attribute=error.attribute
                )
            )
            return False
        return True

    def merged(
        self, old: Json, keys: dict[str, Json], element: etree._Element, node: SchemaNode, operation: Operation, path: Identifier
    ) -> Json:
        start = old if old is not None and operation in {Operation.MERGE, Operation.NONE} else keys
        names = {node.children[key].name for key in node.keys}
        rest = [part for part in elements_of(element) if etree.QName(part).localname not in names]
        if stray_text(element):
            self.refuse(EditProblem("bad-element", path, f"{node.name} holds elements and no text", bad_element=node.name))
        return self.members(start, rest, node, operation, path)

    def key(self, element: etree._Element, node: SchemaNode, path: Identifier) -> tuple[tuple[str, ...], Json, Identifier] | None:
        """(what tells the entry apart, its value or key leaves, its identifier); None if that is refused."""
        here = path.below(self.schema, node)
        if node.type is not None:
            value = self.leaf(element, node, here)
            if value is ABSENT:
                return None
            text = node.type.canonical(value)
            return (text,), value, path.below(self.schema, node, (None, text))
        values: dict[str, Json] = {}
        texts: list[str] = []
        for key in node.keys:
            leaf = node.children[key]
            parts = [part for part in elements_of(element) if _is(self.schema, part, leaf)]
            if not parts:
                self.refuse(EditProblem("missing-element", here, f"{node.name} lacks its key {key}", bad_element=leaf.name))
                return None
            if len(parts) > 1:
                self.refuse(EditProblem("bad-element", here, f"the key {leaf.name} stands twice", bad_element=leaf.name))
                return None
            (part,) = parts
            operation = self.operation(part, leaf, Operation.MERGE, here)
            if operation in _REMOVING:
                message = f"the key {leaf.name} goes with its entry only"
                self.refuse_attribute("bad-attribute", message, etree.QName(_OPERATION), leaf, here)
            if operation is None or operation in _REMOVING:
                return None
            value = self.leaf(part, leaf, here.below(self.schema, leaf))
            if value is ABSENT or leaf.type is None:
                return None
            values[key] = value
            texts.append(leaf.type.canonical(value))
        leaves = [node.children[key] for key in node.keys]
        return tuple(texts), values, path.below(self.schema, node, *zip(leaves, texts, strict=True))

    def choose(
        self,
        members: dict[str, Json],
        lists: dict[str, KeyedEntries],
        child: SchemaNode,
        node: SchemaNode,
        written: dict[str, str],
        path: Identifier,
    ) -> None:
        """A node of a case removes those of the other cases (RFC 7950 section 7.9); one edit cannot fill two cases."""
        for choice, case in node.choices_of(child.member):
            before = written.setdefault(choice.name, case.name)
            if before != case.name:
                message = f"only one case of {choice.name} may be given, not {before} and {case.name}"
                self.refuse(EditProblem("bad-element", path.below(self.schema, child), message, bad_element=child.name))
                return
            for other in choice.cases:
                if other is not case:
                    for member in other.members:
                        members.pop(member, None)
                        lists.pop(member, None)

    def refuse(self, problem: EditProblem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MOST_PROBLEMS:
            raise EditError(*self.problems)


def _is(schema: Schema, element: etree._Element, node: SchemaNode) -> bool:
    name = etree.QName(element)
    module = schema.namespaces.get(name.namespace) if name.namespace else node.module
    return (name.localname, module) == (node.name, node.module)
