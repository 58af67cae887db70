"""The NETCONF rig against a real yuma123 netconfd: one process, emptied before each test, for it takes a second to come and go."""

import asyncio
import atexit
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from lab.netconfd.fleet import DeviceAddress, missing_packages, netconfd_fleet
from tests.contract.rig import Rig, Trouble
from tests.contract.rig_netconf import NetconfRig
from tests.support.netconf import element
from vtnmd.assets import YANG_MODELS
from vtnmd.netconf import operations, ssh


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    if missing := missing_packages():
        pytest.skip(f"Debian packages missing: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("a private sshd that serves others needs root")
    device = await asyncio.to_thread(_device)
    await _empty(device)
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


@cache
def _device() -> DeviceAddress:
    """The device of this process; it is stopped when the process ends."""
    running = contextlib.ExitStack()
    (device,) = running.enter_context(netconfd_fleet(1, [YANG_MODELS], ["vtnmd-pe"]))
    atexit.register(running.close)
    return device


async def _empty(device: DeviceAddress) -> None:
    target = ssh.SshTarget(
        device.host, device.port, device.username, key_file=str(device.key_file), known_hosts_file=str(device.known_hosts)
    )
    session = await ssh.connect(target, 20)
    await session.call(operations.discard_changes(), 20)
    await session.call(operations.edit_config("candidate", [element("pe", operation="remove")]), 20)
    await session.call(operations.commit(), 20)
    await session.aclose()


async def _cannot(trouble: Trouble | None) -> None:
    raise NotImplementedError(trouble)
