"""Start a part of the lab in namespaces of its own, so that it can be neither reached from outside nor left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.distribution import Distribution
from lab.karaf.process import PASSWORD, PORT, READY, USERNAME

CHECKOUT = Path(__file__).resolve().parents[2]
_SECONDS_TO_END = 20


@dataclass(frozen=True, slots=True)
class Isolated:
    """A part that runs in namespaces of its own, with its files in `state`.

    Programs that are started with `enter` before them are in its network namespace.
    """

    state: Path
    enter: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Controller:
    """A running OpenDaylight. `url` means something to programs started with `enter` before them only."""

    url: str
    username: str
    password: str
    enter: tuple[str, ...]


@contextmanager
def running_controller(inside: str, distribution: Distribution, folder: Path) -> Iterator[Controller]:
    """Run the module `inside`, which starts the controller, with its files below `folder`, until the context is left."""
    say("starting the controller, which takes half a minute to two")
    with isolated("the controller", inside, [distribution.karaf, distribution.java_home], folder) as running:
        yield Controller(f"http://127.0.0.1:{PORT}", USERNAME, PASSWORD, running.enter)


@contextmanager
def isolated(what: str, inside: str, arguments: Sequence[str | Path], folder: Path) -> Iterator[Isolated]:
    """Run the module `inside` with arguments and a new folder below `folder`, until the context is left.

    Then no process, namespace, mount or file remains. All but the files are gone even if this process is killed: what runs lives
    in a process namespace that ends when the pipe to it does. Raises LabError, saying `what`, when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as state:
        spaces = ("unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child")
        program = (sys.executable, "-m", inside, *(str(argument) for argument in arguments), state)
        with subprocess.Popen(  # noqa: S603 - the lab's own program
            [*spaces, *program], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                if process.stdout is None or process.stdout.readline().decode() != READY:
                    raise LabError(f"{what} did not start; see above")
                yield Isolated(Path(state), ("nsenter", f"--net=/proc/{process.pid}/ns/net"))
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
