"""What was read of endpoints finds its way into a plan."""

from dataclasses import replace

import pytest

from tests.support.services import after, edited, shop
from tests.unit.planner.test_plan import plan
from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.plan import Action, plan_from_json
from vtnmd.domain.tree import Ref, holes
from vtnmd.planner import World
from vtnmd.planner.changes import Astray

CIRCUIT = parse_address("east/pe/attachment/acme_shop/web")


def _applied() -> World:
    return after(plan(shop(), World()), World())


def _stack(world: World) -> Address:
    """A stack whose attributes others hold."""
    found = (hole for entry in world.applied.values() for hole in holes(entry.resource.properties) if isinstance(hole, Ref))
    return next(hole.address for hole in found if hole.address.endpoint == "heat")


def test_what_drifted_is_put_again_with_the_reason() -> None:
    world = replace(_applied(), astray=Astray({CIRCUIT: "drifted: mtu"}))
    found = plan(shop(), world)
    (change,) = found.changes
    assert (change.address, change.action, change.reason, change.comparable) == (CIRCUIT, Action.UPDATE, "drifted: mtu", True)
    assert found.reads == plan(shop(), _applied()).reads, "the plan starts from what the state holds"


def test_what_is_missing_is_made_again() -> None:
    found = plan(shop(), replace(_applied(), missing=frozenset({CIRCUIT})))
    assert [(change.address, change.action) for change in found.changes] == [(CIRCUIT, Action.CREATE)]


def test_what_holds_the_id_of_something_made_anew_follows_it() -> None:
    world = _applied()
    stack = _stack(world)
    found = plan(shop(), replace(world, astray=Astray({stack: "drifted: attributes/network-web"}, frozenset({stack}))))
    assert stack in {change.address for change in found.changes}
    assert any("gets a new" in change.reason for change in found.changes)


def test_what_is_adopted_is_recorded_and_not_changed() -> None:
    world = _applied()
    entry = replace(world.applied[CIRCUIT], accepted={"mtu": "1500"})
    found = plan(shop(), replace(world, adopted={CIRCUIT: entry}))
    assert found.is_empty
    assert found.adopted == (entry,)
    assert plan_from_json(found.to_json()) == found


def test_what_was_never_applied_is_adopted_too() -> None:
    world = _applied()
    found = plan(shop(), World(adopted=world.applied))
    assert found.is_empty
    assert len(found.adopted) == len(world.applied)


def test_what_is_adopted_cannot_be_changed_at_once() -> None:
    world = _applied()
    entry = replace(world.applied[CIRCUIT], accepted={"mtu": "1500"})

    def faster(service: dict[str, list[dict[str, list[dict[str, dict[str, str]]]]]]) -> None:
        service["vtn"][0]["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] = "300000"

    with pytest.raises(Invalid) as refusal:
        plan(edited(shop(), faster), replace(world, adopted={CIRCUIT: entry}))
    assert [(each.code, each.address) for each in refusal.value.diagnostics] == [("VTN-P030", str(CIRCUIT))]


def test_what_was_applied_by_another_template_is_not_comparable() -> None:
    world = _applied()
    entry = replace(world.applied[CIRCUIT], digest="of another template")
    (change,) = plan(shop(), replace(world, applied={**world.applied, CIRCUIT: entry})).changes
    assert not change.comparable
    assert plan_from_json(plan(shop(), replace(world, applied={**world.applied, CIRCUIT: entry})).to_json()).changes == (change,)
