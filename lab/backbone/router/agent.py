"""The PE router's agent: makes the forwarding plane do what the NETCONF server has committed, and keeps its paths alive.

`python -m lab.backbone.router.agent FOLDER INVENTORY REGION`, in the region's network namespace, until it is ended; it may be
killed and started again while the router forwards. Its files are in FOLDER/agent-REGION: `installed.xml` is the configuration in
force, `installing.xml` one that it was about to bring into force, `state.json` what it knows, for others to read.
"""

import asyncio
import contextlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from lab.backbone.inventory import read_inventory
from lab.backbone.openvswitch import Switch
from lab.backbone.places import Places
from lab.backbone.router.configuration import Configuration, read_configuration
from lab.backbone.router.configuration import Path as LabelledPath
from lab.backbone.router.forwarding import Forwarding, forwarding_of
from lab.backbone.router.installing import change_forwarding
from lab.backbone.router.liveness import PathState
from lab.backbone.router.protection import Protection
from lab.backbone.router.watch import running_configurations
from lab.backbone.topology import Region
from lab.commands import LabError, say

_WRITE_PERIOD = 1.0
_TRY_AGAIN = 1.0


class Agent:
    """One router's. `follow` is its work."""

    def __init__(self, region: Region, places: Places) -> None:
        self._region = region
        self._places = places
        self._state = places.state(region.site)
        self._installed = places.agent_folder(region.site) / "installed.xml"
        self._installing = self._installed.with_name("installing.xml")
        self._device, self._since = "not asked yet", _now()
        self._problems: tuple[str, ...] = ()
        self._config = Configuration()
        self._protection = Protection(region, _remembered(self._state), self._write)

    async def run(self) -> None:
        """Never returns; cancel it."""
        self._config = _read(self._installed)
        self._protection.configure(self._config.paths)
        if self._installing.exists():
            await self._bring_into_force(self._installing.read_bytes())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._protection.keep())
            group.create_task(self._follow())
            group.create_task(self._write_again())

    async def _follow(self) -> None:
        async for seen in running_configurations(self._places.target(self._region.site)):
            if isinstance(seen, str):
                self._device, self._since = seen, _now()
            else:
                self._device, self._since = "connected", _now()
                await self._bring_into_force(seen)
            self._write()

    async def _bring_into_force(self, document: bytes) -> None:
        """Until it succeeds: what cannot be made now may be possible later, and nobody else would try."""
        wanted = read_configuration(etree.fromstring(document))
        self._installing.write_bytes(document)
        while True:
            try:
                # New paths before what rides them, and what rode old ones before these.
                self._protection.configure(_both(self._config.paths, wanted.paths))
                await asyncio.to_thread(change_forwarding, self._region, self._forwarding(self._config), self._forwarding(wanted))
                self._protection.configure(wanted.paths)
                break
            except LabError as error:
                self._problems = (str(error),)
                self._write()
                say(str(error))
                await asyncio.sleep(_TRY_AGAIN)
        self._config = wanted
        self._problems = self._forwarding(wanted).problems
        self._installing.replace(self._installed)

    def _forwarding(self, config: Configuration) -> Forwarding:
        return forwarding_of(config, self._region.site.customer_port)

    async def _write_again(self) -> None:
        while True:
            self._write()
            await asyncio.sleep(_WRITE_PERIOD)

    def _write(self) -> None:
        """Times in the file are those of the day; liveness is kept on a clock that is never set."""
        told = {
            "region": self._region.namespace,
            "node": self._region.site.node,
            "written": _now(),
            "netconf": {"state": self._device, "since": self._since},
            "problems": list(self._problems),
            "paths": [_told(path, self._protection.paths[path.name]) for path in self._protection.configured],
        }
        part = self._state.with_suffix(".part")
        part.write_text(json.dumps(told, indent=2) + "\n")
        part.replace(self._state)


def _told(path: LabelledPath, state: PathState) -> dict[str, Any]:
    hops = {name: list(way.hops) for name, way in path.ways}
    return {
        "name": path.name,
        "peer": path.peer,
        "active": state.active,
        "hops": hops[state.active],
        "since": _day_time(state.since),
        "ways": [
            {
                "name": way.name,
                "hops": hops[way.name],
                "liveness": str(way.liveness),
                "carrier": way.carrier,
                "since": _day_time(way.since),
            }
            for way in state.ways
        ],
    }


def _both(held: tuple[LabelledPath, ...], wanted: tuple[LabelledPath, ...]) -> tuple[LabelledPath, ...]:
    """The wanted paths, and those that are still ridden."""
    names = {path.name for path in wanted}
    return (*wanted, *(path for path in held if path.name not in names))


def _read(file: Path) -> Configuration:
    return read_configuration(etree.fromstring(file.read_bytes())) if file.exists() else Configuration()


def _remembered(state: Path) -> dict[str, str]:
    """Path → way in use, of the agent that ran before."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return {path["name"]: path["active"] for path in json.loads(state.read_text())["paths"]}
    return {}


def _day_time(monotonic: float) -> str:
    return datetime.fromtimestamp(time.time() - time.monotonic() + monotonic, UTC).isoformat(timespec="milliseconds")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def main(folder: Path, inventory: Path, region: str) -> int:
    backbone = read_inventory(inventory)
    places = Places(folder)
    site = backbone.site(region)
    places.agent_folder(site).mkdir(exist_ok=True)
    agent = Agent(Region(site, Switch(region, places.switch_folder(region)), backbone.ports_of(site.node)), places)
    try:
        asyncio.run(agent.run())
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
