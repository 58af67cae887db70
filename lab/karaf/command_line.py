"""What the command lines of parts with a controller do alike."""

from collections.abc import Callable, Mapping
from pathlib import Path

from lab.command_line import exit_code, left_running
from lab.commands import say
from lab.karaf.controller import Controller, running_controller
from lab.karaf.distribution import Recipe, prepared
from lab.machine import FOR_KARAF, install_packages, require_machine


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


def until_interrupted(controller: Controller, url: str) -> int:
    """Leave the controller running, and say how `url` is reached."""
    return left_running(controller.url, [*controller.enter, "curl", "-u", f"{controller.username}:{controller.password}", url])
