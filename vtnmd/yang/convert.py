"""JSON (RFC 7951) to XML (RFC 7950) and back, driven by the schema. XML is lxml elements.

What the schema does not know is an XmlProblem in `from_xml`; a text that is no value of its type is kept as it is, so that
validation can say what is wrong with it. Both directions keep the order of what they read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang import freeform
from vtnmd.yang.instances import Path
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

MOST_PROBLEMS = 100
"""With so many problems, what is read is given up: a client that sends a million of them is told no more."""


@dataclass(frozen=True, slots=True)
class XmlProblem:
    """Something in XML that the schema has no place for. `error_tag` is that of RFC 6241 appendix A."""

    path: Path
    error_tag: str
    message: str
    element: str
    namespace: str = ""


class XmlError(Exception):
    """XML that cannot be turned into a document; carries the problems found, up to `MOST_PROBLEMS`."""

    def __init__(self, *problems: XmlProblem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


class XmlPrefixes:
    """Prefixes of qualified names below one element: read from its namespace declarations."""

    def __init__(self, schema: Schema, scope: etree._Element | Mapping[str | None, str]) -> None:
        """`scope` is the element, or the declarations that hold there."""
        self.schema = schema
        self.scope = scope

    def module(self, prefix: str) -> str | None:
        # Gathered only here, for most types have no prefixes, and what is declared further up is gathered anew for each element.
        declared = self.scope if isinstance(self.scope, Mapping) else self.scope.nsmap
        return self.schema.namespaces.get(declared.get(prefix or None, ""))

    def prefix(self, module: str) -> str:
        """Not for reading."""
        raise NotImplementedError


class _Declared:
    """Collects the prefixes that the text of one element needs."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.used: dict[str, str] = {}

    def module(self, prefix: str) -> str | None:
        return prefix or None

    def prefix(self, module: str) -> str:
        known = self.schema.modules.get(module)
        if known is None:
            return module
        self.used[known.prefix] = known.namespace
        return known.prefix


# JSON → XML


Marks = Collection[tuple[int, str]]
"""(id of an object, member) of values that are there by default only."""

WITH_DEFAULTS = "urn:ietf:params:xml:ns:netconf:default:1.0"
DEFAULT = f"{{{WITH_DEFAULTS}}}default"
"""The attribute of what is there by default (RFC 6243 section 6)."""


def to_xml(schema: Schema, document: Json, *, node: SchemaNode | None = None, defaults: Marks = ()) -> list[etree._Element]:
    """The elements for the members of a document, or of an object at `node` (an input, a list entry), in schema-given order.

    The document must be valid in shape and type. Keys come first in each entry (RFC 7950 section 7.8.5). `defaults` are told by an
    attribute (RFC 6243 section 3.4).
    """
    writer = _Writer(schema, defaults)
    holder = etree.Element("holder", nsmap={"wd": WITH_DEFAULTS} if defaults else None)
    writer.members(holder, document, node or schema.root, "")
    return list(holder)


class _Writer:
    def __init__(self, schema: Schema, defaults: Marks) -> None:
        self.schema = schema
        self.defaults = defaults
        self.namespaces = {name: module.namespace for name, module in schema.modules.items()}

    def members(self, parent: etree._Element, value: Mapping[str, Json], node: SchemaNode, module: str) -> None:
        for key in node.keys:
            if key in value:
                self.member(parent, value[key], node.children[key], module)
        for name, item in value.items():
            child = node.children.get(name)
            if child is None or name in node.keys:
                continue
            start = len(parent)
            self.member(parent, item, child, module)
            if self.defaults and (id(value), name) in self.defaults:
                for element in list(parent)[start:]:
                    element.set(DEFAULT, "true")

    def member(self, parent: etree._Element, value: Json, node: SchemaNode, module: str) -> None:
        for item in value if node.repeated else (value,):
            element = self.element(parent, node, module)
            if node.type is not None:
                self.leaf(parent, element, item, node)
            elif node.kind in {Kind.ANYDATA, Kind.ANYXML}:
                freeform.write(element, item, node.module, self.namespaces)
                # OpenDaylight loses the element that follows such content without white space in between.
                element.tail = "\n"
            else:
                self.members(element, item, node, node.module)

    def element(self, parent: etree._Element, node: SchemaNode, module: str) -> etree._Element:
        namespace = self.namespaces[node.module]
        declared: dict[Any, str] | None = {None: namespace} if node.module != module else None
        return etree.SubElement(parent, f"{{{namespace}}}{node.name}", nsmap=declared)

    def leaf(self, parent: etree._Element, element: etree._Element, value: Json, node: SchemaNode) -> None:
        assert node.type is not None
        prefixes = _Declared(self.schema)
        text = node.type.text(value, prefixes)
        if prefixes.used:
            declared: dict[Any, str] = {None: self.namespaces[node.module], **prefixes.used}
            parent.remove(element)
            element = etree.SubElement(parent, element.tag, nsmap=declared)
        if text:
            element.text = text


