"""A genuine OpenDaylight mounts a running `vtnmd serve` as a NETCONF device and works through the mount (make live-odl-mount)."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from netconf_client.connect import connect_ssh
from netconf_client.ncclient import Manager

from tests.e2e.conftest import SHOP
from tests.support.labs import held, started_lab
from tests.support.program import Vtnmd
from tests.support.waiting import PATIENCE, until
from vtnmd.lab import up
from vtnmd.lab.layout import Lab

URL = os.environ.get("VTNMD_LIVE_ODL", "")

pytestmark = pytest.mark.live_odl

NODE = "network-topology:network-topology/topology=topology-netconf/node=vtnmd"
MOUNT = f"{NODE}/yang-ext:mount"
SHOP_SERVICE = "vtnmd-vtn:services/service=global-shop"
BANDWIDTH = f"{SHOP_SERVICE}/vtn=shop/vtnmd-interconnect:interconnect=stretch/bandwidth"
MODELS = Path(__file__).parents[1] / "support" / "shelf"


class Device:
    """`vtnmd serve` on a NETCONF port of its own. It can be killed and started again."""

    def __init__(self, vtnmd: Vtnmd) -> None:
        self.vtnmd = vtnmd
        self.client = httpx2.Client()
        self.password = ""
        self._log = vtnmd.state.parent / "serve.jsonl"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        doors = ("--restconf", "127.0.0.1:0", "--netconf", f"127.0.0.1:{self.port}")
        with self._log.open("wb") as log:
            command = self.vtnmd.command("serve", "--json", *doors, "--models", MODELS)
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self.vtnmd.environment)
        where = until("vtnmd serves", self._serving)
        self.password = where.get("password", self.password)
        context = ssl.create_default_context(cafile=str(self.vtnmd.state / "northbound.pem"))
        self.client.close()
        self.client = httpx2.Client(
            base_url=where["restconf"] + "/", auth=("admin", self.password), verify=context, trust_env=False, timeout=60
        )

    def _serving(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        told = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return next((record for record in told if record.get("type") == "serving"), {})

    def end(self, by: int = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(by)
        self._process.wait(PATIENCE)
        assert "Traceback" not in self._log.read_text()

    def get(self, path: str, **parameters: str) -> Any:
        answer = self.client.get(f"data/{path}", params=parameters, headers={"Accept": "application/yang-data+json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def netconf(self) -> Iterator[Manager]:
        session = connect_ssh(host="127.0.0.1", port=self.port, username="admin", password=self.password)
        try:
            yield Manager(session)
        finally:
            session.close()


class Mount:
    """The device as OpenDaylight shows it."""

    def __init__(self, device: Device, lab: Lab) -> None:
        self.device = device
        self.lab = lab
        self.client = httpx2.Client(
            base_url=URL, auth=("admin", os.environ["VTNMD_LIVE_ODL_PASSWORD"]), trust_env=False, timeout=60
        )

    def close(self) -> None:
        self.client.close()
        self.device.client.close()
        self.device.end()

    def ask(self, method: str, path: str, body: Any = None, root: str = "data", **headers: str) -> httpx2.Response:
        given = {"Accept": "application/json", **({"Content-Type": "application/json"} if body is not None else {}), **headers}
        content = None if body is None else json.dumps(body)
        return self.client.request(method, f"{URL}/{root}/{path}", content=content, headers=given)

    def create(self) -> None:
        login = {"username": "admin", "password": self.device.password}
        connector = {
            "host": "127.0.0.1",
            "port": self.device.port,
            "tcp-only": False,
            "reconnect-on-changed-schema": True,
            "login-password-unencrypted": login,
        }
        node = {"node-id": "vtnmd", "netconf-node-topology:netconf-node": connector}
        assert self.ask("PUT", NODE, {"network-topology:node": [node]}).status_code == 201

    def standing(self) -> dict[str, Any]:
        answer = self.ask("GET", f"{NODE}?content=nonconfig")
        nodes = answer.json().get("network-topology:node", [{}]) if answer.status_code == 200 else [{}]
        found: dict[str, Any] = nodes[0].get("netconf-node-topology:netconf-node", {})
        return found

    def connected(self) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            standing = self.standing()
            return standing if standing.get("connection-status") == "connected" else {}

        return until("vtnmd is connected", look)

    def get(self, path: str, content: str = "config") -> Any:
        answer = self.ask("GET", f"{MOUNT}/{path}?content={content}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        return self.ask(method, f"{MOUNT}/{path}", body, **headers)

    def call(self, operation: str, **given: Any) -> httpx2.Response:
        return self.ask("POST", f"{MOUNT}/{operation}", {"input": given}, root="operations")

    def applied(self, service: str = "global-shop") -> bool:
        """Whether what is committed of a service has been applied."""
        entries = self.get("vtnmd-orchestration:orchestration", "nonconfig")["vtnmd-orchestration:orchestration"]["service"]
        return any(
            each["name"] == service and each.get("begun") == each["committed"] and each.get("result") == "applied"
            for each in entries
        )

    def newest_commit(self) -> dict[str, Any]:
        found: dict[str, Any] = self.device.get("vtnmd-orchestration:orchestration")["vtnmd-orchestration:orchestration"]["commit"][
            0
        ]
        return found


@pytest.fixture(scope="module")
def mount(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mount]:
    """The shop, applied from TOSCA, served and mounted."""
    folder = tmp_path_factory.mktemp("mount")
    lab, vtnmd = started_lab(folder / "lab"), Vtnmd(folder / "state")
    device = Device(vtnmd)
    try:
        assert vtnmd("inventory", "load", lab.file("inventory.yaml")).code == 0
        assert vtnmd("apply", SHOP, "--yes").code == 0
        device.start()
        mounted = Mount(device, lab)
        begun = time.monotonic()
        mounted.create()
        mounted.connected()
        print(f"connected after {time.monotonic() - begun:.1f} s")
        yield mounted
        mounted.ask("DELETE", NODE)
        mounted.close()
    finally:
        up.stop(lab.folder)


def plain(value: Any) -> Any:
    """Without order, and without workloads' bodies: OpenDaylight leaves out what is anydata."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in sorted(value.items()) if name != "body"}
    return sorted((plain(item) for item in value), key=json.dumps) if isinstance(value, list) else value


