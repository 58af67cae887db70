"""The NETCONF rig, and its endpoint simulated: a PE router that speaks vtnmd-pe over SSH."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.contract.rig import FAULTS, Rig, Step, Trouble, fault_of
from tests.support.netconf import PASSWORD, bridge, circuit, make_key, simulated_pe
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.netconf import operations, ssh
from vtnmd.southbound.netconf import connect
from vtnmd.southbound.ports import Driver

CLIENT = "native"


def open_rig(folder: Path) -> Any:
    return simulated_rig(folder, CLIENT)


@asynccontextmanager
async def simulated_rig(folder: Path, client: str) -> AsyncIterator[Rig]:
    async with simulated_pe(folder) as pe:

        async def cause(trouble: Trouble | None) -> None:
            await pe.device.set_fault(fault_of(trouble))

        rig = NetconfRig({**pe.settings, "client": client}, folder, cause, frozenset(FAULTS))
        try:
            yield rig
        finally:
            await rig.driver.aclose()


def step(config: list[Any], undo: list[Any], read: Any, key: str = "web") -> Step:
    address = Address("east", "pe", "attachment", ("acme_shop", key))
    request = Request("east/pe#0", "east/pe", 0, (address,), {"config": config}, {"config": undo}, ())
    return Step(request, {address: read})


class NetconfRig:
    """A bridge domain is the parent, an attachment circuit in it the child; a second circuit wants the same VLAN."""

    rival_code = "VTN-E204"

    def __init__(
        self,
        settings: dict[str, Any],
        folder: Path,
        cause: Callable[[Trouble | None], Awaitable[None]],
        troubles: frozenset[Trouble],
        timeout: int = 2,
    ) -> None:
        self._settings, self._folder, self._timeout = settings, folder, timeout
        self._cause, self.troubles = cause, troubles
        self.driver = self._connect({})
        self.parent = step([bridge("replace")], [bridge("remove")], {"config": [bridge()]})
        self.parent_changed = step([bridge("replace", mtu="1500")], [bridge("replace")], {"config": [bridge(mtu="1500")]})
        self.parent_gone = step([bridge("remove")], [bridge("replace")], {"absent": [bridge()]})
        self.child = step([circuit("replace")], [circuit("remove")], {"config": [circuit()]})
        self.child_gone = step([circuit("remove")], [circuit("replace")], {"absent": [circuit()]})
        rival = circuit(name="rival")
        self.rival = step([circuit("replace", name="rival")], [circuit("remove", name="rival")], {"config": [rival]})

    async def cause(self, trouble: Trouble | None) -> None:
        await self._cause(trouble)

    def stranger(self) -> Driver:
        wrong = {"key-file": str(self._folder / "other-key")} if "key-file" in self._settings else {}
        if wrong:
            make_key(self._folder / "other-key")
        return self._connect(wrong, password="wrong")

    def doubter(self) -> Driver | None:
        return self._connect({"host-key": make_key(self._folder / "another-host-key"), "known-hosts-file": ""})

    def named(self, text: str) -> Step:
        name = text if len(text) <= 100 else f"{text[:90]}, {len(text)} characters"
        return step([bridge("replace", name)], [bridge("remove", name)], {"config": [bridge("", name)]})

    def several(self, count: int) -> list[Step]:
        names = [f"number {number}" for number in range(count)]
        return [step([bridge("replace", name)], [bridge("remove", name)], {"config": [bridge("", name)]}, name) for name in names]

    async def tamper(self) -> str:
        await self._configure(bridge(mtu="9000"))
        return "pe/bridge-domain[name=acme_shop/web]/mtu"

    async def intrude(self) -> Stranger:
        await self._configure(bridge(name="intruder"))
        return Stranger("bridge-domain", "intruder", "/pe")

    async def _configure(self, tree: Any) -> None:
        """Commit something past the driver."""
        settings = self._settings
        target = ssh.SshTarget(
            settings["host"],
            settings["port"],
            settings["username"],
            PASSWORD if "password" in settings else None,
            settings.get("key-file", ""),
            settings.get("host-key", ""),
            settings.get("known-hosts-file", ""),
        )
        session = await ssh.connect(target, 5)
        await session.call(operations.edit_config("candidate", [tree]), 5)
        await session.call(operations.commit(), 5)
        await session.aclose()

    def _connect(self, settings: dict[str, Any], password: str = PASSWORD) -> Driver:
        return connect({"name": "pe", "timeout": self._timeout, "netconf": {**self._settings, **settings}}, lambda _: password)
