"""SIGKILL to a running process at many moments, then resume: nothing lost, nothing made twice."""

import json
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.crash_child import make_plan
from tests.support.fake_driver import FakeEndpoint
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json
from vtnmd.state import open_store

ROOT = Path(__file__).parents[3]


class Parent:
    """Plays the endpoints and kills the child at its nth message: before the message is worked on, or before it is answered."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.endpoint = FakeEndpoint()
        self.child: subprocess.Popen[bytes] | None = None
        self.messages = 0
        self.kill_at = 0
        self.worked_on = False
        self._lock = threading.Lock()

    def run(self, folder: Path, kill_at: int = 0, *, worked_on: bool = False) -> int:
        """Start the child, wait for its end, and give its exit code; it is killed at message `kill_at`."""
        self.messages, self.kill_at, self.worked_on = 0, kill_at, worked_on
        with self._lock:
            self.child = subprocess.Popen([sys.executable, "-m", "tests.support.crash_child", str(folder), self.path], cwd=ROOT)
        return self.child.wait(60)

    def handle(self, message: Json) -> Json:
        with self._lock:
            self.messages += 1
            dies = self.messages == self.kill_at
            if dies and not self.worked_on:
                self._kill()
                return None
            answer = self._work(message)
            if dies:
                self._kill()
            return answer

    def _kill(self) -> None:
        assert self.child is not None
        os.kill(self.child.pid, signal.SIGKILL)

    def _work(self, message: Json) -> Json:
        match message["verb"]:
            case "apply":
                self.endpoint.calls.append(("apply", message["request"]))
                self.endpoint.take(message["payload"])
                return {"serial": self.endpoint.serials[message["request"]]}
            case "read":
                self.endpoint.calls.extend(("read", address) for address in message["addresses"])
                return {a: self.endpoint.serials[a] if a in self.endpoint.held else None for a in message["addresses"]}
            case _:
                return {}


@pytest.fixture
def parent() -> Iterator[Parent]:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        parent = Parent(path)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer = parent.handle(json.loads(self.rfile.readline()))
                if answer is not None:
                    try:
                        self.wfile.write(json.dumps(answer).encode() + b"\n")
                    except BrokenPipeError:
                        return

        with socketserver.ThreadingUnixStreamServer(path, Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield parent
            finally:
                server.shutdown()
                thread.join()


def expected() -> dict[str, Json]:
    return {str(change.address): change.after.properties for change in make_plan().changes if change.after}


@pytest.mark.parametrize("worked_on", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("moment", [1, 4, 9, 14, 21, 28, 35])
def test_a_killed_run_is_finished_by_resume(tmp_path: Path, parent: Parent, moment: int, worked_on: bool) -> None:
    assert parent.run(tmp_path, moment, worked_on=worked_on) == -signal.SIGKILL
    assert parent.run(tmp_path) == 0
    assert parent.endpoint.held == expected()
    assert set(parent.endpoint.serials.values()) == {1}
    sent: set[str] = set()
    for verb, name in parent.endpoint.calls:
        if verb == "apply":
            assert name not in sent, f"{name} was sent twice without reading"
            sent.add(name)
        else:
            sent.discard(name)
    with open_store(tmp_path) as store:
        assert store.runs()[0].result is Result.APPLIED
        assert {str(address) for address in store.snapshot().applied} == expected().keys()
        assert all(entry.digest for entry in store.snapshot().applied.values())


def test_a_process_killed_twice_still_ends_well(tmp_path: Path, parent: Parent) -> None:
    assert parent.run(tmp_path, 12) == -signal.SIGKILL
    assert parent.run(tmp_path, 6, worked_on=True) == -signal.SIGKILL
    assert parent.run(tmp_path) == 0
    assert parent.endpoint.held == expected()
    assert set(parent.endpoint.serials.values()) == {1}