def test_every_module_and_submodule_is_fetched_and_understood(mount: Mount) -> None:
    standing = mount.connected()
    library = mount.device.get("ietf-yang-library:yang-library")["ietf-yang-library:yang-library"]["module-set"][0]
    served = [*library["module"], *library["import-only-module"]]
    expected = {
        (each["namespace"], part["revision"], part["name"]) for each in served for part in (each, *each.get("submodule", ()))
    }
    available = {each["capability"] for each in standing["available-capabilities"]["available-capability"]}
    assert {f"({namespace}?revision={revision}){name}" for namespace, revision, name in expected} <= available
    assert "unavailable-capabilities" not in standing
    assert {"shelf", "shelf-sizes", "vtnmd-vtn", "vtnmd-orchestration"} <= {name for *_, name in expected}
    print(f"{len(expected)} modules and submodules")


@pytest.mark.parametrize(
    "member", ["vtnmd-vtn:services", "vtnmd-inventory:inventory", "ietf-netconf-acm:nacm", "vtnmd-access:access"]
)
def test_configuration_is_what_restconf_tells(mount: Mount, member: str) -> None:
    assert plain(mount.get(member)) == plain(mount.device.get(member, content="config"))


def test_content_of_any_kind_is_read_as_xml(mount: Mount) -> None:
    workload = f"{SHOP_SERVICE}/vtn=shop/vtnmd-workload:workload"
    for name, server in (("web-servers", "front"), ("db-west-servers", "store-west")):
        answer = mount.ask("GET", f"{MOUNT}/{workload}={name}?content=config", Accept="application/xml")
        assert f"<name>{server}</name>" in answer.text


def test_state_is_what_restconf_tells(mount: Mount) -> None:
    until("the change is applied", mount.applied)
    path = "vtnmd-orchestration:orchestration"
    assert plain(mount.get(path, "nonconfig")) == plain(mount.device.get(path, content="nonconfig"))
    assert mount.get("ietf-alarms:alarms", "nonconfig")["ietf-alarms:alarms"]["alarm-inventory"]


