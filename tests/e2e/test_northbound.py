"""`vtnmd serve` with RESTCONF and NETCONF: what clients commit is applied, what TOSCA applied is theirs to read and edit."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from lxml import etree
from netconf_client.connect import connect_ssh
from netconf_client.error import RpcError
from netconf_client.ncclient import Manager

from tests.e2e.conftest import EXAMPLES, SHOP, RunningLab
from tests.support.program import Process, Vtnmd
from vtnmd import bindings
from vtnmd.domain.diagnostics import Stale
from vtnmd.lab.faults import BLACKHOLE, NO_FAULT, REFUSE

JSON = "application/yang-data+json"
SERVICES = "vtnmd-vtn:services"
STRETCH = f"{SERVICES}/service=global-shop/vtn=shop/vtnmd-interconnect:interconnect=stretch"
ORCHESTRATION = "vtnmd-orchestration:orchestration"
_ENOUGH_SECONDS = 120


@dataclass
class Server:
    """A running `vtnmd serve`, with what it has told so far."""

    process: Process
    records: list[dict[str, Any]]
    client: httpx2.Client
    netconf_port: int
    password: str
    state: Path

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next record that is wanted."""
        watchdog = threading.Timer(_ENOUGH_SECONDS, self.process.kill)
        watchdog.start()
        try:
            return next(record for record in self._read() if wanted(record))
        finally:
            watchdog.cancel()

    def _read(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            record = json.loads(line)
            self.records.append(record)
            yield record
        raise AssertionError(self.process.communicate())

    def applied(self) -> dict[str, Any]:
        """The outcome of the next run that has applied everything."""
        return self.wait(lambda record: record.get("type") == "outcome" and record["result"] == "applied")

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        content = None if body is None else json.dumps(body)
        given = {"Accept": JSON, **({"Content-Type": JSON} if body is not None else {}), **headers}
        return self.client.request(method, f"data/{path}", content=content, headers=given)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def netconf(self, user: str = "admin", password: str = "") -> Iterator[Manager]:
        session = connect_ssh(
            host="127.0.0.1", port=self.netconf_port, username=user, password=password or self.password, hostkey_b64=None
        )
        try:
            yield Manager(session)
        finally:
            session.close()


@contextmanager
def served(vtnmd: Vtnmd, password: str = "", *options: str) -> Iterator[Server]:
    process = vtnmd.start("serve", "--json", "--restconf", "127.0.0.1:0", "--netconf", "127.0.0.1:0", *options)
    server = Server(process, [], httpx2.Client(), 0, password, vtnmd.state)
    try:
        where = server.wait(lambda record: record.get("type") == "serving")
        server.password = where.get("password", password)
        context = ssl.create_default_context(cafile=str(vtnmd.state / "northbound.pem"))
        server.client = httpx2.Client(
            base_url=where["restconf"] + "/", auth=("admin", server.password), verify=context, trust_env=False, timeout=30
        )
        server.netconf_port = int(where["netconf"].rpartition(":")[2])
        yield server
    finally:
        server.client.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), said
        assert "Traceback" not in said


@pytest.fixture
def shop(vtnmd: Vtnmd, lab: RunningLab) -> Vtnmd:
    """The shop, applied from TOSCA."""
    assert vtnmd("inventory", "load", lab.inventory).code == 0
    applied = vtnmd("apply", SHOP, "--yes")
    assert applied.code == 0, applied.stderr
    return vtnmd


