"""What workers add, and how soon one takes over from another: `python -m bench.fleet [CHANGES]`.

The same plan over eight regions is carried by one, two and four workers, each with one leg at a time, on a private PostgreSQL.
Every endpoint takes one request at a time and 10 ms for each. Times are those of the run, from its first event to its last.

Then a worker is killed amid the only leg of a run while another one has nothing to do. With the timings that vtnmd ships, the leg
goes on there within `MOST_SECONDS`: from the kill to the first event that the other one writes.
"""

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
KILLS, MOST_SECONDS = 5, 15.0
CLOCK = Clock(time.time, time.monotonic, asyncio.sleep, random.random)


class Slow(Idle):
    """A driver whose endpoint takes its time."""

    async def apply(self, request: Request, _resolve: Resolve) -> Mapping[Address, Attributes]:
        await asyncio.sleep(LATENCY)
        return {address: {"id": request.id} for address in request.changes}


def scenery(plan: Plan, on_failure: OnFailure, _drift: Drift) -> tuple[World, Policy]:
    return World({request.endpoint: Slow for request in plan.requests}, str, CLOCK), Policy(on_failure, limit=1)


def plan_of(changes: int, over: int = REGIONS) -> Plan:
    """As many changes in each of so many regions, which need nothing of another region."""
    plan = make_plan(changes * 10 // over)
    regions = {f"region{number}" for number in range(over)}
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


@contextmanager
def started_worker(url: str) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen([sys.executable, "-m", "bench.fleet", "worker", url]) as process:
        try:
            yield process
        finally:
            process.kill()


def take_over(server: PostgresServer, plan: Plan, pause: float) -> float:
    """Kill the worker that carries the plan, so long after starting another one; the seconds until that one goes on with it."""
    url = server.new_database()
    killed: list[float] = []
    resumed: list[float] = []
    with started_worker(url) as first, ExitStack() as stack, open_store(url) as store:
        member = Member(store, scenery, CLOCK)
        run = begin_run(member, plan, Begun("bench", time.time(), OnFailure.STOP.value))

        def told(event: Event) -> None:
            if not killed and event.sequence > len(plan.requests) // 2:
                stack.enter_context(started_worker(url))
                time.sleep(pause)
                first.kill()
                first.wait()
                killed.append(time.time())
            elif killed and not resumed and event.time > killed[0]:
                resumed.append(event.time)

        outcome = asyncio.run(follow(member, run, plan, Interrupt(), (told,)))
        assert len(outcome.done) == len(plan.requests), outcome.result
    return resumed[0] - killed[0]


def measure(server: PostgresServer, workers: int, plan: Plan) -> float:
    url = server.new_database()
    with ExitStack() as stack, open_store(url) as store:
        for _ in range(workers):
            stack.enter_context(started_worker(url))
        warm = replace(plan_of(REGIONS * 10), service="warm", contributions=(), intent=plan.intent)
        carry(store, warm)
        return carry(store, plan)


def main(changes: int) -> int:
    """Print the throughput with each number of workers beside that of one, and the times of takeovers. 1 where one is too long."""
    if reason := why_not():
        sys.exit(reason)
    plan = plan_of(changes)
    with serving() as server:
        rates = {workers: measure(server, workers, plan) for workers in (1, 2, 4)}
        takeovers = [take_over(server, plan_of(changes, over=1), number / KILLS) for number in range(KILLS)]
    for workers, rate in rates.items():
        print(f"{workers} workers  {rate:7.0f} changes/s  {rate / rates[1]:.1f} x one worker")
    longest = max(takeovers)
    print(f"takeover of a killed worker's leg: median {statistics.median(takeovers):.1f} s, longest of {KILLS} {longest:.1f} s")
    return int(longest > MOST_SECONDS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        serve_regions(sys.argv[2])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 800))
