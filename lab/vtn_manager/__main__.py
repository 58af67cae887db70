"""The genuine VTN Manager: `python -m lab.vtn_manager [prepare | run | record | live]`, live by default."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from lab.vtn_manager.commands import LabError, say
from lab.vtn_manager.controller import Controller, running_controller
from lab.vtn_manager.distribution import PRODUCT, Distribution, prepared
from lab.vtn_manager.machine import install_packages, require_machine

_CHECKOUT = Path(__file__).resolve().parents[2]
_CACHE = _CHECKOUT / ".cache/vtn-manager"
_RECORDINGS = _CHECKOUT / "tests/contract/recordings/vtn_manager.json"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.vtn_manager", description=__doc__)
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where downloads are kept (default: %(default)s)")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("prepare", help="download and put together, once")
    commands.add_parser("run", help="run the controller until interrupted")
    record = commands.add_parser("record", help="write down how the controller answers")
    record.add_argument("file", type=Path, nargs="?", default=_RECORDINGS)
    commands.add_parser("live", help="run the contract tests against the controller; further arguments are for pytest")
    parser.set_defaults(command="live")
    chosen, pytest_arguments = parser.parse_known_args(arguments)
    if pytest_arguments and chosen.command != "live":
        parser.error(f"unknown: {' '.join(pytest_arguments)}")
    # Ended by SIGTERM, this process stops the controller as it does when interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        require_machine()
        install_packages()
        with prepared(chosen.cache.resolve()) as distribution:
            if chosen.command == "prepare":
                say(f"{PRODUCT} is ready to run")
                return 0
            return _with_controller(distribution, chosen, pytest_arguments)
    except LabError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _with_controller(distribution: Distribution, chosen: argparse.Namespace, pytest_arguments: list[str]) -> int:
    with running_controller(distribution, chosen.cache.resolve()) as controller:
        match chosen.command:
            case "record":
                return _inside(
                    controller, [sys.executable, "-m", "lab.vtn_manager.record", controller.url, str(chosen.file.resolve())]
                )
            case "live":
                return _inside(
                    controller,
                    [sys.executable, "-m", "pytest", "tests/contract", "tests/live", "-m", "live_vtn", *pytest_arguments],
                )
            case _:
                return _until_interrupted(controller)


def _inside(controller: Controller, command: list[str]) -> int:
    """Run a command in the controller's network namespace; gives its exit code."""
    return subprocess.run(  # noqa: S603 - the project's own programs
        [*controller.enter, *command],
        cwd=_CHECKOUT,
        env={**os.environ, "VTNMD_LIVE_VTN": controller.url, "VTNMD_LIVE_VTN_PASSWORD": controller.password},
        check=False,
    ).returncode


def _until_interrupted(controller: Controller) -> int:
    say(f"{controller.url} answers, in a network namespace of its own. Programs reach it so:")
    say(f"  {' '.join(controller.enter)} curl -u {controller.username}:{controller.password} {controller.url}/operational/vtn:vtns")
    say("Ctrl-C stops it.")
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
