"""A process that applies a fixed plan to endpoints behind a socket, to be killed. Run again, it goes on where it was.

Usage: python -m tests.support.crash_child STATE_FOLDER SOCKET
"""

import asyncio
import json
import os
import random
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Event
from vtnmd.domain.tree import Json, Tree, fill
from vtnmd.engine import Clock, Interrupt, Policy, Retry, World, execute, resume
from vtnmd.southbound.ports import Attributes, Observed, Resolve
from vtnmd.state import Owner, open_store

REGIONS = ("east", "west", "north")


def make_plan() -> Plan:
    """Per region a chain of four resources; the first of north needs the last of east."""
    resources = []
    for region in REGIONS:
        for number in range(4):
            needs = [f"{region}/{number - 1}"] if number else ["east/3"] if region == "north" else []
            resources.append(resource_of(f"{region}/{number}", needs))
    return plan_of([create(resource) for resource in resources])


def ask(path: str, message: Json) -> Json:
    """One message to the parent, and its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        connection.sendall(json.dumps(message).encode() + b"\n")
        with connection.makefile("rb") as answers:
            return json.loads(answers.readline())


class SocketDriver:
    """Hands everything to the parent, which plays the endpoints."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        message = {"verb": "apply", "request": request.id, "payload": fill(request.payload, resolve)}
        answer = await asyncio.to_thread(ask, self._path, message)
        return {address: {"serial": answer["serial"]} for address in request.changes}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Nothing stays pending."""

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        found = await asyncio.to_thread(ask, self._path, {"verb": "read", "addresses": [str(address) for address in reads]})
        return {address: Observed(found[str(address)] is not None, {"serial": found[str(address)]}) for address in reads}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        return ()

    async def hello(self) -> str:
        return "behind a socket"

    async def aclose(self) -> None:
        return


def main(folder: Path, path: str) -> int:
    plan = make_plan()

    def tell(event: Event) -> None:
        ask(path, {"verb": "event", "step": event.step.value, "request": event.request})

    drivers = {request.endpoint: lambda: SocketDriver(path) for request in plan.requests}
    world = World(drivers, str, Clock(time.time, time.monotonic, asyncio.sleep, random.random), (tell,))
    policy = Policy(unreachable=Retry(2, 5.0), limit=2)
    with open_store(folder) as store, store.own(Owner("child", os.getpid(), time.time())):
        runs = store.runs()
        if runs:
            outcome = asyncio.run(resume(runs[0].id, store, world, policy, Interrupt()))
        else:
            outcome = asyncio.run(execute(plan, store.begin_run(plan, "child", time.time()), store, world, policy, Interrupt()))
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
