"""The templates of examples/own-device against those of vtnmd's own family: two routers that are told the same hold the same."""

from pathlib import Path

from hypothesis import given, settings

from tests.support.services import after, compiled, inventory, services
from vtnmd.assets import TEMPLATES, YANG_MODELS
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.models import TEMPLATES as TEMPLATE_FILES
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json
from vtnmd.lab.openconfig import as_pe
from vtnmd.netconf import untyped
from vtnmd.netconf.xmltree import BASE, to_element
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.netconf_compare import Held, compare
from vtnmd.usecases.models import read_models
from vtnmd.yang.edit import edit
from vtnmd.yang.schema import load_schema

STOCK = inventory()
MODELS = read_models(Path(__file__).parents[3] / "examples" / "own-device" / "models")
CATALOGUE = Catalogue([TEMPLATES], [MODELS.below(TEMPLATE_FILES)])
SCHEMA = load_schema(("vtnmd-pe",), (YANG_MODELS,))
UNTOLD = {"class", "policer", "shaper", "protection", "mac-address"}
"""What a probe does not ask of a router."""


def of_family(family: str) -> Inventory:
    document = {
        ROOT: {
            **STOCK.document[ROOT],
            "region": [
                {**region, "endpoint": [e | ({"family": family} if e["name"] == "pe" else {}) for e in region["endpoint"]]}
                for region in STOCK.document[ROOT]["region"]
            ],
        }
    }
    return Inventory(document)


OTHERS = of_family("openconfig")


def typed(plan: Plan, endpoint: str, before: Json) -> Json:
    for request in plan.requests:
        if request.endpoint == endpoint:
            config = to_element({"tag": f"{{{BASE}}}config", "children": request.payload["config"]})
            before = edit(SCHEMA, before, list(config))
    return before


def shaken(plan: Plan, endpoint: str, before: list[Json]) -> list[Json]:
    """The other router's configuration after every request to it; what each change reads back is then as it was asked for."""
    for request in plan.requests:
        if request.endpoint == endpoint:
            before = untyped.edit(before, request.payload["config"])
    for change in plan.changes:
        if change.address.endpoint_id == endpoint:
            read = change.operation.read
            found = compare(read.get("config") or read["absent"], Held(before), None)
            assert (found.found, dict(found.differences) if "config" in read else {}) == ("config" in read, {}), change.address
    return before


def told(router: Json) -> dict[str, list[Json]]:
    """What a router holds, list by list, of what a probe asks."""
    lists = {
        name: sorted(({k: v for k, v in entry.items() if k not in UNTOLD} for entry in entries), key=str)
        for name, entries in router.items()
    }
    for gateway in lists.get("gateway", ()):
        gateway["name"] = gateway["name"].removeprefix("irb.")
    return {name: entries for name, entries in sorted(lists.items()) if entries}


@settings(max_examples=15, deadline=None)
@given(services(), services())
def test_two_families_hold_the_same_and_nothing_is_left_behind(first: Intent, second: Intent) -> None:
    worlds = {STOCK.digest: World(), OTHERS.digest: World()}
    own: dict[str, Json] = {f"{region}/pe": {} for region in ("east", "west", "north")}
    other: dict[str, list[Json]] = {endpoint: [] for endpoint in own}
    for wanted in (first, second, None):
        for stock in (STOCK, OTHERS):
            world = worlds[stock.digest]
            plan = make_plan("random", "o", compiled(wanted, stock) if wanted else None, stock, world, CATALOGUE)
            worlds[stock.digest] = after(plan, world)
            if stock is STOCK:
                own = {endpoint: typed(plan, endpoint, held) for endpoint, held in own.items()}
            else:
                other = {endpoint: shaken(plan, endpoint, held) for endpoint, held in other.items()}
        for endpoint, held in other.items():
            assert told(as_pe(held)) == told(own[endpoint].get("vtnmd-pe:pe", {}))
    assert not any(as_pe(held) for held in other.values())
