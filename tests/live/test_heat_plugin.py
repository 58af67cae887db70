"""One HOT file over two genuine clouds, by the plug-in in a genuine heat-engine, from creation to nothing (make live-openstack).

Keystone, Heat, Neutron, Nova and Glance are genuine, in two regions; fabrics, routers and probe agents are those of `vtnmd lab`.
"""

import json
import os
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lab.openstack.plug_in import AUTHORITY, FOLDER, URL
from tests.e2e.conftest import RunningLab
from tests.support.labs import started_lab
from tests.support.openstack import LIVE, project_of_both
from tests.support.openstack_user import OpenStackUser, logged_in, made
from tests.support.program import Vtnmd
from tests.support.waiting import PATIENCE, until
from vtnmd.compiler.inventory import read_inventory
from vtnmd.lab import up
from vtnmd.lab.faults import NO_FAULT, REFUSE

AUTH_URL = os.environ.get(LIVE, "")
pytestmark = pytest.mark.live_clouds

REGIONS = ("east", "west")
TEMPLATE = (FOLDER / "examples/two-clouds.yaml").read_text()
TENANT = "acme"
PASSWORD = "a-users-own-password"


@dataclass(frozen=True)
class Site:
    """The clouds as ann of a project of hers and as admin of that of vtnmd; the rest of the regions; vtnmd as its administrator."""

    admin: OpenStackUser
    ann: OpenStackUser
    lab: RunningLab
    vtnmd: httpx2.Client

    def stack(self, name: str) -> Any:
        return self.ann.ask("GET", f"{self.ann.api('orchestration', 'east')}/stacks/{name}")["stack"]

    def resources(self, name: str) -> Mapping[str, Any]:
        listed = self.ann.ask("GET", f"{self.ann.api('orchestration', 'east')}/stacks/{name}/resources")["resources"]
        return {each["resource_name"]: each for each in listed}

    def create(self, name: str, template: str, **parameters: str) -> None:
        body = {"stack_name": name, "template": template, "parameters": parameters, "timeout_mins": 20}
        self.ann.ask("POST", f"{self.ann.api('orchestration', 'east')}/stacks", body)

    def send(self, method: str, name: str, body: Any = None, tail: str = "") -> None:
        number = self.stack(name)["id"]
        self.ann.ask(method, f"{self.ann.api('orchestration', 'east')}/stacks/{name}/{number}{tail}", body)

    def ended(self, name: str) -> Any:
        """The stack once nothing is under way in it."""
        ended = f"{name} has come to an end"
        return until(ended, lambda: self.stack(name), lambda found: not found["stack_status"].endswith("IN_PROGRESS"), step=1.0)

    def gone(self, name: str) -> None:
        """Wait until the stack is deleted."""
        at = f"{self.ann.api('orchestration', 'east')}/stacks"

        def names() -> list[str]:
            return [each["stack_name"] for each in self.ann.ask("GET", at)["stacks"]]

        until(f"{name} is gone", names, lambda found: name not in found, step=1.0)

    def tells(self, name: str, text: str) -> None:
        """Wait until an event of the stack says so."""
        until(f"an event says {text}", lambda: self.reasons(name), lambda told: text in told, step=1.0)

    def reasons(self, name: str) -> str:
        """All that events of the stack say."""
        at = f"{self.ann.api('orchestration', 'east')}/stacks/{name}/{self.stack(name)['id']}/events"
        return "\n".join(each["resource_status_reason"] for each in self.ann.ask("GET", at)["events"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    authority, password = os.environ[f"{LIVE}_CA"], Path(os.environ[f"{LIVE}_PASSWORD_FILE"]).read_text()
    with ExitStack() as stack:
        ours = project_of_both()
        admin = stack.enter_context(logged_in(AUTH_URL, authority, "admin", password, ours))
        user, project = f"ann-{os.getpid()}", f"{TENANT}-{os.getpid()}"
        _add_user(admin, user, project)
        ann = stack.enter_context(logged_in(AUTH_URL, authority, user, PASSWORD, project))
        lab = started_lab(folder / "lab")
        stack.callback(up.stop, lab.folder)
        vtnmd = stack.enter_context(_served(Vtnmd(folder / "state"), Path(authority).with_name(AUTHORITY)))
        _configure(vtnmd, RunningLab(lab), authority, ours)
        yield Site(admin, ann, RunningLab(lab), vtnmd)


def _add_user(admin: OpenStackUser, name: str, project: str) -> None:
    """A user who may make stacks in a project of its own."""
    found = made(admin, AUTH_URL, "project", name=project, domain_id="default")
    user = made(admin, AUTH_URL, "user", name=name, password=PASSWORD, domain_id="default")
    roles = {role["name"]: role["id"] for role in admin.ask("GET", f"{AUTH_URL}/roles")["roles"]}
    for role in ("member", "heat_stack_owner"):
        admin.ask("PUT", f"{AUTH_URL}/projects/{found}/users/{user}/roles/{roles[role]}")


@contextmanager
def _served(vtnmd: Vtnmd, authority: Path) -> Iterator[httpx2.Client]:
    """`vtnmd serve` where the plug-in looks for it; gives its RESTCONF as the administrator."""
    command, told = vtnmd.command("serve", "--json", "--restconf", URL.removeprefix("https://")), vtnmd.state.with_name("told")
    with told.open("w") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=vtnmd.environment
        )

    def serving() -> Any:
        assert process.poll() is None, told.read_text()
        records = [json.loads(line) for line in told.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return next((record for record in records if record.get("type") == "serving"), None)

    try:
        login = ("admin", until("vtnmd serves", serving)["password"])
        certificate = shutil.copyfile(vtnmd.state / "northbound.pem", authority)
        trust = ssl.create_default_context(cafile=certificate)
        with httpx2.Client(base_url=f"{URL}/restconf/", auth=login, verify=trust, trust_env=False, timeout=60) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert "Traceback" not in told.read_text()


def _configure(vtnmd: httpx2.Client, lab: RunningLab, authority: str, project: str) -> None:
    """The inventory of the lab with a project in genuine clouds, and Keystone's tokens let in."""
    document = read_inventory(lab.inventory).document
    for region in document["vtnmd-inventory:inventory"]["region"]:
        (cloud,) = (each["heat"] for each in region["endpoint"] if "heat" in each)
        login = {"username": "admin", "password": f"file:{os.environ[f'{LIVE}_PASSWORD_FILE']}", "project": project}
        cloud.update({"auth-url": AUTH_URL, "region-name": region["name"], "ca-file": authority, **login})
    _put(vtnmd, "vtnmd-inventory:inventory", document)
    roles = [{"name": "member"}, {"name": "admin", "group": ["administrators"], "unbound": True}]
    own = {"username": "admin", "password": f"file:{os.environ[f'{LIVE}_PASSWORD_FILE']}", "project": "admin"}
    keystone = {"auth-url": AUTH_URL, "ca-file": authority, "role": roles, "login": own}
    _put(vtnmd, "vtnmd-access:access/keystone", {"vtnmd-access:keystone": keystone})


def _put(vtnmd: httpx2.Client, path: str, body: Any) -> None:
    answer = vtnmd.put(f"data/{path}", content=json.dumps(body), headers={"Content-Type": "application/yang-data+json"})
    assert answer.is_success, answer.text


def _call(vtnmd: httpx2.Client, operation: str, **given: Any) -> Any:
    body = json.dumps({"vtnmd-orchestration:input": given})
    headers = {"Content-Type": "application/yang-data+json"}
    answer = vtnmd.post(f"operations/vtnmd-orchestration:{operation}", content=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()["vtnmd-orchestration:output"]


def _outputs(stack: Any) -> Any:
    return {each["output_key"]: each["output_value"] for each in stack["outputs"]}


def _networks(site: Site, region: str) -> Any:
    """What vtnmd has in a region's Neutron."""
    listed = site.admin.ask("GET", f"{site.admin.api('network', region)}/v2.0/networks")["networks"]
    return [each for each in listed if each.get("provider:physical_network") == "fabric"]


def _stacks_of_vtnmd(site: Site, region: str) -> list[str]:
    listed = site.admin.ask("GET", f"{site.admin.api('orchestration', region)}/stacks?tags=vtnmd")["stacks"]
    return [each["stack_name"] for each in listed if each["project"] == site.admin.project]


def test_one_template_over_two_clouds_from_creation_to_nothing(site: Site) -> None:
    _creation_waits_for_regions_and_packets(site)
    stack = site.ended("shop")
    assert stack["stack_status"] == "CREATE_COMPLETE", stack["stack_status_reason"]
    first = {name: each["physical_resource_id"] for name, each in site.resources("shop").items()}
    service = first["shop"]

    outputs = _outputs(stack)
    assert {(each["region"], each["name"]) for each in outputs["servers"]} == {("east", "server-1"), ("west", "server-1")}
    for server in outputs["servers"]:
        found = site.admin.ask("GET", f"{site.admin.api('compute', server['region'])}/servers/{server['id']}")["server"]
        assert found["status"] == "ACTIVE"
        assert server["addresses"] == [each["addr"] for ports in found["addresses"].values() for each in ports]
    for region in REGIONS:
        assert [each["provider:segmentation_id"] for each in _networks(site, region)] == [outputs["vlans"][region]]
    assert outputs["labels"]["east"]["west"]["out"] == outputs["labels"]["west"]["east"]["in"]

    template = TEMPLATE.replace("min: 100000", "min: 150000")
    parameters = {"image": "debian-12", "flavor": "small", "count": "2"}
    site.send("PUT", "shop", {"template": template, "parameters": parameters})
    stack = site.ended("shop")
    assert stack["stack_status"] == "UPDATE_COMPLETE", stack["stack_status_reason"]
    assert {name: each["physical_resource_id"] for name, each in site.resources("shop").items()} == first, "in place"
    assert len(_outputs(stack)["servers"]) == 4
    assert '"150000"' in json.dumps(site.lab.held("east")["pe"])

    _drift_is_told_by_resource_and_repaired(site, service, {"template": template, "parameters": parameters})

    site.send("DELETE", "shop")
    site.gone("shop")
    assert _call(site.vtnmd, "status", service=service) == {"present": False}
    for region in REGIONS:
        assert _networks(site, region) == []
        assert _stacks_of_vtnmd(site, region) == []
        assert service.replace("-", "_") not in json.dumps(site.lab.held(region)["odl"])


def _creation_waits_for_regions_and_packets(site: Site) -> None:
    """The west is down first, then its probe agent is; each is told while it is waited for."""
    site.lab.fail("west", REFUSE)
    site.create("shop", TEMPLATE, image="debian-12", flavor="small", count="1")
    site.tells("shop", "west/")
    assert site.stack("shop")["stack_status"] == "CREATE_IN_PROGRESS"
    site.lab.fail("west", NO_FAULT)
    site.lab.fault("west", "probe", "status")
    site.tells("shop", "west/probe")
    assert site.stack("shop")["stack_status"] == "CREATE_IN_PROGRESS"
    site.lab.fault("west", "probe", "none")


def _drift_is_told_by_resource_and_repaired(site: Site, service: str, update: Any) -> None:
    (vtn,) = (each for each in site.lab.held("east")["odl"]["vtn:vtns"]["vtn"] if each["name"].startswith(f"{TENANT}_"))
    names = {"tenant-name": vtn["name"], "bridge-name": "web"}
    site.lab.call_odl("east", "vtn-vbridge:update-vbridge", **names, description="somebody else's words", operation="SET")
    site.send("POST", "shop", {"check": None}, "/actions")
    assert site.ended("shop")["stack_status"] == "CHECK_FAILED"
    found = site.resources("shop")
    states = {name: found[name]["resource_status"] for name in ("shop", "web")}
    assert states == {"shop": "CHECK_COMPLETE", "web": "CHECK_FAILED"}, "Heat checks nothing that depends on what failed"
    assert "somebody else's words" in found["web"]["resource_status_reason"]

    site.send("PUT", "shop", update)
    stack = site.ended("shop")
    assert stack["stack_status"] == "UPDATE_FAILED", "drift is an operator's to decide"
    assert "leaves drift and plans to operators" in site.resources("shop")["web"]["resource_status_reason"]
    _call(site.vtnmd, "apply", service=service, drift="repair", follow=True)
    site.send("PUT", "shop", update)
    stack = site.ended("shop")
    assert stack["stack_status"] == "UPDATE_COMPLETE", stack["stack_status_reason"]


def test_what_vtnmd_cannot_plan_fails_with_its_reason_and_leaves_nothing(site: Site) -> None:
    site.create("wrong", TEMPLATE, image="debian-12", flavor="enormous")
    stack = site.ended("wrong")
    assert stack["stack_status"] == "CREATE_FAILED"
    assert "VTN-I030" in site.resources("wrong")["servers"]["resource_status_reason"]
    service = site.resources("wrong")["shop"]["physical_resource_id"]
    site.send("DELETE", "wrong")
    site.gone("wrong")
    assert _call(site.vtnmd, "status", service=service) == {"present": False}


def test_templates_that_cannot_be_are_refused_before_anything_is_made(site: Site) -> None:
    at = f"{site.ann.api('orchestration', 'east')}/stacks"
    body = {"stack_name": "nowhere", "template": TEMPLATE, "parameters": {"image": "i", "flavor": "f", "first_region": "south"}}
    answer = site.ann.client.post(at, json=body)
    assert answer.status_code == 400
    assert "vtnmd knows no region south" in answer.text