def test_what_tosca_applied_is_edited_over_restconf_and_netconf_and_applied(shop: Vtnmd, lab: RunningLab) -> None:
    with served(shop) as server:
        service = server.get(f"{SERVICES}/service=global-shop")["vtnmd-vtn:service"][0]
        assert service["vtn"][0]["tenant"] == "acme"
        assert "mtu" not in service["vtn"][0]["segment"][0], "defaults are not told unless asked for"

        edit = {"vtnmd-interconnect:interconnect": [{"name": "stretch", "bandwidth": {"min": "300000"}}]}
        assert server.ask("PATCH", STRETCH, edit, **{"X-vtnmd-Label": "more"}).status_code == 204
        assert server.applied()["done"]
        assert '"300000"' in json.dumps(lab.held("east")["pe"])

        with server.netconf() as manager:
            manager.edit_config(config=_rate("250000"), target="candidate")
            assert server.get(STRETCH)["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] == "300000"
            manager.commit()
        assert server.applied()["done"]
        assert '"250000"' in json.dumps(lab.held("west")["pe"])

        commits = server.get(ORCHESTRATION)[ORCHESTRATION]["commit"]
        assert [(each["source"], each.get("label", "")) for each in commits[:2]] == [("netconf", ""), ("restconf", "more")]

    by_tosca = shop("apply", SHOP, "--yes")
    assert "2 of 2 changes applied" in by_tosca.stderr + by_tosca.stdout
    with served(shop, server.password) as again:
        assert again.get(STRETCH)["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] == "200000"


def test_a_dry_run_tells_what_would_be_sent_and_does_nothing(shop: Vtnmd) -> None:
    with served(shop) as server:
        before = server.get(ORCHESTRATION)[ORCHESTRATION]["commit"]
        edit = {"vtnmd-interconnect:interconnect": [{"name": "stretch", "bandwidth": {"min": "300000"}}]}
        answer = server.ask("PATCH", f"{STRETCH}?dry-run=native", edit)
        assert answer.status_code == 200, answer.text
        (changed,) = answer.json()["vtnmd-orchestration:changed"]
        assert (changed["before"], changed["after"]) == ('"200000"', '"300000"')
        (plan,) = answer.json()["vtnmd-orchestration:preview"]
        assert plan["service"] == "global-shop"
        assert {each["endpoint"] for each in plan["payload"]} == {"east/pe", "west/pe"}
        assert all("300000" in each["native"] for each in plan["payload"])

        with server.netconf() as manager:
            manager.edit_config(config=_rate("300000"), target="candidate")
            rpc = (
                b'<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="77"><commit>'
                b'<dry-run xmlns="urn:vtnmd:yang:vtnmd-orchestration">native</dry-run></commit></rpc>'
            )
            reply = manager.session.send_rpc(rpc).result(30)[1]
            told = etree.tostring(reply).decode()
            assert '"200000"' in told
            assert "300000" in told.partition("<native")[2]
            manager.discard_changes()
        assert server.get(ORCHESTRATION)[ORCHESTRATION]["commit"] == before
        assert server.get(STRETCH)["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] == "200000"


def _rate(kilobits: str) -> str:
    """An edit-config of the committed rate."""
    return f"""<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
    <services xmlns="urn:vtnmd:yang:vtnmd-vtn"><service><name>global-shop</name><vtn><name>shop</name>
    <interconnect xmlns="urn:vtnmd:yang:vtnmd-interconnect"><name>stretch</name><bandwidth><min>{kilobits}</min></bandwidth>
    </interconnect></vtn></service></services></config>"""


def test_a_service_that_a_client_makes_is_applied_checked_and_destroyed(vtnmd: Vtnmd, lab: RunningLab) -> None:
    vtnmd("inventory", "load", lab.inventory)
    segment = {"name": "web", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]}
    attachment = {"name": "one", "segment": "web", "region": "east", "node": "openflow:1", "port": "s1-eth1"}
    vtn = {"name": "net", "tenant": "acme", "segment": [segment], "attachment": [attachment]}
    with served(vtnmd) as server:
        made = server.ask("POST", SERVICES, {"vtnmd-vtn:service": [{"name": "small", "vtn": [vtn]}]})
        if made.status_code == 404:  # the container is not there before the first service
            made = server.ask("POST", "", {SERVICES: {"service": [{"name": "small", "vtn": [vtn]}]}})
        assert made.status_code == 201, made.text
        server.applied()
        assert vtnmd("check", "small").code == 0
        assert "acme_net" in json.dumps(lab.held("east")["odl"])

        refused = server.ask("DELETE", "vtnmd-inventory:inventory/region=east")
        assert refused.status_code == 409
        assert "service small refers to it" in refused.text

        assert server.ask("DELETE", f"{SERVICES}/service=small").status_code == 204
        server.applied()
        assert "acme_net" not in json.dumps(lab.held("east")["odl"])
        assert vtnmd("services", "--json").records("service") == []


def test_a_commit_waits_for_no_region_and_is_drained_later(shop: Vtnmd, lab: RunningLab) -> None:
    with served(shop) as server:
        lab.fail("west", REFUSE)
        edit = {"vtnmd-interconnect:interconnect": [{"name": "stretch", "bandwidth": {"min": "300000"}}]}
        assert server.ask("PATCH", STRETCH, edit).status_code == 204
        server.wait(lambda record: record.get("type") == "outcome" and record["result"] == "partly")
        regions = {each["name"]: each for each in server.get(ORCHESTRATION)[ORCHESTRATION]["region"]}
        assert regions["west"]["queued"]
        alarms = server.get("ietf-alarms:alarms/alarm-list")["ietf-alarms:alarm-list"]["alarm"]
        assert {each["alarm-type-id"] for each in alarms} >= {"vtnmd-orchestration:run-incomplete"}
        lab.fail("west", NO_FAULT)
        server.applied()
        assert '"300000"' in json.dumps(lab.held("west")["pe"])


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_acknowledged_is_carried_out_by_the_next_life(shop: Vtnmd, lab: RunningLab, begun: bool) -> None:
    with served(shop) as server:
        edit = {"vtnmd-interconnect:interconnect": [{"name": "stretch", "bandwidth": {"min": "300000"}}]}
        if begun:
            lab.fail("west", BLACKHOLE)
        assert server.ask("PATCH", STRETCH, edit).status_code == 204
        if begun:
            server.wait(lambda record: record.get("type") == "event" and record["step"] == "sent")
        server.process.kill()
        server.process.wait(30)
    lab.fail("west", NO_FAULT)
    with served(shop, server.password) as again:
        assert again.get(STRETCH)["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] == "300000"
        while not _is_carried_out(again):
            again.wait(lambda record: record.get("type") == "outcome")
    assert all('"300000"' in json.dumps(lab.held(region)["pe"]) for region in ("east", "west"))
    assert shop("plan", SHOP, "--detailed-exitcode").code == 10


def _is_carried_out(server: Server) -> bool:
    """Whether the last commit of the shop was begun, and that run has applied everything."""
    entry = server.get(f"{ORCHESTRATION}/service=global-shop")["vtnmd-orchestration:service"][0]
    return bool(entry["committed"] == entry["begun"] and entry["result"] == "applied")


def test_what_cannot_be_planned_is_told_and_tried_again_when_the_inventory_can_carry_it(vtnmd: Vtnmd, lab: RunningLab) -> None:
    vtnmd("inventory", "load", lab.inventory)
    with served(vtnmd) as server:
        held = server.get("vtnmd-inventory:inventory")["vtnmd-inventory:inventory"]
        narrow = [{**each, "vlan-range": {"start": 100, "end": 100}} for each in held["region"]]
        assert server.ask("PUT", "vtnmd-inventory:inventory", {"vtnmd-inventory:inventory": {**held, "region": narrow}}).is_success
        segments = [{"name": f"s{n}", "cidr": f"10.9.{n}.0/24", "region": [{"name": "east"}]} for n in range(2)]
        service = {"name": "wide", "vtn": [{"name": "net", "tenant": "acme", "segment": segments}]}
        assert server.ask("PUT", f"{SERVICES}/service=wide", {"vtnmd-vtn:service": [service]}).status_code in (201, 204)
        told = server.wait(lambda record: record.get("type") == "carried")
        assert told["service"] == "wide"
        entry = server.get(f"{ORCHESTRATION}/service=wide")["vtnmd-orchestration:service"][0]
        assert entry["trouble"]
        assert server.ask("PUT", "vtnmd-inventory:inventory", {"vtnmd-inventory:inventory": held}).is_success
        server.applied()


def test_nobody_gets_in_without_proof_and_only_the_administrator_writes(shop: Vtnmd) -> None:
    assert shop("user", "add", "ben", "--json").code == 0
    ben = shop("user", "add", "eve", "--group", "guests", "--json").records("user")[0]["password"]
    with served(shop, "unknown") as server:
        assert server.ask("GET", SERVICES).status_code == 401
        server.client.auth = httpx2.BasicAuth("eve", ben)
        assert server.ask("GET", f"{SERVICES}/service=global-shop").status_code == 200
        assert server.ask("DELETE", f"{SERVICES}/service=global-shop").status_code == 403
        assert server.ask("GET", "vtnmd-access:access").status_code in (200, 404)
        assert "scrypt" not in server.ask("GET", "vtnmd-access:access").text
        with server.netconf("eve", ben) as manager, pytest.raises(RpcError, match="not allowed"):
            manager.edit_config(
                config="""<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><services xmlns="urn:vtnmd:yang:vtnmd-vtn">
                <service><name>global-shop</name><description>mine</description></service></services></config>""",
                target="running",
            )


def test_the_first_start_makes_one_administrator_and_says_so_once(vtnmd: Vtnmd) -> None:
    with served(vtnmd) as server:
        assert server.password
        assert server.ask("GET", "").status_code == 200
        with server.netconf() as manager:
            data = etree.tostring(manager.get_config().data_ele).decode()
            assert "urn:vtnmd:yang:vtnmd-access" in data
    with served(vtnmd, server.password) as again:
        assert "password" not in again.records[0]
        assert again.ask("GET", "").status_code == 200
    assert (vtnmd.state / "northbound.key").stat().st_mode & 0o077 == 0
    assert server.password not in "".join(path.read_text(errors="ignore") for path in vtnmd.state.iterdir() if path.is_file())


def test_wrong_addresses_are_refused_before_anything_begins(vtnmd: Vtnmd, tmp_path: Path) -> None:
    for options in (["--restconf", "nowhere"], ["--netconf", "127.0.0.1:99999"], ["--restconf", "0.0.0.0:0", "--clear-text"]):
        found = vtnmd("serve", *options)
        assert (found.code, "VTN-U015" in found.stderr) == (2, True), found.stderr
    missing = vtnmd("serve", "--restconf", "127.0.0.1:0", "--tls-certificate", tmp_path / "no.pem")
    assert (missing.code, "VTN-A001" in missing.stderr) == (2, True), missing.stderr


def test_commits_are_listed_shown_and_gone_back_to(vtnmd: Vtnmd, lab: RunningLab) -> None:
    vtnmd("inventory", "load", lab.inventory)
    with served(vtnmd) as server:
        for text in ("one", "two"):
            entry = {"vtnmd-vtn:service": [{"name": "small", "description": text}]}
            assert server.ask("PUT", f"{SERVICES}/service=small", entry, **{"X-vtnmd-Label": text}).is_success
        listed = vtnmd("commit", "list", "small", "--json").records("commit")
        assert [(each["label"], each["source"], each["user"]) for each in listed] == [
            ("two", "restconf", "admin"),
            ("one", "restconf", "admin"),
        ]
        shown = vtnmd("commit", "show", str(listed[0]["number"]))
        assert "service[small]/description: one → two" in shown.stdout
        first = vtnmd("commit", "list", "--json", "--limit", "100").records("commit")
        accounts = next(each["number"] for each in first if "vtnmd-access:access" in each["parts"])
        hidden = vtnmd("commit", "show", str(accounts))
        assert "access/user[admin]" in hidden.stdout or "access" in hidden.stdout
        assert "scrypt" not in hidden.stdout
        back = vtnmd("commit", "back", str(listed[1]["number"]), "--yes")
        assert back.code == 0, back.stderr
        for _ in range(100):
            if server.get(f"{SERVICES}/service=small")["vtnmd-vtn:service"][0]["description"] == "one":
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the server does not take over what others commit")
        refused = vtnmd("commit", "back", "0", "--service", "none", "--yes")
        assert "nothing differs" in refused.stderr
    assert "VTN-S041" in vtnmd("commit", "show", "999").stderr


def test_what_python_builds_with_the_bindings_is_submitted_and_applied(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    vtnmd("inventory", "load", lab.inventory)
    assert vtnmd("bindings", "-o", tmp_path / "vtnmd_models.py").code == 0
    program = EXAMPLES / "bindings" / "make_shop.py"
    environment = {**vtnmd.environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    made = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=True, timeout=120)
    document = json.loads(made.stdout)
    with served(vtnmd) as server:
        root = str(server.client.base_url).partition("/restconf")[0]
        at = bindings.Server(root, "admin", server.password, verify=vtnmd.state / "northbound.pem")
        first = bindings.submit(document, at)
        assert first.created
        server.applied()
        assert '"acme' in json.dumps(lab.held("west")["odl"])
        fetched = bindings.fetch("small-shop", at)
        assert bindings.submit(fetched.document, at, if_match=fetched.etag).etag == first.etag
        entry = fetched.document["vtnmd-vtn:services"]["service"][0]
        changed = {"vtnmd-vtn:services": {"service": [{**entry, "description": "changed"}]}}
        second = bindings.submit(changed, at, if_match=fetched.etag)
        with pytest.raises(Stale):
            bindings.submit(document, at, if_match=first.etag)
        assert bindings.submit(document, at, if_match=second.etag).etag == first.etag
