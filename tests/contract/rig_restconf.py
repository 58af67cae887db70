"""The RESTCONF rig, and its endpoint simulated over TLS with the modules of a PE router."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from tests.contract.rig import FAULTS, Rig, Step, Trouble, fault_of
from tests.support.certificates import self_signed
from vtnmd.assets import YANG_MODELS
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.lab.http_server import Certificate
from vtnmd.lab.restconf_server import Behaviour, start_restconf_server
from vtnmd.render.restconf import FORM
from vtnmd.southbound.ports import Driver
from vtnmd.southbound.restconf import connect
from vtnmd.yang.schema import load_schema

PASSWORD = "a secret"


def open_rig(folder: Path) -> Any:
    return simulated_rig(folder, Behaviour())


@asynccontextmanager
async def simulated_rig(folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    certificate = Certificate(*self_signed(folder))
    schema = load_schema(("vtnmd-pe",), (YANG_MODELS,))
    server = await start_restconf_server(schema, login=("admin", PASSWORD), behaviour=behaviour, certificate=certificate)

    async def cause(trouble: Trouble | None) -> None:
        await server.set_fault(fault_of(trouble))

    rig = RestconfRig(server.url, behaviour, cause, certificate.certificate)
    try:
        yield rig
    finally:
        await rig.driver.aclose()
        await server.aclose()


def bridge(mtu: int = 1450, name: str = "web", *, draft: bool = False) -> dict[str, Any]:
    """What a template says of a bridge domain."""
    return {
        "path": f"vtnmd-pe:pe/bridge-domain{'/' if draft else '='}{quote(name, safe='')}",
        "body": {"vtnmd-pe:bridge-domain": [{"name": name, "mtu": mtu}]},
    }


def circuit(name: str = "web", *, draft: bool = False) -> dict[str, Any]:
    return {
        "path": f"vtnmd-pe:pe/attachment-circuit{'/' if draft else '='}{name}",
        "body": {
            "vtnmd-pe:attachment-circuit": [{"name": name, "bridge-domain": "web", "interface": "ge-0/0/0", "vlan": 100}],
        },
    }


def step(document: dict[str, Any], kind: str = "bridge-domain", key: str = "web", *, gone: bool = False) -> Step:
    """The request for a document, or for its removal."""
    trees = FORM.shape({**document, "keys": {"bridge-domain": ["name"], "attachment-circuit": ["name"]}}, None)
    address = Address("east", "far", kind, (key,))
    payload, undo = (trees.remove, trees.put) if gone else (trees.put, trees.remove)
    request = Request("east/far#0", "east/far", 0, (address,), payload, {"edits": undo["edits"]}, ())
    return Step(request, {address: trees.absent if gone else trees.present})


class RestconfRig:
    """A bridge domain is the parent, an attachment circuit in it the child; a second circuit wants the same VLAN."""

    rival_code = "VTN-E501"
    troubles = frozenset(FAULTS)

    def __init__(self, url: str, behaviour: Behaviour, cause: Callable[[Trouble | None], Awaitable[None]], ca_file: Path) -> None:
        self._url, self._behaviour, self._cause, self._ca_file = url, behaviour, cause, ca_file
        draft = self._draft = behaviour.draft
        self.driver = self._connect()
        self.parent = step(bridge(draft=draft))
        self.parent_changed = self._back_to(step(bridge(1500, draft=draft)), self.parent)
        self.parent_gone = step(bridge(draft=draft), gone=True)
        self.child = step(circuit(draft=draft), "attachment-circuit")
        self.child_gone = step(circuit(draft=draft), "attachment-circuit", gone=True)
        self.rival = step(circuit("rival", draft=draft), "attachment-circuit", "rival")

    @staticmethod
    def _back_to(changed: Step, before: Step) -> Step:
        request = changed.request
        undo = {"edits": before.request.payload["edits"]}
        return Step(Request(request.id, request.endpoint, 0, request.changes, request.payload, undo, ()), changed.reads)

    def stranger(self) -> Driver:
        return self._connect(password="wrong")

    def doubter(self) -> Driver | None:
        return self._connect(trusting=False)

    def named(self, text: str) -> Step:
        name = text if len(text) <= 100 else f"{text[:90]}, {len(text)} characters"
        return step(bridge(name=name, draft=self._draft))

    def several(self, count: int) -> list[Step]:
        names = [f"number-{number}" for number in range(count)]
        return [step(bridge(name=name, draft=self._draft), key=name) for name in names]

    async def tamper(self) -> str:
        await self.put(bridge(9000, draft=self._draft))
        return "mtu"

    async def intrude(self) -> Stranger:
        await self.put(bridge(name="intruder", draft=self._draft))
        return Stranger("bridge-domain", "intruder", "vtnmd-pe:pe")

    async def cause(self, trouble: Trouble | None) -> None:
        await self._cause(trouble)

    async def put(self, document: dict[str, Any]) -> None:
        """Write something past the driver."""
        context = ssl.create_default_context(cafile=self._ca_file)
        async with httpx2.AsyncClient(verify=context, auth=("admin", PASSWORD), trust_env=False) as client:
            data = "config" if self._draft else "data"
            answer = await client.put(f"{self._url}{self._behaviour.root}/{data}/{document['path']}", json=document["body"])
            assert answer.is_success

    def _connect(self, password: str = PASSWORD, *, trusting: bool = True) -> Driver:
        settings: dict[str, Any] = {"url": self._url, "username": "admin", "password": "env:PASSWORD"}
        settings |= {"ca-file": str(self._ca_file)} if trusting else {}
        settings |= {"style": "draft-02"} if self._draft else {}
        return connect({"name": "far", "timeout": 1, "concurrency": 4, "restconf": settings}, lambda _: password)
