"""Configuration of which no YANG module is at hand, as trees of XML: what tells the entries of a list apart, and edit-config on it.

Keys are sent first (RFC 7950 section 7.8.5). So at the top, an element whose first child is a leaf is a list entry with that leaf
as its key. Inside of an entry, an element that holds both leaves and further structure is an entry with these leaves as its keys,
and one that holds leaves alone is a container: so OpenConfig builds its lists, each with its keys beside a container `config`.
"""

from collections.abc import Iterable, Iterator, Sequence

from vtnmd.domain.tree import Json
from vtnmd.netconf.xmltree import BASE

OPERATION = f"{{{BASE}}}operation"


def elements(tree: Json) -> Iterator[Json]:
    """The children that are no text."""
    return (child for child in tree.get("children", ()) if isinstance(child, dict))


def keys_of(tree: Json, *, in_entry: bool) -> tuple[str, ...]:
    """Tags of the children that identify a list entry; empty for what is none. `in_entry`: a list entry is above."""
    children = list(elements(tree))
    if not children or any(elements(children[0])):
        return ()
    if not in_entry:
        return (children[0]["tag"],)
    structured = any(any(elements(child)) for child in children)
    return tuple(child["tag"] for child in children if not any(elements(child))) if structured else ()


def edit(held: Sequence[Json], config: Iterable[Json], *, in_entry: bool = False) -> list[Json]:
    """What is held after an edit-config whose default operation is merge (RFC 6241 section 7.2). `held` is left as it is."""
    result, config = list(held), list(config)
    for element in config:
        operation = element.get("attributes", {}).get(OPERATION, "merge")
        keys = keys_of(element, in_entry=in_entry)
        twin = next((at for at, known in enumerate(result) if _same(known, element, keys)), None)
        if operation in ("remove", "delete"):
            result = [known for at, known in enumerate(result) if at != twin]
        elif twin is None or operation in ("replace", "create"):
            result[len(result) if twin is None else twin : len(result) if twin is None else twin + 1] = [_plain(element)]
        elif any(elements(element)):
            within = edit(list(elements(result[twin])), elements(element), in_entry=in_entry or bool(keys))
            result[twin] = {"tag": element["tag"], "children": within}
        elif not any(known == _plain(element) for known in result):
            is_list = sum(each["tag"] == element["tag"] for each in config) > 1
            result[len(result) if is_list else twin : len(result) if is_list else twin + 1] = [_plain(element)]
    return result


def _same(known: Json, element: Json, keys: tuple[str, ...]) -> bool:
    """The same instance: of one name, and where that is a list entry with the same keys."""
    return bool(known["tag"] == element["tag"]) and _identity(known, keys) == _identity(element, keys)


def _identity(tree: Json, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return sorted((child["tag"], "".join(map(str, child.get("children", ())))) for child in elements(tree) if child["tag"] in keys)


def _plain(element: Json) -> Json:
    """The element without operations, and without what it says to remove."""
    children = [
        _plain(child) if isinstance(child, dict) else child
        for child in element.get("children", ())
        if not (isinstance(child, dict) and child.get("attributes", {}).get(OPERATION) in ("remove", "delete"))
    ]
    return {"tag": element["tag"]} | ({"children": children} if children else {})
