"""One process that fuzzes one target, within limits that the system keeps: `python -m tests.fuzz.running TARGET SECONDS …`."""

import gc
import hashlib
import json
import logging
import mmap
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

LONGEST = 5
"""Seconds of processor time that one run may take."""
CURRENT = "current"
"""The file that holds what is run just now, for whoever finds the process ended."""
_ROOM = (64 << 10) + 4
_MEMORY = 4 << 30
_CHANCE = "chance"
_MOST_KINDS = 20
_SETTLED = 0.3
"""The share of the time after which caches are taken to be full."""
_GROWTH_KIB = 12 * 1024
_SHORTEST = 20.0


def digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:12]


class _Logged(logging.Handler):
    """Takes what is logged as an error, for that is a fault that was caught."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._last: logging.LogRecord | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._last = record

    def taken(self) -> logging.LogRecord | None:
        """What was logged last, once."""
        last, self._last = self._last, None
        return last


class Current:
    """What is run just now, in a file that outlives the process, as fast as memory."""

    def __init__(self, folder: Path) -> None:
        with (folder / CURRENT).open("w+b") as file:
            file.truncate(_ROOM)
            self._map = mmap.mmap(file.fileno(), _ROOM)

    def note(self, octets: bytes) -> None:
        self._map[:4] = len(octets).to_bytes(4)
        self._map[4 : 4 + len(octets)] = octets

    @staticmethod
    def read(folder: Path) -> bytes:
        """What was run when the process ended."""
        octets = (folder / CURRENT).read_bytes()
        return octets[4 : 4 + int.from_bytes(octets[:4])]


@dataclass(slots=True)
class _Course:
    """How it goes with a target."""

    target: "Target"
    folder: Path
    seconds: float
    engine: str
    begun: float = field(default_factory=time.monotonic)
    runs: int = 0
    found: dict[str, str] = field(default_factory=dict)
    """What each kind of failure left behind, by where it is raised."""
    memory: list[tuple[float, int]] = field(default_factory=list)
    logged: _Logged = field(default_factory=_Logged)
    current: Current = field(init=False)

    def __post_init__(self) -> None:
        self.current = Current(self.folder)

    def run(self, octets: bytes) -> None:
        """Run the target once; what goes wrong is kept, the first of each kind."""
        self.current.note(octets)
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        try:
            self.target.run(octets)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is looked for
            self._keep(octets, "raised", error)
        record = self.logged.taken()
        if record is not None:
            self._keep(octets, "logged", (record.exc_info or (None, None, None))[1])
        self.runs += 1
        if self.engine == _CHANCE and (not self.memory or time.monotonic() > self.memory[-1][0] + 1):
            gc.collect()
            self.memory.append((time.monotonic(), _resident()))

    @property
    def over(self) -> bool:
        return time.monotonic() - self.begun > self.seconds

    def _keep(self, octets: bytes, how: str, error: BaseException | None) -> None:
        where = _place(error.__traceback__) if error is not None else ""
        kind = f"{type(error).__name__} {how} at {where}"
        if kind in self.found or len(self.found) >= _MOST_KINDS:
            return
        kept = self.folder / digest(octets)
        kept.write_bytes(octets)
        kept.with_suffix(".txt").write_text("".join(traceback.format_exception(error)) if error else how, encoding="utf-8")
        self.found[kind] = f"{kind}: {str(error)[:200]!r}: {kept}"

    def report(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "runs": self.runs,
            "seconds": time.monotonic() - self.begun,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "grown": self._growth(),
            "found": list(self.found.values()),
        }

    def _growth(self) -> str:
        """Whether the least that is held went on rising once caches were full; empty if not, or where it was too short to tell."""
        if time.monotonic() - self.begun < _SHORTEST or self.engine != _CHANCE:
            return ""
        settled = [size for at, size in self.memory if at > self.begun + self.seconds * _SETTLED]
        third = len(settled) // 3
        if third < 2:
            return ""
        least = [min(settled[start : start + third]) for start in (0, third, 2 * third)]
        rising = least[0] + _GROWTH_KIB < least[1] and least[1] + _GROWTH_KIB < least[2]
        return f"grew from {least[0] // 1024} to {least[2] // 1024} MiB" if rising else ""


def child(name: str, seconds: float, beginning: int, folder: Path, *, by_chance: bool) -> None:
    """Fuzz, and write a report as a line of JSON. Ended by SIGPROF where a run takes too long."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    atheris = None if by_chance else _atheris()
    # atheris sees the branches only of what is imported under its eyes.
    with atheris.instrument_imports(include=["vtnmd"]) if atheris is not None else nullcontext():
        target = import_module("tests.fuzz.targets").targets()[name]
    course = _Course(target, folder, seconds, "atheris" if atheris is not None else _CHANCE)
    logging.getLogger().addHandler(course.logged)
    if atheris is not None:
        _led(atheris, course, beginning)
    else:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        random = Random(beginning)
        for seed in target.pool.seeds:
            course.run(seed)
        while not course.over:
            course.run(target.pool.drawn(random))
    _finish(course)


def _finish(course: _Course) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    (course.folder / CURRENT).unlink(missing_ok=True)
    print(json.dumps(course.report()), flush=True)


def _atheris() -> Any:
    """The module; None where it is not installed."""
    try:
        return import_module("atheris")
    except ImportError:
        return None


def _led(atheris: Any, course: _Course, beginning: int) -> None:
    """Have atheris make the inputs, by changing seeds and what it has found, in its own way or in ours."""
    corpus = course.folder / "seeds"
    corpus.mkdir(exist_ok=True)
    for seed in course.target.pool.seeds:
        (corpus / digest(seed)).write_bytes(seed)

    def mutated(octets: bytes, most: int, number: int) -> bytes:
        random = Random(number)
        if octets and random.random() < 0.5:
            return bytes(atheris.Mutate(octets, most))
        return course.target.pool.varied(octets or random.choice(course.target.pool.seeds), random)[:most]

    def once(octets: bytes) -> None:
        if course.over:
            _finish(course)
            os._exit(0)  # libFuzzer has no other way to come back
        course.run(octets)

    options = [
        "-timeout=1000",
        "-rss_limit_mb=4096",
        "-max_len=65536",
        f"-seed={beginning % (1 << 31)}",
        f"-artifact_prefix={course.folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, "-verbosity=0", str(corpus)], once, custom_mutator=mutated)
    atheris.Fuzz()


def _resident() -> int:
    """KiB of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024


def _place(at: TracebackType | None) -> str:
    """Where an exception comes from, which tells kinds of failures apart."""
    steps = [f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(at)]
    return " ".join(steps[-2:])


if __name__ == "__main__":
    target_, seconds_, beginning_, folder_, *said = sys.argv[1:]
    child(target_, float(seconds_), int(beginning_), Path(folder_), by_chance=bool(said))
