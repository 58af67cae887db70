"""Addresses, trees, allocations and orders: what holds for every value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import EMPTY, Allocations, Demand, Pool, draw
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span, in_order, nearest_span
from vtnmd.domain.graph import Cycle, Resource, ResourceGraph, graph_from_json, topological_order
from vtnmd.domain.run import Event, Step, event_from_json
from vtnmd.domain.snapshot import Applied, Snapshot, snapshot_from_json
from vtnmd.domain.tree import Ref, Secret, difference, digest, fill, from_json, holes, to_json

PARTS = st.text(min_size=1, max_size=12)
ADDRESSES = st.one_of(
    st.builds(lambda kind, key: Address("global", "", kind, tuple(key)), PARTS, st.lists(PARTS, min_size=1, max_size=3)),
    st.builds(
        lambda region, endpoint, kind, key: Address(region, endpoint, kind, tuple(key)),
        PARTS.filter(lambda region: region != "global"),
        PARTS,
        PARTS,
        st.lists(PARTS, min_size=1, max_size=3),
    ),
)
HOLES = st.one_of(st.builds(Ref, ADDRESSES, PARTS), st.builds(Secret, PARTS))
KEYS = st.one_of(st.text(max_size=5), st.sampled_from(["$ref", "$secret", "$data"]))
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), HOLES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


@given(ADDRESSES)
def test_an_address_is_what_it_prints(address: Address) -> None:
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", "east", "east/odl/vtn", "global/probe", "east//vtn/x", "east/odl/vtn/"])
def test_half_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no resource address"):
        parse_address(text)


@given(TREES)
def test_a_tree_survives_being_written(tree: Any) -> None:
    assert from_json(json.loads(json.dumps(to_json(tree)))) == tree


@given(TREES)
def test_filling_leaves_no_hole(tree: Any) -> None:
    assert list(holes(fill(tree, str))) == []


@given(TREES, TREES)
def test_trees_have_one_digest_each(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (
        json.dumps(to_json(one), sort_keys=True) == json.dumps(to_json(other), sort_keys=True)
    )


def test_a_difference_names_the_leaves() -> None:
    assert difference({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4}) == {"a/c": (2, 3), "d": (None, 4)}


NUMBERS = {"label": Pool("label", ((16, 20),)), "name": Pool("name", longest=5)}


@given(st.permutations([Demand("label", owner) for owner in "edcba"]))
def test_allocations_do_not_depend_on_the_order_of_demands(demands: list[Demand]) -> None:
    assert draw(demands, NUMBERS, EMPTY).values == {"label": {"a": 16, "b": 17, "c": 18, "d": 19, "e": 20}}


@given(st.sets(st.sampled_from("abcde")), st.sets(st.sampled_from("abcde")))
def test_an_owner_keeps_its_value_and_no_value_has_two_owners(first: set[str], second: set[str]) -> None:
    held = draw([Demand("label", owner) for owner in first], NUMBERS, EMPTY)
    drawn = draw([Demand("label", owner) for owner in second], NUMBERS, held)
    kept, found = held.values.get("label", {}), drawn.values.get("label", {})
    assert all(found[owner] == kept[owner] for owner in first & second)
    assert not {found[owner] for owner in second - first} & set(kept.values())
    assert len(set(found.values())) == len(found)


def test_every_exhausted_pool_is_told() -> None:
    demands = [Demand("label", str(number)) for number in range(6)] + [Demand("vlan/north", "web")]
    with pytest.raises(Invalid) as refused:
        draw(demands, NUMBERS, EMPTY)
    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["VTN-I010", "VTN-I011"]


def test_a_value_that_left_its_range_is_drawn_anew_where_the_pool_is_strict() -> None:
    held = Allocations({"label": {"a": 99}})
    assert draw([Demand("label", "a")], NUMBERS, held).number("label", "a") == 99
    strict = {"label": Pool("label", ((16, 20),), strict=True)}
    assert draw([Demand("label", "a")], strict, held).number("label", "a") == 16


def test_names_that_clash_when_shortened_are_told_apart() -> None:
    drawn = draw([Demand("name", "1", "abcdefg"), Demand("name", "2", "abcdexy"), Demand("name", "3", "b")], NUMBERS, EMPTY)
    assert drawn.values["name"] == {"1": "abcde", "2": "abc_2", "3": "b"}


@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), max_size=10))
def test_an_order_respects_every_need_or_prints_the_circle(needs: dict[int, list[int]]) -> None:
    try:
        order = topological_order(needs)
    except Cycle as cycle:
        path = cycle.path
        circle = [(path[index], path[index + 1]) for index in range(len(path) - 1)]
    else:
        circle = []
        place = {node: index for index, node in enumerate(order)}
        assert set(place) == set(needs)
        assert all(place[need] < place[node] for node, wanted in needs.items() for need in wanted if need in needs)
    assert all(after in needs[before] for before, after in circle)  # type: ignore[index]


def test_a_graph_a_snapshot_and_an_event_survive_being_written() -> None:
    segment, host = (Address("east", "odl", kind, ("acme", "web")) for kind in ("vbridge", "vinterface"))
    resource = Resource(host, {"map": Ref(segment, "id"), "key": Secret("env:KEY")}, {segment: "contains"}, "a host", ("vtn", 0))
    graph = ResourceGraph({host: resource, segment: Resource(segment, {})})
    assert graph_from_json(json.loads(json.dumps(graph.to_json()))) == graph
    snapshot = Snapshot({host: Applied(resource, resource.digest, {"id": 7}, frozenset({"shop", "crm"}), "run-1")})
    assert snapshot_from_json(json.loads(json.dumps(snapshot.to_json()))) == snapshot
    event = Event("run-1", 3, 12.5, Step.WAITING, "east/odl#1", {"reason": "no route", "next-try": None})
    assert event_from_json(json.loads(json.dumps(event.to_json()))) == event


def test_the_nearest_ancestor_that_was_written_gives_the_place() -> None:
    spans = {("a",): Span("f", 1, 1), ("a", 0, "b"): Span("f", 2, 3)}
    assert nearest_span(spans, ("a", 0, "b", "c")) == Span("f", 2, 3)
    assert nearest_span(spans, ("a", 1)) == Span("f", 1, 1)
    assert nearest_span(spans, ("d",)) is None
    assert nearest_span({(): Span("f", 9, 9)}, ("d",)) == Span("f", 9, 9)


def test_diagnostics_come_by_place_and_once() -> None:
    late = Diagnostic("VTN-F001", "b", Span("f", 2, 1))
    early = Diagnostic("VTN-F001", "a", Span("f", 1, 9))
    nowhere = Diagnostic("VTN-F001", "c")
    assert in_order([nowhere, late, early, late]) == (early, late, nowhere)
    assert str(early) == "f:1:9: error[VTN-F001]: a"
