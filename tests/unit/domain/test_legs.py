"""Legs cover a plan once, never need themselves, and let go on what can."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.graph import Resource, topological_order
from vtnmd.domain.legs import Leg, Standing, behind, find_legs, part_of, settle
from vtnmd.domain.plan import Plan, Request, Transaction
from vtnmd.domain.reverse import reverse

REGIONS = ("east", "west", "north")


def name(plain: str) -> str:
    region, _, key = plain.partition("/")
    return f"{region}/odl/vtn/{key}"


def plan(needs: Mapping[str, list[str]], transactions: list[list[str]] | None = None) -> Plan:
    made = plan_of([create(resource_of(each, needed)) for each, needed in needs.items()])
    groups = tuple(Transaction(name(members[0]), tuple(map(name, members))) for members in transactions or ())
    return replace(made, transactions=groups)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to twelve requests in three regions, some of one level committed together, also over regions."""
    made: list[tuple[Resource, int]] = []
    for number in range(draw(st.integers(0, 12))):
        needed = draw(st.lists(st.sampled_from(made), max_size=3, unique_by=lambda each: each[0].address)) if made else []
        needs = [f"{resource.address.region}/{resource.address.label}" for resource, _ in needed]
        made.append((resource_of(f"{draw(st.sampled_from(REGIONS))}/{number}", needs), max((d for _, d in needed), default=-1) + 1))
    plain = plan_of([create(resource) for resource, _ in made])
    groups: list[Transaction] = []
    for depth in {depth for _, depth in made}:  # what lies at one depth cannot need each other
        level = [str(resource.address) for resource, found in made if found == depth]
        members = draw(st.lists(st.sampled_from(level), unique=True))
        if members:
            ordered = tuple(request.id for request in plain.requests if request.id in members)
            groups.append(Transaction(ordered[0], ordered))
    found = replace(plain, transactions=tuple(groups))
    return reverse(found, [request.id for request in found.requests]) if draw(st.booleans()) else found


@given(plans())
def test_each_request_is_in_one_leg_of_its_region(plan: Plan) -> None:
    legs = find_legs(plan)
    regions = {request.id: request.region for request in plan.requests}
    assert sorted(request for leg in legs for request in leg.requests) == sorted(regions)
    for leg in legs:
        assert {regions[request] for request in leg.requests} == {leg.region} or leg.region == "global"


@given(plans())
def test_legs_need_each_other_in_one_direction_and_all_that_their_requests_need(plan: Plan) -> None:
    legs = {leg.id: leg for leg in find_legs(plan)}
    order = topological_order({key: leg.needs for key, leg in legs.items()})
    assert set(order) == legs.keys()
    home = {request: leg.id for leg in legs.values() for request in leg.requests}
    for request in plan.requests:
        assert {home[need] for need in request.needs} - {home[request.id]} <= set(legs[home[request.id]].needs)


@given(plans())
def test_what_is_committed_together_is_in_one_leg(plan: Plan) -> None:
    home = {request: leg for leg in find_legs(plan) for request in leg.requests}
    regions = {request.id: request.region for request in plan.requests}
    for transaction in plan.transactions:
        leg = home[transaction.requests[0]]
        assert {home[member].id for member in transaction.requests} == {leg.id}
        if len({regions[member] for member in transaction.requests}) > 1:
            assert leg.region == "global"


@given(plans(), st.data())
def test_walking_legs_by_their_standing_does_everything_that_nothing_holds_back(plan: Plan, data: st.DataObject) -> None:
    """Some requests are refused; legs are walked one at a time, in any order that their standing allows."""
    names = [request.id for request in plan.requests]
    refused = set(data.draw(st.lists(st.sampled_from(names), max_size=2))) if names else set()
    together = {member: set(each.requests) for each in plan.transactions for member in each.requests}
    legs = find_legs(plan)
    standings = dict.fromkeys((leg.id for leg in legs), Standing.PENDING)
    queue: list[Leg] = []
    done: set[str] = set()
    while True:
        ready, over = settle(plan, legs, standings, done, stopping=False)
        standings |= dict.fromkeys((leg.id for leg in over), Standing.ENDED)
        standings |= dict.fromkeys((leg.id for leg in ready), Standing.QUEUED)
        queue += ready
        if not queue:
            break
        leg = queue.pop(data.draw(st.integers(0, len(queue) - 1)))
        for request in _in_order(part_of(plan, leg.requests, done), together):
            unit = together.get(request.id, {request.id})
            needs = {need for each in plan.requests if each.id in unit for need in each.needs} - unit
            if needs <= done and not unit & refused:
                done |= unit
        standings[leg.id] = Standing.ENDED
    assert set(standings.values()) <= {Standing.ENDED}
    refused |= {member for each in refused for member in together.get(each, set())}
    assert done == set(names) - refused - behind(plan, refused).keys()


def _in_order(part: Plan, together: Mapping[str, set[str]]) -> list[Request]:
    """Its requests, as often as it takes for a transaction to find all its needs met."""
    return [*part.requests] * (1 + len(together))


def test_a_leg_ends_where_a_region_is_left_for_another() -> None:
    found = plan({"east/a": [], "east/b": ["east/a"], "west/c": ["east/b"], "west/d": [], "east/e": ["west/c", "east/a"]})
    assert {leg.id: (len(leg.requests), leg.needs) for leg in find_legs(found)} == {
        "east#0": (2, ()),
        "west#0": (1, ()),
        "west#1": (1, ("east#0",)),
        "east#2": (1, ("east#0", "west#1")),
    }


def test_a_transaction_over_regions_is_a_leg_of_no_region() -> None:
    found = plan({"east/a": [], "west/b": [], "east/c": ["east/a"]}, [["east/a", "west/b"]])
    assert {leg.id: leg.needs for leg in find_legs(found)} == {"global#0": (), "east#1": ("global#0",)}


def test_a_part_leaves_out_what_cannot_be_sent_yet() -> None:
    found = plan({"east/a": [], "west/b": [], "north/c": ["east/a"], "north/d": ["west/b"], "north/e": ["north/c"]})
    requests = [name(each) for each in ("north/c", "north/d", "north/e")]
    part = part_of(found, requests, {name("east/a")})
    assert {request.id for request in part.requests} == {name("north/c"), name("north/e")}
    assert {str(change.address) for change in part.changes} == {name("north/c"), name("north/e")}


def test_a_part_holds_back_a_whole_transaction() -> None:
    found = plan({"east/a": [], "north/b": [], "north/c": ["east/a"], "north/d": ["north/b"]}, [["north/b", "north/c"]])
    assert part_of(found, [name(each) for each in ("north/b", "north/c", "north/d")], set()).requests == ()


def test_nothing_is_queued_once_the_run_is_stopping() -> None:
    found = plan({"east/a": [], "west/b": ["east/a"]})
    legs = find_legs(found)
    standings = {"east#0": Standing.QUEUED, "west#1": Standing.PENDING}
    assert [leg.id for leg in settle(found, legs, standings, set(), stopping=True)[1]] == ["west#1"]


@pytest.mark.parametrize("failed", ["east/a", "west/b"])
def test_what_is_behind_a_refusal_names_it(failed: str) -> None:
    found = plan({"east/a": [], "west/b": ["east/a"], "west/c": ["west/b"], "north/d": []})
    reasons = behind(found, {name(failed)})
    assert set(reasons.values()) == {name(failed)}
    assert name("west/c") in reasons
    assert name("north/d") not in reasons
