"""How long a region that has returned takes to be drained: `python -m bench.drain [--changes 1000] [--rounds 3]`.

A service of that many changes in one region is applied while the region is down, so that all of them wait. Then the region answers
again, and everything is gone through that draining is: probing, reading back, one new plan, a run of it with full durability on
SQLite. Its floor, in the same round, is the same plan applied at once to a region that is up. Endpoints are in memory and answer at
once, so that what is measured is vtnmd alone. Figures are medians.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from unittest.mock import patch

from vtnmd.compiler.check import check_intent
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.pipeline import compile_service
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json, Tree, fill
from vtnmd.engine import Clock, Listener, Policy, Retry
from vtnmd.planner import Wanted, World, make_plan
from vtnmd.southbound.ports import Attributes, Observed, Resolve, Unreachable
from vtnmd.state import Owner
from vtnmd.usecases import connecting, draining, runs
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.services import catalogue
from vtnmd.yang.defaults import with_defaults


@dataclass
class Site:
    """One endpoint in memory that knows which addresses it holds."""

    up: bool = True
    held: set[Address] = field(default_factory=set)

    def connect(self, _endpoint: Mapping[str, Json], _secrets: object) -> "Memory":
        return Memory(self)


class Memory:
    """The driver of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def hello(self) -> str:
        if not self._site.up:
            raise Unreachable(Diagnostic("VTN-E010", "connection refused"))
        return "memory"

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        await self.hello()
        fill(request.payload, resolve)
        self._site.held.update(request.changes)
        return {address: {"map_id": "1"} for address in request.changes}

    async def recover(self, request: Request, resolve: Resolve) -> None: ...

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        await self.hello()
        for read in reads.values():
            fill(read, resolve)
        return {address: Observed(address in self._site.held) for address in reads}

    async def aclose(self) -> None: ...


def make(changes: int) -> Plan:
    """A first plan of about so many changes in one region: attachments of one segment, two changes each."""
    login = {"url": "https://127.0.0.1:1", "username": "bench", "password": "env:NONE"}
    region = {"name": "west", "vlan-range": {"start": 100, "end": 499}, "endpoint": [{"name": "odl", "odl": login}]}
    inventory = Inventory(with_defaults(service_schema(), {ROOT: {"region": [region]}}))
    segment = {"name": "web", "cidr": "10.0.0.0/16", "gateway": "10.0.0.1", "region": [{"name": "west"}]}
    ports = [
        {"name": f"port{at}", "segment": "web", "region": "west", "node": "openflow:1", "port": f"eth{at}"}
        for at in range(changes // 2 - 1)
    ]
    vtn = {"name": "net", "tenant": "acme", "segment": [segment], "attachment": ports}
    checked = check_intent(
        Intent("bench", {"vtnmd-vtn:services": {"service": [{"name": "bench", "vtn": [vtn]}]}}), inventory
    ).intent
    compiled = compile_service(checked, inventory, EMPTY)
    wanted = Wanted(checked, compiled.graph, compiled.allocations, compiled.probes)
    return make_plan("bench", "bench", wanted, inventory, World(), catalogue())


def setting(folder: str) -> runs.Setting:
    """As `vtnmd serve` would have it, on a state of its own."""
    clock = Clock(time.time, time.monotonic, asyncio.sleep, random.random)
    policy = Policy(unreachable=Retry(1, 1.0))
    owner = Owner("bench", os.getpid(), time.time())
    return runs.Setting(folder, "bench", owner, clock, lambda _: "", lambda _: None, lambda _: None, policy=policy)


def listen(_plan: Plan) -> Listener:
    return lambda _event: None


def confirm(planned: Planned) -> runs.Decision:
    return runs.Decision(go_on=True, listener=listen(planned.plan))


def one_round(plan: Plan) -> tuple[float, float, float, float]:
    """Wall and CPU seconds of the drain, and of the floor."""
    site = Site(up=False)
    with patch.object(connecting, "connect", site.connect), tempfile.TemporaryDirectory() as folder:
        waiting = runs.apply_plan(plan, setting(folder), confirm).outcome
        assert waiting is not None
        assert waiting.result is Result.PARTLY
        site.up = True
        start = time.perf_counter(), time.process_time()
        resumed = draining.resume(waiting.run, setting(folder), listen, confirm)
        drain = time.perf_counter() - start[0], time.process_time() - start[1]
        assert resumed.outcome is not None
        assert resumed.outcome.result is Result.APPLIED
        assert len(site.held) == len(plan.changes)
    with patch.object(connecting, "connect", Site().connect), tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter(), time.process_time()
        runs.apply_plan(plan, setting(folder), confirm)
        floor = time.perf_counter() - start[0], time.process_time() - start[1]
    return (*drain, *floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    plan = make(given.changes)
    rounds = [one_round(plan) for _ in range(given.rounds)]
    wall, cpu, floor_wall, floor_cpu = (statistics.median(figures) for figures in zip(*rounds, strict=True))
    print(f"{len(plan.changes)} waiting changes of one region, medians of {given.rounds} rounds")
    print(f"{'return to empty queue':28}{cpu:8.2f} s CPU{wall:8.2f} s wall")
    print(f"{'floor: applied at once':28}{floor_cpu:8.2f} s CPU{floor_wall:8.2f} s wall")
    print(f"{'ratio':28}{cpu / floor_cpu:8.2f}      {wall / floor_wall:8.2f}")


if __name__ == "__main__":
    main()
