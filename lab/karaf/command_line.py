"""What the command lines of the recipes do alike: prepare the machine, start the controller, and run programs beside it."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.distribution import Recipe, prepared
from lab.karaf.isolation import CHECKOUT, Controller, running_controller
from lab.karaf.machine import install_packages, require_machine


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
