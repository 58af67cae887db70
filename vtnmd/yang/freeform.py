"""The content of anydata and anyxml, whose schema is not known: what is allowed in it, and its way to XML and back.

In JSON a member is `name`, in the module of what surrounds it, `module:name`, or `{namespace}name` where no module has that
namespace. Names that XML does not allow are escaped there as `_xHHHH_`, one hexadecimal character code for each character. XML
keeps neither the types of values nor the difference between one and an array of one; an array in an array becomes `item` elements.
"""

import re
import sys
from collections.abc import Mapping
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.yang.values import illegal_character

MAX_DEPTH = 64
_ITEM = "item"
_NO_NAME_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]|^[^A-Za-z_]|_(?=x[0-9a-f]{4,6}_)")
_ESCAPED = re.compile(r"_x([0-9a-f]{4,6})_")


def problem(value: Json) -> str:
    """Why a value can be no content of anydata; empty if it can."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return ""
        below: list[Json] = []
        for item in level:
            reason = _shallow_problem(item)
            if reason:
                return reason
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
    return f"is nested deeper than {MAX_DEPTH} levels"


def _shallow_problem(item: Json) -> str:
    if isinstance(item, dict):
        wrong = [name for name in item if not isinstance(name, str) or not name or illegal_character(name)]
        return f"holds a member with the name {wrong[0]!r}" if wrong else ""
    return "holds a control character" if isinstance(item, str) and illegal_character(item) else ""


def write(element: etree._Element, value: Json, module: str, namespaces: Mapping[str, str]) -> None:
    """Put a value into an element. `module` is that of the element, `namespaces` maps modules to XML namespaces."""
    if isinstance(value, dict):
        for name, item in value.items():
            inner, local = _split(name, module, namespaces)
            for part in item if isinstance(item, list) else (item,):
                write(_child(element, local, namespaces.get(inner, inner)), part, inner, namespaces)
    elif isinstance(value, list):
        write(element, {_ITEM: value}, module, namespaces)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)


def _split(name: str, module: str, namespaces: Mapping[str, str]) -> tuple[str, str]:
    """(module, or bare namespace where there is none; local name) of a member."""
    namespace, _, local = name[1:].partition("}")
    if name.startswith("{") and local:
        return namespace, local
    prefix, _, local = name.partition(":")
    return (prefix, local) if prefix in namespaces and local else (module, name)


def _child(parent: etree._Element, local: str, namespace: str) -> etree._Element:
    name = _NO_NAME_CHARACTER.sub(lambda match: f"_x{ord(match[0]):04x}_", local)
    if not namespace:
        return etree.SubElement(parent, name)
    declared: dict[Any, str] | None = None if parent.nsmap.get(None) == namespace else {None: namespace}
    return etree.SubElement(parent, f"{{{namespace}}}{name}", nsmap=declared)


def read(element: etree._Element, module: str, modules: Mapping[str, str]) -> Json:
    """The value of an element: child elements become members, repeated ones arrays, text a string, nothing an empty object.

    `modules` maps XML namespaces to modules.
    """
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        text = element.text or ""
        return text if text.strip() else {}
    result: dict[str, Json] = {}
    several: set[str] = set()
    for child in children:
        name = etree.QName(child)
        inner = modules.get(name.namespace or "", name.namespace or module)
        member = _member(_ESCAPED.sub(_unescaped, name.localname), inner, module, modules)
        value = read(child, inner, modules)
        if member in several:
            result[member].append(value)
        elif member in result:
            result[member] = [result[member], value]
            several.add(member)
        else:
            result[member] = value
    return result


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= sys.maxunicode else match[0]


def _member(local: str, inner: str, module: str, modules: Mapping[str, str]) -> str:
    if inner == module:
        return local
    return f"{inner}:{local}" if inner in modules.values() else f"{{{inner}}}{local}"
