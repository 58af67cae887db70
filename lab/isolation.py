"""Start a part of the lab in namespaces of its own, so that it can be neither reached from outside nor left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.commands import LabError

CHECKOUT = Path(__file__).resolve().parents[1]
READY = "ready\n"
"""What a part prints once it answers."""
_SECONDS_TO_END = 30.0
_SPACES = ("unshare", "--net", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child", "--propagation", "private")
_OWN_NAMES = 'mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up && exec "$@"'
"""Network namespaces that are named inside are unknown outside."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """A part that runs in namespaces of its own, with its files in `state`.

    Programs that are started with `enter` before them are in these namespaces.
    """

    state: Path
    enter: tuple[str, ...]


@contextmanager
def isolated(what: str, inside: str, arguments: Sequence[str | Path], folder: Path | None = None) -> Iterator[Isolated]:
    """Run the module `inside`, with arguments and a new folder below `folder` or among temporary files, until the context is left.

    Then no process, namespace, mount or file remains. All but the files are gone even if this process is killed: what runs lives
    in a process namespace that ends when the pipe to it does. Raises LabError, saying `what`, when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as state:
        program = (sys.executable, "-m", inside, *(str(argument) for argument in arguments), state)
        with subprocess.Popen(  # noqa: S603 - the lab's own program
            [*_SPACES, "sh", "-c", _OWN_NAMES, "sh", *program],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                if process.stdout is None or process.stdout.readline().decode() != READY:
                    raise LabError(f"{what} did not start; see above")
                kinds = (("net", "net"), ("mount", "mnt"), ("pid", "pid_for_children"))
                enter = (f"--{option}=/proc/{process.pid}/ns/{kind}" for option, kind in kinds)
                yield Isolated(Path(state), ("nsenter", *enter, f"--wdns={CHECKOUT}"))
            finally:
                end(process)


def end(process: "subprocess.Popen[bytes]", seconds: float = _SECONDS_TO_END) -> None:
    """Have a program end by the end of its standard input, or kill it when it has not after so many seconds."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
