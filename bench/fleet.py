"""What workers add: `python -m bench.fleet [CHANGES]`.

The same plan over eight regions is carried by one, two and four workers, each with one leg at a time, on a private PostgreSQL.
Every endpoint takes one request at a time and 10 ms for each. Times are those of the run, from its first event to its last.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from bench.engine import Idle, make_plan
from tests.support.postgres import PostgresServer, serving, why_not
from vtnmd.domain.address import Address
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Drift, Event
from vtnmd.engine import Clock, Interrupt, OnFailure, Policy, World
from vtnmd.fleet import Member, begin_run, follow, work
from vtnmd.southbound.ports import Attributes, Resolve
from vtnmd.state import Store, open_store
from vtnmd.state.shared import Begun

REGIONS, LATENCY = 8, 0.01
CLOCK = Clock(time.time, time.monotonic, asyncio.sleep, random.random)


class Slow(Idle):
    """A driver whose endpoint takes its time."""

    async def apply(self, request: Request, _resolve: Resolve) -> Mapping[Address, Attributes]:
        await asyncio.sleep(LATENCY)
        return {address: {"id": request.id} for address in request.changes}


def scenery(plan: Plan, on_failure: OnFailure, _drift: Drift) -> tuple[World, Policy]:
    return World({request.endpoint: Slow for request in plan.requests}, str, CLOCK), Policy(on_failure, limit=1)


def plan_of(changes: int) -> Plan:
    """As many changes in each region, which need nothing of another region."""
    plan = make_plan(changes * 10 // REGIONS)
    regions = {f"region{number}" for number in range(REGIONS)}
    requests = tuple(replace(each, needs=()) for each in plan.requests if each.region in regions)
    kept = {address for request in requests for address in request.changes}
    return replace(plan, requests=requests, changes=tuple(each for each in plan.changes if each.address in kept), edges=())


def serve_regions(url: str) -> None:
    """Be a worker until the process is ended."""
    with open_store(url) as store:
        regions = [f"region{number}" for number in range(REGIONS)]
        asyncio.run(work(Member(store, scenery, CLOCK), regions, Interrupt(), 1))


def carry(store: Store, plan: Plan) -> float:
    """Have the plan carried; the changes per second of its run."""
    member = Member(store, scenery, CLOCK)
    events: list[Event] = []
    run = begin_run(member, plan, Begun("bench", time.time(), OnFailure.STOP.value))
    outcome = asyncio.run(follow(member, run, plan, Interrupt(), (events.append,)))
    assert len(outcome.done) == len(plan.requests), outcome.result
    return len(plan.requests) / (events[-1].time - next(event.time for event in events if event.request))


def measure(server: PostgresServer, workers: int, plan: Plan) -> float:
    url = server.new_database()
    with ExitStack() as stack, open_store(url) as store:
        for _ in range(workers):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-m", "bench.fleet", "worker", url]))
            stack.callback(process.terminate)
        warm = replace(plan_of(REGIONS * 10), service="warm", contributions=(), intent=plan.intent)
        carry(store, warm)
        return carry(store, plan)


def main(changes: int) -> None:
    """Print the throughput with each number of workers, and how it compares with that of one."""
    if reason := why_not():
        sys.exit(reason)
    plan = plan_of(changes)
    with serving() as server:
        rates = {workers: measure(server, workers, plan) for workers in (1, 2, 4)}
    for workers, rate in rates.items():
        print(f"{workers} workers  {rate:7.0f} changes/s  {rate / rates[1]:.1f} x one worker")


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        serve_regions(sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 800)
