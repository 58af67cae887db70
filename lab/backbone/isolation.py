"""Start the backbone in namespaces of its own, so that nothing of it can be reached from outside or left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.isolation import CHECKOUT, end
from lab.karaf.process import READY

_SECONDS_TO_END = 30
_OWN_NAMES = 'mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up && exec "$@"'
"""Network namespaces that are named inside are unknown outside."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """A running backbone: its files are in `folder`; programs with `enter` before them see its namespaces."""

    folder: Path
    enter: tuple[str, ...]


@contextmanager
def isolated_backbone(inventory: Path, *more: str) -> Iterator[Isolated]:
    """Run the backbone of an inventory until the context is left; `more` are arguments of `lab.backbone.inside`.

    All but the files are gone even if this process is killed. Raises LabError when it does not start.
    """
    say("starting the backbone")
    with tempfile.TemporaryDirectory(prefix="backbone-") as name:
        folder = Path(name)
        private = ("unshare", "--net", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child", "--propagation", "private")
        program = (sys.executable, "-m", "lab.backbone.inside", name, str(inventory), *more)
        with subprocess.Popen(  # noqa: S603 - the lab's own program
            [*private, "sh", "-c", _OWN_NAMES, "sh", *program],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                if process.stdout is None or process.stdout.readline().decode() != READY:
                    raise LabError("the backbone did not start; see above")
                kinds = (("net", "net"), ("mount", "mnt"), ("pid", "pid_for_children"))
                enter = ("nsenter", *(f"--{option}=/proc/{process.pid}/ns/{kind}" for option, kind in kinds), f"--wd={CHECKOUT}")
                yield Isolated(folder, enter)
            finally:
                end(process, _SECONDS_TO_END)
