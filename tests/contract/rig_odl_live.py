"""The VTN Manager rig against the genuine one that VTNMD_LIVE_VTN names, e.g. http://127.0.0.1:8181/restconf.

VTNMD_LIVE_VTN_PASSWORD is the password of its user admin; without it that is admin too.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import LIVE_VTN, Rig, Trouble
from tests.contract.rig_odl import TENANT, OdlRig

_TENANTS = [TENANT, *(f"{TENANT}_{number}" for number in range(8))]


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    rig = OdlRig(os.environ[LIVE_VTN], _cannot, password=os.environ.get(f"{LIVE_VTN}_PASSWORD", "admin"))
    await _clear(rig)
    try:
        yield rig
    finally:
        await _clear(rig)
        await rig.driver.aclose()


async def _clear(rig: OdlRig) -> None:
    for tenant in _TENANTS:
        await rig.post("vtn:remove-vtn", tenant_name=tenant)


async def _cannot(trouble: Trouble | None) -> None:
    raise NotImplementedError(trouble)
