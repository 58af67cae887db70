"""Allocations: what services drew from pools, kept until the last resource that uses the value has left the Snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.tree import Json

SERVICE_NAMES = "name/service"
"""The pool of the lasting names of services."""


@dataclass(frozen=True, slots=True, order=True)
class Demand:
    """`owner` wants one value of `pool`. Two demands with the same pool and owner are the same demand.

    A pool of names (`preferred` is set) gives the preferred name where it is free, else one derived from it.
    """

    pool: str
    owner: str
    preferred: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """Either the numbers `ranges` (inclusive), or names of at most `longest` characters.

    An owner keeps its value when the ranges change, unless the pool is `strict`: then a value that has left them is drawn anew.
    """

    name: str
    ranges: tuple[tuple[int, int], ...] = ()
    longest: int = 0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Allocations:
    """`values[pool][owner]` is a number or a name. `moved[pool][owner]` is who held it before, where it is handed over."""

    values: Mapping[str, Mapping[str, int | str]]
    moved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def number(self, pool: str, owner: str) -> int:
        value = self.values[pool][owner]
        if not isinstance(value, int):
            raise TypeError(f"pool {pool} holds names")
        return value

    def name(self, pool: str, owner: str) -> str:
        return str(self.values[pool][owner])

    def to_json(self) -> Json:
        return {"values": _plain(self.values), "moved": _plain(self.moved)}


def allocations_from_json(data: Json) -> Allocations:
    """The inverse of `Allocations.to_json`."""
    return Allocations(data["values"], data["moved"])


def _plain(pools: Mapping[str, Mapping[str, int | str]]) -> Json:
    return {pool: dict(owners) for pool, owners in pools.items()}


EMPTY = Allocations({})


def draw(demands: Iterable[Demand], pools: Mapping[str, Pool], taken: Allocations) -> Allocations:
    """One value for each demand, keeping what an owner in `taken` has already.

    The result holds exactly the demanded pairs and does not depend on the order of `demands`: new owners are served in sorted
    order, each with the lowest number that nobody has. Raises Invalid with every pool that is exhausted or missing.
    """
    values: dict[str, dict[str, int | str]] = {}
    problems: list[Diagnostic] = []
    by_pool: dict[str, set[Demand]] = {}
    for demand in demands:
        by_pool.setdefault(demand.pool, set()).add(demand)
    for name, wanted in sorted(by_pool.items()):
        held = taken.values.get(name, {})
        pool = pools.get(name)
        if pool is None:
            problems.append(
                Diagnostic(
                    "VTN-I010",
                    f"the inventory has no pool {name}",
                    hint="declare the range in the inventory of the region or backbone",
                )
            )
            continue
        drawn = {demand.owner: held[demand.owner] for demand in wanted if _keeps(pool, held.get(demand.owner))}
        used = set(held.values())
        fresh = sorted(demand for demand in wanted if demand.owner not in drawn)
        missing = _draw_names(pool, fresh, used, drawn) if pool.longest else _draw_numbers(pool, fresh, used, drawn)
        if missing:
            problems.append(
                Diagnostic(
                    "VTN-I011",
                    f"pool {name} is exhausted: {len(missing)} more needed, first for {missing[0].owner}",
                    hint="widen the range in the inventory, or destroy what no longer needs its values",
                )
            )
        values[name] = drawn
    if problems:
        raise Invalid(*problems)
    return Allocations(values)


def _keeps(pool: Pool, value: int | str | None) -> bool:
    """Whether an owner keeps what it has."""
    if not pool.strict or value is None:
        return value is not None
    return isinstance(value, int) and any(low <= value <= high for low, high in pool.ranges)


def _draw_numbers(pool: Pool, demands: list[Demand], used: set[int | str], drawn: dict[str, int | str]) -> list[Demand]:
    free = (number for low, high in pool.ranges for number in range(low, high + 1) if number not in used)
    for position, demand in enumerate(demands):
        number = next(free, None)
        if number is None:
            return demands[position:]
        drawn[demand.owner] = number
    return []


def _draw_names(pool: Pool, demands: list[Demand], used: set[int | str], drawn: dict[str, int | str]) -> list[Demand]:
    taken = set(used)
    attempts: dict[str, int] = {}
    for demand in demands:
        wanted = name = demand.preferred[: pool.longest]
        while name in taken:
            attempts[wanted] = attempts.get(wanted, 1) + 1
            suffix = f"_{attempts[wanted]}"
            name = wanted[: pool.longest - len(suffix)] + suffix
        taken.add(name)
        drawn[demand.owner] = name
    return []
