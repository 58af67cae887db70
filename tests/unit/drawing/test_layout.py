"""Where things stand: nothing covers anything else, boxes hold what is theirs, what is needed stands left."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vtnmd.drawing.fold import MOST_ITEMS, fold
from vtnmd.drawing.grid import arrange
from vtnmd.drawing.layout import Drawing, Place, lay_out
from vtnmd.drawing.sketch import Item, Link, Sketch

UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REGIONS = ("", "east", "west")


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """Any items; links lead from later ones to earlier ones of no later stage, a few anywhere."""
    number = draw(st.integers(0, 25))
    items = [
        Item(
            f"i{index}",
            draw(st.sampled_from("abc")),
            f"label {index}",
            region=draw(st.sampled_from(REGIONS)),
            lane=draw(st.sampled_from(("", "pe", "odl"))),
            stage=draw(st.integers(0, 2)),
            tenant=draw(st.sampled_from(("", "acme", "umbrella"))),
        )
        for index in range(number)
    ]
    pairs = draw(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=40))
    links = [Link(f"i{source}", f"i{target}", "uses") for source, target in pairs if source < number and target < number]
    return Sketch("dependency", "s", "a service", tuple(items), tuple(links), {0: "wave 1", 1: "wave 2", 2: "wave 3"})


def overlap(one: Place, other: Place) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.y + one.height <= other.y or other.y + other.height <= one.y)


def inside(inner: Place, outer: Place) -> bool:
    across = outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
    return across and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height


@UNHURRIED
@given(sketches())
def test_every_item_has_a_place_of_its_own_in_its_box(sketch: Sketch) -> None:
    drawing = lay_out(sketch)
    assert set(drawing.places) == {item.id for item in sketch.items}
    assert not any(overlap(one, other) for one, other in combinations(drawing.places.values(), 2))
    for item in sketch.items:
        box = next(each for each in drawing.boxes if (each.region, each.lane) == (item.region, item.lane))
        region = next(each for each in drawing.boxes if (each.region, each.lane) == (item.region, None))
        assert inside(drawing.places[item.id], box.place)
        assert inside(box.place, region.place)
        assert inside(region.place, Place(0, 0, drawing.width, drawing.height))


@UNHURRIED
@given(sketches(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_does_not_matter(sketch: Sketch, order: random.Random) -> None:
    items, links = list(sketch.items), list(sketch.links)
    order.shuffle(items)
    order.shuffle(links)
    again = lay_out(replace(sketch, items=tuple(items), links=tuple(links)))
    assert (again.places, again.routes) == (lay_out(sketch).places, lay_out(sketch).routes)


@UNHURRIED
@given(sketches())
def test_links_lead_from_their_source_to_their_target(sketch: Sketch) -> None:
    drawing = lay_out(sketch)
    assert len(drawing.routes) == len(sketch.links)
    for link, points in drawing.routes:
        source, target = drawing.places[link.source], drawing.places[link.target]
        assert points[0] == (source.x, source.y + source.height // 2)
        assert points[-1][1] == target.y + target.height // 2


@UNHURRIED
@given(sketches())
def test_stages_stand_one_after_the_other(sketch: Sketch) -> None:
    places = lay_out(sketch).places
    for one, other in combinations(sketch.items, 2):
        if one.stage < other.stage:
            assert places[one.id].x < places[other.id].x


def chain(number: int) -> Sketch:
    items = tuple(Item(f"i{index}", "a", f"i{index}", region="east") for index in range(number))
    links = tuple(Link(f"i{index + 1}", f"i{index}", "uses") for index in range(number - 1))
    return Sketch("topology", "s", "a chain", items, links)


def test_what_is_needed_stands_left() -> None:
    places = lay_out(chain(4)).places
    assert [places[f"i{index}"].x for index in range(4)] == sorted(places[f"i{index}"].x for index in range(4))
    assert len({place.y for place in places.values()}) == 1  # a chain is a straight line


def test_a_link_leads_around_what_stands_between_its_ends() -> None:
    drawing = lay_out(replace(chain(3), links=(*chain(3).links, Link("i2", "i0", "needs too"))))
    route = next(points for link, points in drawing.routes if link.reason == "needs too")
    between = drawing.places["i1"]
    assert not any(between.y <= y <= between.y + between.height for x, y in route if between.x <= x <= between.x + between.width)


def test_two_that_are_crossed_change_places() -> None:
    items = [Item(name, "a", name, region="east") for name in ("a1", "a2", "b1", "b2")]
    links = (Link("b1", "a2", "uses"), Link("b2", "a1", "uses"))
    places = lay_out(Sketch("topology", "s", "crossed", tuple(items), links)).places
    assert (places["a1"].y < places["a2"].y) == (places["b2"].y < places["b1"].y)


def test_kinds_that_need_each_other_have_places_too() -> None:
    items = tuple(Item(name, "a", name) for name in "ab")
    grid = arrange(Sketch("topology", "s", "round", items, (Link("a", "b", "x"), Link("b", "a", "x"))))
    assert len(grid.ways) == 2


def wide(number: int) -> Sketch:
    items = tuple(
        Item(f"{region}/{kind}/{index}", kind, f"{kind} {index}", region=region, tenant=f"t{index % 2}")
        for region in ("east", "west")
        for kind in ("vrf", "gateway")
        for index in range(number)
    )
    links = tuple(
        Link(f"{region}/gateway/{index}", f"{region}/vrf/{index}", "contains")
        for region in ("east", "west")
        for index in range(number)
    )
    return Sketch("dependency", "s", "wide", items, links)


def test_what_is_large_is_folded_by_region_and_kind() -> None:
    assert fold(wide(MOST_ITEMS // 4)) == wide(MOST_ITEMS // 4)
    folded = fold(wide(1 + MOST_ITEMS // 4))
    assert [item.label for item in folded.items] == ["38 × vrf", "38 × gateway"] * 2
    assert [member.label for member in folded.items[0].members][:11] == [f"vrf {index}" for index in range(11)]
    assert [link.reason for link in folded.links] == ["contains (38)"] * 2
    assert sum(1 for _ in folded.every()) == 4 * 38
    assert folded.tenants == ("t0", "t1")


def test_one_of_a_kind_stays_itself() -> None:
    alone = Item("east/lsp/west", "lsp", "west", region="east", lane="pe")
    sketch = replace(wide(40), items=(*wide(40).items, alone))
    assert fold(sketch).items[-1] == alone


@pytest.mark.parametrize("empty", [Sketch("topology", "s", "nothing", (), ())])
def test_nothing_is_drawn_as_nothing(empty: Sketch) -> None:
    drawing: Drawing = lay_out(empty)
    assert drawing.boxes == ()
