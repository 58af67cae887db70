"""Which resources flow filters, path maps, terminals and MAC maps become, where, and what they wait for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.services import compiled, edited, guarded, inventory, names_in, renamed
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.pipeline import Compiled, compile_service
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.diagnostics import Invalid

STOCK = inventory()


def found(edit: Callable[[Any], Any] = lambda _: None, taken: Allocations = EMPTY) -> Compiled:
    return compile_service(check_intent(edited(guarded(), edit), STOCK).intent, STOCK, taken)


def addresses(made: Compiled, kind: str) -> set[str]:
    return {str(address) for address in made.graph.resources if address.kind == kind}


def needs(made: Compiled, address: str) -> dict[str, str]:
    (resource,) = (each for each in made.graph.resources.values() if str(each.address) == address)
    return {str(edge.target): edge.reason for edge in resource.edges()}


def policies(entry: Any) -> Any:
    return {each["name"]: each for each in entry["vtn"][0]["vtnmd-traffic:flow-filter"]}


def test_a_filter_acts_at_each_target_in_each_region() -> None:
    assert addresses(found(), "flow-filter") == {
        "east/odl/flow-filter/acme_shop/vtn/in/10",
        "west/odl/flow-filter/acme_shop/vtn/in/10",
        "east/odl/flow-filter/acme_shop/segment/web/in/10",
        "west/odl/flow-filter/acme_shop/segment/web/in/10",
        "east/odl/flow-filter/acme_shop/segment/web/out/10",
        "west/odl/flow-filter/acme_shop/segment/web/out/10",
        "east/odl/flow-filter/acme_shop/segment/web/in/20",
        "east/odl/flow-filter/acme_shop/attachment/till/out/10",
        "east/odl/flow-filter/acme_shop/terminal/firewall-inside/in/10",
    }


def test_a_filter_waits_for_its_place_its_condition_and_its_destination() -> None:
    assert needs(found(), "east/odl/flow-filter/acme_shop/segment/web/in/20") == {
        "east/odl/vbridge/acme_shop/web": "contains",
        "east/odl/flow-condition/traffic_http": "selects packets",
        "east/odl/vterminal-interface/acme_shop/firewall-outside": "redirects to",
    }
    assert needs(found(), "east/odl/flow-filter/acme_shop/terminal/firewall-inside/in/10") == {
        "east/odl/vterminal-interface/acme_shop/firewall-inside": "contains",
        "east/odl/flow-condition/traffic_everything": "selects packets",
        "east/odl/vinterface/acme_shop/web/till": "redirects to",
    }


OF_SEGMENT = {"vtn/in/10", "segment/web/in/10", "segment/web/in/20", "segment/web/out/10"}


@pytest.mark.parametrize(
    ("opening", "filters"),
    [
        ("port-map/acme_shop/web/till", OF_SEGMENT | {"attachment/till/out/10"}),
        ("vlan-map/acme_shop/web", OF_SEGMENT),
        ("mac-map/acme_shop/web", OF_SEGMENT),
        ("vterminal-port-map/acme_shop/firewall-inside", {"vtn/in/10", "terminal/firewall-inside/in/10"}),
    ],
)
def test_nothing_is_opened_before_its_filters_are_there(opening: str, filters: set[str]) -> None:
    needed = {name for name, why in needs(found(), f"east/odl/{opening}").items() if why == "filters its packets"}
    assert needed == {f"east/odl/flow-filter/acme_shop/{each}" for each in filters}


def test_a_path_map_waits_for_its_condition_and_its_policy() -> None:
    assert needs(found(), "east/odl/path-map/acme_shop/10") == {
        "east/odl/vtn/acme_shop": "contains",
        "east/odl/flow-condition/traffic_http": "selects packets",
        "east/odl/path-policy/traffic/cheap": "leads by",
    }


def test_a_path_map_is_made_where_its_policy_is() -> None:
    made = found()
    assert addresses(made, "path-map") == {"east/odl/path-map/acme_shop/10"}
    assert addresses(made, "path-policy") == {"east/odl/path-policy/traffic/cheap"}
    assert addresses(made, "global-path-map") == {"west/odl/global-path-map/100"}


def test_conditions_are_made_where_something_asks_for_them() -> None:
    def drop(entry: Any) -> None:
        entry["vtnmd-traffic:path-map"].pop()

    assert "west/odl/flow-condition/traffic_everything" in addresses(found(), "flow-condition")
    assert "west/odl/flow-condition/traffic_everything" not in addresses(found(drop), "flow-condition")


def test_what_nothing_asks_for_is_warned_of() -> None:
    def add(entry: Any) -> None:
        entry["vtnmd-traffic:flow-condition"].append({"name": "idle"})
        entry["vtnmd-traffic:path-policy"].append({"name": "unused", "region": [{"name": "east"}]})

    assert [(each.code, each.summary) for each in found(add).warnings] == [
        ("VTN-G011", "the flow condition idle has no effect: nothing asks for it"),
        ("VTN-G011", "the path policy unused has no effect: nothing asks for it"),
    ]


def test_filters_that_change_places_change_in_place() -> None:
    def swap(entry: Any) -> None:
        filters = policies(entry)
        filters["no-oddities"]["index"], filters["through-the-firewall"]["index"] = 20, 10

    before, after = found(), found(swap, found().allocations)
    place = Address("east", "odl", "flow-filter", ("acme_shop", "segment", "web", "in", "10"))
    assert before.graph.resources[place].properties["action"] == "drop"
    assert after.graph.resources[place].properties["action"] == "redirect"


def test_everything_can_be_renamed_at_once() -> None:
    before = compiled(guarded(), STOCK)
    names = {(kind, name): f"{kind.split(' ')[0]}{index}" for index, (kind, name) in enumerate(names_in(guarded()))}
    assert {"terminal", "flow condition", "path policy"} <= {kind for kind, _ in names}
    after = compiled(renamed(guarded(), names), STOCK, before.allocations)
    assert after.graph.resources.keys() == before.graph.resources.keys()
    for address, resource in after.graph.resources.items():
        assert resource.properties == before.graph.resources[address].properties


def test_a_controller_keeps_three_path_policies() -> None:
    taken = Allocations({"path-policy/east": {f"other/{number}": number for number in (1, 2)}})
    assert found(taken=taken).allocations.values["path-policy/east"] == {"traffic/cheap": 3}
    full = Allocations({"path-policy/east": {f"other/{number}": number for number in (1, 2, 3)}})
    with pytest.raises(Invalid) as refused:
        found(taken=full)
    assert "path-policy/east" in refused.value.diagnostics[0].summary


def test_what_the_controller_writes_its_own_way_is_sent_that_way() -> None:
    def edit(entry: Any) -> None:
        match = entry["vtnmd-traffic:flow-condition"][1]["match"]
        match[0]["source"], match[1]["source-mac"] = "10.0.0.77/24", "52:54:00:00:00:AB"

    condition = found(edit).graph.resources[Address("east", "odl", "flow-condition", ("traffic_http",))]
    assert condition.properties["matches"][0]["source"] == "10.0.0.0/24"
    assert condition.properties["matches"][1]["source-mac"] == "52:54:00:00:00:ab"
