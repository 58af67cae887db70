"""What a lab writes down about itself, so that later commands find it: its shape, and the process of each region."""

import json
from dataclasses import dataclass
from pathlib import Path

from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.lab.layout import Lab

FORMAT_VERSION = 1
READY = b"ready\n"
"""What a region's process says once all its endpoints answer."""


class LabError(VtnmdError):
    """The lab cannot do what was asked."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process and when it started, in clock ticks since boot: a number that came to another process is told apart."""

    pid: int
    started: int

    @property
    def runs(self) -> bool:
        return _start_of(self.pid) == self.started


def process_of(pid: int) -> Process:
    """Raises ProcessLookupError where there is none."""
    started = _start_of(pid)
    if started is None:
        raise ProcessLookupError(pid)
    return Process(pid, started)


def _start_of(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat (proc_pid_stat(5)); None for no process, and for one that has ended and waits for its parent.

    One whose first thread has ended before others, which field 20 counts, still holds its ports.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    has_ended = fields[0] == "Z" and int(fields[17]) <= 1
    return None if has_ended else int(fields[19])


def write_lab(lab: Lab) -> None:
    record = {"format_version": FORMAT_VERSION, "regions": list(lab.regions), "base_port": lab.base_port}
    record |= {"families": dict(lab.families)} if lab.families else {}
    lab.file("lab.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_lab(folder: Path) -> Lab | None:
    """The lab of that folder; None where there never was one."""
    try:
        record = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
        families = tuple(sorted((str(region), str(family)) for region, family in record.get("families", {}).items()))
        return Lab(folder, tuple(record["regions"]), int(record["base_port"]), families)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_process(lab: Lab, region: str, process: Process) -> None:
    lab.file(f"{region}.pid").write_text(f"{process.pid} {process.started}\n", encoding="ascii")


def read_process(lab: Lab, region: str) -> Process | None:
    """The region's process as it was written down; it need not run any more."""
    try:
        pid, started = lab.file(f"{region}.pid").read_text(encoding="ascii").split()
        return Process(int(pid), int(started))
    except (OSError, ValueError):
        return None


def forget_process(lab: Lab, region: str) -> None:
    lab.file(f"{region}.pid").unlink(missing_ok=True)
