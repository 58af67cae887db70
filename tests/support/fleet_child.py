"""A member of a fleet in a process of its own, with endpoints behind a socket. Tells what it does in lines of JSON.

Usage: python -m tests.support.fleet_child URL SOCKET STALLED (work REGION… | apply [ON_FAILURE [PATIENCE]] | resume RUN)
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from functools import partial

from tests.support.crash_child import SocketDriver, ask, make_plan
from tests.support.fake_driver import FAULTS
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Drift, Event
from vtnmd.domain.tree import fill
from vtnmd.engine import Clock, Interrupt, OnFailure, Outcome, Policy, Retry, World
from vtnmd.fleet import Member, Reports, Timing, begin_run, follow, go_on, work
from vtnmd.southbound.ports import Attributes, Resolve
from vtnmd.state import Owner, Store, open_store
from vtnmd.state.shared import Begun

CLOCK = Clock(time.time, time.monotonic, asyncio.sleep, random.random)


class Driver(SocketDriver):
    """What the parent refuses is refused for good."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._socket = path

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        message = {"verb": "apply", "request": request.id, "payload": fill(request.payload, resolve)}
        answer = await asyncio.to_thread(ask, self._socket, message)
        if "refused" in answer:
            raise FAULTS["rejected"]
        return {address: {"serial": answer["serial"]} for address in request.changes}


def tell(what: str, *details: object) -> None:
    print(json.dumps([what, *details]), flush=True)


def wrong(problem: Diagnostic) -> None:
    tell("wrong", problem.code, problem.summary)


def member(store: Store, path: str, stalled: float) -> Member:
    def scenery(plan: Plan, on_failure: OnFailure, _drift: Drift) -> tuple[World, Policy]:
        drivers = {request.endpoint: partial(Driver, path) for request in plan.requests}
        return World(drivers, str, CLOCK), Policy(on_failure, unreachable=Retry(2, 5.0), limit=2)

    reports = Reports(partial(tell, "began"), partial(tell, "ended"), partial(tell, "lost"), wrong, partial(tell, "unserved"))
    return Member(store, scenery, CLOCK, reports, Timing(heartbeat=stalled / 5, stalled=stalled, poll=min(0.5, stalled / 5)))


async def until_told(me: Member, regions: list[str]) -> None:
    interrupt = Interrupt()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, interrupt.ask)
    await work(me, regions, interrupt)


async def followed(me: Member, run: str, plan: Plan, patience: float) -> Outcome:
    interrupt = Interrupt()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt.ask)

    def told(event: Event) -> None:
        tell("event", event.sequence, event.step.value, event.request)

    return await follow(me, run, plan, interrupt, (told,), patience)


def main(url: str, path: str, stalled: float, role: str, *arguments: str) -> int:
    with open_store(url) as store:
        me = member(store, path, stalled)
        if role == "work":
            asyncio.run(until_told(me, list(arguments)))
            return 0
        with store.own(Owner("child", os.getpid(), time.time()), "shop"):
            if role == "apply":
                plan = make_plan()
                run = begin_run(me, plan, Begun("child", time.time(), arguments[0] if arguments else "stop"))
            else:
                run = arguments[0]
                plan = go_on(me, run, Begun("child", time.time(), "stop"))
            tell("run", run)
            outcome = asyncio.run(followed(me, run, plan, float(arguments[1]) if arguments[1:] else 60.0))
        tell("outcome", outcome.to_json())
        return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), *sys.argv[4:]))
