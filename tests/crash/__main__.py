"""The crash matrix: `python -m tests.crash`. A run dies at every boundary of its journal, and has to be made whole.

A service is created, changed, rolled back and destroyed. With the state in SQLite one process carries each of these runs, and
`resume` goes on with it. With PostgreSQL two workers carry it, one of whom dies, or the coordinator does, at every boundary of each
of them (`tests/crash/fleet.py`). That part is left out, and says so, where no PostgreSQL is installed.

Several processes share the cases, each with a lab and a state of its own. Reports like a test runner; the last line has the totals.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from tests.crash.places import PLACES, POSTGRESQL, SQLITE
from tests.crash.scenarios import SCENARIOS
from tests.support.postgres import why_not

_PASSED, _FAILED, _PREPARED = "passed ", "FAILED ", "ready  "
_HAD_FAILURES = 3
"""The exit code of a share that came to its end; one that an error ends has another."""


def main(arguments: Sequence[str]) -> int:
    """Run the matrix, or with `--share` one process's part of it. 0 where every case passed and every process came to its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--state", choices=sorted(PLACES), help="only with the state kept in this")
    parser.add_argument("--scenario", choices=[each.name for each in SCENARIOS], action="append", help="only this run")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case")
    parser.add_argument("--processes", type=int, default=2, help="how many processes share the cases")
    parser.add_argument("--share", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    return _all(given, arguments) if given.share is None else _share(given)


def _all(given: argparse.Namespace, arguments: Sequence[str]) -> int:
    begun = time.monotonic()
    tally = _Tally()
    failed = 0
    for state in [given.state] if given.state else [SQLITE, POSTGRESQL]:
        missing = why_not() if state == POSTGRESQL else ""
        if missing:
            print(f"skipped {state}: {missing}")
        else:
            failed += _processes(given.processes, [*arguments, "--state", state], tally)
    failed += tally.failed
    print(f"{tally.passed} passed, {failed} failed in {time.monotonic() - begun:.0f} s")
    return 0 if not failed and tally.passed else 1


def _processes(number: int, arguments: Sequence[str], tally: "_Tally") -> int:
    """Have processes share the cases; how many of them broke down."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", "tests.crash", *arguments, "--share"]
        shares = [
            stack.enter_context(subprocess.Popen([*command, str(share)], stdout=subprocess.PIPE, text=True))
            for share in range(number)
        ]
        for share in shares:
            stack.callback(share.terminate)
        readers = [Thread(target=tally.read, args=(share.stdout,)) for share in shares]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        for share in shares:
            share.wait()
    broken = sum(share.returncode not in {0, _HAD_FAILURES} for share in shares)
    if broken:
        print(f"{broken} of {len(shares)} processes broke down")
    return broken


def _leave(_number: int, _frame: object) -> None:
    """End as after an error, so that the lab is stopped; nothing interrupts that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(143)


class _Tally:
    """Passes on what the shares say, and counts."""

    def __init__(self) -> None:
        self.passed = self.failed = 0
        self._lock = Lock()

    def read(self, lines: IO[str]) -> None:
        for line in lines:
            with self._lock:
                self.passed += line.startswith(_PASSED)
                self.failed += line.startswith(_FAILED)
                print(line, end="", flush=True)


def _share(given: argparse.Namespace) -> int:
    # Imported here because the process that adds up needs none of it.
    from tests.crash.fleet import FleetBench  # noqa: PLC0415
    from tests.crash.matrix import Bench  # noqa: PLC0415
    from tests.support.commands import load  # noqa: PLC0415
    from tests.support.labs import started_lab  # noqa: PLC0415
    from vtnmd.lab import up  # noqa: PLC0415

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    load()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="vtnmd-crash-") as name, ExitStack() as stack:
        folder = Path(name)
        lab = started_lab(folder / "lab", regions=3)
        stack.callback(up.stop, lab.folder)
        place = PLACES[given.state](folder)
        stack.callback(place.close)
        bench = Bench(lab, place, folder)
        has_workers = given.state == POSTGRESQL
        for scenario in SCENARIOS:
            if given.scenario and scenario.name not in given.scenario:
                continue
            told, trials = FleetBench(bench).trials(scenario) if has_workers else bench.trials(scenario)
            print(f"{_PREPARED}{scenario.name}: {told}", flush=True)
            for trial in trials[:: given.every][given.share :: given.processes]:
                verdict = trial()
                failed += bool(verdict.problems)
                print(f"{_FAILED if verdict.problems else _PASSED}{verdict.case} ({verdict.at})", flush=True)
                for problem in verdict.problems:
                    print(f"       {problem}", flush=True)
    return _HAD_FAILURES if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
