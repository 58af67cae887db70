"""A region of a genuine OpenStack (lab/openstack), and what tests do there beside the driver."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from lab.openstack.settings import TOKEN_SECONDS
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat import HeatDriver, Pace, stacks_of
from vtnmd.southbound.ports import Rejected

LIVE = "VTNMD_LIVE_OPENSTACK"
"""The environment variable with the URL of Keystone; with _PASSWORD_FILE and _CA appended, files that a client needs; with
_REGIONS, the names of its regions."""

_SECONDS_TO_CLEAR = 400
_STEP = 0.5
"""Seconds between two looks at stacks. One takes Heat, Keystone and the database 40 ms of a processor, and stacks take seconds."""


@dataclass(frozen=True, slots=True)
class LiveCloud:
    """One project in one region. `settings` are those of an inventory entry but for the password, which is that of admin."""

    settings: Mapping[str, str]
    password: str
    cloud: Cloud

    async def stacks(self) -> list[dict[str, Any]]:
        """Those of the project: an administrator is shown those of all."""
        listed, project = await self.cloud.send("GET", "/stacks"), await self.cloud.project()
        return [stack for stack in listed["stacks"] if stack["project"] == project]

    async def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until something holds of the stacks."""
        while True:
            if holds(await self.stacks()):
                return
            await asyncio.sleep(0.05)

    async def find(self, name: str) -> dict[str, Any] | None:
        """The stack of that name, with its outputs, once nothing is under way in it; None where there is none."""
        while True:
            listed = next((stack for stack in await self.stacks() if stack["stack_name"] == name), None)
            if listed is None:
                return None
            if not listed["stack_status"].endswith(("_IN_PROGRESS", "DELETE_COMPLETE")):
                return dict((await self.cloud.send("GET", f"/stacks/{name}/{listed['id']}"))["stack"])
            await asyncio.sleep(_STEP)

    async def put(self, name: str, body: Mapping[str, Any]) -> None:
        """Make or change a stack, and wait for the end."""
        found = await self.find(name)
        if found is None:
            await self.cloud.send("POST", "/stacks", {"stack_name": name, **body})
        else:
            await self.cloud.send("PUT", f"/stacks/{name}/{found['id']}", dict(body))
        await self.find(name)

    async def clear(self) -> None:
        """Delete every stack; what another one still uses goes in a later round. Raises TimeoutError."""
        async with asyncio.timeout(_SECONDS_TO_CLEAR):
            while stacks := await self.stacks():
                for stack in stacks:
                    if not stack["stack_status"].endswith("_IN_PROGRESS"):
                        with suppress(Rejected):  # it may have gone meanwhile
                            await self.cloud.send("DELETE", f"/stacks/{stack['stack_name']}/{stack['id']}")
                await asyncio.sleep(_STEP)

    async def ask(self, service: str, method: str, path: str, body: Any = None) -> Any:
        """One exchange with another service of the region, by its type in the catalogue; gives the JSON of the answer."""

        def exchange() -> Any:
            session = self.session()
            place = {"service_type": service, "region_name": self.settings["region-name"], "interface": "public"}
            answer = session.request(path, method, json=body, endpoint_filter=place)
            return answer.json() if answer.content else None

        return await asyncio.to_thread(exchange)

    def session(self) -> Session:
        """A login of its own."""
        domain = "Default"
        login = Password(
            self.settings["auth-url"],
            username=self.settings["username"],
            password=self.password,
            user_domain_name=domain,
            project_name=self.settings["project"],
            project_domain_name=domain,
        )
        return Session(auth=login, verify=self.settings["ca-file"])

    def make_project(self, name: str) -> None:
        """Have Keystone hold a project of which admin is an administrator."""
        session, url = self.session(), self.settings["auth-url"]
        if not session.get(f"{url}/projects", params={"name": name}).json()["projects"]:
            made = session.post(f"{url}/projects", json={"project": {"name": name, "domain_id": "default"}}).json()["project"]
            (role,) = session.get(f"{url}/roles", params={"name": "admin"}).json()["roles"]
            session.put(f"{url}/projects/{made['id']}/users/{session.get_user_id()}/roles/{role['id']}")

    async def revoke(self, token: str) -> None:
        """Have Keystone take a token back, and wait until Heat knows."""
        await asyncio.to_thread(
            self.session().delete, f"{self.settings['auth-url']}/auth/tokens", headers={"X-Subject-Token": token}
        )
        await asyncio.sleep(TOKEN_SECONDS + 1)

    async def aclose(self) -> None:
        await self.cloud.aclose()


def own_region() -> str:
    """The region that is this process's alone: the workers of pytest-xdist share them out, one for each at least."""
    regions = os.environ[f"{LIVE}_REGIONS"].split(",")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return regions[int(worker.removeprefix("gw"))]


def live_cloud(region: str, project: str = "admin") -> LiveCloud:
    """A region of the OpenStack that the environment names."""
    password = Path(os.environ[f"{LIVE}_PASSWORD_FILE"]).read_text()
    login = {"username": "admin", "project": project}
    settings = {"auth-url": os.environ[LIVE], "region-name": region, "ca-file": os.environ[f"{LIVE}_CA"], **login}
    return LiveCloud(settings, password, connected(settings, password))


def project_of_both() -> str:
    """The project of tests that work in all regions, which need not be alone there; made where it is missing."""
    name = "everywhere"
    live_cloud(os.environ[f"{LIVE}_REGIONS"].split(",")[0]).make_project(name)
    return name


def token_of(cloud: Cloud) -> str:
    """The token that a driver uses now."""
    assert cloud._session
    return str(cloud._session._adapter.get_token())


def driver_of(cloud: Cloud, first: float = 0.3, longest: float = 1.0) -> HeatDriver:
    """A driver that looks at stacks in progress after `first` seconds, and at least every `longest`."""
    return HeatDriver(stacks_of(cloud), Pace(first=first, longest=longest))


def connected(settings: Mapping[str, str], password: str) -> Cloud:
    """What drivers send requests by, with settings of an inventory entry but for the password."""
    heat = {**settings, "password": "env:PASSWORD", "physical-network": "fabric"}
    return Cloud({"name": "heat", "timeout": 300, "concurrency": 4, "heat": heat}, lambda _: password)
