"""The true command line in a child process that is killed at a boundary of its journal.

The child is forked from a parent that has everything loaded. In it each event of a run is committed by itself, so that there is a
boundary for every event and not for every group of them.
"""

import os
import select
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from sqlalchemy import Connection

from vtnmd.cli import app
from vtnmd.domain.journal import Record
from vtnmd.state import Store

_ENOUGH_SECONDS = 300


@dataclass(frozen=True)
class Boundary:
    """A transaction that writes the state, by its number in the process: right before its commit, or right after."""

    number: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} commit {self.number}"


@dataclass(frozen=True)
class Ended:
    """How a child ended. `writes` names the transactions that it came to, `killed` says that it died as it was told to."""

    code: int
    killed: bool
    writes: tuple[str, ...]
    said: str


def run(arguments: Sequence[str], log: Path, death: Boundary | None = None) -> Ended:
    """Run a command to its end or to its death. Raises TimeoutError where neither comes."""
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.close(reading)
            code = _command(arguments, log, death, writing)
        finally:
            os._exit(code)
    os.close(writing)
    status = _wait(pid)
    with os.fdopen(reading, encoding="utf-8") as told:
        writes = tuple(told.read().splitlines())
    said = log.read_text(encoding="utf-8", errors="replace")
    return Ended(os.waitstatus_to_exitcode(status), os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, writes, said)


def _wait(pid: int) -> int:
    descriptor = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], _ENOUGH_SECONDS)
    finally:
        os.close(descriptor)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if not ended:
        raise TimeoutError(f"the command did not end within {_ENOUGH_SECONDS} s")
    return status


def _command(arguments: Sequence[str], log: Path, death: Boundary | None, told: int) -> int:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    with _Boundaries(death, told).watched():
        code = app.main(list(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    return code


class _Boundaries:
    """Counts the transactions that write the state, and ends the process at one of them."""

    def __init__(self, death: Boundary | None, told: int) -> None:
        self._death = death
        self._told = told
        self._number = 0
        self._name = "state"

    @contextmanager
    def watched(self) -> Iterator[None]:
        transaction, append = Store._transaction, Store.append

        @contextmanager
        def counted(store: Store, options: Mapping[str, bool]) -> Iterator[Connection]:
            writes = options.get("vtnmd_writes", False)
            with transaction(store, options) as connection:
                yield connection
                if writes:
                    self._come()
                    self._die(after=False)
            if writes:
                self._die(after=True)

        def one_by_one(store: Store, records: Sequence[Record]) -> None:
            for record in records:
                self._name = f"{record.event.step} {record.event.request}".strip()
                append(store, [record])
                self._name = "state"

        with _replaced("_transaction", counted), _replaced("append", one_by_one):
            yield

    def _come(self) -> None:
        self._number += 1
        os.write(self._told, f"{self._name}\n".encode())

    def _die(self, *, after: bool) -> None:
        if self._death == Boundary(self._number, after):
            os.kill(os.getpid(), signal.SIGKILL)


def _replaced(name: str, replacement: object) -> AbstractContextManager[object]:
    return mock.patch.object(Store, name, replacement)
