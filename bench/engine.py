"""What the engine adds to a bare walk: `python -m bench.engine [CHANGES]`.

The same changes over ten regions, each answered at once, with full durability: by the engine on its store, and by the least that
could do it, an asyncio walk with a group-committed SQLite journal of two events a change. Both in one run, CPU beside wall time.
"""

import asyncio
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Change, Operation, Plan, Request
from vtnmd.domain.tree import Tree
from vtnmd.engine import Clock, Interrupt, Policy, World, execute
from vtnmd.southbound.ports import Attributes, Observed, Resolve
from vtnmd.state import open_store

REGIONS, LAYERS, IN_FLIGHT = 10, 10, 64
Row = tuple[str, str, str]


class Idle:
    """A driver whose endpoint answers at once."""

    version = "1"

    async def apply(self, request: Request, _resolve: Resolve) -> Mapping[Address, Attributes]:
        await asyncio.sleep(0)
        return {address: {"id": request.id} for address in request.changes}

    async def recover(self, _request: Request, _resolve: Resolve) -> None:
        return

    async def read(self, _reads: Mapping[Address, Tree], _resolve: Resolve) -> Mapping[Address, Observed]:
        return {}

    async def hello(self) -> str:
        return "idle"

    async def aclose(self) -> None:
        return


def make_plan(count: int) -> Plan:
    """Ten layers in ten regions, each change needing two of the layer before."""
    width = count // LAYERS
    names = [f"region{number % REGIONS}/odl/vtn/{number}" for number in range(count)]
    changes, requests = [], []
    for number, name in enumerate(names):
        needs = tuple(sorted({names[number - width], names[number - width // 2 - 1]})) if number >= width else ()
        address = parse_address(name)
        wanted = Resource(address, {"name": name, "mtu": 1450, "vlan": number}, {parse_address(need): "uses" for need in needs})
        payload = {"calls": [{"rpc": "vtn:update-vtn", "input": wanted.properties}]}
        operation = Operation(payload, payload, payload, payload)
        changes.append(Change(address, Action.CREATE, None, wanted, operation, "0" * 64, frozenset({"bench"})))
        requests.append(Request(name, address.endpoint_id, 0, (address,), payload, payload, needs))
    intent = Intent("bench", {"vtnmd-vtn:services": {"service": [{"name": "bench"}]}})
    return Plan("bench", "bench", intent, {}, {}, EMPTY, (), (), tuple(changes), tuple(requests))


class BareWalk:
    """The floor: indegree counters, a task per change, two journal rows each, one commit for all that is noted meanwhile."""

    def __init__(self, plan: Plan, database: Path) -> None:
        self._journal = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE events (sequence INTEGER PRIMARY KEY, request TEXT, step TEXT, detail TEXT)",
        ):
            self._journal.execute(statement)
        self._writer = ThreadPoolExecutor(1)
        self._noted: list[Row] = []
        self._turn: asyncio.Future[None] | None = None
        self._flushing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._needed = {request.id: len(request.needs) for request in plan.requests}
        self._dependants: dict[str, list[str]] = {}
        for request in plan.requests:
            for need in request.needs:
                self._dependants.setdefault(need, []).append(request.id)
        self._left = len(self._needed)
        self._slots = asyncio.Semaphore(IN_FLIGHT * REGIONS)
        self._done = asyncio.Event()

    async def run(self) -> int:
        """Walk; the number of events written."""
        for key in [key for key, count in self._needed.items() if not count]:
            self._start(self._carry(key))
        await self._done.wait()
        await asyncio.gather(*self._tasks)
        self._writer.shutdown()
        events: int = self._journal.execute("SELECT count(*) FROM events").fetchone()[0]
        self._journal.close()
        return events

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _carry(self, key: str) -> None:
        async with self._slots:
            await self._note((key, "sent", "{}"))
            await asyncio.sleep(0)
            last = self._note((key, "answered", '{"id": "x"}'))
        for dependant in self._dependants.get(key, ()):
            self._needed[dependant] -= 1
            if not self._needed[dependant]:
                self._start(self._carry(dependant))
        self._left -= 1
        if not self._left:
            await last
            self._done.set()

    def _note(self, row: Row) -> "asyncio.Future[None]":
        self._noted.append(row)
        if self._turn is None:
            self._turn = asyncio.get_running_loop().create_future()
        if not self._flushing:
            self._flushing = True
            self._start(self._flush())
        return self._turn

    async def _flush(self) -> None:
        while self._turn is not None:
            rows, turn, self._noted, self._turn = self._noted, self._turn, [], None
            await asyncio.get_running_loop().run_in_executor(self._writer, self._commit, rows)
            turn.set_result(None)
        self._flushing = False

    def _commit(self, rows: list[Row]) -> None:
        self._journal.execute("BEGIN")
        self._journal.executemany("INSERT INTO events (request, step, detail) VALUES (?, ?, ?)", rows)
        self._journal.execute("COMMIT")


async def bare(plan: Plan, database: Path) -> int:
    return await BareWalk(plan, database).run()


class Stopwatch:
    """Wall and CPU time of a block; `events` is set in it."""

    def __init__(self, what: str) -> None:
        self.what, self.events = what, 0
        self.wall = self.cpu = 0.0

    def __enter__(self) -> Self:
        self._start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self._start[0], time.process_time() - self._start[1]
        rate = f"{self.events / self.wall:8.0f} events/s" if self.events else ""
        print(f"{self.what:28} {self.wall:7.2f} s wall {self.cpu:7.2f} s CPU {rate}")


def main(count: int) -> None:
    """Print a line for each measurement, and how the engine compares with its floor."""
    plan = make_plan(count)
    clock = Clock(time.time, time.monotonic, asyncio.sleep, random.random)
    world = World({request.endpoint: Idle for request in plan.requests}, str, clock)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        with Stopwatch("bare walk") as floor:
            floor.events = asyncio.run(bare(plan, Path(folder) / "bare.db"))
        with open_store(f"{folder}/state") as store:
            with Stopwatch("begin run"):
                run = store.begin_run(plan, "bench", time.time())
            with Stopwatch("engine") as engine:
                outcome = asyncio.run(execute(plan, run, store, world, Policy(limit=IN_FLIGHT), Interrupt()))
                engine.events = 2 * len(outcome.done) + 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} changes: {engine.cpu / floor.cpu:.1f} x the CPU of the bare walk, peak memory {peak} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
