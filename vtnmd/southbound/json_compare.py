"""What an endpoint holds against what is expected of it, both as JSON: what the endpoint fills in beside that does not count."""

from collections.abc import Iterator, Mapping

from vtnmd.domain.tree import Json

Difference = tuple[str, tuple[Json, Json]]
"""A path and (expected, found)."""

Keys = Mapping[str, list[str]]
"""The key leaves of lists, by the list's name; none for a leaf-list whose order does not count."""

NO_KEYS: Keys = {}


def differences(expected: Json, found: Json, path: str = "", keys: Keys = NO_KEYS) -> list[Difference]:
    """Where `found` lacks something of `expected`, or has something where that is null.

    Of a list that `keys` names every entry counts, whatever its place; any other list is compared as it stands.
    """
    if found is None and _is_nothing(expected):
        return []
    if not (isinstance(expected, dict) and isinstance(found, dict)):
        return [] if same(expected, found) else [(path, (expected, found))]
    told: list[Difference] = []
    for name, value in expected.items():
        below = f"{path}/{name}" if path else name
        held = found.get(name)
        if not isinstance(value, list) or name not in keys:
            told += differences(value, held, below, keys)
        elif keys[name]:
            told += _entry_differences(value, held, below, keys, keys[name])
        elif not isinstance(held, list) or sorted(map(repr, value)) != sorted(map(repr, held)):
            told += [(below, (value, held))] if value or held else []
    return told


def _is_nothing(expected: Json) -> bool:
    """Whether nothing is expected: null, or members that all are."""
    return all(map(_is_nothing, expected.values())) if isinstance(expected, dict) and expected else expected is None


def same(expected: Json, found: Json) -> bool:
    """Equal as JSON, where true is not 1."""
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)


def _entry_differences(expected: list[Json], found: Json, path: str, keys: Keys, leaves: list[str]) -> Iterator[Difference]:
    wanted, held = (
        {tuple(entry.get(leaf) for leaf in leaves): entry for entry in entries if isinstance(entry, dict)}
        for entries in (expected, found if isinstance(found, list) else [])
    )
    for key in dict.fromkeys((*wanted, *held)):
        below = f"{path}[{', '.join(map(str, key))}]"
        if key in wanted:
            yield from differences(wanted[key], held.get(key), below, keys)
        else:
            yield below, (None, held[key])
