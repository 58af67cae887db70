"""The simulated Heat and a genuine one (lab/openstack), to be asked the same by plain REST. What asks blocks."""

import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import requests

from tests.support.openstack import live_cloud, own_region
from vtnmd.lab.cloud_state import CloudLimits
from vtnmd.lab.heat import start_heat
from vtnmd.lab.keystone import Login

_SECONDS = 300
_STEP = 0.5
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Heat:
    """One Heat, asked by REST. `url` is its endpoint in the catalogue."""

    session: requests.Session
    url: str

    def ask(self, method: str, path: str, body: Any, accept: str = "application/json") -> requests.Response:
        headers = {"Accept": accept}
        return self.session.request(method, self.url + path, json=body, headers=headers, allow_redirects=False, timeout=60)

    def put(self, name: str, template: Any) -> None:
        """Make a stack, or change it, and wait for the end."""
        found = self.find(name)
        if found is None:
            answer = self.ask("POST", "/stacks", {"stack_name": name, "template": template})
        else:
            answer = self.ask("PUT", f"/stacks/{name}/{found['id']}", {"template": template})
        assert answer.status_code < 300, answer.text
        self.settle(name)

    def remove(self, name: str) -> None:
        """Delete a stack, where there is one, and wait for the end."""
        found = self.find(name)
        if found is not None:
            self.ask("DELETE", f"/stacks/{name}/{found['id']}", None)
            self.settle(name)

    def clear(self) -> None:
        """Delete every stack; what another one still uses goes in a later round."""
        end = time.monotonic() + _SECONDS
        while stacks := self.listed():
            assert time.monotonic() < end, stacks
            for stack in stacks:
                if not stack["stack_status"].endswith("_IN_PROGRESS"):
                    self.ask("DELETE", f"/stacks/{stack['stack_name']}/{stack['id']}", None)
            time.sleep(_STEP)

    def listed(self) -> list[Mapping[str, Any]]:
        """The stacks of the project: an administrator is shown those of all."""
        stacks = self.ask("GET", "/stacks", None).json()["stacks"]
        return [stack for stack in stacks if stack["project"] == self.url.rpartition("/")[2]]

    def find(self, name: str) -> Mapping[str, Any] | None:
        """The stack of that name, with its outputs."""
        for entry in self.listed():
            if entry["stack_name"] == name:
                answer = self.ask("GET", f"/stacks/{name}/{entry['id']}", None)
                return dict(answer.json()["stack"]) if answer.status_code == 200 else None
        return None

    def settle(self, name: str) -> None:
        """Wait until nothing is under way in a stack. Heat lists one for a moment after its deletion has come to its end."""
        end = time.monotonic() + _SECONDS
        while (found := self.find(name)) is not None:
            if not found["stack_status"].endswith(("_IN_PROGRESS", "DELETE_COMPLETE")):
                return
            assert time.monotonic() < end, found
            time.sleep(_STEP)

    def resources(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """The resources of a stack by their names; none where there is no such stack."""
        found = self.find(name)
        if found is None:
            return {}
        shown = self.ask("GET", f"/stacks/{name}/{found['id']}/resources", None).json()["resources"]
        return {entry["resource_name"]: entry for entry in shown}

    def told(self, name: str) -> list[str]:
        """How a stack and its resources stand and why, without what differs from cloud to cloud."""
        found = self.find(name)
        if found is None:
            return []
        lines = [f"{found['stack_status']} {found['stack_status_reason']}"]
        for resource, entry in sorted(self.resources(name).items()):
            lines.append(f"{resource} {entry['resource_status']} {entry['resource_status_reason']}")
        return [_UUID.sub("UUID", line) for line in lines]


def logged_in(auth_url: str, password: str, ca_file: str, region: str) -> Heat:
    session = requests.Session()
    session.trust_env = False
    session.headers["Connection"] = "close"  # the simulator closes what is idle while the other one is asked
    session.verify = ca_file or True
    domain = {"name": "Default"}
    user = {"name": "admin", "domain": domain, "password": password}
    scope = {"project": {"name": "admin", "domain": domain}}
    login: Any = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    answer = session.post(f"{auth_url}/auth/tokens", json=login, timeout=60)
    session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
    (heat,) = (service for service in answer.json()["token"]["catalog"] if service["type"] == "orchestration")
    (url,) = (end["url"] for end in heat["endpoints"] if (end["interface"], end["region"]) == ("public", region))
    return Heat(session, url)


@asynccontextmanager
async def simulated_and_genuine() -> AsyncIterator[tuple[Heat, Heat]]:
    """Both, in the region that is this process's."""
    region = own_region()
    genuine = live_cloud(region)
    simulator = await start_heat(Login(password="p", region=region), limits=CloudLimits(("physnet1", "fabric")))
    settings = genuine.settings
    try:
        simulated = await anyio.to_thread.run_sync(logged_in, simulator.auth_url, "p", "", region)
        real = await anyio.to_thread.run_sync(logged_in, settings["auth-url"], genuine.password, settings["ca-file"], region)
        yield simulated, real
    finally:
        await simulator.aclose()
        await genuine.aclose()
