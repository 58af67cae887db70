"""The genuine VTN Manager: `python -m lab.vtn_manager [prepare | run | record | live]`, live by default."""

import sys
from pathlib import Path

from lab.command_line import beside, parsed, parser_of
from lab.isolation import CHECKOUT
from lab.karaf.command_line import carry_out, until_interrupted
from lab.karaf.controller import Controller
from lab.vtn_manager.recipe import VTN_MANAGER

_CACHE = CHECKOUT / ".cache/vtn-manager"
_RECORDINGS = CHECKOUT / "tests/contract/recordings/vtn_manager.json"


def main(arguments: list[str]) -> int:
    parser, commands = parser_of("lab.vtn_manager", str(__doc__), _CACHE)
    record = commands.add_parser("record", help="write down how the controller answers")
    record.add_argument("file", type=Path, nargs="?", default=_RECORDINGS)
    commands.add_parser("live", help="run the contract tests against the controller; further arguments are for pytest")
    chosen, pytest_arguments = parsed(parser, arguments)

    def work(controller: Controller) -> int:
        url = f"{controller.url}/restconf"
        environment = {"VTNMD_LIVE_VTN": url, "VTNMD_LIVE_VTN_PASSWORD": controller.password}
        match chosen.command:
            case "record":
                record = [sys.executable, "-m", "lab.vtn_manager.record", url, str(chosen.file.resolve())]
                return beside(controller.enter, environment, record)
            case "live":
                tests = ["tests/contract", "tests/live", "-m", "live_vtn", *pytest_arguments]
                return beside(controller.enter, environment, [sys.executable, "-m", "pytest", *tests])
            case _:
                return until_interrupted(controller, f"{url}/operational/vtn:vtns")

    programs = {"ovs-vswitchd": "openvswitch-switch"}
    prepare_only = chosen.command == "prepare"
    return carry_out(VTN_MANAGER, chosen.cache.resolve(), "lab.vtn_manager.inside", programs, None if prepare_only else work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
