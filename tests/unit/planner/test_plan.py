"""What a plan contains, for a real service and for random ones."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from tests.support.services import after, compiled, edited, inventory, services, shop
from vtnmd.assets import TEMPLATES
from vtnmd.domain.graph import topological_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Plan, plan_from_json
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue

CATALOGUE = Catalogue([TEMPLATES])
STOCK = inventory()


def plan(service: Intent | None, world: World, name: str = "global-shop") -> Plan:
    return make_plan(name, "operator", compiled(service, STOCK) if service else None, STOCK, world, CATALOGUE)


def addresses(found: Plan) -> dict[str, str]:
    return {str(change.address): str(change.action) for change in found.changes}


def test_what_was_applied_needs_no_plan() -> None:
    first = plan(shop(), World())
    assert not first.is_empty
    assert plan(shop(), after(first, World())).is_empty


def test_what_is_not_known_is_put_again() -> None:
    first = plan(shop(), World())
    world = after(first, World())
    address = next(iter(world.applied))
    doubtful = replace(world, applied={**world.applied, address: replace(world.applied[address], digest="")})
    (change,) = plan(shop(), doubtful).changes
    assert (change.address, change.action) == (address, Action.UPDATE)
    assert change.reason == "what its endpoint holds of it is not known"
    assert plan(None, doubtful).changes


def test_changes_of_one_router_travel_in_one_request() -> None:
    found = plan(shop(), World())
    routers = [request for request in found.requests if request.endpoint == "east/pe"]
    assert len(routers) == 1
    assert len(routers[0].changes) == len([change for change in found.changes if change.address.endpoint_id == "east/pe"]) > 5


def test_nothing_of_a_region_waits_for_another() -> None:
    found = plan(shop(), World())
    region = {request.id: request.region for request in found.requests}
    assert all(region[need] == request.region for request in found.requests for need in request.needs)


def test_more_bandwidth_changes_the_circuits_that_carry_it() -> None:
    world = after(plan(shop(), World()), World())

    def faster(entry: Any) -> None:
        entry["vtn"][0]["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] = "300000"

    found = plan(edited(shop(), faster), world)
    assert addresses(found) == {f"{region}/pe/attachment/acme_shop/web": "~" for region in ("east", "west")}
    assert "committed" in found.changes[0].reason


def test_one_attachment_less_touches_one_attachment() -> None:
    world = after(plan(shop(), World()), World())
    found = plan(edited(shop(), lambda entry: entry["vtn"][0]["attachment"].clear()), world)
    assert addresses(found) == {
        "east/odl/port-map/acme_shop/web/till": "-",
        "east/odl/vinterface/acme_shop/web/till": "-",
    }
    assert [change.address.kind for change in found.changes] == ["port-map", "vinterface"]


def test_a_property_that_cannot_change_in_place_replaces() -> None:
    world = after(plan(shop(), World()), World())
    moved = {
        address: (
            entry
            if address.kind != "vlan-map"
            else type(entry)(
                type(entry.resource)(
                    address, {**entry.resource.properties, "vlan": 400}, entry.resource.needs, entry.resource.summary
                ),
                "other",
                {"map_id": "ANY.400"},
                entry.owners,
            )
        )
        for address, entry in world.applied.items()
    }
    found = plan(shop(), World(world.intent, world.inventory, moved))
    replaced = next(change for change in found.changes if change.address.kind == "vlan-map")
    assert replaced.action is Action.REPLACE
    assert [call["rpc"] for call in replaced.operation.payload["calls"]] == [
        "vtn-vlan-map:remove-vlan-map",
        "vtn-vlan-map:add-vlan-map",
    ]


def test_what_another_service_wants_stays() -> None:
    world = after(plan(shop(), World()), World())
    path = next(address for address in world.applied if address.kind == "lsp")
    found = plan(None, World(world.intent, world.inventory, world.applied, {path: frozenset({"other"})}))
    assert str(path) not in addresses(found)
    assert len(found.changes) == len(world.applied) - 1


@settings(max_examples=40, deadline=None)
@given(services())
def test_every_change_comes_after_what_it_needs(service: Intent) -> None:
    found = plan(service, World(), "random")
    place = {change.address: index for index, change in enumerate(found.changes)}
    assert all(place[edge.target] < place[edge.source] for edge in found.edges)
    order = {request.id: index for index, request in enumerate(found.requests)}
    assert all(order[need] < order[request.id] for request in found.requests for need in request.needs)
    assert sorted(place) == sorted(address for request in found.requests for address in request.changes)


@settings(max_examples=40, deadline=None)
@given(services())
def test_destroying_mirrors_creating(service: Intent) -> None:
    created = plan(service, World(), "random")
    destroyed = plan(None, after(created, World()), "random")
    assert {change.action for change in destroyed.changes} <= {Action.DELETE}
    assert {(edge.target, edge.source) for edge in destroyed.edges} == {(edge.source, edge.target) for edge in created.edges}
    assert after(destroyed, after(created, World())).applied == {}


@settings(max_examples=40, deadline=None)
@given(services(), services())
def test_any_service_becomes_any_other(before: Intent, wanted: Intent) -> None:
    world = after(plan(before, World(), "random"), World())
    found = plan(wanted, world, "random")
    topological_order({request.id: request.needs for request in found.requests})
    assert plan(wanted, after(found, world), "random").is_empty


@settings(max_examples=20, deadline=None)
@given(services())
def test_a_plan_survives_being_written(service: Intent) -> None:
    found = plan(service, World(), "random")
    assert plan_from_json(json.loads(json.dumps(found.to_json()))) == found


@settings(max_examples=20, deadline=None)
@given(services())
def test_the_same_service_gives_the_same_bytes(service: Intent) -> None:
    assert plan(service, World(), "random").digest == plan(edited(service, lambda _entry: None), World(), "random").digest
