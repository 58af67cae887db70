"""A genuine OpenStack: `python -m lab.openstack [prepare | run | live]`, live by default."""

import sys
from collections.abc import Sequence
from pathlib import Path

from lab.command_line import beside, exit_code, left_running, parsed, parser_of
from lab.commands import say
from lab.isolation import CHECKOUT, Isolated, isolated
from lab.machine import FOR_CLOUD, install_packages, require_machine
from lab.openstack import plug_in
from lab.openstack.installation import prepared
from lab.openstack.site import PORTS

_CACHE = CHECKOUT / ".cache/openstack"
_AUTH_URL = f"https://127.0.0.1:{PORTS['keystone']}/v3"


def main(arguments: list[str]) -> int:
    parser, commands = parser_of("lab.openstack", str(__doc__), _CACHE)
    parser.add_argument("--region", action="append", help="the name of a region (default: east and west)")
    parser.add_argument("--heat-package", action="append", type=Path, help="a Python package beside Heat (default: heat-plugin)")
    parser.add_argument("--heat-config", type=Path, help="settings that every Heat reads last (default: those of heat-plugin)")
    parser.add_argument("--trusts", action="store_true", help="have Heat act by trusts, so that EC2-signed requests make no stack")
    commands.add_parser("live", help="run the tests against it; further arguments are for pytest")
    chosen, pytest_arguments = parsed(parser, arguments)
    regions: list[str] = chosen.region or ["east", "west"]

    def work() -> int:
        require_machine("OpenStack", "its packages are tried on nothing else")
        install_packages(FOR_CLOUD)
        cache = chosen.cache.resolve()
        with prepared(cache, tuple(folder.resolve() for folder in chosen.heat_package or [plug_in.FOLDER])):
            if chosen.command == "prepare":
                say("OpenStack is ready to run")
                return 0
            say(f"starting OpenStack in {len(regions)} regions, which takes half a minute to two")
            heat_config = (chosen.heat_config or plug_in.write_settings(cache)).resolve()
            options = [*(f"--region={name}" for name in regions), f"--heat-config={heat_config}"]
            if chosen.trusts:
                options.append("--trusts")
            with isolated("OpenStack", "lab.openstack.inside", [*options, cache], cache) as running:
                if chosen.command == "run":
                    return left_running(_AUTH_URL, [*running.enter, *_hello(running)])
                return beside(
                    running.enter,
                    live_environment(running.state, _AUTH_URL, regions),
                    [sys.executable, "-m", "pytest", *_tests(pytest_arguments)],
                )

    return exit_code(work)


def _hello(running: Isolated) -> list[str]:
    """What the openstack client is told, where one is installed, as a command that works without it."""
    return ["curl", "--cacert", str(running.state / "ca.pem"), _AUTH_URL]


def live_environment(folder: Path, auth_url: str, regions: Sequence[str]) -> dict[str, str]:
    """What the tests read to find an OpenStack that runs with its files in `folder`."""
    return {
        "VTNMD_LIVE_OPENSTACK": auth_url,
        "VTNMD_LIVE_OPENSTACK_PASSWORD_FILE": str(folder / "admin-password"),
        "VTNMD_LIVE_OPENSTACK_CA": str(folder / "ca.pem"),
        "VTNMD_LIVE_OPENSTACK_REGIONS": ",".join(regions),
    }


def _tests(arguments: Sequence[str]) -> list[str]:
    return ["tests/contract", "tests/live", "-m", "live_openstack or live_clouds", *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
