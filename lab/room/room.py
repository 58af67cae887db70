"""The room seen from outside: made, entered, and ended, with its record in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.isolation import CHECKOUT
from lab.karaf.process import READY

FOLDER = CHECKOUT / ".lab"
_RECORD = "room.json"
_UNSHARE = ("unshare", "--net", "--pid", "--mount", "--propagation", "private", "--mount-proc", "--fork", "--kill-child")
_SECONDS_TO_END = 20.0
_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Room:
    """A room that exists: its files are in `folder`, `pid` is its process 1 as it is seen from outside, begun at `began`.

    `began` is the start of that process in clock ticks since boot (proc(5)), so that another process of the same number is not
    taken for it.
    """

    folder: Path
    pid: int
    began: int

    @property
    def enter(self) -> tuple[str, ...]:
        """What stands before a command that shall run in the room."""
        spaces = (f"--{kind}=/proc/{self.pid}/ns/{name}" for kind, name in (("net", "net"), ("mount", "mnt"), ("pid", "pid")))
        return ("nsenter", *spaces, f"--wdns={CHECKOUT}")

    def is_alive(self) -> bool:
        return _began(self.pid) == self.began


def found(folder: Path = FOLDER) -> Room | None:
    """The room of this checkout; None where there is none, or none any more."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        room = Room(folder, record["pid"], record["began"])
    except (OSError, ValueError, KeyError):
        return None
    return room if room.is_alive() else None


def provided(folder: Path = FOLDER) -> Room:
    """The room of this checkout, made where there is none. Raises LabError where it cannot be made."""
    room = found(folder)
    if room is not None:
        return room
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with (folder / "room.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the lab's own program
            [*_UNSHARE, sys.executable, "-m", "lab.room.keep"],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with process.stdout or open(os.devnull, "rb") as output:  # noqa: PTH123 - no path, and typed as it may be missing
        if output.readline().decode() != READY:
            process.kill()
            process.wait()
            raise LabError(f"the namespaces of the lab could not be made:\n{(folder / 'room.log').read_text(errors='replace')}")
    pid = _child_of(process.pid)
    room = Room(folder, pid, _began(pid) or 0)
    (folder / _RECORD).write_text(json.dumps({"pid": room.pid, "began": room.began}), encoding="utf-8")
    return room


def begun(room: Room, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start a program in the room that prints `ready` once it answers, and come back when it has.

    It keeps running; its output is in `NAME.log` of the room's folder. Raises LabError when it ends before that.
    """
    out, log = room.folder / f"{name}.out", room.folder / f"{name}.log"
    with out.open("wb") as output, log.open("wb") as errors:
        # The write end stays with the program itself, so its standard input never ends while it runs.
        reader, writer = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - the lab's own programs
                [*room.enter, *command],
                stdin=reader,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, **environment},
                pass_fds=(writer,),
            )
        finally:
            os.close(reader)
            os.close(writer)
    told = 0
    while READY not in out.read_text(errors="replace"):
        told = _tell(log, told)
        if process.poll() is not None:
            raise LabError(f"{name} did not start; its output is in {log.relative_to(CHECKOUT)}")
        time.sleep(_STEP)
    _tell(log, told)


def ended(room: Room) -> None:
    """End every process of the room and remove its files. Raises LabError when it does not end."""
    os.kill(room.pid, signal.SIGTERM)
    deadline = time.monotonic() + _SECONDS_TO_END
    while room.is_alive():
        if time.monotonic() > deadline:
            os.kill(room.pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(_STEP)
    shutil.rmtree(room.folder)


def _tell(log: Path, told: int) -> int:
    """Pass on the lines that a program has said since; gives how many octets were passed on."""
    text = log.read_bytes()[told:]
    lines, newline, _ = text.rpartition(b"\n")
    for line in lines.decode(errors="replace").splitlines():
        if line.startswith("lab: "):
            say(line.removeprefix("lab: "))
    return told + len(lines) + len(newline)


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _began(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None where there is none or it is dead already."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else int(rest[18])
