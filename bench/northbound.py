"""RESTCONF requests per second: `python -m bench.northbound [--services 10000] [--seconds 5] [--connections 16] [--rounds 3]`.

The server is one process on one processor, with accounts, access rules and the state of `vtnmd serve`; the load is another process
on the other. GET is of one service, each request of another one of
128, so that most bodies come from memory; GET afresh is of one of all, so that few do. PATCH changes one leaf of one service, and
is answered when the commit is durable on SQLite. The floors: a bare Starlette route that answers with the same octets, and a bare
journal on SQLite in which what waits is committed together, asked over the same bare route. Figures are medians over rounds, all
subjects in turn in each, every one in new processes.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httptools
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.rounds import Figures, peak
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.running import Running
from vtnmd.domain.commit import Commit, Configuration, Origin, Part, service_part
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS, accounts_of
from vtnmd.northbound.access.bootstrap import ADMINISTRATOR, bootstrap
from vtnmd.northbound.access.passwords import without_clear_text
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.doors import make_doors
from vtnmd.northbound.nacm import NACM, authority_of
from vtnmd.northbound.restconf.app import Restconf
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.transport import options
from vtnmd.northbound.schema import northbound_schema
from vtnmd.northbound.streams import Streams
from vtnmd.state import open_store
from vtnmd.usecases.keeping import KeptCommits

GET, AFRESH, PATCH = "GET of one service", "GET afresh", "PATCH of one leaf"
ROUTE, JOURNAL = "floor: bare Starlette route", "floor: bare SQLite journal"
SUBJECTS = (ROUTE, GET, AFRESH, JOURNAL, PATCH)
WANTED = {GET: 2500, PATCH: 400}
_WARM = 128
PASSWORD = secrets.token_urlsafe(12)
stack = contextlib.ExitStack()
"""What the server holds open."""


def service(number: int) -> Json:
    segments = [
        {"name": f"net{n}", "cidr": f"10.{number % 250}.{n}.0/24", "region": [{"name": ("east", "west")[n % 2]}]} for n in range(8)
    ]
    return {
        "name": f"s{number}",
        "description": "first",
        "vtn": [{"name": "main", "tenant": f"t{number % 50}", "segment": segments}],
    }


class Journal:
    """Rows of commits on SQLite: a commit of the database for all that waits, in a thread, durable before it is acknowledged."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, entry TEXT)")

    def write(self, rows: Sequence[tuple[int, str]]) -> None:
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT INTO log VALUES (?, ?)", rows)
        self.database.execute("COMMIT")


def fill(folder: str, services: int) -> None:
    """A state with an inventory, that many services and one administrator."""
    with open_store(folder) as store:
        parts: dict[Part, Json] = {ROOT: {"region": [{"name": "east"}, {"name": "west"}]}}
        parts |= {service_part(f"s{number}"): service(number) for number in range(services)}
        parts |= bootstrap(Configuration(), PASSWORD)
        parts[ACCESS] = {**parts[ACCESS], "limits": {"requests-per-second": 1_000_000, "burst": 1_000_000}}
        KeptCommits(store).write_commits([Commit(Origin("bench", "cli"), parts, 1.0)], 0)


def restconf(folder: str, _services: int) -> Restconf:
    """As `vtnmd serve` has it: commits in the state, accounts, access rules."""
    schema, log = northbound_schema(), KeptCommits(stack.enter_context(open_store(folder)))
    running = Running(schema, log, time.time, lambda _tree, changes: without_clear_text(changes))
    running.load()

    def authority(user: User) -> Authority:
        return authority_of(schema, running.current.held(NACM).value, user.name, user.groups, recovery=user.recovery)

    backend = Backend(schema, running, Confirmations(running, log), Streams(time.time), authority)
    doors = make_doors(lambda: accounts_of(schema, running.current.held(ACCESS).value), Path(folder), time.time, time.monotonic)
    return Restconf(Context(backend, doors))


def bare_route(_folder: str, _services: int) -> Starlette:
    body = json.dumps({"vtnmd-vtn:service": [service(1)]}).encode()

    async def get(_request: Request) -> Response:
        return Response(body, media_type="application/yang-data+json")

    return Starlette(routes=[Route("/{path:path}", get)])


def bare_journal(folder: str, _services: int) -> Starlette:
    journal, thread = Journal(f"{folder}/log.db"), ThreadPoolExecutor(1)
    waiting: list[tuple[str, asyncio.Future[None]]] = []
    writing: list[asyncio.Task[None]] = []
    count = 0

    async def write() -> None:
        nonlocal count
        while waiting:
            batch, waiting[:] = list(waiting), []
            rows = [(count + place, text) for place, (text, _) in enumerate(batch, 1)]
            count += len(batch)
            await asyncio.get_running_loop().run_in_executor(thread, journal.write, rows)
            for _, done in batch:
                done.set_result(None)
        writing.clear()

    async def patch(request: Request) -> Response:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(((await request.body()).decode() + json.dumps(service(1)), done))
        if not writing:
            writing.append(asyncio.create_task(write()))
        await done
        return Response(status_code=204)

    return Starlette(routes=[Route("/{path:path}", patch, methods=["PATCH"])])


