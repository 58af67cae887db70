"""Flow conditions and filters, path policies and maps, MAC maps and terminals in the genuine VTN Manager (make live-vtn)."""

import os

import pytest

from tests.contract.rig import Known
from tests.support.services import compiled, guarded, inventory
from vtnmd.assets import TEMPLATES
from vtnmd.domain.reverse import taking_back
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.odl_vtn import connect

URL = os.environ.get("VTNMD_LIVE_VTN", "")

pytestmark = [pytest.mark.anyio, pytest.mark.live_vtn]


async def test_a_service_is_made_found_as_it_was_made_and_taken_back() -> None:
    stock = inventory()
    plan = make_plan("traffic", "operator", compiled(guarded(), stock), stock, World(), Catalogue([TEMPLATES]))
    requests = [request for request in plan.requests if request.endpoint == "east/odl"]
    reads = {change.address: change.operation.read for change in plan.changes if change.address.endpoint_id == "east/odl"}
    settings = {"url": URL, "username": "admin", "password": "env:PASSWORD"}
    driver = connect({"name": "odl", "odl": settings}, lambda _: os.environ.get("VTNMD_LIVE_VTN_PASSWORD", "admin"))
    known = Known()
    try:
        for _ in range(2):
            for request in requests:
                known.learn(await driver.apply(request, known))
        found = await driver.read(reads, known)
        assert {str(address): seen.differences for address, seen in found.items() if seen.differences or not seen.present} == {}
        assert await driver.strangers(list(reads.values()), list(reads.values()), known) == ()
    finally:
        for request in reversed(requests):
            await driver.apply(taking_back(request), known)
    assert not any(seen.present for seen in (await driver.read(reads, known)).values())
    await driver.aclose()
