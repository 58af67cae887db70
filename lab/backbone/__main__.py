"""A backbone with true MPLS labels and PE routers: `python -m lab.backbone [run | prove]`, prove by default.

`run` keeps it until interrupted, and says how it is used. `prove` runs the tests that are marked `live_backbone` in it; further
arguments are for pytest, and the exit code is pytest's. The access networks are plain switches in both.
"""

import argparse
import signal
import sys
from pathlib import Path

from lab.backbone.inventory import read_inventory
from lab.backbone.topology import management_address
from lab.command_line import beside, exit_code
from lab.commands import say
from lab.isolation import CHECKOUT, Isolated, isolated
from lab.machine import FOR_NETWORK, FOR_TRAFFIC, install_packages, require_machine

_INVENTORY = CHECKOUT / "examples/global-shop/inventory.yaml"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.backbone", description=__doc__)
    parser.add_argument("--inventory", type=Path, default=_INVENTORY, help="what to build (default: %(default)s)")
    parser.add_argument("command", nargs="?", choices=("run", "prove"), default="prove")
    chosen, pytest_arguments = parser.parse_known_args(arguments)
    if pytest_arguments and chosen.command == "run":
        parser.error(f"unknown: {' '.join(pytest_arguments)}")
    inventory = chosen.inventory.resolve()

    def work() -> int:
        require_machine("the backbone", "its parts come from the archive of Debian and are tried on nothing else")
        install_packages({**FOR_NETWORK, **FOR_TRAFFIC})
        say("starting the backbone")
        with isolated("the backbone", "lab.backbone.inside", ["--plain-switches", inventory]) as backbone:
            return _prove(backbone, inventory, pytest_arguments) if chosen.command == "prove" else _wait(backbone, inventory)

    return exit_code(work)


def _prove(backbone: Isolated, inventory: Path, arguments: list[str]) -> int:
    environment = {"VTNMD_LIVE_BACKBONE": str(backbone.state), "VTNMD_LIVE_INVENTORY": str(inventory)}
    return beside(backbone.enter, environment, [sys.executable, "-m", "pytest", "tests/live", "-m", "live_backbone", *arguments])


def _wait(backbone: Isolated, inventory: Path) -> int:
    enter = " ".join(backbone.enter)
    say("the backbone runs in namespaces of its own. Programs see them so:")
    say(f"  {enter} ip netns list")
    for site in read_inventory(inventory).sites:
        say(f"  {site.node}: NETCONF at {management_address(site)}:830 for root with the key {backbone.state / 'client'}")
    say(f"Faults and hosts: python -m lab.backbone.control {backbone.state} WORDS…; without words it tells which there are.")
    say("Ctrl-C stops it.")
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
