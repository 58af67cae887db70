"""A genuine OpenDaylight that mounts vtnmd: `python -m lab.odl_mount [prepare | run | live]`, live by default."""

import argparse
import sys
from pathlib import Path

from lab.karaf.command_line import beside, carry_out, until_interrupted
from lab.karaf.isolation import CHECKOUT, Controller
from lab.odl_mount.recipe import NETCONF

_CACHE = CHECKOUT / ".cache/odl-mount"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.odl_mount", description=__doc__)
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where downloads are kept (default: %(default)s)")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("prepare", help="download and put together, once")
    commands.add_parser("run", help="run the controller until interrupted")
    commands.add_parser("live", help="run the tests that mount vtnmd; further arguments are for pytest")
    parser.set_defaults(command="live")
    chosen, pytest_arguments = parser.parse_known_args(arguments)
    if pytest_arguments and chosen.command != "live":
        parser.error(f"unknown: {' '.join(pytest_arguments)}")

    def work(controller: Controller) -> int:
        url = f"{controller.url}/rests"
        if chosen.command == "run":
            return until_interrupted(controller, f"{url}/data/network-topology:network-topology?content=nonconfig")
        environment = {"VTNMD_LIVE_ODL": url, "VTNMD_LIVE_ODL_PASSWORD": controller.password}
        tests = ["tests/live", "-m", "live_odl", "-rP", *pytest_arguments]
        return beside(controller, environment, [sys.executable, "-m", "pytest", *tests])

    prepare_only = chosen.command == "prepare"
    return carry_out(NETCONF, chosen.cache.resolve(), "lab.odl_mount.inside", {}, None if prepare_only else work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
