"""A lab of two regions in processes of its own, and the command line as a child process with a state of its own."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import labs
from tests.support.labs import started_lab
from tests.support.program import Vtnmd
from vtnmd.compiler.inventory import read_inventory
from vtnmd.lab import up
from vtnmd.lab.faults import Fault
from vtnmd.lab.layout import HOST, USER, Lab
from vtnmd.netconf import operations, ssh
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.secrets import read_secret

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = EXAMPLES / "global-shop"


@dataclass(frozen=True)
class RunningLab:
    """A lab that is up."""

    lab: Lab

    @property
    def inventory(self) -> Path:
        return self.lab.file("inventory.yaml")

    def held(self, region: str) -> dict[str, Any]:
        """What the region's simulators hold, by endpoint."""
        return labs.held(self.lab, region)

    def fail(self, region: str, fault: Fault) -> None:
        up.set_fault(self.lab, region, fault)

    def fault(self, region: str, endpoint: str, kind: str, seconds: float = 0.0, status: int = 500) -> None:
        """Put one HTTP endpoint of a region under a fault."""
        fault = {"kind": kind, "seconds": seconds, "status": status}
        with self._client(region) as client:
            client.post(f"https://{HOST}:{self.lab.port(region, endpoint)}/lab/fault", json=fault)

    def call_odl(self, region: str, rpc: str, **members: Any) -> None:
        """Change something behind vtnmd's back."""
        with self._client(region) as client:
            client.post(f"{self.lab.url(region, 'odl')}/operations/{rpc}", json={"input": members}).raise_for_status()

    def configure_pe(self, region: str, tree: Any) -> None:
        """Commit one tree on a router, behind vtnmd's back."""

        async def configure() -> None:
            password = self.secret_of(self._entry(region, "pe")["netconf"].get("password", ""))
            session = await ssh.connect(self._target(region, password), 10)
            await session.call(operations.edit_config("candidate", [tree]), 10)
            await session.call(operations.commit(), 10)
            await session.aclose()

        asyncio.run(configure())

    def call_heat(self, region: str, method: str, path: str, body: Any = None) -> Any:
        """Ask the cloud for something, behind vtnmd's back."""

        async def call() -> Any:
            cloud = Cloud({**self._entry(region, "heat"), "name": "heat"}, self.secret_of)
            try:
                return await cloud.send(method, path, body)
            finally:
                await cloud.aclose()

        return asyncio.run(call())

    def secret_of(self, reference: str) -> str | Any:
        return read_secret(reference) if reference else None

    def _entry(self, region: str, endpoint: str) -> Any:
        """The inventory's entry of an endpoint."""
        entries = read_inventory(self.inventory).regions[region]["endpoint"]
        return next(entry for entry in entries if entry["name"] == endpoint)

    def _target(self, region: str, password: str | None) -> ssh.SshTarget:
        settings = self._entry(region, "pe")["netconf"]
        return ssh.SshTarget(
            settings["host"],
            settings["port"],
            settings["username"],
            password,
            settings.get("key-file", ""),
            settings.get("host-key", ""),
            settings.get("known-hosts-file", ""),
        )

    def _client(self, region: str) -> httpx2.Client:
        password = self.lab.secret(region, "odl").read_text(encoding="ascii").strip()
        context = ssl.create_default_context(cafile=self.lab.file("ca.pem"))
        return httpx2.Client(auth=(USER, password), verify=context, trust_env=False)


@pytest.fixture
def vtnmd(tmp_path: Path, request: pytest.FixtureRequest) -> Vtnmd:
    """A process that has loaded becomes each command, but for tests that are marked `started_anew`."""
    is_anew = request.node.get_closest_marker("started_anew") is not None
    return Vtnmd(tmp_path / "state", None if is_anew else request.getfixturevalue("commands"))


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """The lab that one test after the other uses."""
    found = started_lab(tmp_path_factory.mktemp("lab") / "lab")
    try:
        yield RunningLab(found)
    finally:
        up.stop(found.folder)


@pytest.fixture
def lab(_lab: RunningLab) -> RunningLab:
    """A lab in which nothing was done yet, whatever the test before has done to it."""
    labs.make_as_new(_lab.lab)
    return _lab
