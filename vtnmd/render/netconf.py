"""Documents for NETCONF devices: the children of <config>, in XML (RFC 6241 section 7.2)."""

from collections.abc import Iterator, Sequence

from vtnmd.domain.tree import Tree
from vtnmd.netconf.messages import MessageError, parse_xml
from vtnmd.netconf.xmltree import BASE, to_tree
from vtnmd.render.forms import Form, Rendered

OPERATION = f"{{{BASE}}}operation"


def _parse(text: str) -> Tree:
    try:
        config = to_tree(parse_xml(f'<nc:config xmlns:nc="{BASE}">{text}</nc:config>'.encode()))
    except MessageError as problem:
        raise ValueError(str(problem)) from None
    return [child for child in config.get("children", []) if not isinstance(child, str)]


def _marked(elements: Sequence[Tree]) -> Iterator[str]:
    for element in elements:
        if isinstance(element, dict):
            mark = element.get("attributes", {}).get(OPERATION)
            if mark:
                yield mark
            yield from _marked(element.get("children", []))


def _shape(document: Tree, removal: Tree) -> Rendered:
    for elements, operation in ((document, "replace"), (removal, "remove")):
        if set(_marked(elements)) != {operation}:
            raise ValueError('each entry that the resource owns is marked nc:operation="{{ operation }}", and nothing else is')
    return Rendered(
        {"config": document},
        {"config": removal},
        {"config": [_without_marks(element) for element in document]},
        {"absent": [_without_marks(element) for element in removal]},
        frozenset(),
    )


def _without_marks(element: Tree) -> Tree:
    if not isinstance(element, dict):
        return element
    attributes = {name: value for name, value in element.get("attributes", {}).items() if name != OPERATION}
    rest = {key: value for key, value in element.items() if key not in ("attributes", "children")}
    children = [_without_marks(child) for child in element.get("children", [])]
    return rest | ({"attributes": attributes} if attributes else {}) | ({"children": children} if children else {})


def _replace(_removal: Tree, addition: Tree) -> Tree:
    """An entry is replaced as a whole anyway."""
    return addition


def _merge(payloads: Sequence[Tree]) -> Tree:
    merged: list[Tree] = []
    for payload in payloads:
        merged = _join(merged, payload["config"])
    return {"config": merged}


def _join(left: Sequence[Tree], right: Sequence[Tree]) -> list[Tree]:
    """Elements that stand on the way to marked entries and are the same instance on both sides become one.

    What is on the way to entries inside of one that goes as a whole goes with it.
    """
    joined = list(left)
    for element in right:
        if isinstance(element, dict) and element.get("attributes", {}).get(OPERATION) == "remove":
            joined = [known for known in joined if not _same_instance(known, _unmarked(element))]
        twin = next((index for index, known in enumerate(joined) if _same_instance(known, element)), None)
        if twin is None:
            joined.append(element)
        elif not _is_leaf(element):
            known = joined[twin]
            joined[twin] = known | {"children": _join(known.get("children", []), element.get("children", []))}
    return joined


def _unmarked(element: Tree) -> Tree:
    return {key: value for key, value in element.items() if key != "attributes"}


def _same_instance(a: Tree, b: Tree) -> bool:
    """The same leaf, or the same container or list entry on the way: unmarked, with the same leaves (its keys)."""
    if not (isinstance(a, dict) and isinstance(b, dict)) or a["tag"] != b["tag"]:
        return bool(a == b)
    return not a.get("attributes") and not b.get("attributes") and _leaves(a) == _leaves(b)


def _leaves(element: Tree) -> list[Tree]:
    return [child for child in element.get("children", []) if not isinstance(child, dict) or _is_leaf(child)]


def _is_leaf(element: Tree) -> bool:
    return not any(isinstance(child, dict) for child in element.get("children", [])) and not element.get("attributes")


FORM = Form("xml", True, _parse, _shape, _replace, _merge, one_request_per_wave=True, version=1, transactional=True)
