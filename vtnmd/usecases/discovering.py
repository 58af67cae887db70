"""Finds out what was drawn from pools before: from where the network holds another value than the one that would be drawn today.

The service is compiled a second time with a mark in place of each number that it draws. Where a resource then holds a mark, it
holds that number, and what the network has there instead tells which number was drawn. Names are not found out so: a resource of
another name is another resource.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.drift import Differences
from vtnmd.domain.graph import ResourceGraph
from vtnmd.domain.tree import Tree
from vtnmd.planner.changes import Renderer

Drawn = tuple[str, str]
"""Pool and owner."""

_FIRST_SHIFT = 8_000_000  # leads above every VLAN and label, and not out of the numbers of gateways
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")
_LAST_NUMBER = re.compile(r"(.*?)(\d+)", re.DOTALL)


def discover(
    graph: ResourceGraph,
    drawn: Allocations,
    compiled_with: Callable[[Allocations], ResourceGraph],
    found: Mapping[Address, Differences],
    renderer: Renderer,
) -> dict[Drawn, int]:
    """The numbers that the network holds in place of those of `drawn`, which `graph` was compiled with; those that are sure.

    `compiled_with` compiles the same service with other numbers, `found` are differences of `graph`'s resources. A number that the
    network contradicts itself about is left out.
    """
    pairs = [(pool, owner) for pool, values in drawn.values.items() for owner, value in values.items() if isinstance(value, int)]
    shifts = {_FIRST_SHIFT + position: pair for position, pair in enumerate(sorted(pairs))}
    marked = compiled_with(_with(drawn, {pair: drawn.number(*pair) + shift for shift, pair in shifts.items()}))
    told: dict[Drawn, set[int]] = {}
    for address, differences in found.items():
        twin = marked.resources.get(address)
        if twin is None or not differences:
            continue
        leaves = list(_unlike(renderer.render(graph.resources[address]).present, renderer.render(twin).present))
        for path, expected, held in _scalars(differences):
            apart = _distance(expected, held)
            behind = {shifts.get(_distance(plain, mark) or 0) for name, plain, mark in leaves if (name, plain) == (path, expected)}
            if apart is not None and len(behind) == 1 and (pair := behind.pop()) is not None:
                told.setdefault(pair, set()).add(drawn.number(*pair) + apart)
    return {pair: values.pop() for pair, values in told.items() if len(values) == 1}


def _with(drawn: Allocations, numbers: Mapping[Drawn, int]) -> Allocations:
    return Allocations(
        {
            pool: {owner: numbers.get((pool, owner), value) for owner, value in values.items()}
            for pool, values in drawn.values.items()
        }
    )


def _unlike(plain: Tree, marked: Tree, name: str = "") -> Iterator[tuple[str, str, str]]:
    """The leaves that are not the same in two trees of one form: what they are called, and both texts."""
    if isinstance(plain, dict) and isinstance(marked, dict):
        inside = plain["tag"].rpartition("}")[2] if "tag" in plain else ""
        for key in plain.keys() & marked.keys():
            yield from _unlike(plain[key], marked[key], inside or key)
    elif isinstance(plain, list) and isinstance(marked, list):
        for one, other in zip(plain, marked, strict=False):
            yield from _unlike(one, other, name)
    elif plain != marked:
        yield name, str(plain), str(marked)


def _scalars(differences: Differences) -> Iterator[tuple[str, str, str]]:
    """What each differing leaf is called, and both texts."""
    for path, (expected, held) in differences.items():
        name = path.rpartition("/")[2]
        one, other = ([side] if isinstance(side, str | int) else side for side in (expected, held))
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            yield from ((name, str(left), str(right)) for left, right in zip(one, other, strict=True))


def _distance(a: str, b: str) -> int | None:
    """How far apart two texts are that are alike but for one number: MAC or IP addresses, or what ends in a number."""
    for number in (_mac, _ip):
        first, second = number(a), number(b)
        if first is not None and second is not None:
            return second - first
    one, other = _LAST_NUMBER.fullmatch(a), _LAST_NUMBER.fullmatch(b)
    if one is None or other is None or one[1] != other[1]:
        return None
    return int(other[2]) - int(one[2])


def _mac(text: str) -> int | None:
    return int(text.replace(":", ""), 16) if _MAC.fullmatch(text) else None


def _ip(text: str) -> int | None:
    try:
        return int(ip_address(text))
    except ValueError:
        return None