APPLICATIONS: Mapping[str, Callable[[str, int], Any]] = {
    GET: restconf,
    AFRESH: restconf,
    PATCH: restconf,
    ROUTE: bare_route,
    JOURNAL: bare_journal,
}


def serve(subject: str, folder: str, services: int) -> None:
    """Tells its port, and the seconds that it took to start, on its standard output."""
    os.sched_setaffinity(0, {0})
    started = time.perf_counter()
    with stack:
        application = APPLICATIONS[subject](folder, services)
        server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", **options()))
        ready = time.perf_counter() - started

        async def run() -> None:
            work = asyncio.ensure_future(server.serve())
            while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            print(json.dumps({"port": port, "start": ready, "memory": peak()}), flush=True)
            await work

        asyncio.run(run())


# Load


class Connection(asyncio.Protocol):
    """One request at a time over one connection."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.done: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self.done is not None:
            self.done.set_result(self.parser.get_status_code())

    async def ask(self, octets: bytes) -> int:
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(octets)
        return await self.done


_LOGIN = f"authorization: Basic {base64.b64encode(f'{ADMINISTRATOR}:{PASSWORD}'.encode()).decode()}\r\n"


def request_of(subject: str, number: int, services: int) -> bytes:
    name = f"s{(number * 7919) % services if subject in {AFRESH, PATCH} else number % _WARM}"
    path = f"/restconf/data/vtnmd-vtn:services/service={name}"
    if subject in {GET, AFRESH, ROUTE}:
        return f"GET {path} HTTP/1.1\r\nhost: bench\r\n{_LOGIN}accept: application/yang-data+json\r\n\r\n".encode()
    body = json.dumps({"vtnmd-vtn:description": f"edit {number}"})
    head = f"PATCH {path}/description HTTP/1.1\r\nhost: bench\r\n{_LOGIN}content-type: application/yang-data+json"
    return f"{head}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


async def load(subject: str, port: int, options: argparse.Namespace) -> Figures:
    """Requests for some seconds over some connections."""
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(options.connections)]
    latencies: list[float] = []
    wrong: list[int] = []
    numbers = iter(range(10**9))

    async def ask(connection: Connection, until: float) -> None:
        while (before := time.perf_counter()) < until:
            status = await connection.ask(request_of(subject, next(numbers), options.services))
            latencies.append(time.perf_counter() - before)
            if status not in {200, 204}:
                wrong.append(status)

    async def all_ask(seconds: float) -> float:
        began = time.perf_counter()
        await asyncio.gather(*(ask(connection, began + seconds) for connection in connections))
        return time.perf_counter() - began

    await all_ask(1.0)
    latencies.clear()
    took = await all_ask(options.seconds)
    if wrong:
        raise RuntimeError(f"{subject}: answered {wrong[0]}")
    latencies.sort()
    at = {name: latencies[int(len(latencies) * share)] * 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}
    return {"rate": len(latencies) / took, **at}


def measure(subject: str, options: argparse.Namespace) -> Figures:
    with tempfile.TemporaryDirectory(dir=".") as folder:  # on the disk, for /tmp may be memory
        if APPLICATIONS[subject] is restconf:
            fill(folder, options.services)
        command = [sys.executable, "-m", "bench.northbound", "--serve", subject, "--folder", folder]
        server = subprocess.Popen([*command, "--services", str(options.services)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            return {**asyncio.run(load(subject, told["port"], options)), "start": told["start"], "memory": told["memory"]}
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=SUBJECTS)
    parser.add_argument("--serve", choices=SUBJECTS)
    parser.add_argument("--folder", default="")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder, options.services)
        return 0
    os.sched_setaffinity(0, {os.cpu_count() or 1} & os.sched_getaffinity(0) or {max(os.sched_getaffinity(0))})
    subjects = [options.only] if options.only else SUBJECTS
    found: dict[str, list[Figures]] = {subject: [] for subject in subjects}
    for _ in range(options.rounds):
        for subject in subjects:
            found[subject].append(measure(subject, options))
    missed = False
    for subject, samples in found.items():
        figures = {name: statistics.median(each[name] for each in samples) for name in samples[0]}
        wanted = WANTED.get(subject, 0)
        missed |= figures["rate"] < wanted
        note = f"wanted: {wanted}" if wanted else ""
        print(
            f"{subject:30}{figures['rate']:9.0f} /s{figures['p50']:8.2f} ms{figures['p99']:8.2f} ms p99"
            f"{figures['start']:7.1f} s start{figures['memory']:6.0f} MB  {note}",
            flush=True,
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
