"""The crash matrix: `python -m tests.crash`. A run dies at every boundary of its journal, and resume has to make it whole.

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

from tests.crash.places import PLACES
from tests.crash.scenarios import SCENARIOS

_PASSED, _FAILED, _PREPARED = "passed ", "FAILED ", "ready  "


def main(arguments: Sequence[str]) -> int:
    """Run the matrix, or with `--share` one process's part of it. 0 where every case passed and every process came to its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--state", choices=sorted(PLACES), default="sqlite", help="what the state is kept in")
    parser.add_argument("--scenario", choices=[each.name for each in SCENARIOS], action="append", help="only this run")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case")
    parser.add_argument("--processes", type=int, default=2, help="how many processes share the cases")
    parser.add_argument("--share", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    return _all(given, arguments) if given.share is None else _share(given)


def _all(given: argparse.Namespace, arguments: Sequence[str]) -> int:
    begun = time.monotonic()
    tally = _Tally()
    with ExitStack() as stack:
        command = [sys.executable, "-m", "tests.crash", *arguments, "--share"]
        shares = [
            stack.enter_context(subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True))
            for number in range(given.processes)
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
    broken = sum(share.returncode not in {0, 1} for share in shares)
    failed = tally.failed + broken
    if broken:
        print(f"{broken} of {len(shares)} processes broke down")
    print(f"{tally.passed} passed, {failed} failed in {time.monotonic() - begun:.0f} s")
    return 0 if not failed and tally.passed else 1


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
    from tests.crash import warm  # noqa: PLC0415
    from tests.crash.matrix import Bench  # noqa: PLC0415
    from tests.support.labs import started_lab  # noqa: PLC0415
    from vtnmd.lab import up  # noqa: PLC0415

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    warm.load()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="vtnmd-crash-") as name, ExitStack() as stack:
        folder = Path(name)
        lab = started_lab(folder / "lab", regions=3)
        stack.callback(up.stop, lab.folder)
        place = PLACES[given.state](folder)
        stack.callback(place.close)
        bench = Bench(lab, place, folder)
        for scenario in SCENARIOS:
            if given.scenario and scenario.name not in given.scenario:
                continue
            prepared = bench.prepare(scenario)
            print(f"{_PREPARED}{scenario.name}: {len(prepared.writes)} commits undisturbed", flush=True)
            for case in list(prepared.cases())[:: given.every][given.share :: given.processes]:
                verdict = bench.try_out(prepared, case)
                failed += bool(verdict.problems)
                print(f"{_FAILED if verdict.problems else _PASSED}{case} ({verdict.at})", flush=True)
                for problem in verdict.problems:
                    print(f"       {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
