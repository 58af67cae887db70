"""vtnmd as it works on the real lab, for tests that run in the room of `lab.room`."""

import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from lab.room.layout import ODL_PORT, REGIONS, TLS, management_address, password_file
from lab.room.room import Room
from lab.servers.cloud import api
from tests.support.backbone import Lab, remains
from tests.support.program import Vtnmd
from tests.support.waiting import PATIENCE

_OF_A_VTN = "cookie=0x7f56"
"""How the VTN Manager marks the flows that it makes for VTNs."""
_LABEL = re.compile(r"label (\d+)")


@dataclass(frozen=True)
class Site:
    """`vtnmd` has a state of its own in `folder`, which takes what it leaves running prints."""

    folder: Path
    vtnmd: Vtnmd

    def begin(self, *words: str | Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start one command, with what it prints in `log`, and leave it running."""
        with log.open("wb") as output:
            return subprocess.Popen(self.vtnmd.command(*words), stdout=output, stderr=subprocess.STDOUT, env=self.vtnmd.environment)


@contextmanager
def serving(site: Site, *options: str) -> Iterator[Path]:
    """`vtnmd serve` on the state of a site; gives the file that what it prints goes to."""
    log = site.folder / "serve.log"
    process = site.begin("serve", *options, log=log)
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def left(room: Room, lab: Lab) -> Mapping[str, object]:
    """All that services leave in the regions, by where it is; what is empty is not shown."""
    found: dict[str, object] = {}
    for region in REGIONS:
        vtns = asked(room, region, "GET", "operational/vtn:vtns")["vtns"].get("vtn", [])
        stacks = api(room.folder / "inventory.yaml", region, "orchestration").get("/stacks").json()["stacks"]
        flows = [line for bridge in ("s1", "s2") for line in lab.switch(region).openflow("dump-flows", bridge).splitlines()]
        found |= {
            f"{region}: VTNs": [vtn["name"] for vtn in vtns],
            f"{region}: flows of VTNs": [line for line in flows if _OF_A_VTN in line],
            f"{region}: PE router": remains(lab, region),
            f"{region}: stacks": [f"{stack['stack_name']} {stack['stack_status']}" for stack in stacks],
        }
    return {place: what for place, what in found.items() if what}


def asked(room: Room, region: str, method: str, path: str, body: object = None) -> Any:
    """What the VTN Manager of a region answers below its RESTCONF root. Fails unless it is good."""
    password = password_file(room.folder, "odl").read_text(encoding="utf-8")
    url = f"https://{management_address(region)}:{ODL_PORT}/restconf/{path}"
    context = ssl.create_default_context(cafile=str(room.folder / TLS / "ca.pem"))
    with httpx2.Client(verify=context, auth=("admin", password), trust_env=False, timeout=60) as client:
        answer = client.request(method, url, json=body)
    assert answer.is_success, answer.text
    return answer.json()


def started(unit: str) -> None:
    """Have a unit of the room run again, and wait until it answers."""
    subprocess.run([sys.executable, "-m", "lab.room", "up", unit], check=True)


def labels_seen(device: str, during: Callable[[], object]) -> set[tuple[int, ...]]:
    """The stacks of MPLS labels, the top first, that pass a device of the backbone's namespace while something is done."""
    words = ["ip", "netns", "exec", "backbone", "tcpdump", "--immediate-mode", "-l", "-n", "-i", device, "mpls"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as capture:
        assert capture.stderr is not None
        for line in capture.stderr:
            if "listening on" in line:
                break
        try:
            during()
        finally:
            capture.send_signal(signal.SIGINT)
            output, _ = capture.communicate(timeout=PATIENCE)
    return {tuple(int(label) for label in _LABEL.findall(line)) for line in output.splitlines() if "MPLS" in line}
