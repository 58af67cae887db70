"""Rounds: a subject is measured several times, each time in a process of its own, in turn with its peers."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

Figures = dict[str, float]
"""Name → figure; `cpu` and `wall` in seconds, `memory` in MB."""


class Stopwatch:
    """CPU and wall time of a block, of all threads of this process."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self._stopped = False

    def __enter__(self) -> Self:
        self._start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """What follows is not counted."""
        if self._stopped:
            return
        self._stopped = True
        self.wall, self.cpu = time.perf_counter() - self._start[0], time.process_time() - self._start[1]

    def figures(self) -> Figures:
        """With the most memory that the process has held so far."""
        return {"cpu": self.cpu, "wall": self.wall, "memory": peak()}


def peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def medians(module: str, subjects: Sequence[str], rounds: int, arguments: Sequence[str] = ()) -> Mapping[str, Figures]:
    """The median of each figure of each subject; `python -m MODULE --one SUBJECT …` measures one (`answer`)."""
    found: dict[str, list[Figures]] = {subject: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            command = [sys.executable, "-m", module, *arguments, "--one", subject]
            found[subject].append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
    return {
        subject: {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}
        for subject, samples in found.items()
    }


def answer(measure: Callable[[], Figures]) -> None:
    """What a process of one round prints."""
    print(json.dumps(measure()))


def line(subject: str, figures: Figures, note: str = "") -> None:
    """Print one row of a table."""
    print(f"{subject:34}{figures['cpu']:8.2f} s CPU{figures['wall']:8.2f} s wall{figures['memory']:6.0f} MB  {note}", flush=True)
