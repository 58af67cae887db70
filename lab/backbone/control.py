"""Commands to a running backbone: faults, and hosts that are plugged in and out. `python -m lab.backbone.control FOLDER WORDS…`

| words | effect |
|---|---|
| `link A B down`, `… up` | take a backbone link away, so that both ends lose their carrier; give it back |
| `link A B silent` | lose every frame of it while both ends keep their carrier |
| `netconfd REGION down`, `… up` | kill the PE router's NETCONF server; start it again |
| `agent REGION down`, `… up` | the same with the agent |
| `plug REGION NAME VLAN ADDRESS/LENGTH [gateway=…] [mac=…] [mtu=…]` | add a tenant host, as the network namespace NAME |
| `unplug NAME` | take it away |

The socket is in the folder, so that a command reaches the backbone from whatever namespaces it is given in.
"""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.backbone.hosts import Host, plug, unplug
from lab.backbone.inventory import Backbone, Port
from lab.backbone.namespaces import ip, run_in
from lab.backbone.openvswitch import redirect
from lab.backbone.topology import BACKBONE, SINK, Region
from lab.commands import LabError, say

DONE = "done"
_LARGEST = 1 << 16
_LAST_VLAN = 4094
_BEFORE_ALL = 1
"""Preference of a fault."""


class Program(Protocol):
    """What can be killed and started again."""

    def up(self) -> None: ...

    def down(self) -> None: ...

    def check(self) -> None:
        """Raises LabError when it has ended by itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """A backbone that runs. The programs are by region, `hosts` where each is that was plugged in."""

    backbone: Backbone
    regions: tuple[Region, ...]
    devices: Mapping[str, Program]
    agents: Mapping[str, Program]
    hosts: dict[str, Region]

    def region(self, name: str) -> Region:
        """Raises LabError where there is none of that name."""
        self.backbone.site(name)
        return next(region for region in self.regions if region.namespace == name)


def carry_out(running: Running, words: list[str]) -> None:
    """Raises LabError when the command is unknown or fails."""
    match words:
        case ["link", a, b, ("up" | "down" | "silent") as state]:
            _set_link(running, running.backbone.link(a, b), running.backbone.link(b, a), state)
        case [("netconfd" | "agent") as kind, region, ("up" | "down") as state]:
            running.backbone.site(region)
            program = (running.devices if kind == "netconfd" else running.agents)[region]
            if state == "up":
                program.up()
            else:
                program.down()
        case ["plug", region, name, vlan, address, *more]:
            plug(running.region(region), _host(name, vlan, address, more))
            running.hosts[name] = running.region(region)
        case ["unplug", name]:
            if name not in running.hosts:
                raise LabError(f"there is no host {name}")
            unplug(running.hosts.pop(name), name)
        case _:
            raise LabError(f"this is no command: {' '.join(words)}; python -m lab.backbone.control tells which there are")


def command(folder: Path, *words: str) -> None:
    """Have a running backbone do something. Raises LabError when it does not run, or says why it did not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(folder / "control"))
            connection.sendall("\n".join(words).encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(_LARGEST), b"")).decode()
        except OSError as error:
            raise LabError(f"no backbone runs in {folder}: {error.strerror}") from error
    if answer != DONE:
        raise LabError(answer or "the backbone ended before it answered")


def _set_link(running: Running, near: Port, far: Port, state: str) -> None:
    homes = {region.site.node: region.namespace for region in running.regions}
    for port in (near, far):
        namespace = homes.get(port.near, BACKBONE)
        ip(namespace, f"link set {port.name} {'down' if state == 'down' else 'up'}")
        run_in(namespace, "tc", "qdisc", "replace", "dev", port.name, "clsact")
        fault = ("dev", port.name, "egress", "pref", str(_BEFORE_ALL))
        if run_in(namespace, "tc", "filter", "show", *fault):
            run_in(namespace, "tc", "filter", "delete", *fault)
        if state == "silent":
            run_in(namespace, "tc", *redirect(port.name, SINK, _BEFORE_ALL).split())


def _host(name: str, vlan: str, address: str, more: list[str]) -> Host:
    options = dict(word.partition("=")[::2] for word in more)
    if unknown := options.keys() - {"gateway", "mac", "mtu"}:
        raise LabError(f"a host has no {', '.join(sorted(unknown))}: it has gateway, mac and mtu")
    try:
        numbers = int(vlan), int(options.get("mtu", "1450"))
    except ValueError as error:
        raise LabError(f"VLAN and MTU are numbers: {error}") from error
    if not 1 <= numbers[0] <= _LAST_VLAN:
        raise LabError(f"a VLAN is a number from 1 to {_LAST_VLAN}")
    return Host(name, numbers[0], address, options.get("gateway", ""), options.get("mac", ""), numbers[1])


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        say(str(__doc__))
        return 2
    try:
        command(Path(arguments[0]), *arguments[1:])
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
