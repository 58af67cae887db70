"""The NETCONF rig against a real yuma123 netconfd."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lab.netconfd.fleet import missing_packages, netconfd_fleet
from tests.contract.rig import Rig, Trouble
from tests.contract.rig_netconf import NetconfRig
from vtnmd.assets import YANG_MODELS


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    if missing := missing_packages():
        pytest.skip(f"Debian packages missing: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("netconfd's sshd lets only root start sessions of another home folder; run the tests as root")
    with contextlib.ExitStack() as running:
        (device,) = await asyncio.to_thread(running.enter_context, netconfd_fleet(1, [YANG_MODELS], ["vtnmd-pe"]))
        settings = {
            "host": device.host,
            "port": device.port,
            "username": device.username,
            "key-file": str(device.key_file),
            "known-hosts-file": str(device.known_hosts),
        }
        rig = NetconfRig(settings, folder, _cannot, frozenset(), timeout=20)
        try:
            yield rig
        finally:
            await rig.driver.aclose()


async def _cannot(trouble: Trouble | None) -> None:
    raise NotImplementedError(trouble)
