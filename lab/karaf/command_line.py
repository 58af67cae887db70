"""What the command lines of the recipes do alike: read arguments, start the controller, and run programs beside it."""

import argparse
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.karaf.commands import LabError, say
from lab.karaf.distribution import Recipe, prepared
from lab.karaf.isolation import CHECKOUT, Controller, running_controller
from lab.karaf.machine import install_packages, require_machine


def parser_of(module: str, about: str, cache: Path) -> tuple[argparse.ArgumentParser, Any]:
    """A parser with the commands `prepare` and `run`, and what further ones are added to; without a command, it is `live`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--cache", type=Path, default=cache, help="where downloads are kept (default: %(default)s)")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("prepare", help="download and put together, once")
    commands.add_parser("run", help="run the controller until interrupted")
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
    # Ended by SIGTERM, this process stops the controller as it does when interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        require_machine()
        install_packages(programs)
        with prepared(recipe, cache) as distribution:
            if work is None:
                say(f"{recipe.product} is ready to run")
                return 0
            with running_controller(inside, distribution, cache) as controller:
                return work(controller)
    except LabError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def beside(controller: Controller, environment: Mapping[str, str], command: list[str]) -> int:
    """Run a command in the controller's network namespace; gives its exit code."""
    return subprocess.run(  # noqa: S603 - the project's own programs
        [*controller.enter, *command], cwd=CHECKOUT, env={**os.environ, **environment}, check=False
    ).returncode


def until_interrupted(controller: Controller, url: str) -> int:
    """Leave the controller running, and say how `url` is reached."""
    say(f"{controller.url} answers, in a network namespace of its own. Programs reach it so:")
    say(f"  {' '.join(controller.enter)} curl -u {controller.username}:{controller.password} {url}")
    say("Ctrl-C stops it.")
    signal.pause()
    return 0