@pytest.mark.parametrize(("method", "least"), [("PATCH", "300000"), ("PUT", "250000")])
def test_an_edit_is_committed_as_one_and_applied(mount: Mount, method: str, least: str) -> None:
    before = mount.newest_commit()["number"]
    leaves = {"min": least, "max": "400000"}
    assert mount.edit(method, BANDWIDTH, {"vtnmd-interconnect:bandwidth": leaves}).is_success
    commit = mount.newest_commit()
    assert (commit["source"], commit["user"], commit["part"]) == ("netconf", "admin", ["service/global-shop"])
    assert int(commit["number"]) == int(before) + 1
    assert mount.get(BANDWIDTH)["vtnmd-interconnect:bandwidth"] == leaves
    until("the change is applied", mount.applied)
    assert all(f'"{least}"' in json.dumps(held(mount.lab, region)["pe"]) for region in ("east", "west"))


def test_a_service_comes_and_goes(mount: Mount) -> None:
    segment = {"name": "web", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]}
    vtn = {"name": "net", "tenant": "acme", "segment": [segment]}
    path = "vtnmd-vtn:services/service=small"
    assert mount.edit("PUT", path, {"vtnmd-vtn:service": [{"name": "small", "vtn": [vtn]}]}).status_code == 201
    assert mount.edit(
        "POST", f"{path}/vtn=net", {"vtnmd-vtn:segment": [{**segment, "name": "db", "cidr": "10.8.0.0/24"}]}
    ).is_success
    until("small is applied", lambda: mount.applied("small"))
    assert {each["name"] for each in mount.get(f"{path}/vtn=net")["vtnmd-vtn:vtn"][0]["segment"]} == {"web", "db"}
    assert "acme_net" in json.dumps(held(mount.lab, "east")["odl"])
    assert mount.edit("DELETE", path).status_code == 204
    until("east has nothing of the tenant", lambda: "acme_net" not in json.dumps(held(mount.lab, "east")["odl"]))


def test_several_edits_in_one_patch(mount: Mount) -> None:
    shelves = [{"name": name, "size": "small", "kind": "shelf:fresh"} for name in ("one", "two")]
    assert mount.edit("PUT", "shelf:shelves", {"shelf:shelves": {"shelf": shelves}}).is_success
    edits = [
        {"edit-id": "1", "operation": "create", "target": "/shelf=three", "value": {"shelf:shelf": [{"name": "three"}]}},
        {"edit-id": "2", "operation": "remove", "target": "/shelf=two"},
    ]
    patch = {"ietf-yang-patch:yang-patch": {"patch-id": "both", "edit": edits}}
    headers = {"Content-Type": "application/yang-patch+json", "Accept": "application/yang-data+json"}
    before = int(mount.newest_commit()["number"])
    assert mount.edit("PATCH", "shelf:shelves", patch, **headers).json()["ietf-yang-patch:yang-patch-status"]["ok"] == [None]
    assert int(mount.newest_commit()["number"]) == before + 1
    assert {each["name"] for each in mount.get("shelf:shelves")["shelf:shelves"]["shelf"]} == {"one", "three"}
    assert mount.edit("DELETE", "shelf:shelves").is_success


