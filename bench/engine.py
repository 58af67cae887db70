"""What the engine adds to a bare walk: `python -m bench.engine [--changes 10000] [--rounds 5]`.

The same changes over ten regions, each answered at once, with full durability: by the engine on its store, and by the least that
could do it, an asyncio walk with a group-committed SQLite journal of two events a change. Figures are medians of as many rounds,
each in a process of its own, the two in turn. Both collect cycles as rarely as the command line does.
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.rounds import Figures, Stopwatch, answer, line, medians
from vtnmd.cli.collector import collect_rarely
from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.drift import Stranger
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Change, Operation, Plan, Request
from vtnmd.domain.tree import Tree
from vtnmd.engine import Clock, Interrupt, Policy, World, execute
from vtnmd.southbound.ports import Attributes, Observed, Resolve
from vtnmd.state import open_store

REGIONS, LAYERS, IN_FLIGHT = 10, 10, 64
FLOOR, ENGINE = "bare walk", "engine"
LIMIT, MEMORY_LIMIT = 6.0, 150
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

    async def strangers(self, _reads: Sequence[Tree], _known: Sequence[Tree], _resolve: Resolve) -> tuple[Stranger, ...]:
        return ()

    async def hello(self) -> str:
        return "idle"

    async def aclose(self) -> None:
        return


def make_plan(count: int) -> Plan:
    """Ten layers in ten regions, each change needing two of the layer before."""
    width = count // LAYERS
    names = [f"region{number % REGIONS}/odl/vtn/{number}" for number in range(count)]
    resources, changes, requests = [], [], []
    for number, name in enumerate(names):
        needs = tuple(sorted({names[number - width], names[number - width // 2 - 1]})) if number >= width else ()
        address = parse_address(name)
        wanted = Resource(address, {"name": name, "mtu": 1450, "vlan": number}, {parse_address(need): "uses" for need in needs})
        resources.append(wanted)
        payload = {"calls": [{"rpc": "vtn:update-vtn", "input": wanted.properties}]}
        operation = Operation(payload, payload, payload, payload)
        changes.append(Change(address, Action.CREATE, None, wanted, operation, "0" * 64, frozenset({"bench"})))
        requests.append(Request(name, address.endpoint_id, 0, (address,), payload, payload, needs))
    intent = Intent("bench", {"vtnmd-vtn:services": {"service": [{"name": "bench"}]}})
    return Plan("bench", "bench", intent, {}, {}, EMPTY, tuple(resources), (), tuple(changes), tuple(requests))


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


def measure_floor(count: int, _state: Path) -> Figures:
    """One bare walk."""
    plan = make_plan(count)
    with tempfile.TemporaryDirectory(dir=".") as folder, Stopwatch() as watch:
        events = asyncio.run(bare(plan, Path(folder) / "bare.db"))
    return {**watch.figures(), "events": events}


def measure_engine(count: int, state: Path) -> Figures:
    """One run on a copy of `state`: `cpu` of carrying it out, `begun` of the transaction in which the plan becomes a run."""
    plan = make_plan(count)
    clock = Clock(time.time, time.monotonic, asyncio.sleep, random.random)
    world = World({request.endpoint: Idle for request in plan.requests}, str, clock)
    with tempfile.TemporaryDirectory(dir=".") as folder, open_store(shutil.copytree(state, f"{folder}/state")) as store:
        with Stopwatch() as beginning:
            run = store.begin_run(plan, "bench", time.time())
        with Stopwatch() as watch:
            outcome = asyncio.run(execute(plan, run, store, world, Policy(limit=IN_FLIGHT), Interrupt()))
    if len(outcome.done) != count:
        raise RuntimeError(f"{count - len(outcome.done)} changes were not carried out")
    return {**watch.figures(), "events": 2 * count + 2, "begun": beginning.cpu}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--state", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=[FLOOR, ENGINE], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    collect_rarely()
    if arguments.one:
        measure = measure_floor if arguments.one == FLOOR else measure_engine
        answer(lambda: measure(arguments.changes, arguments.state))
        return 0
    with tempfile.TemporaryDirectory(dir=".") as folder:
        open_store(folder).close()  # made here: bringing a state up to date is no part of a run
        given = ["--changes", str(arguments.changes), "--state", folder]
        found = medians("bench.engine", [FLOOR, ENGINE], arguments.rounds, given)
    floor, engine = found[FLOOR], found[ENGINE]
    for subject, figures in found.items():
        line(subject, figures, f"{figures['events'] / figures['wall']:.0f} events/s")
    ratio = engine["cpu"] / floor["cpu"]
    print(f"{arguments.changes} changes: {ratio:.1f} × the CPU of the bare walk (limit {LIMIT:g}), ", end="")
    print(f"{(engine['cpu'] + engine['begun']) / floor['cpu']:.1f} × with the beginning of the run, ", end="")
    print(f"peak {engine['memory']:.0f} MB (limit {MEMORY_LIMIT})")
    return int(ratio > LIMIT or engine["memory"] > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
