"""Legs: the requests of one region between two dependencies across regions, which one worker carries. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from vtnmd.domain.address import GLOBAL_REGION
from vtnmd.domain.graph import topological_order
from vtnmd.domain.plan import Plan, Request


class Standing(StrEnum):
    """How far a leg is."""

    PENDING = "pending"  # it waits for others
    QUEUED = "queued"  # a worker of its region may take it, or has
    ENDED = "ended"  # nothing of it is left to do now


@dataclass(frozen=True, slots=True)
class Leg:
    """`requests` are in the order of the plan; `needs` are the ids of legs that hold something that they need."""

    id: str
    region: str
    requests: tuple[str, ...]
    needs: tuple[str, ...]


def find_legs(plan: Plan) -> tuple[Leg, ...]:
    """The legs of a plan. Each request is in one, and none needs itself, directly or not.

    A leg is named by its region and by how often the way to it leaves a region for another. What is committed together is in one
    leg; where that spans regions, the leg is one of the region `global`.
    """
    unit_of = _units(plan)
    members: dict[str, list[Request]] = {}
    for request in plan.requests:
        members.setdefault(unit_of[request.id], []).append(request)
    needs = {
        unit: {unit_of[need] for request in requests for need in request.needs if need in unit_of} - {unit}
        for unit, requests in members.items()
    }
    regions = {unit: _region(requests) for unit, requests in members.items()}
    levels: dict[str, int] = {}
    for unit in topological_order(needs):
        levels[unit] = max((levels[need] + (regions[need] != regions[unit]) for need in needs[unit]), default=0)
    name_of = {unit: f"{regions[unit]}#{level}" for unit, level in levels.items()}
    return tuple(_leg(name, plan, unit_of, name_of) for name in dict.fromkeys(name_of[unit_of[r.id]] for r in plan.requests))


def part_of(plan: Plan, requests: Collection[str], done: Collection[str]) -> Plan:
    """What of a plan carries those `requests` that can be sent once `done` are: all that they need is `done` or among them."""
    carried = {request.id for request in plan.requests if request.id in requests} - _blocked(plan, requests, done)
    addresses = {address for request in plan.requests if request.id in carried for address in request.changes}
    return replace(
        plan,
        requests=tuple(request for request in plan.requests if request.id in carried),
        changes=tuple(change for change in plan.changes if change.address in addresses),
        transactions=tuple(each for each in plan.transactions if carried.issuperset(each.requests)),
        edges=(),
    )


def behind(plan: Plan, failed: Collection[str]) -> Mapping[str, str]:
    """What needs a request of `failed`, directly or not, and the one that it needs."""
    unit_of = _units(plan)
    because = {unit_of[request]: request for request in failed if request in unit_of}
    found: dict[str, str] = {}
    size = -1
    while size != len(found):  # a member of a transaction may hold back what comes before another member
        size = len(found)
        for request in plan.requests:
            reasons = (because[unit_of[need]] for need in request.needs if unit_of.get(need) in because)
            reason = because.get(unit_of[request.id]) or next(reasons, None)
            if reason is not None and request.id not in failed:
                because.setdefault(unit_of[request.id], reason)
                found.setdefault(request.id, reason)
    return found


def settle(
    plan: Plan, legs: Iterable[Leg], standings: Mapping[str, Standing], done: Collection[str], *, stopping: bool
) -> tuple[tuple[Leg, ...], tuple[Leg, ...]]:
    """Which pending legs are to be queued now, and which are over because nothing of them can be sent now.

    A leg waits until all that it needs have ended, well or not: then what of it does not need the rest goes on. Nothing is queued
    once the run is `stopping`.
    """
    pending = [leg for leg in legs if standings[leg.id] is Standing.PENDING]
    ended = {name for name, standing in standings.items() if standing is Standing.ENDED}
    ready: list[Leg] = []
    over: list[Leg] = []
    while free := [leg for leg in pending if stopping or ended.issuperset(leg.needs)]:
        for leg in free:
            pending.remove(leg)
            left = part_of(plan, leg.requests, done).requests
            if stopping or all(request.id in done for request in left):
                over.append(leg)
                ended.add(leg.id)
            else:
                ready.append(leg)
    return tuple(ready), tuple(over)


def _units(plan: Plan) -> Mapping[str, str]:
    """Request id → the transaction that it is of, else itself."""
    unit_of = {request.id: request.id for request in plan.requests}
    for transaction in plan.transactions:
        unit_of |= {member: transaction.id for member in transaction.requests if member in unit_of}
    return unit_of


def _region(requests: Iterable[Request]) -> str:
    regions = {request.region for request in requests}
    return regions.pop() if len(regions) == 1 else GLOBAL_REGION


def _leg(name: str, plan: Plan, unit_of: Mapping[str, str], name_of: Mapping[str, str]) -> Leg:
    mine = [request for request in plan.requests if name_of[unit_of[request.id]] == name]
    needed = {name_of[unit_of[need]] for request in mine for need in request.needs if need in unit_of} - {name}
    return Leg(name, name.rpartition("#")[0], tuple(request.id for request in mine), tuple(sorted(needed)))


def _blocked(plan: Plan, requests: Collection[str], done: Collection[str]) -> set[str]:
    """Those of `requests` that need something which is neither done nor can be."""
    unit_of = _units(plan)
    members: dict[str, list[Request]] = {}
    for request in plan.requests:
        if request.id in requests and request.id not in done:
            members.setdefault(unit_of[request.id], []).append(request)
    held: set[str] = set()
    size = -1
    while size != len(held):
        size = len(held)
        for unit, carried in members.items():
            needed = {need for request in carried for need in request.needs if need in unit_of and need not in done}
            if any(unit_of[need] not in members or unit_of[need] in held for need in needed if unit_of[need] != unit):
                held.add(unit)
    return {request.id for unit in held for request in members[unit]}