# XML → JSON


def from_xml(schema: Schema, elements: Iterable[etree._Element], *, node: SchemaNode | None = None) -> dict[str, Json]:
    """The members that a sequence of elements stands for: of a document, or of an object at `node`.

    Entries of one list may stand apart from each other. Raises XmlError with the elements that the schema does not know
    (unknown-element, unknown-namespace), that holds text where elements belong (bad-element), or that stands twice (bad-element).
    """
    reader = _Reader(schema)
    result = reader.members(elements, node or schema.root, ())
    if reader.problems:
        raise XmlError(*reader.problems)
    return result


def leaf_value(schema: Schema, element: etree._Element, node: SchemaNode) -> Json:
    """The RFC 7951 value of a leaf's element; the bare text where it is no value of the leaf's type."""
    assert node.type is not None
    text = element.text or ""
    value = node.type.parse(text, XmlPrefixes(schema, element))
    return text if value is None else value


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.problems: list[XmlProblem] = []

    def members(self, elements: Iterable[etree._Element], node: SchemaNode, path: Path) -> dict[str, Json]:
        result: dict[str, Json] = {}
        for element in elements_of(elements):
            child = child_of(self.schema, element, node)
            if isinstance(child, XmlProblem):
                self.add(XmlProblem((*path, child.element), child.error_tag, child.message, child.element, child.namespace))
            elif child.repeated:
                listed = result.setdefault(child.member, [])
                listed.append(self.value(element, child, (*path, child.member, len(listed))))
            elif child.member in result:
                self.problem((*path, child.member), "bad-element", f"{child.name} stands twice", element)
            else:
                result[child.member] = self.value(element, child, (*path, child.member))
        return result

    def value(self, element: etree._Element, node: SchemaNode, path: Path) -> Json:
        if node.type is not None:
            if len(element):
                self.problem(path, "bad-element", f"{node.name} is a value and holds no elements", element)
            return leaf_value(self.schema, element, node)
        if node.kind in {Kind.ANYDATA, Kind.ANYXML}:
            return freeform.read(element, node.module, self.schema.namespaces)
        if stray_text(element):
            self.problem(path, "bad-element", f"{node.name} holds elements and no text", element)
        return self.members(element, node, path)

    def problem(self, path: Path, error_tag: str, message: str, element: etree._Element) -> None:
        name = etree.QName(element)
        self.add(XmlProblem(path, error_tag, message, name.localname, name.namespace or ""))

    def add(self, problem: XmlProblem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MOST_PROBLEMS:
            raise XmlError(*self.problems)


def child_of(schema: Schema, element: etree._Element, node: SchemaNode) -> SchemaNode | XmlProblem:
    """The child of `node` that an element is an instance of. An element without namespace is taken to be in its parent's module."""
    name = etree.QName(element)
    module = schema.namespaces.get(name.namespace) if name.namespace else node.module
    if module is None:
        message = f"namespace {name.namespace} is not known"
        return XmlProblem((), "unknown-namespace", message, name.localname, name.namespace or "")
    child = node.lookup.get((name.localname, module))
    if child is None:
        where = node.name or "the document"
        return XmlProblem((), "unknown-element", f"{where} has no {name.localname}", name.localname, name.namespace or "")
    return child


def elements_of(nodes: Iterable[Any]) -> list[etree._Element]:
    """The elements among XML nodes, without comments and processing instructions."""
    return [node for node in nodes if isinstance(node.tag, str)]


def stray_text(element: etree._Element) -> bool:
    """Whether an element has text of its own beside or between its child elements."""
    return any(text and text.strip() for text in _texts(element))


def _texts(element: etree._Element) -> Iterator[str | None]:
    yield element.text
    for child in element:
        yield child.tail
