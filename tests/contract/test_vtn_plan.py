"""A whole service on a VTN Manager: what is rendered fits the modules, the driver carries it out, and it goes without a trace."""

import pytest

from tests.contract.rig import Known
from tests.support.services import compiled, guarded, inventory, shop
from tests.support.vtn_yang import why_wrong
from vtnmd.assets import TEMPLATES
from vtnmd.domain.plan import Request
from vtnmd.domain.reverse import taking_back
from vtnmd.domain.tree import fill
from vtnmd.lab.vtn_manager import start_vtn_manager
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.odl_vtn import connect

STOCK = inventory()
PLANS = {
    service.name: make_plan(service.name, "operator", compiled(service, STOCK), STOCK, World(), Catalogue([TEMPLATES]))
    for service in (shop(), guarded())
}


def requests(service: str, endpoint: str = "east/odl") -> list[Request]:
    return [request for request in PLANS[service].requests if request.endpoint == endpoint]


@pytest.mark.vtn_models
@pytest.mark.parametrize("service", PLANS)
def test_every_rpc_body_fits_the_modules(service: str) -> None:
    trees = [tree for request in requests(service) for tree in (request.payload, request.undo)]
    calls = [call for tree in fill(trees, lambda _: "ANY.100") for call in tree["calls"]]
    assert calls
    for call in (*calls, *(call["unless"] for call in calls if "unless" in call)):
        assert (call, why_wrong(call["rpc"], call["input"])) == (call, "")


@pytest.mark.anyio
@pytest.mark.parametrize("service", PLANS)
async def test_a_service_is_made_made_again_and_taken_back(service: str) -> None:
    server = await start_vtn_manager()
    settings = {"url": f"{server.url}/restconf", "username": "admin", "password": "env:PASSWORD"}
    driver = connect({"name": "odl", "odl": settings}, lambda _: "admin")
    known = Known()
    for request in requests(service):
        known.learn(await driver.apply(request, known))
    held = server.held()
    (vtn,) = held["vtn:vtns"]["vtn"]
    assert all(bridge["vlan-map"] for bridge in vtn["vbridge"])
    for request in requests(service):
        await driver.apply(request, known)
    assert server.held() == held
    for request in reversed(requests(service)):
        await driver.apply(taking_back(request), known)
    assert server.held() == {"vtn:vtns": {}}
    await driver.aclose()
    await server.aclose()
