"""What a NETCONF endpoint holds against what it should hold, as trees of XML: which part to ask for, and where the two differ.

List keys and types come from the endpoint's YANG modules; where these are not at hand, `vtnmd.netconf.untyped` says which elements
are list entries. Prefixes, whitespace around values
(some devices trim strings), the spelling of numbers, and the order of what is not `ordered-by user` make no difference; what the
expected tree does not name does not count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from vtnmd.domain.tree import Json, canonical
from vtnmd.netconf.untyped import keys_of
from vtnmd.netconf.xmltree import BASE
from vtnmd.yang.datatypes import MODULE_NAMES
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_OPERATION = f"{{{BASE}}}operation"

_MOST_ENTRIES = 100
"""Where more entries of one list are asked for, the whole list is: devices match each entry with each filter."""

Identity = tuple[tuple[str, str], ...]
"""Tag and canonical text of each key of a list entry."""

Differences = Mapping[str, tuple[Json, Json]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`found` tells whether anything of what was expected is there; `differences` maps paths to (expected, found)."""

    found: bool
    differences: Differences = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the schema; `node` is None where the modules do not know it. `in_entry`: a list entry is above."""

    schema: Schema | None
    node: SchemaNode | None
    in_entry: bool = False

    def below(self, tree: Json) -> "Place":
        """The place of a child."""
        name = etree.QName(tree["tag"])
        module = self.schema.namespaces.get(name.namespace or "") if self.schema else None
        node = self.node.lookup.get((name.localname, module)) if self.node and module else None
        return Place(self.schema, node, self.in_entry)

    def keys(self, tree: Json) -> tuple[str, ...]:
        """Tags of the children that identify this list entry; empty for what is no list entry."""
        if self.node is not None:
            return tuple(child["tag"] for child in elements(tree) if etree.QName(child["tag"]).localname in self.node.keys)
        return keys_of(tree, in_entry=self.in_entry)

    def canonical(self, text: str) -> str:
        """The text of a leaf in the one form that equal values share."""
        kind = self.node.type if self.node else None
        if kind is None:
            return text.strip()
        if kind.base == "identityref":
            return text.strip().rpartition(":")[2]
        value = kind.parse(text, MODULE_NAMES)
        return text.strip() if value is None or kind.problem(value) else kind.canonical(value).strip()

    @property
    def defaults(self) -> list[str]:
        """What stands here while nothing is configured."""
        node = self.node
        if node is None or node.type is None or node.default is None:
            return []
        values = node.default if node.kind is Kind.LEAF_LIST else [node.default]
        return [node.type.canonical(value) for value in values]


def selection(trees: Sequence[Json], schema: Schema | None) -> list[Json]:
    """The subtree filter (RFC 6241 section 6) for the trees: list entries by their keys, everything else by name."""
    return _selection(trees, root_of(schema))


def compare(expected: Sequence[Json], held: "Held", schema: Schema | None) -> Comparison:
    """Compare trees with what the endpoint holds at the top."""
    tally = _Tally()
    _compare_all(expected, held, root_of(schema), "", tally)
    return Comparison(tally.found, tally.differences)


class Held:
    """The elements that an endpoint holds at one place, indexed as they are asked for."""

    def __init__(self, trees: Iterable[Json] = ()) -> None:
        self._by_tag = by_tag(trees)
        self._by_keys: dict[tuple[str, tuple[str, ...]], dict[Identity, Held]] = {}

    def all(self, tag: str) -> Sequence[Json]:
        """The elements of one name."""
        return self._by_tag.get(tag, ())

    def inside(self, tag: str, keys: tuple[str, ...], identity: "Identity", place: "Place") -> "Held | None":
        """What the element of this name and identity holds; None where there is no such element. Containers have no identity."""
        index = self._by_keys.get((tag, keys))
        if index is None:
            groups: dict[Identity, list[Json]] = {}
            for tree in self.all(tag):
                groups.setdefault(identity_of(tree, keys, place), []).extend(elements(tree))
            index = self._by_keys[tag, keys] = {found: Held(children) for found, children in groups.items()}
        return index.get(identity)


def parts(config: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    """The content of an edit-config, split into what it makes and what it removes, both without operation attributes."""
    halves = [_parts(tree) for tree in config]
    return [made for made, _ in halves if made], [gone for _, gone in halves if gone]


def _parts(tree: Json) -> tuple[Json, Json]:
    if tree.get("attributes", {}).get(_OPERATION) in {"remove", "delete"}:
        return None, _without_operations(tree)
    if not any(elements(tree)):
        return _without_operations(tree), None
    halves = [(child, *_parts(child)) for child in elements(tree)]
    made = [half for _, half, _ in halves if half]
    gone = [half for _, _, half in halves if half]
    leaves = [_without_operations(child) for child, half, _ in halves if half and not any(elements(child))]
    return (
        {"tag": tree["tag"], "children": made} if made else None,
        {"tag": tree["tag"], "children": [*leaves, *gone]} if gone else None,
    )


def _without_operations(tree: Json) -> Json:
    children = [_without_operations(child) if isinstance(child, Mapping) else child for child in tree.get("children", ())]
    return {"tag": tree["tag"]} | ({"children": children} if children else {})


def root_of(schema: Schema | None) -> Place:
    """The place above everything."""
    return Place(schema, schema.root if schema else None)


def elements(tree: Json) -> Iterator[Json]:
    """The children that are no text."""
    return (child for child in tree.get("children", ()) if isinstance(child, Mapping))


def _text(tree: Json) -> str:
    return "".join(str(child) for child in tree.get("children", ()) if not isinstance(child, Mapping))


def by_tag(trees: Iterable[Json]) -> dict[str, list[Json]]:
    """The trees by what they are called, in order."""
    groups: dict[str, list[Json]] = {}
    for tree in trees:
        groups.setdefault(tree["tag"], []).append(tree)
    return groups


def _selection(trees: Iterable[Json], parent: Place) -> list[Json]:
    selected: list[Json] = []
    for tag, group in by_tag(trees).items():
        place = parent.below(group[0])
        entries = [[_plain(child) for child in elements(tree) if child["tag"] in place.keys(tree)] for tree in group]
        if all(entries) and len(entries) <= _MOST_ENTRIES:
            selected += {canonical(keys): {"tag": tag, "children": keys} for keys in entries}.values()
        elif any(entries) or not all(any(elements(tree)) for tree in group):
            selected.append({"tag": tag})
        else:
            selected.append({"tag": tag, "children": _selection((child for tree in group for child in elements(tree)), place)})
    return selected


def _plain(key: Json) -> Json:
    return {"tag": key["tag"], "children": [_text(key)]}


class _Tally:
    """What a comparison has come to so far."""

    def __init__(self) -> None:
        self.found = False
        self.differences: dict[str, tuple[Json, Json]] = {}


def _compare_all(expected: Iterable[Json], held: Held, parent: Place, path: str, tally: _Tally) -> None:
    for tag, group in by_tag(expected).items():
        place = parent.below(group[0])
        here = f"{path}/{etree.QName(tag).localname}" if path else etree.QName(tag).localname
        terminal = place.node.terminal if place.node else not any(any(elements(tree)) for tree in group)
        if terminal:
            _compare_values(group, held.all(tag), place, here, tally)
            continue
        for tree in group:
            _compare_one(tree, held, place, here, tally)


def _compare_one(tree: Json, held: Held, place: Place, path: str, tally: _Tally) -> None:
    """A container or list entry with the one among the held elements that it stands for."""
    keys = place.keys(tree)
    identity = identity_of(tree, keys, place)
    here = path + "".join(f"[{etree.QName(tag).localname}={value}]" for tag, value in identity)
    match = held.inside(tree["tag"], keys, identity, place)
    if match is None and (keys or (place.node is not None and place.node.presence)):
        tally.differences[here] = (_leaves(tree), None)
        return
    within = replace(place, in_entry=place.in_entry or bool(keys))
    if keys and not _on_the_way(tree, keys, within):
        tally.found = True
    _compare_all(elements(tree), match or Held(), within, here, tally)


def _on_the_way(tree: Json, keys: tuple[str, ...], within: Place) -> bool:
    """Whether of an entry only its keys are named, and entries inside of it: then it belongs to somebody else."""
    entries, others = [], []
    waiting = [(child, within.below(child)) for child in elements(tree) if child["tag"] not in keys]
    while waiting:
        child, place = waiting.pop()
        if place.keys(child):
            entries.append(child)
        elif any(elements(child)):
            waiting.extend((each, place.below(each)) for each in elements(child))
        else:
            others.append(child)
    return bool(entries) and not others


def identity_of(tree: Json, keys: tuple[str, ...], place: Place) -> Identity:
    """What tells a list entry from others of its list; empty for a container."""
    values = ((child["tag"], place.below(child).canonical(_text(child))) for child in elements(tree) if child["tag"] in keys)
    return tuple(sorted(values))


def _leaves(tree: Json) -> Json:
    """The tree as a user reads it: names without namespaces, texts."""
    groups = by_tag(elements(tree))
    if not groups:
        return _text(tree)
    values = {etree.QName(tag).localname: [_leaves(child) for child in group] for tag, group in groups.items()}
    return {name: value[0] if len(value) == 1 else value for name, value in values.items()}


def _compare_values(group: Sequence[Json], candidates: Sequence[Json], place: Place, path: str, tally: _Tally) -> None:
    """A leaf, or all values of a leaf-list. A default counts as held."""
    if candidates and not place.in_entry:
        tally.found = True
    wanted = [place.canonical(_text(tree)) for tree in group]
    held = [place.canonical(_text(tree)) for tree in candidates] or place.defaults
    ordered = place.node is not None and place.node.ordered_by_user
    if wanted != held and (ordered or sorted(wanted) != sorted(held)):
        repeated = place.node.repeated if place.node else len(wanted) > 1 or len(held) > 1
        tally.differences[path] = (wanted, held) if repeated else (wanted[0], held[0] if held else None)
