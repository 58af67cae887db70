"""What a plan commits together."""

from typing import Any

from tests.support.services import compiled, edited, inventory, shop
from vtnmd.assets import TEMPLATES
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.plan import Plan, plan_from_json
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue

CATALOGUE = Catalogue([TEMPLATES])


def plan(service: Intent, stock: Inventory, world: World | None = None) -> Plan:
    return make_plan("global-shop", "operator", compiled(service, stock), stock, world or World(), CATALOGUE)


def atomic(service: Intent) -> Intent:
    def edit(entry: Any) -> None:
        entry["vtn"][0]["vtnmd-interconnect:interconnect"][0]["atomic"] = True

    return edited(service, edit)


def test_the_unit_is_the_region() -> None:
    found = plan(shop(), inventory())
    assert [transaction.requests for transaction in found.transactions] == [("east/pe#0",), ("west/pe#0",)]
    assert not any(transaction.lost for transaction in found.transactions)


def test_an_atomic_interconnect_joins_its_regions() -> None:
    found = plan(atomic(shop()), inventory())
    assert [transaction.requests for transaction in found.transactions] == [("east/pe#0", "west/pe#0")]
    assert plan_from_json(found.to_json()) == found


def test_what_a_router_does_not_offer_is_said() -> None:
    stock = inventory()
    for region in stock.document[ROOT]["region"]:
        for endpoint in region["endpoint"]:
            if region["name"] == "west" and "netconf" in endpoint:
                endpoint["netconf"]["offers"] = "running"
    (east, west) = plan(shop(), stock).transactions
    assert not east.lost
    assert list(west.lost) == ["west/pe"]
    assert "untested" in west.lost["west/pe"]


def test_what_a_router_was_seen_to_offer_counts_for_more_than_the_inventory() -> None:
    (east, west) = plan(shop(), inventory(), World(offers={"east/pe": "candidate", "west/pe": "confirmed"})).transactions
    assert list(east.lost) == ["east/pe"]
    assert not west.lost
