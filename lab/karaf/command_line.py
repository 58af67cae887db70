"""What the command lines of the parts do alike: read arguments, start something, and run programs beside it."""

import argparse
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.commands import LabError, say
from lab.isolation import CHECKOUT, Isolated
from lab.karaf.controller import Controller, running_controller
from lab.karaf.distribution import Recipe, prepared
from lab.machine import FOR_KARAF, install_packages, require_machine


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


def carry_out(
    recipe: Recipe, cache: Path, inside: str, programs: Mapping[str, str], work: Callable[[Controller], int] | None
) -> int:
    """Prepare the controller below `cache` and do some work while it runs, or none; gives the exit code.

    `inside` is the module that starts it in its namespaces, `programs` maps programs that it needs to Debian packages.
    """

    def carried_out() -> int:
        require_machine("OpenDaylight", "its Java runtime comes from the Debian archive")
        install_packages({**FOR_KARAF, **programs})
        with prepared(recipe, cache) as distribution:
            if work is None:
                say(f"{recipe.product} is ready to run")
                return 0
            with running_controller(inside, distribution, cache) as controller:
                return work(controller)

    return exit_code(carried_out)


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


def beside(running: Controller | Isolated, environment: Mapping[str, str], command: list[str]) -> int:
    """Run a command in the network namespace of what runs; gives its exit code."""
    return subprocess.run(  # noqa: S603 - the project's own programs
        [*running.enter, *command], cwd=CHECKOUT, env={**os.environ, **environment}, check=False
    ).returncode


def until_interrupted(controller: Controller, url: str) -> int:
    """Leave the controller running, and say how `url` is reached."""
    return left_running(controller.url, [*controller.enter, "curl", "-u", f"{controller.username}:{controller.password}", url])


def left_running(what: str, reached: Sequence[str]) -> int:
    """Wait until interrupted, and say by which command programs reach what runs."""
    say(f"{what} answers, in a network namespace of its own. Programs reach it so:")
    say(f"  {' '.join(reached)}")
    say("Ctrl-C stops it.")
    signal.pause()
    return 0
