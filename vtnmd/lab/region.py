"""One simulated region as a process of its own: `python -m vtnmd.lab.region FOLDER REGION`.

Its VTN Manager, PE router, Heat and probe agent share one event loop. The control port, for the lab alone, tells what they hold and
sets a fault on all of them: `GET /held`, `GET /state`, `POST /fault`. `POST /keep` remembers what they hold, `POST /reset` puts it
back, and `POST /reset?to=start` what they held when they started.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from vtnmd.domain.tree import Json
from vtnmd.lab.faults import NO_FAULT, Fault, FaultKind, fault_from_json
from vtnmd.lab.heat import start_heat
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.lab.inventory import CLOUD_LIMITS
from vtnmd.lab.keystone import Login as CloudLogin
from vtnmd.lab.layout import HOST, USER, Lab
from vtnmd.lab.netconf_device import OWN_MODULES, start_netconf_device
from vtnmd.lab.paths import World
from vtnmd.lab.probe import gather_world, held_region, probe_agent
from vtnmd.lab.record import READY, read_lab
from vtnmd.lab.vtn_manager import start_vtn_manager
from vtnmd.netconf.ssh_server import Login, Logins, ServerSettings


class Simulator(Protocol):
    """What the simulators have in common. `put_back` takes what `keep` of the same simulator gave."""

    def held(self) -> Json: ...

    def keep(self) -> Any: ...

    def put_back(self, kept: Any, /) -> None: ...

    async def set_fault(self, fault: Fault) -> None: ...

    async def aclose(self) -> None: ...


@dataclass(slots=True)
class Region:
    """The running simulators of a region by the name of their endpoint, its probe agent, and the fault that they are under.

    `start` and `kept` are what `reset` puts back, by endpoint.
    """

    name: str
    simulators: Mapping[str, Simulator]
    agent: LabServer
    fault: Fault = NO_FAULT
    start: Mapping[str, Any] = field(init=False)
    kept: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.keep()
        self.start = self.kept

    @property
    def is_failed(self) -> bool:
        return self.fault.kind is not FaultKind.NONE

    def held(self) -> Json:
        return _held(self.simulators)

    def keep(self) -> None:
        """Remember what the simulators hold."""
        self.kept = {name: simulator.keep() for name, simulator in self.simulators.items()}

    def reset(self, *, to_start: bool) -> None:
        """Have the simulators hold what they held when they started, or what was kept last."""
        for name, simulator in self.simulators.items():
            simulator.put_back((self.start if to_start else self.kept)[name])

    async def set_fault(self, fault: Fault) -> None:
        self.fault = fault
        for simulator in self.simulators.values():
            await simulator.set_fault(fault)
        await self.agent.set_fault(fault)


async def start_region(lab: Lab, name: str, stack: AsyncExitStack) -> Region:
    """Start the region's simulators, probe agent and control port; `stack` closes them. Raises OSError for a port that is taken."""
    certificate = Certificate(lab.file("server.pem"), lab.file("server.key"))
    passwords = {each: lab.secret(name, each).read_text(encoding="ascii").strip() for each in ("odl", "heat", "probe")}
    key = lab.file("client-key.pub").read_text(encoding="ascii").strip()
    controller = await start_vtn_manager(
        HOST,
        lab.port(name, "odl"),
        login=(USER, passwords["odl"]),
        certificate=certificate,
    )
    stack.push_async_callback(controller.aclose)
    router = await start_netconf_device(
        ServerSettings(HOST, lab.port(name, "pe"), lab.file("host-key"), Logins(Login(USER, public_keys=(key,)))),
        modules=() if lab.family(name) else OWN_MODULES,
    )
    stack.push_async_callback(router.aclose)
    cloud = await start_heat(
        CloudLogin(USER, passwords["heat"], region=name),
        host=HOST,
        port=lab.port(name, "heat"),
        certificate=certificate,
        limits=CLOUD_LIMITS,
    )
    stack.push_async_callback(cloud.aclose)
    simulators: Mapping[str, Simulator] = {"odl": controller, "pe": router, "heat": cloud}

    async def world() -> World:
        """What this region holds, and what the others answer."""
        return await gather_world(lab, {name: held_region(lab, name, _held(simulators))})

    agent = LabServer(probe_agent(world, passwords["probe"]), partial(_held, simulators), certificate)
    await agent.start(HOST, lab.port(name, "probe"))
    stack.push_async_callback(agent.aclose)
    region = Region(name, simulators, agent)
    control = LabServer(_control(region), region.held, None)
    await control.start(HOST, lab.control_port(name))
    stack.push_async_callback(control.aclose)
    return region


def _held(simulators: Mapping[str, Simulator]) -> Json:
    return {name: simulator.held() for name, simulator in simulators.items()}


def _control(region: Region) -> Starlette:
    async def held(_request: Request) -> Response:
        if region.is_failed:
            return PlainTextResponse(f"the region has failed: {region.fault.kind}", 503)
        return JSONResponse(region.held())

    async def state(_request: Request) -> Response:
        detail = str(region.fault.kind) if region.is_failed else ""
        return JSONResponse({"state": "failed" if region.is_failed else "up", "detail": detail})

    async def fault(request: Request) -> Response:
        await region.set_fault(fault_from_json(await request.json()))
        return JSONResponse(region.fault.to_json())

    async def keep(_request: Request) -> Response:
        region.keep()
        return Response(status_code=204)

    async def reset(request: Request) -> Response:
        region.reset(to_start=request.query_params.get("to") == "start")
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/held", held),
            Route("/state", state),
            Route("/fault", fault, methods=["POST"]),
            Route("/keep", keep, methods=["POST"]),
            Route("/reset", reset, methods=["POST"]),
        ]
    )


async def serve(lab: Lab, name: str) -> None:
    """Run the region until the process is told to end; says READY on standard output once every endpoint answers.

    SIGTERM ends the process where it stands: nothing that it holds is to outlive it, and closing every server would take a second.
    """
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
    async with AsyncExitStack() as stack:
        await start_region(lab, name, stack)
        os.write(sys.stdout.fileno(), READY)
        await ended.wait()


def main(folder: str, name: str) -> None:
    """The process. What goes wrong is one line on standard error, which is the region's log."""
    lab = read_lab(Path(folder))
    if lab is None or name not in lab.regions:
        sys.exit(f"there is no region {name} in the lab of {folder}")
    try:
        asyncio.run(serve(lab, name))
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
