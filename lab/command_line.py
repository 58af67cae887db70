"""What the command lines of the parts do alike: read arguments, start something, and run programs beside it."""

import argparse
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.commands import LabError, say
from lab.isolation import CHECKOUT


def parser_of(module: str, about: str, cache: Path) -> tuple[argparse.ArgumentParser, Any]:
    """A parser with the commands `prepare` and `run`, and what further ones are added to; without a command, it is `live`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--cache", type=Path, default=cache, help="where downloads are kept (default: %(default)s)")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("prepare", help="download and put together, once")
    commands.add_parser("run", help="run it until interrupted")
    parser.set_defaults(command="live")
    return parser, commands


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """What was asked for, and the arguments of `live` that are for pytest. Other commands take none."""
    chosen, pytest_arguments = parser.parse_known_args(arguments)
    if pytest_arguments and chosen.command != "live":
        parser.error(f"unknown: {' '.join(pytest_arguments)}")
    return chosen, pytest_arguments


def exit_code(work: Callable[[], int]) -> int:
    """Do the work, which gives an exit code, and tell of a LabError; SIGTERM interrupts it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return work()
    except LabError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def beside(enter: Sequence[str], environment: Mapping[str, str], command: Sequence[str]) -> int:
    """Run a command with `enter` before it, which leads to the namespaces of what runs; gives its exit code."""
    return subprocess.run(  # noqa: S603 - the project's own programs
        [*enter, *command], cwd=CHECKOUT, env={**os.environ, **environment}, check=False
    ).returncode


def left_running(what: str, reached: Sequence[str]) -> int:
    """Wait until interrupted, and say by which command programs reach what runs."""
    say(f"{what} answers, in a network namespace of its own. Programs reach it so:")
    say(f"  {' '.join(reached)}")
    say("Ctrl-C stops it.")
    signal.pause()
    return 0
