"""vtnmd as it works on the real lab, for tests that run in the room of `lab.room`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.room.layout import REGIONS
from tests.support.backbone import Lab

PROGRAM = Path(sys.executable).with_name("vtnmd")
_LABEL = re.compile(r"label (\d+)")


@dataclass(frozen=True, slots=True)
class Site:
    """vtnmd with a state of its own in `folder`."""

    folder: Path

    def vtnmd(self, *words: str | Path, expect: int = 0) -> str:
        """Run one command; gives all that it printed. Fails unless it ended with the exit code that is expected."""
        done = subprocess.run(self._words(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == expect, f"vtnmd {' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}"
        return done.stdout

    def begin(self, *words: str | Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start one command, with what it prints in `log`, and leave it running."""
        with log.open("wb") as output:
            return subprocess.Popen(self._words(words), stdout=output, stderr=subprocess.STDOUT)

    def _words(self, words: tuple[str | Path, ...]) -> list[str]:
        return ["env", f"VTNMD_STATE={self.folder / 'state'}", str(PROGRAM), *map(str, words)]


@contextmanager
def serving(site: Site) -> Iterator[Path]:
    """`vtnmd serve` on the state of a site; gives the file that what it prints goes to."""
    log = site.folder / "serve.log"
    process = site.begin("serve", log=log)
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def until(what: str, holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds; fails when it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.2)


def addresses() -> Mapping[tuple[str, str], str]:
    """(first letter of the region and VLAN, IPv4 address) → network namespace, of every host that is plugged."""
    found = {}
    for entry in sorted(Path("/run/netns").iterdir()):
        place, dash, _ = entry.name.partition("-")
        if dash and place[:1] in {region[0] for region in REGIONS} and place[1:].isdecimal():
            shown = subprocess.run(
                ["ip", "-json", "-n", entry.name, "-4", "address", "show", "dev", "eth0"], capture_output=True, text=True, check=False
            )
            for device in json.loads(shown.stdout or "[]"):
                found |= {(place, each["local"]): entry.name for each in device["addr_info"]}
    return found


def held(lab: Lab) -> Mapping[str, Any]:
    """What the switches, PE routers and VTN Managers hold: rules, groups, meters, configurations, VTNs; nothing that counts."""
    found: dict[str, Any] = {}
    for region in REGIONS:
        switch = lab.switch(region)
        for bridge, kinds in (("pe", ("flows", "groups", "meters")), ("s1", ("flows",)), ("s2", ("flows",))):
            for kind in kinds:
                found[f"{region} {bridge} {kind}"] = _rules(switch.openflow(f"dump-{kind}", bridge))
        found[f"{region} spaces"] = sorted(entry.name for entry in Path("/run/netns").iterdir())
    return found


def _rules(printed: str) -> list[str]:
    counters = re.compile(r"(cookie|duration|n_packets|n_bytes|idle_age|hard_age)=[^ ,]+,? ?")
    return sorted(counters.sub("", line).strip() for line in printed.splitlines()[1:])


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
            output, _ = capture.communicate(timeout=30)
    return {tuple(int(label) for label in _LABEL.findall(line)) for line in output.splitlines() if "MPLS" in line}


def environment() -> Mapping[str, str]:
    """The environment of tests, without what would lead vtnmd elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("VTNMD_")}
