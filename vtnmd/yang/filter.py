"""Subtree filtering (RFC 6241 section 6) of XML trees."""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from vtnmd.yang.convert import elements_of


def subtree_filter(data: Iterable[etree._Element], criteria: Iterable[etree._Element]) -> list[etree._Element]:
    """Copies of what the children of a `<filter>` select from the top-level elements `data`.

    No criteria select nothing (section 6.4.2). Several subtrees select the union of what each selects. `data` stays as it is.
    """
    return list(_select(list(data), elements_of(criteria)))


def _select(elements: Iterable[etree._Element], criteria: list[etree._Element]) -> Iterator[etree._Element]:
    for element in elements:
        matching = [criterion for criterion in criteria if _matches(element, criterion)]
        found = _apply(element, matching) if matching else None
        if found is not None:
            yield found


def _matches(element: etree._Element, criterion: etree._Element) -> bool:
    """Name, namespace and attributes (sections 6.2.1 and 6.2.2). A criterion without namespace fits every one."""
    own, wanted = etree.QName(element), etree.QName(criterion)
    if own.localname != wanted.localname or (wanted.namespace and own.namespace != wanted.namespace):
        return False
    return all(element.get(str(name)) == value for name, value in criterion.attrib.items())


def _apply(element: etree._Element, criteria: list[etree._Element]) -> etree._Element | None:
    """What all the criteria that fit an element select of it together; None if that is nothing."""
    chosen: list[etree._Element] = []
    for criterion in criteria:
        children = elements_of(criterion)
        if not children:
            if not _content(criterion) or _content(criterion) == _content(element):
                return copy.deepcopy(element)
            continue
        content = [child for child in children if not len(child) and _content(child)]
        if not all(any(_matches(part, test) and _content(part) == _content(test) for part in element) for test in content):
            continue
        selecting = [child for child in children if child not in content]
        if not selecting:
            return copy.deepcopy(element)
        chosen.extend([*selecting, *content])
    if not chosen:
        return None
    return _with_children(element, list(_select(element, [_bare(criterion) for criterion in chosen])))


def _bare(criterion: etree._Element) -> etree._Element:
    """A criterion for a part: a content match that has held selects its whole element."""
    if len(criterion) or not _content(criterion):
        return criterion
    bare = copy.copy(criterion)
    bare.text = None
    return bare


def _with_children(element: etree._Element, children: list[etree._Element]) -> etree._Element | None:
    if not children:
        return None
    declared: dict[Any, str] = dict(element.nsmap)
    result = etree.Element(element.tag, nsmap=declared)
    for name, value in element.attrib.items():
        result.set(name, value)
    result.extend(children)
    return result


def _content(element: etree._Element) -> str:
    return (element.text or "").strip()
