"""XML as plain data: an element is `{"tag": "{namespace}name", "attributes": {…}, "children": [element | text…]}`.

`attributes` and `children` are left out where they are empty. Comments, processing instructions and the whitespace between elements
are dropped; the text of an element without element children is kept as it stands. Prefixes are not kept, so a value must not
depend on them.
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json, Tree

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
"""The namespace of NETCONF's own elements and attributes (RFC 6241 section 3.1)."""

_XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {BASE: "nc", _XML: "xml"}

Scope = Mapping[str | None, str]


def to_tree(element: etree._Element) -> Tree:
    """The element and everything in it; tail text is not part of it."""
    tree: dict[str, Json] = {"tag": str(element.tag)}
    if element.attrib:
        tree["attributes"] = {str(name): str(value) for name, value in element.attrib.items()}
    children = _children(element)
    if children:
        tree["children"] = children
    return tree


def _children(element: etree._Element) -> list[Json]:
    children: list[Json] = []
    text = element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            children += [text, to_tree(child)]
            text = ""
        text += child.tail or ""
    children.append(text)
    is_leaf = len(children) == 1
    return [child for child in children if not isinstance(child, str) or (child if is_leaf else child.strip(" \t\r\n"))]


def to_element(tree: Json) -> etree._Element:
    """The inverse of `to_tree`; the tree has no holes left.

    Numbers and truth values among the children become their YANG text. Raises ValueError where a tag has no namespace, a name is no
    XML name, or a text holds what XML 1.0 cannot carry (control characters, lone surrogates).
    """
    return _element(tree, None, {})


def _element(tree: Json, parent: etree._Element | None, scope: Scope) -> etree._Element:
    tag, attributes = tree["tag"], tree.get("attributes", {})
    namespace = etree.QName(tag).namespace
    if not namespace:
        raise ValueError(f"the tag {tag!r} has no namespace")
    declared = _declarations(namespace, attributes, scope)
    if parent is None:
        element = etree.Element(tag, attributes, nsmap=declared)
    else:
        element = etree.SubElement(parent, tag, attributes, nsmap=declared)
    inner = {**scope, **declared}
    last: etree._Element | None = None
    for child in tree.get("children", ()):
        if isinstance(child, dict):
            last = _element(child, element, inner)
        elif last is None:
            element.text = (element.text or "") + _text(child)
        else:
            last.tail = (last.tail or "") + _text(child)
    return element


def _declarations(namespace: str, attributes: Mapping[str, str], scope: Scope) -> dict[Any, str]:
    """The namespace declarations that an element needs beside those in scope: its own as the default, its attributes' by prefix."""
    declared: dict[Any, str] = {} if scope.get(None) == namespace else {None: namespace}
    for name in attributes:
        wanted = etree.QName(name).namespace
        if wanted in _PREFIXES and wanted != _XML and scope.get(_PREFIXES[wanted]) != wanted:
            declared[_PREFIXES[wanted]] = wanted
    return declared


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{type(value).__name__} is no XML text")
