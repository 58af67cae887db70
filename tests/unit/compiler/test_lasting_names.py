"""What is renamed keeps its name wherever it is known, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.services import compiled, edited, intent, inventory, names_in, renamed, server, shop
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.lasting_names import without_moves
from vtnmd.compiler.pipeline import Compiled, compile_service
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, Span
from vtnmd.domain.intent import Intent

STOCK = inventory()
SEGMENT = ("vtnmd-vtn:services", "service", 0, "vtn", 0, "segment", 0, "moved-from")
HERE = Span("service.yaml", 7, 13)


def compile_it(service: Intent, taken: Allocations) -> Compiled:
    return compile_service(check_intent(service, STOCK).intent, STOCK, taken)


def moved(*former: str) -> Intent:
    """The shop with its first segment moved from what is given, said at HERE."""

    def edit(entry: Any) -> None:
        entry["vtn"][0]["segment"][0]["moved-from"] = list(former)

    return replace(edited(shop(), edit), sources={SEGMENT: HERE})


def refused(service: Intent, taken: Allocations) -> Diagnostic:
    with pytest.raises(Invalid) as caught:
        compile_it(service, taken)
    (problem,) = caught.value.diagnostics
    return problem


def held(*segments: str) -> Allocations:
    """A state that knows the shop and these segments of it."""
    names = {"name/service": {"global-shop": "global-shop"}, "name/vtn/global-shop": {"shop": "shop"}}
    return Allocations({**names, "name/segment/global-shop/shop": {name: name for name in segments}})


def test_everything_with_a_name_can_be_renamed_at_once() -> None:
    before = compiled(shop(), STOCK)
    names = {(kind, name): f"{kind}{index}" for index, (kind, name) in enumerate(names_in(shop()))}
    after = compiled(renamed(shop(), names), STOCK, before.allocations)
    assert after.graph == before.graph
    assert after.probes == before.probes
    assert {pool: list(known.items()) for pool, known in after.allocations.moved.items()}["name/segment/global-shop/shop"] == [
        ("segment2", "web"),
        ("segment3", "db-east"),
        ("segment4", "db-west"),
    ]
    again = compiled(renamed(shop(), names, said=False), STOCK, after.allocations)
    assert again.graph == before.graph
    assert again.intent == after.intent
    assert again.allocations == Allocations(after.allocations.values)


def test_parts_of_several_vtns_are_told_apart() -> None:
    def vtn(name: str, number: int) -> Any:
        segment = {"name": "lan", "cidr": f"10.{number}.0.0/24", "region": [{"name": "east"}]}
        workload = {"name": "w", "region": ["east"], "segment": ["lan"], "body": {"servers": [server("node", "lan")]}}
        return {"name": name, "tenant": "acme", "segment": [segment], "vtnmd-workload:workload": [workload]}

    before = intent("two", [vtn("a", 1), vtn("b", 2)])
    names = {("vtn", "a"): "c"}
    first = compiled(before, STOCK)
    after = compiled(renamed(before, names), STOCK, first.allocations)
    assert after.graph == first.graph

    def one(entry: Any) -> None:
        entry["vtn"][1]["segment"][0] |= {"name": "wan", "moved-from": ["lan"]}
        workload = entry["vtn"][1]["vtnmd-workload:workload"][0]
        workload["segment"] = ["wan"]
        workload["body"]["servers"][0]["ports"][0]["segment"] = "wan"

    assert compiled(edited(before, one), STOCK, first.allocations).graph == first.graph


def test_a_name_that_was_moved_away_can_be_given_again() -> None:
    before = compiled(shop(), STOCK)
    after = compiled(renamed(shop(), {("segment", "web"): "www"}), STOCK, before.allocations)

    def add(entry: Any) -> None:
        entry["vtn"][0]["segment"].append({"name": "web", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]})

    both = compiled(edited(renamed(shop(), {("segment", "web"): "www"}, said=False), add), STOCK, after.allocations)
    assert set(before.graph.resources) < set(both.graph.resources)
    fresh = set(both.graph.resources) - set(before.graph.resources)
    assert {str(address) for address in fresh} == {"east/odl/vbridge/acme_shop/web_2", "east/odl/vlan-map/acme_shop/web_2"}


def test_one_of_several_former_names_is_enough() -> None:
    found = compile_it(moved("earliest", "early"), held("early", "db-east", "db-west"))
    assert found.former == {SEGMENT[:-1]: "early"}
    assert found.allocations.values["name/segment/global-shop/shop"]["web"] == "early"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("there", "reason"), [(("web",), "it was moved before"), ((), "there is no segment early")], ids=["moved before", "never there"]
)
def test_a_move_that_has_nothing_to_move_is_warned_of(there: tuple[str, ...], reason: str) -> None:
    found = compile_it(moved("early"), held(*there))
    (warning,) = found.warnings
    assert (warning.code, warning.severity, warning.span) == ("VTN-G022", Severity.WARNING, HERE)
    assert warning.summary.endswith(reason)
    assert (found.allocations.moved, found.former) == ({}, {})
    assert found.graph == compile_it(shop(), EMPTY).graph


def test_nothing_is_moved_to_a_name_that_was_there_before() -> None:
    problem = refused(moved("early"), held("early", "web"))
    assert (problem.code, problem.span) == ("VTN-G020", HERE)
    assert problem.summary == "early cannot be moved to segment web, which was there before"


def test_nothing_is_moved_from_two_things_at_once() -> None:
    problem = refused(moved("early", "earlier"), held("early", "earlier"))
    assert (problem.code, problem.span) == ("VTN-G021", HERE)


@pytest.mark.parametrize("former", ["db-east", "web"], ids=["of another", "of its own"])
def test_nothing_is_moved_from_a_name_that_is_used(former: str) -> None:
    problem = refused(moved(former), held("early"))
    assert (problem.code, problem.span) == ("VTN-Y307", HERE)
    assert problem.summary == f"web cannot be moved from {former}, which is still used"


def test_what_is_kept_does_not_tell_former_names() -> None:
    assert without_moves(shop()) == shop()
    names = {(kind, name): f"new-{name}" for kind, name in names_in(shop())}
    said = renamed(shop(), names)
    assert without_moves(said) == renamed(shop(), names, said=False)
    assert said == renamed(shop(), names)
