"""Fuzz what clients reach: `python -m tests.fuzz [--seconds N] [TARGET …]`. 1 where anything was found.

Each target has a process of its own, for its share of the time. atheris leads it, which follows the branches that inputs take;
where that is not installed (dependency group `fuzz`), seeds are changed by chance. Found is what raises, what takes more than some
seconds of processor time, what ends the process or eats up its memory, and memory that goes on growing. The inputs are kept.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz import running
from tests.fuzz.targets import targets

_FOLDER = Path(".cache") / "fuzz"
_GRACE = 60
_RESTARTS = 20


@dataclass(slots=True)
class _Tally:
    """What the processes of one target came to."""

    runs: int = 0
    seconds: float = 0.0
    peak: int = 0
    grown: str = ""
    engine: str = ""
    found: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together")
    parser.add_argument("--random", type=int, default=None, metavar="N", help="where chance begins; else anywhere")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where inputs that fail are kept")
    parser.add_argument("--again", type=Path, metavar="FILE", help="run a kept input once, with its TARGET")
    parser.add_argument("--mutate", action="store_true", help="change seeds by chance, even where atheris is installed")
    parser.add_argument("target", nargs="*", metavar="TARGET", help=f"of {', '.join(targets())}")
    given = parser.parse_args(arguments)
    chosen = given.target or list(targets())
    unknown = set(chosen) - targets().keys()
    if unknown:
        parser.error(f"there is no target {min(unknown)}")
    beginning = given.random if given.random is not None else Random().randrange(1 << 32)
    if given.again is not None:
        for name in chosen:
            targets()[name].run(given.again.read_bytes())
        return 0
    return _all(chosen, given, beginning)


def _all(chosen: Sequence[str], given: argparse.Namespace, beginning: int) -> int:
    print(f"{len(chosen)} targets for {given.seconds:.0f} s, --random {beginning}", flush=True)
    found = 0
    for number, name in enumerate(chosen):
        tally = _fuzzed(name, given.seconds / len(chosen), beginning + number, given)
        rate = tally.runs / tally.seconds if tally.seconds else 0.0
        memory = f"{tally.peak // 1024:5} MiB at most, {tally.grown or 'not growing'}"
        print(
            f"{name:20} {tally.engine:8} {tally.runs:9} runs {rate:8.0f}/s  {memory}  {len(tally.found) or 'nothing'} found",
            flush=True,
        )
        for each in tally.found:
            print(f"    {each}", flush=True)
        found += len(tally.found)
    print(f"{found} found" + (f"; inputs in {given.folder}" if found else ""))
    return 1 if found else 0


def _fuzzed(name: str, seconds: float, beginning: int, given: argparse.Namespace) -> _Tally:
    """Have processes fuzz a target until its time is over; one that was ended by what it ran is followed by another."""
    tally = _Tally()
    folder: Path = given.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + seconds
    for attempt in range(_RESTARTS):
        left = until - time.monotonic()
        if attempt and left < 1:
            break
        share = [name, f"{max(left, 1):.1f}", str(beginning + 1000 * attempt), str(folder), *(["mutate"] if given.mutate else [])]
        command = [sys.executable, "-m", "tests.fuzz.running", *share]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            told, errors = process.communicate(timeout=max(left, 1) + _GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            told, errors = process.communicate()
        _add(tally, process.returncode, told, errors, folder)
        if process.returncode == 0:
            break
    return tally


def _add(tally: _Tally, code: int, told: bytes, errors: bytes, folder: Path) -> None:
    for line in told.splitlines():
        if line.startswith(b"{"):
            report = json.loads(line)
            tally.runs += report["runs"]
            tally.seconds += report["seconds"]
            tally.peak = max(tally.peak, report["peak"])
            tally.grown, tally.engine = report["grown"] or tally.grown, report["engine"]
            tally.found += [each for each in report["found"] if each not in tally.found]
            if report["grown"]:
                tally.found.append(f"memory {report['grown']}")
    if code == 0:
        return
    ended = _ending(code)
    if (folder / running.CURRENT).exists():
        octets = running.Current.read(folder)
        kept = folder / f"{ended.split()[0]}-{running.digest(octets)}"
        kept.write_bytes(octets)
        ended = f"{ended}: {kept}"
    if code > 0:
        said = told[-1000:] + errors[-1000:]
        ended = f"{ended}: {said.decode(errors='replace')}"
    tally.found.append(ended)


def _ending(code: int) -> str:
    if code == -signal.SIGPROF:
        return f"hang of more than {running.LONGEST} s of processor time"
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
