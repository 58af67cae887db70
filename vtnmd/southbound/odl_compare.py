"""What a VTN Manager answered against what READ expects (docs/architecture.md, "Endpoint kind odl"), and who else is there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vtnmd.domain.drift import Stranger
from vtnmd.domain.tree import Json
from vtnmd.southbound.json_compare import differences


@dataclass(frozen=True, slots=True)
class Place:
    """A list of the operational tree: the path of the node that it hangs from, and the steps from there to the list."""

    path: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join((self.path, *self.steps[:-1]))


Lists = Mapping[Place, list[Json]]
"""What tells each known entry of a list from others."""


def select(found: Json, steps: Json) -> Json:
    """Walk from an answer to an object: a step is a member's name, or a list with what its entry must contain."""
    for step in steps:
        if not isinstance(found, dict):
            return None
        if isinstance(step, str):
            found = found.get(step)
        else:
            entries = found.get(step["list"]) or ()
            found = next((entry for entry in entries if not any(differences(step.get("match", {}), entry))), None)
    return found


def leaf(found: Json, path: list[str]) -> Json:
    """The value at a path below an object; None where there is none."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def lists_of(reads: Iterable[Json]) -> Lists:
    """The lists that the objects of filled READs stand in. The first one hangs from the node above that of the path."""
    found: dict[Place, list[Json]] = {}
    for read in reads:
        node = read["path"].rpartition("/")[0].rpartition("/")[0]
        steps: tuple[str, ...] = ()
        for position, step in enumerate(read.get("select", ())):
            if isinstance(step, str):
                steps = (*steps, step)
                continue
            found.setdefault(Place(node, (*steps, step["list"])), []).append(step.get("match", {}))
            if position == 0:
                node, steps = read["path"], ()
    return found


def find_strangers(wanted: Lists, known: Lists, bodies: Mapping[str, Json]) -> tuple[Stranger, ...]:
    """The entries of the wanted lists that no known one matches. `bodies` are answers by path, None where there is nothing."""
    return tuple(
        sorted(
            {
                Stranger(place.steps[-1], _name(samples[0], entry), str(place))
                for place, samples in wanted.items()
                for entry in _unmatched(leaf(_node(bodies[place.path]), list(place.steps)) or (), known.get(place, []))
            }
        )
    )


def _unmatched(entries: Iterable[Json], matches: list[Json]) -> Iterator[Json]:
    """The entries that no match fits, looked up by the leaves that the matches name."""
    told = [tuple((tuple(path), leaf(match, path)) for path in _paths(match)) for match in matches]
    known, ways = set(told), {tuple(path for path, _ in each) for each in told}
    for entry in entries:
        if not any(tuple((path, leaf(entry, list(path))) for path in way) in known for way in ways):
            yield entry


def _node(body: Json) -> Json:
    """The one node that an answer holds: a container, or a list of the one entry that was asked for."""
    held = next(iter(body.values()), None) if isinstance(body, dict) else None
    return held[0] if isinstance(held, list) and held else held


def _name(sample: Json, entry: Json) -> str:
    """What the entry has at the leaves that tell entries of its list apart, as they do for `sample`."""
    told = [(path[-1], leaf(entry, path)) for path in _paths(sample)]
    return ", ".join(str(found) if name == "name" else f"{name} {found}" for name, found in told)


def _paths(tree: Json, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    if not isinstance(tree, dict):
        yield list(path)
        return
    for name, value in tree.items():
        yield from _paths(value, (*path, name))
