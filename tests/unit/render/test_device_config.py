"""Edit-configs against the device model: what a router is sent is what `vtnmd-pe` allows, and removing it leaves nothing."""

from hypothesis import given, settings
from lxml import etree

from tests.support.services import after, compiled, inventory, services, shop
from vtnmd.assets import TEMPLATES, YANG_MODELS
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json
from vtnmd.netconf.xmltree import BASE, to_element
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.yang.edit import edit
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import load_schema

STOCK = inventory()
CATALOGUE = Catalogue([TEMPLATES])
SCHEMA = load_schema(("vtnmd-pe",), (YANG_MODELS,))


def configured(plan: Plan, endpoint: str, before: Json) -> Json:
    """The router's configuration after every request to it, each validated as its commit would."""
    document = before
    for request in plan.requests:
        if request.endpoint == endpoint:
            config: etree._Element = to_element({"tag": f"{{{BASE}}}config", "children": request.payload["config"]})
            document = edit(SCHEMA, document, list(config))
            assert validate(SCHEMA, document) == ()
    return document


def test_the_router_holds_what_the_service_needs() -> None:
    plan = make_plan("global-shop", "operator", compiled(shop(), STOCK), STOCK, World(), CATALOGUE)
    router = configured(plan, "east/pe", {})["vtnmd-pe:pe"]
    assert {name: len(entries) for name, entries in router.items()} == {
        "label-switched-path": 1,
        "bridge-domain": 2,
        "attachment-circuit": 2,
        "pseudowire": 1,
        "vrf": 1,
        "gateway": 2,
        "vpn-route": 1,
    }
    west = configured(plan, "west/pe", {})["vtnmd-pe:pe"]
    assert router["pseudowire"][0]["out-label"] == west["pseudowire"][0]["in-label"]
    assert router["vpn-route"][0]["label"] == west["vrf"][0]["label"]


@settings(max_examples=30, deadline=None)
@given(services(), services())
def test_every_commit_is_valid_and_nothing_is_left_behind(first: Intent, second: Intent) -> None:
    world = World()
    routers: dict[str, Json] = {f"{region}/pe": {} for region in ("east", "west", "north")}
    for wanted in (first, second, None):
        plan = make_plan("random", "o", compiled(wanted, STOCK) if wanted else None, STOCK, world, CATALOGUE)
        routers = {endpoint: configured(plan, endpoint, document) for endpoint, document in routers.items()}
        world = after(plan, world)
    assert not any(entries for document in routers.values() for entries in document.get("vtnmd-pe:pe", {}).values())
