"""A lab of two regions in processes of its own, and the command line as a child process with a state of its own."""

import json
import os
import random
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vtnmd.lab import up
from vtnmd.lab.faults import Fault
from vtnmd.lab.layout import HOST, USER, Lab, region_names

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = EXAMPLES / "global-shop"
_ENOUGH_SECONDS = 120


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The JSON Lines of one type."""
        lines = [json.loads(line) for line in self.stdout.splitlines()]
        return [line for line in lines if line.get("type") == kind]


@dataclass(frozen=True)
class Vtnmd:
    """The command line with its own state folder."""

    state: Path

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-P", "-m", "vtnmd", *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
        return {**plain, "VTNMD_STATE": str(self.state), "NO_COLOR": "1"}

    def start(self, *arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            **options,
        )

    def __call__(self, *arguments: str | Path) -> Ran:
        """Run a command to its end. A traceback is never right."""
        with self.start(*arguments) as process:
            try:
                stdout, stderr = process.communicate(timeout=_ENOUGH_SECONDS)
            except BaseException:
                process.kill()
                raise
        assert "Traceback" not in stdout + stderr
        return Ran(process.returncode, stdout, stderr)

    def latest_run(self) -> str:
        run: str = self("history", "--json").records("run")[0]["run"]
        return run


@dataclass(frozen=True)
class RunningLab:
    """A lab that is up."""

    lab: Lab

    @property
    def inventory(self) -> Path:
        return self.lab.file("inventory.yaml")

    def held(self, region: str) -> dict[str, Any]:
        """What the region's simulators hold, by endpoint."""
        answer: dict[str, Any] = httpx2.get(f"http://{HOST}:{self.lab.control_port(region)}/held", trust_env=False).json()
        return answer

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

    def _client(self, region: str) -> httpx2.Client:
        password = self.lab.secret(region, "odl").read_text(encoding="ascii").strip()
        context = ssl.create_default_context(cafile=self.lab.file("ca.pem"))
        return httpx2.Client(auth=(USER, password), verify=context, trust_env=False)


def free_base_port() -> int:
    """A base from which a lab of two regions finds its ports free."""
    for base in random.sample(range(20000, 32000, 10), 200):
        if all(_is_free(base + region + offset) for region in (0, 100) for offset in range(1, 6)):
            return base
    raise RuntimeError("no free ports for a lab")


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) != 0


def _started(folder: Path) -> Lab:
    """A lab that is up. Somebody else may take a port between the look and the start; then others are tried."""
    for _ in range(3):
        found = Lab(folder, region_names(2), free_base_port())
        try:
            up.start(found)
        except up.LabError as error:
            if error.diagnostics[0].code != "VTN-U011":
                raise
        else:
            return found
    raise RuntimeError("others take every port")


@pytest.fixture
def vtnmd(tmp_path: Path) -> Vtnmd:
    return Vtnmd(tmp_path / "state")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RunningLab]:
    found = _started(tmp_path / "lab")
    try:
        yield RunningLab(found)
    finally:
        up.stop(found.folder)
