"""A simulated PE router for tests, and trees of its configuration."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from tests.support.waiting import PATIENCE
from vtnmd.lab.netconf_device import SimulatedDevice, start_netconf_device
from vtnmd.netconf.session import ClientSession
from vtnmd.netconf.ssh import SshTarget, connect
from vtnmd.netconf.ssh_server import Login, Logins, ServerSettings
from vtnmd.netconf.xmltree import BASE

USER, PASSWORD = "admin", "a secret"
PE = "{urn:vtnmd:yang:vtnmd-pe}"


def make_key(path: Path) -> str:
    """Write a private SSH key; gives the public one in OpenSSH form."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(path))
    return key.export_public_key().decode().strip()


def element(name: str, *children: Any, operation: str = "") -> dict[str, Any]:
    """A tree of vtnmd-pe."""
    attributes = {"attributes": {f"{{{BASE}}}operation": operation}} if operation else {}
    return {"tag": f"{PE}{name}", **attributes, "children": list(children)}


def entry(kind: str, operation: str, **leaves: str) -> dict[str, Any]:
    """One list entry below `pe`; underscores in names stand for hyphens."""
    texts = (element(name.replace("_", "-"), text) for name, text in leaves.items())
    return element("pe", element(kind, *texts, operation=operation))


def bridge(operation: str = "", name: str = "acme_shop/web", mtu: str = "1450") -> dict[str, Any]:
    return entry("bridge-domain", operation, name=name, mtu=mtu)


def circuit(operation: str = "", name: str = "acme_shop/web", vlan: str = "100") -> dict[str, Any]:
    return entry("attachment-circuit", operation, name=name, bridge_domain="acme_shop/web", interface="eth1", vlan=vlan)


@dataclass(frozen=True, slots=True)
class Pe:
    """A simulated device and how to reach it."""

    device: SimulatedDevice
    host_key: str
    client_key: Path

    @property
    def target(self) -> SshTarget:
        return SshTarget(self.device.host, self.device.port, USER, PASSWORD, host_key=self.host_key)

    @property
    def settings(self) -> dict[str, Any]:
        """As in the inventory."""
        place = {"host": self.device.host, "port": self.device.port}
        return {**place, "username": USER, "password": "env:PASSWORD", "host-key": self.host_key}

    async def session(self) -> ClientSession:
        return await connect(self.target, 60)


async def until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds. TimeoutError where it never does."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what changes is at the other end of a connection
            await asyncio.sleep(0.02)


@asynccontextmanager
async def simulated_pe(folder: Path, state_file: Path | None = None) -> AsyncIterator[Pe]:
    """A device that lets USER in by PASSWORD or by the key in `client-key`."""
    host_key, client_key = make_key(folder / "host-key"), make_key(folder / "client-key")
    settings = ServerSettings("127.0.0.1", 0, folder / "host-key", Logins(Login(USER, PASSWORD, (client_key,))))
    device = await start_netconf_device(settings, state_file=state_file)
    try:
        yield Pe(device, host_key, folder / "client-key")
    finally:
        await device.aclose()
