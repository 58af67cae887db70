"""The command line as a child process with a state of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.commands import Command, Commands

Process = Command | subprocess.Popen[str]
"""A command under way."""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The JSON Lines of one type."""
        lines = [json.loads(line) for line in self.stdout.splitlines()]
        return [line for line in lines if line.get("type") == kind]


@dataclass(frozen=True)
class Vtnmd:
    """The command line with its own state folder, in processes that have loaded already or else as users start it.

    No command is waited for longer than `patience`, in seconds.
    """

    state: Path
    commands: Commands | None = None
    patience: float = 120.0

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-P", "-m", "vtnmd", *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
        return {**plain, "VTNMD_STATE": str(self.state), "NO_COLOR": "1"}

    def start(self, *arguments: str | Path) -> Process:
        if self.commands is not None:
            return self.commands.start([str(each) for each in arguments], self.environment)
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def __call__(self, *arguments: str | Path) -> Ran:
        """Run a command to its end. A traceback is never right."""
        with self.start(*arguments) as process:
            try:
                stdout, stderr = process.communicate(timeout=self.patience)
            except BaseException:
                process.kill()
                raise
        assert "Traceback" not in stdout + stderr
        return Ran(process.wait(), stdout, stderr)

    def said(self, *arguments: str | Path, expect: int = 0) -> str:
        """All that a command says, on standard output first. Fails unless it ends with the exit code that is expected."""
        ran = self(*arguments)
        assert ran.code == expect, f"vtnmd {' '.join(map(str, arguments))}: exit code {ran.code}\n{ran.stdout}{ran.stderr}"
        return ran.stdout + ran.stderr

    def elsewhere(self, state: Path) -> "Vtnmd":
        """The same with another state folder."""
        return replace(self, state=state)

    def latest_run(self) -> str:
        run: str = self("history", "--json").records("run")[0]["run"]
        return run
