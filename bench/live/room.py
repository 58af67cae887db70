"""The room of the real lab, and vtnmd working on it, as the figures need them."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.backbone.control import command
from lab.backbone.namespaces import enter
from lab.room.room import Room, found
from lab.servers.ports import host_name

PROGRAM = Path(sys.executable).with_name("vtnmd")
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Site:
    """vtnmd with an empty state in `folder`."""

    room: Room
    folder: Path

    def vtnmd(self, *words: str | Path, fails: bool = False) -> str:
        """Run one command; gives what it printed. Raises RuntimeError when it ends otherwise than expected."""
        command = [str(PROGRAM), *map(str, words)]
        done = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if (done.returncode != 0) != fails:
            raise RuntimeError(f"vtnmd {' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}")
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {"VTNMD_STATE": str(self.folder / "state"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def site(folder: Path) -> Site:
    """vtnmd knowing the inventory of the room. Ends the program where it does not run in one."""
    room = found()
    if room is None or room.enter:
        sys.exit("this needs the real lab: make lab-all, then python -m lab.room enter .venv/bin/python -m bench.live.…")
    made = Site(room, folder)
    made.vtnmd("inventory", "load", room.folder / "inventory.yaml")
    return made


@contextmanager
def plugged(room: Room, region: str, vlan: int, ip: str) -> Iterator[str]:
    """A host on a VLAN of a region; gives its network namespace."""
    network, name = room.folder / "backbone", host_name(region, vlan, ip)
    command(network, "plug", region, name, str(vlan), f"{ip}/24")
    try:
        yield name
    finally:
        command(network, "unplug", name)


def first_answer(host: str, address: str, patience: float = 300.0) -> float:
    """The time, of `time.perf_counter`, at which a host is first answered by an address; it asks fifty times a second."""
    words = [*enter(host), "ping", "-n", "-q", "-c", "1", "-W", "0.2", address]
    return when(lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode == 0, patience)


def when(holds: Callable[[], bool], patience: float = 300.0) -> float:
    """The time, of `time.perf_counter`, at which something first holds. Raises TimeoutError when it never does."""
    end = time.perf_counter() + patience
    while not holds():
        if time.perf_counter() > end:
            raise TimeoutError(f"not within {patience:g} s")
        time.sleep(_PAUSE)
    return time.perf_counter()
