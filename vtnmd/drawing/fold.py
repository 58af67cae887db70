"""Folds a sketch that is too large to be read: what stands together and is alike becomes one item."""

from collections import Counter
from dataclasses import replace

from vtnmd.drawing.sketch import Item, Link, Sketch, natural

MOST_ITEMS = 150


def fold(sketch: Sketch, most: int = MOST_ITEMS) -> Sketch:
    """The sketch as it is where it has at most that many items, else with one item for all of a kind in one region, row and stage.

    Rows that a topology names, its groups, are given up then. A link between two items stands for all between their members.
    """
    if len(sketch.items) <= most:
        return sketch
    alike: dict[tuple[str, str, int, str], list[Item]] = {}
    for item in sketch.items:
        lane = "" if sketch.lanes else item.lane
        alike.setdefault((item.region, lane, item.stage, item.kind), []).append(item)
    items = tuple(_standing_for(place[1], members) for place, members in alike.items())
    place_of = {member.id: item.id for item, members in zip(items, alike.values(), strict=True) for member in members}
    return replace(sketch, items=items, links=_between(sketch, place_of), lanes={})


def _standing_for(lane: str, members: list[Item]) -> Item:
    first = members[0]
    if len(members) == 1:
        return replace(first, lane=lane)
    tenants = {member.tenant for member in members}
    return Item(
        f"all {first.region}/{lane}/{first.kind}/{first.stage}",
        first.kind,
        f"{len(members)} × {first.kind}",
        "",
        first.region,
        lane,
        first.stage,
        first.tenant if len(tenants) == 1 else "",
        (("number", str(len(members))),),
        members=tuple(sorted(members, key=natural)),
    )


def _between(sketch: Sketch, place_of: dict[str, str]) -> tuple[Link, ...]:
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for link in sketch.links:
        ends = place_of.get(link.source, link.source), place_of.get(link.target, link.target)
        if ends[0] != ends[1]:
            reasons.setdefault(ends, Counter())[link.reason] += 1
    return tuple(
        Link(source, target, ", ".join(f"{reason} ({number})" for reason, number in counts.items()))
        for (source, target), counts in reasons.items()
    )
