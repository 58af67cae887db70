"""A fleet of real processes on a private PostgreSQL, with endpoints that the test plays and can hold up.

with Fleet.on(postgres.new_database()) as fleet:
    worker = fleet.start("work", "east", "west")
    fleet.endpoints.hold("east/odl/vtn/1")          # the answer to this request waits for `release`
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for("east/odl/vtn/1")
"""

import json
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.fake_driver import FakeEndpoint
from vtnmd.domain.tree import Json

ROOT = Path(__file__).parents[2]
ENOUGH_SECONDS = 90.0
STALLED_SECONDS = 3.0


class Endpoints:
    """All endpoints of a fleet. `held` requests take effect, and their answers wait; `refused` ones are refused."""

    def __init__(self) -> None:
        self.endpoint = FakeEndpoint()
        self.sent: list[str] = []
        self.refused: set[str] = set()
        self._gates: dict[str, threading.Event] = {}
        self._change = threading.Condition()

    def hold(self, request: str) -> None:
        self._gates[request] = threading.Event()

    def release(self, request: str) -> None:
        self._gates.pop(request).set()

    def wait_for(self, request: str, times: int = 1) -> None:
        """Return once the request has come that often."""
        with self._change:
            assert self._change.wait_for(lambda: self.sent.count(request) >= times, ENOUGH_SECONDS), f"{request} never came"

    def answer(self, message: Json) -> Json:
        with self._change:
            if message["verb"] == "read":
                endpoint = self.endpoint
                return {a: endpoint.serials[a] if a in endpoint.held else None for a in message["addresses"]}
            request = message["request"]
            self.sent.append(request)
            if request not in self.refused:
                self.endpoint.take(message["payload"])
            gate = self._gates.get(request)
            self._change.notify_all()
        if gate is not None:
            gate.wait()
        return {"refused": True} if request in self.refused else {"serial": self.endpoint.serials.get(request, 0)}


class Member:
    """A process of the fleet, and what it tells."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.told: list[Json] = []
        self._change = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._change:
                self.told.append(json.loads(line))
                self._change.notify_all()

    def wait_for(self, what: str, *details: object) -> Json:
        """What was told first that begins so."""

        def found() -> Json:
            return next((each for each in self.told if each[: 1 + len(details)] == [what, *details]), None)

        with self._change:
            assert self._change.wait_for(found, ENOUGH_SECONDS), f"{what} {details} was never told: {self.told}"
            return found()

    def says(self, what: str) -> list[Json]:
        with self._change:
            return [each[1:] for each in self.told if each[0] == what]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> int:
        """Wait for its end; its exit code."""
        code = self.process.wait(ENOUGH_SECONDS)
        self._reader.join(ENOUGH_SECONDS)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Fleet:
    """`stalled` is after how many seconds its members take each other for dead."""

    url: str
    path: str
    endpoints: Endpoints
    stalled: float = STALLED_SECONDS
    members: list[Member] = field(default_factory=list)

    @classmethod
    @contextmanager
    def on(cls, url: str, stalled: float = STALLED_SECONDS) -> "Iterator[Fleet]":
        """A fleet without members on a state at `url`. All members end with the block."""
        endpoints = Endpoints()
        with tempfile.TemporaryDirectory() as folder, _serving(f"{folder}/socket", endpoints):
            fleet = cls(url, f"{folder}/socket", endpoints, stalled)
            try:
                yield fleet
            finally:
                for member in fleet.members:
                    member.close()

    def start(self, *role: str) -> Member:
        """Start a member: `work REGION…`, `apply [ON_FAILURE [PATIENCE]]` or `resume RUN`."""
        command = [sys.executable, "-m", "tests.support.fleet_child", self.url, self.path, str(self.stalled), *role]
        self.members.append(Member(command))
        return self.members[-1]


@contextmanager
def _serving(path: str, endpoints: Endpoints) -> Iterator[None]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline()
            if not line:
                return
            answer = endpoints.answer(json.loads(line))
            try:
                self.wfile.write(json.dumps(answer).encode() + b"\n")
            except BrokenPipeError:
                return

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        block_on_close = False  # an answer that is held up may have nobody left to take it
        request_queue_size = 64

    with Server(path, Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
