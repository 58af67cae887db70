"""List entries that a NETCONF device holds beside those that are known: which keys to ask for, and which of them are strange.

The lists are those that the trees read for stand in, at every depth. Entries that a device makes by itself count as well, for in
running they look like any other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lxml import etree

from vtnmd.domain.drift import Stranger
from vtnmd.domain.tree import Json
from vtnmd.southbound.netconf_compare import Held, Identity, Place, by_tag, elements, identity_of, root_of
from vtnmd.yang.schema import Schema


def keys_filter(trees: Sequence[Json], schema: Schema | None) -> list[Json]:
    """The subtree filter (RFC 6241 section 6) for the keys of every entry of the lists that the trees stand in."""
    return _filter(trees, root_of(schema))


def find_strangers(trees: Sequence[Json], known: Sequence[Json], held: Held, schema: Schema | None) -> tuple[Stranger, ...]:
    """The held entries of the trees' lists that are none of `known`."""
    return tuple(sorted(set(_strangers(trees, known, held, root_of(schema), ""))))


def _filter(trees: Iterable[Json], parent: Place) -> list[Json]:
    selected: list[Json] = []
    for tag, group in by_tag(trees).items():
        place = parent.below(group[0])
        keys = place.keys(group[0])
        inner = _filter((child for tree in group for child in elements(tree)), _within(place, keys))
        children = [{"tag": key} for key in keys] + inner
        if children:
            selected.append({"tag": tag, "children": children})
    return selected


def _strangers(trees: Iterable[Json], known: Iterable[Json], held: Held, parent: Place, path: str) -> Iterator[Stranger]:
    familiar = by_tag(known)
    for tag, group in by_tag(trees).items():
        place = parent.below(group[0])
        keys = place.keys(group[0])
        kind = etree.QName(tag).localname
        mine, others = _by_identity(group, keys, place), _by_identity(familiar.get(tag, ()), keys, place)
        if keys:
            standing = _by_identity(held.all(tag), keys, place)
            yield from (Stranger(kind, _name(entry), path or "/") for entry in standing if entry not in others)
        for identity, children in mine.items():
            inner = held.inside(tag, keys, identity, place)
            here = f"{path}/{kind}" + (f"[{_name(identity)}]" if keys else "")
            if inner is not None:
                yield from _strangers(children, others.get(identity, ()), inner, _within(place, keys), here)


def _by_identity(trees: Iterable[Json], keys: tuple[str, ...], place: Place) -> dict[Identity, list[Json]]:
    groups: dict[Identity, list[Json]] = {}
    for tree in trees:
        groups.setdefault(identity_of(tree, keys, place), []).extend(elements(tree))
    return groups


def _within(place: Place, keys: tuple[str, ...]) -> Place:
    return replace(place, in_entry=place.in_entry or bool(keys))


def _name(identity: Identity) -> str:
    return ", ".join(value for _, value in identity)
