"""What a RESTCONF server answered against what READ expects (docs/architecture.md, "Endpoint kind restconf"), and who else is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vtnmd.domain.drift import Stranger
from vtnmd.domain.tree import Json
from vtnmd.southbound.json_compare import NO_KEYS, Difference, differences
from vtnmd.southbound.ports import Observed
from vtnmd.southbound.restconf_paths import Dialect, local_names


@dataclass(frozen=True, slots=True)
class Place:
    """A list, below the node at `path`, whose entries the leaves `keys` tell apart."""

    path: str
    list: str
    keys: tuple[str, ...]


Lists = Mapping[Place, set[tuple[str, ...]]]
"""The keys of known entries."""


def observe(read: Json, bodies: Mapping[str, Json]) -> Observed:
    """The resources of a READ, which is there if any of them is; one that is not is a difference then."""
    found = [_held(each, bodies[each["path"]]) for each in read["resources"]]
    if all(held is None for held in found):
        return Observed(present=False)
    keys = read.get("keys", NO_KEYS)
    told: list[Difference] = []
    for each, held in zip(read["resources"], found, strict=True):
        prefix = each["path"] if len(found) > 1 else ""
        told += differences(local_names(each["expect"]), held, prefix, keys)
    attributes = {name: value for name, path in read.get("attributes", {}).items() if (value := _leaf(found[0], path)) is not None}
    return Observed(True, attributes, dict(told))


def _held(resource: Json, body: Json) -> Json:
    """The object in the answer of a GET, its members by their local names; None where there is none."""
    value = next(iter(body.values()), None) if isinstance(body, dict) else None
    if isinstance(value, list):
        value = value[0] if value and "list" in resource else None
    return local_names(value)


def _leaf(found: Json, path: Iterable[str]) -> Json:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def wanted_lists(reads: Iterable[Json], dialect: Dialect) -> Lists:
    """The lists that resources of filled READs stand in, where READ names their keys and they do not stand at the top."""
    found: dict[Place, set[tuple[str, ...]]] = {}
    for read in reads:
        for each in read["resources"]:
            keys = tuple(read.get("keys", NO_KEYS).get(each.get("list", ""), ()))
            above = dialect.parent(each["path"], len(keys))
            if keys and above:
                entry = local_names(each["expect"])
                found.setdefault(Place(above, each["list"], keys), set()).add(tuple(str(entry.get(key)) for key in keys))
    return found


def strangers_among(wanted: Lists, known: Lists, bodies: Mapping[str, Json]) -> tuple[Stranger, ...]:
    """The entries of the wanted lists that are none of the known ones, sorted."""
    found: set[Stranger] = set()
    for place in wanted:
        node = local_names(next(iter(bodies[place.path].values()), None) if isinstance(bodies[place.path], dict) else None)
        node = node[0] if isinstance(node, list) and node else node
        for entry in (node.get(place.list) or ()) if isinstance(node, dict) else ():
            key = tuple(str(entry.get(name)) for name in place.keys)
            if key not in known.get(place, set()):
                found.add(Stranger(place.list, ", ".join(key), place.path))
    return tuple(sorted(found))
