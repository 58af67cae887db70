"""Run other programs, and tell the user what takes long. Progress goes to standard error."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


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
