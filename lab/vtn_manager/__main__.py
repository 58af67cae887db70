"""The genuine VTN Manager: `python -m lab.vtn_manager [prepare | run | record | live]`, live by default."""

import argparse
import sys
from pathlib import Path

from lab.karaf.command_line import beside, carry_out, until_interrupted
from lab.karaf.isolation import CHECKOUT, Controller
from lab.vtn_manager.recipe import VTN_MANAGER

_CACHE = CHECKOUT / ".cache/vtn-manager"
_RECORDINGS = CHECKOUT / "tests/contract/recordings/vtn_manager.json"


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

    def work(controller: Controller) -> int:
        url = f"{controller.url}/restconf"
        environment = {"VTNMD_LIVE_VTN": url, "VTNMD_LIVE_VTN_PASSWORD": controller.password}
        match chosen.command:
            case "record":
                return beside(
                    controller, environment, [sys.executable, "-m", "lab.vtn_manager.record", url, str(chosen.file.resolve())]
                )
            case "live":
                tests = ["tests/contract", "tests/live", "-m", "live_vtn", *pytest_arguments]
                return beside(controller, environment, [sys.executable, "-m", "pytest", *tests])
            case _:
                return until_interrupted(controller, f"{url}/operational/vtn:vtns")

    programs = {"ovs-vswitchd": "openvswitch-switch"}
    prepare_only = chosen.command == "prepare"
    return carry_out(VTN_MANAGER, chosen.cache.resolve(), "lab.vtn_manager.inside", programs, None if prepare_only else work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
