"""Start an OpenDaylight in namespaces of its own, so that it can be neither reached from outside nor left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.distribution import Distribution
from lab.karaf.process import PASSWORD, PORT, READY, USERNAME

CHECKOUT = Path(__file__).resolve().parents[2]
_SECONDS_TO_END = 20


@dataclass(frozen=True, slots=True)
class Controller:
    """A running OpenDaylight. `url` means something to programs started with `enter` before them only."""

    url: str
    username: str
    password: str
    enter: tuple[str, ...]


@contextmanager
def running_controller(inside: str, distribution: Distribution, folder: Path) -> Iterator[Controller]:
    """Run the module `inside`, which starts the controller, with its files below `folder`, until the context is left.

    Then no process, namespace, mount or file remains. All but the files are gone even if this process is killed: the controller
    lives in a process namespace that ends when the pipe to it does. Raises LabError when it does not start.
    """
    say("starting the controller, which takes half a minute to two")
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as state:
        isolated = ("unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child")
        program = (sys.executable, "-m", inside, str(distribution.karaf), str(distribution.java_home), state)
        with subprocess.Popen(  # noqa: S603 - the lab's own program
            [*isolated, *program], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                if process.stdout is None or process.stdout.readline().decode() != READY:
                    raise LabError("the controller did not start; see above")
                enter = ("nsenter", f"--net=/proc/{process.pid}/ns/net")
                yield Controller(f"http://127.0.0.1:{PORT}", USERNAME, PASSWORD, enter)
            finally:
                _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
