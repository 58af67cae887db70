"""A process that commits one transaction over NETCONF devices, to be killed at a step. Run again, it goes on where it was.

Usage: python -m tests.support.transaction_child STATE_FOLDER DEVICES_JSON [STEP DEVICE before|after]

DEVICES_JSON holds the inventory entries of the devices. With a step, the process kills itself before the named device is asked for
that step, or after it answered.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.fake_driver import plan_of
from tests.support.netconf import bridge, circuit
from vtnmd.domain.address import Address
from vtnmd.domain.graph import Resource
from vtnmd.domain.plan import Action, Change, Operation, Plan, Transaction
from vtnmd.domain.tree import Json
from vtnmd.engine import Clock, Interrupt, OnFailure, Outcome, Policy, Retry, World, execute, resume
from vtnmd.southbound.netconf import connect
from vtnmd.southbound.ports import Driver, Transactional
from vtnmd.state import Owner, open_store

NAME = "acme_shop/web"
POLICY = Policy(unreachable=Retry(2, 5.0), busy=Retry(2, 5.0), doubt=Retry(3, 10.0), on_failure=OnFailure.CONTINUE)
STEPS = ("prepare", "commit", "confirm")
Trip = Callable[[str, str], None]
"""Is told step and device before a step, and `after STEP` and device after it."""


def address_of(device: str) -> Address:
    region, _, endpoint = device.partition("/")
    return Address(region, endpoint, "attachment", (NAME,))


def make_plan(devices: Sequence[str], refused: str = "") -> Plan:
    """A bridge domain and a circuit on each device, committed together; that of `refused` refers to nothing."""
    changes = []
    for device in devices:
        trees = [circuit("replace")] if device == refused else [bridge("replace"), circuit("replace")]
        back = [bridge("remove"), circuit("remove")]
        there, gone = {"config": [bridge(), circuit()]}, {"absent": [bridge(), circuit()]}
        operation = Operation({"config": trees}, {"config": back}, there, gone)
        resource = Resource(address_of(device), {"name": NAME})
        changes.append(Change(resource.address, Action.CREATE, None, resource, operation, "digest", frozenset({"shop"})))
    plan = plan_of(changes)
    requests = tuple(request.id for request in plan.requests)
    return Plan(**{**_fields(plan), "transactions": (Transaction(requests[0], requests),)})


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__slots__}


class Tripwire:
    """A driver that tells before and after each step of a transaction."""

    def __init__(self, driver: Transactional, device: str, trip: Trip) -> None:
        self._driver = driver
        self._device = device
        self._trip = trip

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._driver, name)
        return partial(self._stepped, name, found) if name in STEPS else found

    async def _stepped(self, name: str, step: Callable[..., Any], *arguments: Any) -> None:
        self._trip(name, self._device)
        await step(*arguments)
        self._trip(f"after {name}", self._device)


def world_of(devices: Mapping[str, Json], trip: Trip) -> World:
    """Real drivers behind tripwires."""

    def made(name: str) -> Driver:
        driver: Any = Tripwire(connect({"name": name, **devices[name]}, str), name, trip)
        return driver  # type: ignore[no-any-return]  # a tripwire passes on whatever it is asked

    return World(
        {name: partial(made, name) for name in devices}, str, Clock(time.time, time.monotonic, asyncio.sleep, random.random)
    )


def carry(folder: Path, plan: Plan, world: World) -> Outcome:
    """Begin a run of the plan, or go on with the one that is there."""
    with open_store(folder) as store, store.own(Owner("child", os.getpid(), time.time())):
        runs = store.runs()
        if runs:
            return asyncio.run(resume(runs[0].id, store, world, POLICY, Interrupt()))
        run = store.begin_run(plan, "child", time.time())
        return asyncio.run(execute(plan, run, store, world, POLICY, Interrupt()))


def main(folder: Path, devices: Mapping[str, Json], at: Sequence[str]) -> int:
    fatal = (f"after {at[0]}" if at[2] == "after" else at[0], at[1]) if at else ("", "")

    def trip(step: str, device: str) -> None:
        if (step, device) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    return carry(folder, make_plan(list(devices)), world_of(devices, trip)).exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]))
