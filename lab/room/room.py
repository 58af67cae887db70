"""The room: made, entered, and ended, and what runs in it, seen from outside of it or from within.

What belongs to the room and to which of its units stands in the environment of each process, which all that it starts inherits.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.commands import LabError, say
from lab.isolation import CHECKOUT, READY

FOLDER = CHECKOUT / ".lab"
_ROOM, _UNIT = "VTNMD_LAB_ROOM", "VTNMD_LAB_UNIT"
_UNSHARE = ("unshare", "--net", "--pid", "--mount", "--propagation", "private", "--mount-proc", "--fork", "--kill-child")
_KEEPER = "lab.room.keep"
_SECONDS_TO_END = 20.0
_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Room:
    """A room that exists: its files are in `folder`, `keeper` is its process 1 as it is seen from here."""

    folder: Path
    keeper: int

    @property
    def enter(self) -> tuple[str, ...]:
        """What stands before a command that shall run in the room; nothing where one is there already."""
        if self.keeper == 1:
            return ()
        spaces = (f"--{kind}=/proc/{self.keeper}/ns/{name}" for kind, name in (("net", "net"), ("mount", "mnt"), ("pid", "pid")))
        return ("nsenter", *spaces, f"--wdns={CHECKOUT}")


def found(folder: Path = FOLDER) -> Room | None:
    """The room of this checkout; None where there is none."""
    for pid in _processes({_ROOM: str(folder)}):
        if _KEEPER in _words(pid) and not _has_child_keeper(pid):
            return Room(folder, pid)
    return None


def provided(folder: Path = FOLDER) -> Room:
    """The room of this checkout, made where there is none. Raises LabError where it cannot be made."""
    room = found(folder)
    if room is not None:
        return room
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with (folder / "room.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the lab's own program
            [*_UNSHARE, sys.executable, "-m", _KEEPER],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env={**os.environ, _ROOM: str(folder)},
        )
    said = process.stdout.readline().decode() if process.stdout else ""
    made = found(folder)
    if said != READY or made is None:
        process.kill()
        process.wait()
        raise LabError(f"the namespaces of the lab could not be made:\n{(folder / 'room.log').read_text(errors='replace')}")
    return made


def begun(room: Room, name: str, command: Sequence[str]) -> Callable[[], bool]:
    """Start a unit in the room, a program that prints `ready` once it answers; gives a function that tells whether it has.

    It keeps running; what it says is in `NAME.log` of the room's folder. The function passes on what was said, and raises LabError
    when the program has ended before it was ready.
    """
    out, log = room.folder / f"{name}.out", room.folder / f"{name}.log"
    with out.open("wb") as output, log.open("wb") as errors:
        # The write end stays with the program itself, so its standard input never ends while it runs.
        reader, writer = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - the lab's own programs
                [*room.enter, *command],
                cwd=CHECKOUT,
                stdin=reader,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                pass_fds=(writer,),
                env={**os.environ, _ROOM: str(room.folder), _UNIT: name},
            )
        finally:
            os.close(reader)
            os.close(writer)
    told = 0

    def is_ready() -> bool:
        nonlocal told
        told = _tell(log, told)
        if process.poll() is not None:
            raise LabError(f"{name} did not start; what it said is in {log.relative_to(CHECKOUT)}")
        return READY in out.read_text(errors="replace")

    return is_ready


def is_running(room: Room, name: str) -> bool:
    """Whether any process of a unit is there."""
    return bool(_processes({_ROOM: str(room.folder), _UNIT: name}))


def killed(room: Room, name: str) -> None:
    """Kill a unit, all of its processes at once, as a power failure does."""
    while pids := _processes({_ROOM: str(room.folder), _UNIT: name}):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_STEP)


def ended(room: Room) -> None:
    """End every process of the room and remove its files."""
    os.kill(room.keeper, signal.SIGTERM)
    deadline = time.monotonic() + _SECONDS_TO_END
    while _processes({_ROOM: str(room.folder)}):
        if time.monotonic() > deadline:
            os.kill(room.keeper, signal.SIGKILL)
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


def _processes(marks: dict[str, str]) -> list[int]:
    """The living processes whose environment has these values, this one excepted."""
    wanted = {f"{name}={value}".encode() for name, value in marks.items()}
    here = os.getpid()
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if pid != here and wanted <= set(_content(pid, "environ").split(b"\0"))]


def _words(pid: int) -> list[str]:
    return _content(pid, "cmdline").decode(errors="replace").split("\0")


def _content(pid: int, name: str) -> bytes:
    """A file of a process; nothing where it has ended or is about to be taken away."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _has_child_keeper(pid: int) -> bool:
    """Whether it is the program that made the namespaces, which waits for process 1 of them."""
    return any(_KEEPER in _words(int(child)) for child in _content(pid, f"task/{pid}/children").split())
