"""`python -m lab.servers.agent INVENTORY REGION NETWORK`: plug every server port of a region's Neutron into its fabric.

Runs until standard input ends; NETWORK is the folder of the running backbone. Prints `ready` once
Neutron was read for the first time. What Neutron no longer shows is unplugged.
"""

import argparse
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keystoneauth1.exceptions import ClientException

from lab.backbone.control import command
from lab.commands import LabError, say
from lab.isolation import READY
from lab.servers.cloud import api
from lab.servers.ports import ServerPort, host_name, server_ports

_PERIOD = 0.5
"""Seconds between two looks at Neutron, of which every one takes some of the processors that all of the lab shares."""


def main(arguments: list[str]) -> int:
    """Run until standard input ends; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.servers.agent", description=__doc__)
    parser.add_argument("inventory", type=Path)
    parser.add_argument("region")
    parser.add_argument("network", type=Path)
    chosen = parser.parse_args(arguments)
    look = neutron(chosen.inventory, chosen.region)
    plugged: frozenset[ServerPort] = frozenset()
    told = False
    while True:
        try:
            wanted = look()
            for port in sorted(plugged - wanted):
                command(chosen.network, "unplug", host_name(chosen.region, port.vlan, port.ip))
            for port in sorted(wanted - plugged):
                command(chosen.network, *plugging(chosen.region, port))
            plugged = wanted
            if not told:
                told = True
                sys.stdout.write(READY)
                sys.stdout.flush()
        except (ClientException, LabError) as error:
            say(f"{chosen.region}: {error}")
        if select.select([sys.stdin], [], [], _PERIOD)[0]:
            return 0


def plugging(region: str, port: ServerPort) -> tuple[str, ...]:
    """The words that plug the host which stands for a port."""
    gateway = (f"gateway={port.gateway}",) if port.gateway else ()
    address = f"{port.ip}/{port.prefix_length}"
    card = (address, f"mac={port.mac}", f"mtu={port.mtu}", *gateway)
    return ("plug", region, host_name(region, port.vlan, port.ip), str(port.vlan), *card)


def neutron(inventory: Path, region: str) -> Callable[[], frozenset[ServerPort]]:
    """A function that reads the server ports of a region. It raises ClientException where Neutron does not answer.

    Networks and subnets are read again only where a port has come, gone or changed.
    """
    network = api(inventory, region, "network")
    before: tuple[Any, frozenset[ServerPort]] = [], frozenset()

    def listed(kind: str, *fields: str) -> Any:
        return network.get(f"/v2.0/{kind}", params={"fields": fields}).json()[kind]

    def look() -> frozenset[ServerPort]:
        nonlocal before
        ports = listed("ports", "id", "name", "mac_address", "device_owner", "network_id", "fixed_ips")
        if ports != before[0]:
            before = ports, server_ports(ports, listed("networks"), listed("subnets"))
        return before[1]

    return look


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