def test_each_edit_of_a_patch_has_to_be_fit_to_be_committed(mount: Mount) -> None:
    """OpenDaylight asks for no test-option, and test-then-set is the default (RFC 6241 section 7.2)."""
    shelf = f"{SHOP_SERVICE}/shelf:shelf"
    refer = {"edit-id": "refer", "operation": "merge", "target": f"/{shelf}", "value": {"shelf:shelf": "four"}}
    make = {
        "edit-id": "make",
        "operation": "create",
        "target": "/shelf:shelves/shelf=four",
        "value": {"shelf:shelf": [{"name": "four"}]},
    }
    headers = {"Content-Type": "application/yang-patch+json", "Accept": "application/yang-data+json"}

    def patch(*edits: Any) -> httpx2.Response:
        return mount.ask("PATCH", MOUNT, {"ietf-yang-patch:yang-patch": {"patch-id": "both", "edit": edits}}, **headers)

    before = mount.newest_commit()["number"]
    assert "shelf 'four' does not exist" in patch(refer, make).text
    assert mount.newest_commit()["number"] == before
    assert patch(make, refer).is_success
    assert mount.get(shelf) == {"shelf:shelf": "four"}
    assert mount.edit("DELETE", shelf).is_success
    assert mount.edit("DELETE", "shelf:shelves").is_success


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (BANDWIDTH, {"vtnmd-interconnect:bandwidth": {"min": "900000"}}, 500, "the minimum is above the maximum"),
        (f"{SHOP_SERVICE}/shelf:shelf", {"shelf:shelf": "nowhere"}, 409, "shelf 'nowhere' does not exist"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(mount: Mount, path: str, body: Any, status: int, words: str) -> None:
    before = mount.newest_commit()["number"]
    refused = mount.edit("PATCH", path, body)
    assert (refused.status_code, words in refused.text) == (status, True), refused.text
    assert mount.newest_commit()["number"] == before
    with mount.device.netconf() as manager:
        manager.lock("candidate")
        manager.lock("running")
        assert manager.get_config("candidate").data_xml == manager.get_config("running").data_xml


def test_an_edit_waits_for_nobody_who_holds_the_lock(mount: Mount) -> None:
    with mount.device.netconf() as manager:
        manager.lock("candidate")
        refused = mount.edit("PATCH", BANDWIDTH, {"vtnmd-interconnect:bandwidth": {"min": "310000"}})
    assert refused.is_error
    assert "lock" in refused.text


def test_operations_are_called(mount: Mount) -> None:
    until("the change is applied", mount.applied)
    plan = mount.call("vtnmd-orchestration:plan", service="global-shop").json()["vtnmd-orchestration:output"]
    assert (plan["service"], plan["changes"]["update"], plan["author"]) == ("global-shop", 0, "admin")
    check = mount.call("vtnmd-orchestration:check", service=["global-shop"]).json()["vtnmd-orchestration:output"]
    assert check["in-sync"]
    assert "finding" not in check
    refused = mount.call("vtnmd-orchestration:plan", service="nowhere")
    assert "there is no service nowhere" in refused.text


def test_events_reach_those_who_listen_to_the_controller(mount: Mount) -> None:
    path = "/network-topology:network-topology/topology[topology-id='topology-netconf']/node[node-id='vtnmd']"
    begun = mount.ask("POST", "odl-device-notification:subscribe-device-notification", {"input": {"path": path}}, root="operations")
    stream = begun.json()["odl-device-notification:output"]["stream-name"]
    with mount.client.stream("GET", f"{URL}/streams/json/{stream}", headers={"Accept": "text/event-stream"}) as events:
        assert events.status_code == 200
        assert mount.edit("PUT", f"{SHOP_SERVICE}/description", {"vtnmd-vtn:description": "told to all"}).is_success
        told = (json.loads(line.removeprefix("data:")) for line in events.iter_lines() if line.startswith("data:"))
        commit = next(event for event in told if "vtnmd-orchestration:commit-made" in event["ietf-restconf:notification"])
    assert commit["ietf-restconf:notification"]["vtnmd-orchestration:commit-made"]["part"] == ["service/global-shop"]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_the_mount_comes_back_after_a_restart(mount: Mount, by: int) -> None:
    mount.connected()
    mount.device.end(by)
    until("the mount is connecting", lambda: mount.standing().get("connection-status") == "connecting")
    mount.device.start()
    begun = time.monotonic()
    mount.connected()
    print(f"connected again {time.monotonic() - begun:.1f} s after the restart")
    told = f"after {signal.Signals(by).name}"
    assert mount.edit("PUT", f"{SHOP_SERVICE}/description", {"vtnmd-vtn:description": told}).is_success
    assert mount.get(f"{SHOP_SERVICE}/description") == {"vtnmd-vtn:description": told}
