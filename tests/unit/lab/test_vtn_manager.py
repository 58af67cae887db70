"""What the lab needs of the simulated VTN Manager beside the true one's behaviour, which the recordings prove."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vtnmd.lab.faults import NO_FAULT, REFUSE, Fault, FaultKind, fault_from_json, slow
from vtnmd.lab.http_server import LabServer
from vtnmd.lab.vtn_manager import start_vtn_manager

pytestmark = pytest.mark.anyio

ACME = {"name": "acme", "vtenant-config": {"idle-timeout": 300, "hard-timeout": 0}}


@pytest.fixture
async def server() -> AsyncIterator[LabServer]:
    server = await start_vtn_manager(login=("user", "key"))
    yield server
    await server.aclose()


async def ask(
    server: LabServer, method: str, path: str, body: Any = None, login: tuple[str, str] = ("user", "key")
) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=server.url, auth=login, trust_env=False) as client:
        return await client.request(method, path, json=body)


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def rpc(server: LabServer, name: str, **given: Any) -> httpx2.Response:
    leaves = {leaf.replace("_", "-"): value for leaf, value in given.items()}
    return await ask(server, "POST", f"/restconf/operations/{name}", {"input": leaves})


async def test_what_it_holds_is_told_to_the_lab(server: LabServer) -> None:
    assert server.held() == {"vtn:vtns": {}}
    await rpc(server, "vtn:update-vtn", tenant_name="acme")
    assert server.held() == {"vtn:vtns": {"vtn": [ACME]}}
    assert (await ask(server, "GET", "/lab/held", login=("nobody", ""))).json() == server.held()


async def test_a_restart_keeps_what_is_in_the_state_file(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    first = await start_vtn_manager(login=("user", "key"), state_file=file)
    for name, given in (
        ("vtn:update-vtn", {"description": "ünï"}),
        ("vtn-vbridge:update-vbridge", {"bridge_name": "web"}),
        ("vtn-vinterface:update-vinterface", {"bridge_name": "web", "interface_name": "if1", "enabled": False}),
        ("vtn-vinterface:update-vinterface", {"bridge_name": "web", "interface_name": "if2"}),
        ("vtn-port-map:set-port-map", {"bridge_name": "web", "interface_name": "if1", "node": "openflow:1", "port_id": "1"}),
        ("vtn-vlan-map:add-vlan-map", {"bridge_name": "web", "vlan_id": 100}),
        ("vtn-vlan-map:add-vlan-map", {"bridge_name": "web", "vlan_id": 100, "node": "openflow:1"}),
    ):
        assert (await rpc(first, name, tenant_name="acme", **given)).status_code == 200
    held = first.held()
    await first.aclose()
    second = await start_vtn_manager(login=("user", "key"), state_file=file)
    assert second.held() == held
    await second.aclose()
    assert file_names(tmp_path) == ["state.json"]


async def test_faults_are_set_and_healed_over_http(server: LabServer) -> None:
    answer = await ask(server, "POST", "/lab/fault", {"kind": "status", "status": 503})
    assert answer.json() == {"kind": "status", "seconds": 0.0, "status": 503}
    assert (await rpc(server, "vtn:update-vtn", tenant_name="acme")).status_code == 503
    assert (await ask(server, "GET", "/lab/held")).json() == {"vtn:vtns": {}}
    await ask(server, "POST", "/lab/fault", {"kind": "none"})
    assert (await rpc(server, "vtn:update-vtn", tenant_name="acme")).status_code == 200


@pytest.mark.parametrize("body", [{"kind": "refuse"}, {"kind": "flood"}, {}, [], "none"])
async def test_what_is_no_fault_over_http_is_refused(server: LabServer, body: Any) -> None:
    assert (await ask(server, "POST", "/lab/fault", body)).status_code == 400
    assert server.fault == NO_FAULT


async def test_a_port_survives_being_refused(server: LabServer) -> None:
    port = server.port
    await server.set_fault(REFUSE)
    with pytest.raises(httpx2.ConnectError):
        await rpc(server, "vtn:update-vtn", tenant_name="acme")
    await server.set_fault(NO_FAULT)
    assert server.port == port
    assert (await rpc(server, "vtn:update-vtn", tenant_name="acme")).status_code == 200


async def test_a_server_that_refuses_can_be_closed() -> None:
    server = await start_vtn_manager()
    await server.set_fault(REFUSE)
    await server.aclose()


async def test_depth_cuts_what_is_below(server: LabServer) -> None:
    await rpc(server, "vtn:update-vtn", tenant_name="acme")
    cut = await ask(server, "GET", "/restconf/operational/vtn:vtns?depth=1")
    assert cut.json() == {"vtns": {}}
    assert (await ask(server, "GET", "/restconf/operational/vtn:vtns?depth=0")).status_code == 400


async def test_names_may_be_percent_encoded(server: LabServer) -> None:
    await rpc(server, "vtn:update-vtn", tenant_name="acme")
    assert (await ask(server, "GET", "/restconf/operational/vtn:vtns/vtn/%61cme")).json() == {"vtn": [ACME]}


@pytest.mark.parametrize("fault", [NO_FAULT, REFUSE, slow(2.5), Fault(FaultKind.STATUS, status=429)])
async def test_faults_survive_json(fault: Fault) -> None:
    assert fault_from_json(json.loads(json.dumps(fault.to_json()))) == fault
