"""A simulated VTN Manager that is started again holds what it held."""

from pathlib import Path

import pytest

from tests.contract.rig import Known
from tests.support.services import compiled, guarded, inventory
from vtnmd.assets import TEMPLATES
from vtnmd.lab.vtn_manager import start_vtn_manager
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.odl_vtn import connect

STOCK = inventory()
PLAN = make_plan("traffic", "operator", compiled(guarded(), STOCK), STOCK, World(), Catalogue([TEMPLATES]))


@pytest.mark.anyio
async def test_everything_is_there_again(tmp_path: Path) -> None:
    first = await start_vtn_manager(state_file=tmp_path / "state.json")
    settings = {"url": f"{first.url}/restconf", "username": "admin", "password": "env:P"}
    driver = connect({"name": "odl", "odl": settings}, lambda _: "admin")
    known = Known()
    for request in PLAN.requests:
        if request.endpoint == "east/odl":
            known.learn(await driver.apply(request, known))
    held = first.held()
    assert {name.partition(":")[0] for name in held} == {"vtn", "vtn-flow-condition", "vtn-path-policy"}
    await driver.aclose()
    await first.aclose()
    second = await start_vtn_manager(state_file=tmp_path / "state.json")
    assert second.held() == held
    await second.aclose()
