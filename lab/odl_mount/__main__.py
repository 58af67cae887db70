"""A genuine OpenDaylight that mounts vtnmd: `python -m lab.odl_mount [prepare | run | live]`, live by default."""

import sys

from lab.command_line import beside, parsed, parser_of
from lab.isolation import CHECKOUT
from lab.karaf.command_line import carry_out, until_interrupted
from lab.karaf.controller import Controller
from lab.odl_mount.recipe import NETCONF

_CACHE = CHECKOUT / ".cache/odl-mount"


def main(arguments: list[str]) -> int:
    parser, commands = parser_of("lab.odl_mount", str(__doc__), _CACHE)
    commands.add_parser("live", help="run the tests that mount vtnmd; further arguments are for pytest")
    chosen, pytest_arguments = parsed(parser, arguments)

    def work(controller: Controller) -> int:
        url = f"{controller.url}/rests"
        if chosen.command == "run":
            return until_interrupted(controller, f"{url}/data/network-topology:network-topology?content=nonconfig")
        environment = {"VTNMD_LIVE_ODL": url, "VTNMD_LIVE_ODL_PASSWORD": controller.password}
        tests = ["tests/live", "-m", "live_odl", "-rP", *pytest_arguments]
        return beside(controller.enter, environment, [sys.executable, "-m", "pytest", *tests])

    prepare_only = chosen.command == "prepare"
    return carry_out(NETCONF, chosen.cache.resolve(), "lab.odl_mount.inside", {}, None if prepare_only else work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
