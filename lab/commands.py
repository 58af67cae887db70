"""Run other programs, and tell the user what takes long. Progress goes to standard error."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO


class LabError(RuntimeError):
    """The lab cannot be prepared or started; the text says why and what to do."""


def say(text: str) -> None:
    sys.stderr.write(f"lab: {text}\n")
    sys.stderr.flush()


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run to the end; gives what it printed. Raises LabError with the end of its output when it fails or is not installed."""
    try:
        done = subprocess.run(  # noqa: S603 - the lab's own commands
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not installed") from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise LabError(f"{' '.join(str(word) for word in command[:4])} … ended with exit code {done.returncode}:\n{tail}")
    return done.stdout


def side_by_side(commands: Iterable[Sequence[str]], cwd: Path) -> list[int]:
    """Run commands at the same time; gives their exit codes. The first prints as it goes on, each other one when it has ended."""
    with ExitStack() as stack:
        running: list[tuple[subprocess.Popen[bytes], IO[bytes] | None]] = []
        for command in commands:
            kept = stack.enter_context(TemporaryFile()) if running else None
            process = subprocess.Popen(command, stdout=kept, stderr=kept and subprocess.STDOUT, cwd=cwd)  # noqa: S603 - the lab's own commands
            stack.enter_context(process)
            stack.callback(process.terminate)
            running.append((process, kept))
        return [_ended(process, kept) for process, kept in running]


def _ended(process: "subprocess.Popen[bytes]", kept: IO[bytes] | None) -> int:
    """The exit code of a process that is waited for; what was kept of its output is printed."""
    code = process.wait()
    if kept is not None:
        kept.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(kept, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return code
