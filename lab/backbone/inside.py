"""What runs inside the namespaces: the whole backbone, until standard input ends.

`python -m lab.backbone.inside INVENTORY FOLDER [--plain-switches]`. FOLDER takes all files and is empty before. Prints one line,
`ready`, once every PE router answers and its agent follows it. With `--plain-switches` the access networks need no OpenFlow
controller.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.backbone.control import DONE, Running, carry_out
from lab.backbone.hosts import unplug
from lab.backbone.inventory import Site, read_inventory
from lab.backbone.namespaces import enter
from lab.backbone.places import NETCONF_PORT, Places
from lab.backbone.router import shaping
from lab.backbone.router.forwarding import static_flows
from lab.backbone.router.installing import ROUTER_BRIDGE, control_traffic
from lab.backbone.topology import Region, management_address, wired
from lab.commands import LabError, say
from lab.isolation import CHECKOUT, READY
from lab.netconfd.device import Device, Listening, running_device
from lab.netconfd.fleet import FleetError, new_key
from vtnmd.assets import YANG_MODELS

_REAL_TIME = ("chrt", "--rr", "5")
"""Agents count in tens of milliseconds, and a router is no slower because its machine is used by others."""
_PATIENCE = 60.0
_PERIOD = 0.1
_CHECK_PERIOD = 1.0
_LARGEST = 1 << 16


@dataclass(slots=True)
class AgentProgram:
    """The agent of one PE router, as a process."""

    command: list[str]
    log: Path
    _process: "subprocess.Popen[bytes] | None" = None

    def up(self) -> None:
        if self._process is None:
            with self.log.open("ab") as output:
                self._process = subprocess.Popen(self.command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603 - the lab's own program

    def down(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def check(self) -> None:
        """Raises LabError when it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
            raise LabError(f"the agent ended with exit code {self._process.returncode}:\n{tail}")


@contextlib.contextmanager
def running_backbone(folder: Path, inventory: Path, *, controllers: bool) -> Iterator[Running]:
    """Run all of it, with its files in the empty `folder`, until the context is left. Raises LabError when a part does not."""
    backbone = read_inventory(inventory)
    places = Places(folder)
    new_key(places.key_file)
    with contextlib.ExitStack() as running:
        regions = running.enter_context(wired(backbone, folder, controllers))
        devices = {region.namespace: running.enter_context(_router(places, region)) for region in regions}
        lines = (f"[{management_address(site)}]:{NETCONF_PORT} {devices[site.region].host_key}\n" for site in backbone.sites)
        places.known_hosts.write_text("".join(lines))
        agents = {site.region: _agent(places, site, inventory) for site in backbone.sites}
        for agent in agents.values():
            running.callback(agent.down)
            agent.up()
        hosts: dict[str, Region] = {}
        running.callback(_unplug_all, hosts)
        yield Running(backbone, regions, devices, agents, hosts)


def _unplug_all(hosts: dict[str, Region]) -> None:
    for name, region in hosts.items():
        unplug(region, name)


@contextlib.contextmanager
def _router(places: Places, region: Region) -> Iterator[Device]:
    control_traffic(region, shaping.set_up())
    region.switch.bundle(ROUTER_BRIDGE, [f"flow add {rule}" for rule in static_flows(region.ports)])
    where = Listening(region.address, NETCONF_PORT, (*enter(region.namespace), *_REAL_TIME))
    home = places.device_folder(region.site)
    try:
        with running_device(home, places.key_file.with_suffix(".pub"), where, [YANG_MODELS], ["vtnmd-pe"]) as device:
            yield device
    except FleetError as error:
        raise LabError(str(error)) from error


def _agent(places: Places, site: Site, inventory: Path) -> AgentProgram:
    folder = places.agent_folder(site)
    folder.mkdir()
    program = [sys.executable, "-m", "lab.backbone.router.agent", str(places.folder), str(inventory), site.region]
    return AgentProgram([*enter(site.region), *_REAL_TIME, *program], folder / "log")


async def _until_followed(running: Running, places: Places) -> None:
    """Return once each agent has seen what its router holds."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not all(_follows(places.state(site)) for site in running.backbone.sites):
                for agent in running.agents.values():
                    agent.check()
                await asyncio.sleep(_PERIOD)
    except TimeoutError:
        raise LabError(f"a PE router does not answer after {_PATIENCE:g} s") from None


def _follows(state: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return bool(json.loads(state.read_text())["netconf"]["state"] == "connected")
    return False


async def _until_one_fails(running: Running, turn: asyncio.Lock) -> None:
    """Never returns. Raises LabError or FleetError when a program has ended that nobody ended, unless a command is at work."""
    while True:
        async with turn:
            for program in (*running.agents.values(), *running.devices.values()):
                program.check()
        await asyncio.sleep(_CHECK_PERIOD)


async def _serve(running: Running, places: Places) -> None:
    """Take commands until standard input ends or SIGTERM comes."""
    turn = asyncio.Lock()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = (await reader.read(_LARGEST)).decode().split("\n")
        async with turn:
            try:
                await asyncio.to_thread(carry_out, running, words)
                text = DONE
            except (LabError, FleetError) as error:
                text = str(error)
        writer.write(text.encode())
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGINT, ended.set)
    loop.add_reader(sys.stdin.fileno(), _end_with_input, ended)
    async with await asyncio.start_unix_server(answer, places.control):
        waiting = asyncio.create_task(ended.wait())
        for work in (_until_followed(running, places), _until_one_fails(running, turn)):
            going_on = asyncio.create_task(work)
            await asyncio.wait({waiting, going_on}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                going_on.cancel()
                return
            going_on.result()
            sys.stdout.write(READY)
            sys.stdout.flush()


def _end_with_input(ended: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), _LARGEST):
        ended.set()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.backbone.inside")
    parser.add_argument("inventory", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain-switches", action="store_true")
    chosen = parser.parse_args(arguments)
    folder = chosen.folder.resolve()
    try:
        with running_backbone(folder, chosen.inventory.resolve(), controllers=not chosen.plain_switches) as running:
            asyncio.run(_serve(running, Places(folder)))
    except (LabError, FleetError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
