"""How long a region's queue takes to empty once the region has returned: `python -m bench.recovery [--waiting 1000] [--rounds 3]`.

A service is applied to a lab of two simulated regions on this machine, one of which refuses connections, so that its half waits.
Then the region is healed, and the clock runs from there until `vtnmd resume` has read back what the region holds and has carried
out the one new plan that supersedes what waited. The command, its start and the reading of the state are part of it; the simulated
VTN Manager, which shares the processors with it, is what most of the time is spent waiting for. Medians over rounds, each on a lab
and a state of its own. There is no floor, so the requests per second are given beside it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.rounds import Figures, peak
from bench.topologies import topology
from vtnmd.domain.codes import EXIT_OK, EXIT_PARTLY

DEAD = "west"
BASE_PORT = 23100


class Commands:
    """The command line on one state and one lab, whose secrets its environment names."""

    def __init__(self, folder: Path) -> None:
        self.lab = folder / "lab"
        self._environment = {**os.environ, "VTNMD_STATE": str(folder / "state")}

    def run(self, *arguments: str, expected: int = EXIT_OK) -> str:
        """What a command prints. Raises RuntimeError where it exits otherwise than expected."""
        command = [sys.executable, "-m", "vtnmd", *arguments]
        ended = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if ended.returncode != expected:
            raise RuntimeError(
                f"vtnmd {' '.join(arguments)} exits with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
            )
        return ended.stdout

    def records(self, kind: str, *arguments: str) -> list[dict[str, object]]:
        """The JSON documents of that type that a command prints."""
        found = [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]
        return [record for record in found if record.get("type") == kind]


@contextmanager
def running_lab(commands: Commands) -> Iterator[None]:
    lab = ("--folder", str(commands.lab))
    commands.run("lab", "up", "--base-port", str(BASE_PORT), *lab)
    try:
        yield
    finally:
        commands.run("lab", "down", *lab)


def measure(waiting: int) -> Figures:
    """One recovery. `waiting` is how many requests waited, `cpu` that of the command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = Commands(folder)
        service = folder / "service.yaml"
        service.write_text(topology(waiting))  # two requests for each node, in two regions
        with running_lab(commands):
            lab = ("--folder", str(commands.lab))
            commands.run("lab", "up", "--fail", DEAD, *lab)
            commands.run("apply", str(service), "-I", str(commands.lab / "inventory.yaml"), "--yes", expected=EXIT_PARTLY)
            queued = len(commands.records("queued", "region", "queue", DEAD))
            run = str(commands.records("run", "history")[0]["run"])
            commands.run("lab", "up", "--heal", DEAD, *lab)
            begun, spent = time.perf_counter(), _children()
            commands.run("resume", run)
            return {"wall": time.perf_counter() - begun, "cpu": _children() - spent, "memory": peak(), "waiting": queued}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _median(samples: Sequence[Figures]) -> Figures:
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    found = _median([measure(arguments.waiting) for _ in range(arguments.rounds)])
    rate = found["waiting"] / found["wall"]
    print(f"{found['waiting']:.0f} requests waited; the queue is empty {found['wall']:.1f} s after the region returned", end=", ")
    print(f"{rate:.0f} requests/s, {found['cpu']:.1f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
