"""The VTN Manager rig, and its endpoint simulated over TLS."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.contract.rig import FAULTS, Rig, Step, Trouble, fault_of
from tests.support.certificates import self_signed
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Ref, Tree
from vtnmd.lab.http_server import Certificate
from vtnmd.lab.vtn_manager import start_vtn_manager
from vtnmd.southbound.odl_vtn import connect
from vtnmd.southbound.ports import Driver

TENANT = "vtnmd_contract"
VLAN = 3999


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    certificate = Certificate(*self_signed(folder))
    server = await start_vtn_manager(certificate=certificate)

    async def cause(trouble: Trouble | None) -> None:
        await server.set_fault(fault_of(trouble))

    rig = OdlRig(f"{server.url}/restconf", cause, frozenset(FAULTS), ca_file=certificate.certificate)
    try:
        yield rig
    finally:
        await rig.driver.aclose()
        await server.aclose()


def call(rpc: str, **given: Any) -> dict[str, Any]:
    """A call of the payload; underscores in names stand for hyphens."""
    return {"rpc": rpc, "input": {name.replace("_", "-"): value for name, value in given.items()}}


def gone(rpc: str, **given: Any) -> dict[str, Any]:
    return {**call(rpc, **given), "gone": True}


class OdlRig:
    """A vBridge in a VTN of its own is the parent, a VLAN map of it the child; a second vBridge wants the same VLAN."""

    rival_code = "VTN-E101"

    def __init__(
        self,
        url: str,
        cause: Callable[[Trouble | None], Awaitable[None]],
        troubles: frozenset[Trouble] = frozenset(),
        ca_file: Path | None = None,
        password: str = "admin",
    ) -> None:
        self._url, self._ca_file, self._password = url, ca_file, password
        self._cause, self.troubles = cause, troubles
        self.driver = self._connect(password, ca_file)
        self.parent = bridge("first words", "")
        self.parent_changed = bridge("other words", "first words")
        self.parent_gone = _bridge_gone()
        self.child = vlan_map("web")
        self.child_gone = _vlan_map_gone("web")
        self.rival = vlan_map("rival")

    def stranger(self) -> Driver:
        return self._connect("wrong", self._ca_file)

    def doubter(self) -> Driver | None:
        return self._connect(self._password, None) if self._ca_file else None

    def named(self, text: str) -> Step:
        return bridge(text, "")

    def several(self, count: int) -> list[Step]:
        return [bridge(f"number {number}", "", tenant=f"{TENANT}_{number}") for number in range(count)]

    async def tamper(self) -> str:
        await self.post("vtn-vbridge:update-vbridge", tenant_name=TENANT, bridge_name="web", description="somebody else's words")
        return "vbridge-config/description"

    async def intrude(self) -> Stranger:
        await self.post("vtn-vbridge:update-vbridge", tenant_name=TENANT, bridge_name="intruder")
        return Stranger("vbridge", "intruder", f"vtn:vtns/vtn/{TENANT}")

    async def cause(self, trouble: Trouble | None) -> None:
        await self._cause(trouble)

    async def post(self, rpc: str, **given: Any) -> httpx2.Response:
        """Call an RPC past the driver."""
        client = httpx2.AsyncClient(
            verify=ssl.create_default_context(cafile=self._ca_file), auth=("admin", self._password), trust_env=False
        )
        async with client:
            return await client.post(f"{self._url}/operations/{rpc}", json={"input": call(rpc, **given)["input"]})

    def _connect(self, password: str, ca_file: Path | None) -> Driver:
        settings: dict[str, Any] = {"url": self._url, "username": "admin", "password": "env:PASSWORD"}
        if ca_file:
            settings["ca-file"] = str(ca_file)
        return connect({"name": "odl", "timeout": 1, "concurrency": 4, "odl": settings}, lambda _: password)


def step(address: Address, calls: list[Tree], undo: list[Tree], read: Tree) -> Step:
    request = Request("1", address.endpoint_id, 0, (address,), {"calls": calls, "read": read}, {"calls": undo}, ())
    return Step(request, {address: read})


def bridge(text: str, before: str, tenant: str = TENANT) -> Step:
    """The VTN with its vBridge described by `text`; undo restores `before`, or removes both where that is empty."""
    names = {"tenant_name": tenant, "bridge_name": "web"}
    removal = [gone("vtn-vbridge:remove-vbridge", **names), gone("vtn:remove-vtn", tenant_name=tenant)]
    restoration = [call("vtn-vbridge:update-vbridge", **names, description=before, operation="SET")]
    return step(
        Address("east", "odl", "vbridge", (tenant, "web")),
        [
            call("vtn:update-vtn", tenant_name=tenant),
            call("vtn-vbridge:update-vbridge", **names, description=text, operation="SET"),
        ],
        restoration if before else removal,
        _bridge_read(tenant, text),
    )


def _bridge_read(tenant: str, text: str) -> Mapping[str, Any]:
    return {
        "path": f"vtn:vtns/vtn/{tenant}/vbridge/web",
        "select": [{"list": "vbridge", "match": {"name": "web"}}],
        "expect": {"vbridge-config": {"description": text}},
    }


def _bridge_gone() -> Step:
    made = bridge("first words", "")
    (address,) = made.request.changes
    return step(address, made.request.undo["calls"], made.request.payload["calls"], {"absent": _bridge_read(TENANT, "")})


def vlan_map(name: str) -> Step:
    """A map of the one VLAN to a vBridge, which is made where it is missing and no rival needs `web`'s."""
    names = {"tenant_name": TENANT, "bridge_name": name}
    address = Address("east", "odl", "vlan-map", (TENANT, name))
    wanted = {"vlan_id": VLAN, **names}
    addition = {
        **call("vtn-vlan-map:add-vlan-map", **wanted),
        "unless": {**call("vtn-vlan-map:get-vlan-map", **wanted), "output": "map-id"},
        "expect-output": "map-id",
    }
    calls = [addition] if name == "web" else [call("vtn-vbridge:update-vbridge", **names), addition]
    return step(address, calls, [_map_removal(address, names)], _map_read(name))


def _vlan_map_gone(name: str) -> Step:
    made = vlan_map(name)
    (address,) = made.request.changes
    return step(address, made.request.undo["calls"], made.request.payload["calls"], {"absent": _map_read(name)})


def _map_removal(address: Address, names: Mapping[str, str]) -> Tree:
    return gone("vtn-vlan-map:remove-vlan-map", **names, map_ids=[Ref(address, "map_id")])


def _map_read(name: str) -> Mapping[str, Any]:
    return {
        "path": f"vtn:vtns/vtn/{TENANT}/vbridge/{name}",
        "select": [
            {"list": "vbridge", "match": {"name": name}},
            {"list": "vlan-map", "match": {"vlan-map-config": {"vlan-id": VLAN}}},
        ],
        "expect": {"vlan-map-config": {"vlan-id": VLAN}},
        "attributes": {"map_id": ["map-id"]},
    }
