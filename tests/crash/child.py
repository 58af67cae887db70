"""The true command line in a child process that is killed at a boundary of its journal.

The child is forked from a parent that has everything loaded. In it each event of a run is committed by itself, so that there is a
boundary for every event and not for every group of them.
"""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from unittest import mock

from sqlalchemy import Connection

from vtnmd import fleet
from vtnmd.cli import app
from vtnmd.domain.journal import Record
from vtnmd.fleet.carrying import LegState
from vtnmd.state import Store
from vtnmd.state.shared import SharedStore

_ENOUGH_SECONDS = 300
_TIMING = fleet.Timing(heartbeat=0.3, stalled=1.5, poll=0.2)
"""So soon do workers take each other for dead here."""

_SIGNS_OF_LIFE = ("seen", "gone", "is_held")
"""Transactions that come with the time and not with the run."""

_LOOK = "look"

_doing: ContextVar[str | None] = ContextVar("doing", default="state")
"""What the next transaction is for; None where it is no boundary."""


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

    @property
    def stopped(self) -> bool:
        """Whether it ended as a worker does that is asked to: by itself, or because it did not listen yet."""
        return self.killed or self.code in {0, -signal.SIGTERM}


class Child:
    """A command under way in a process of its own."""

    def __init__(self, arguments: Sequence[str], log: Path, death: Boundary | None = None) -> None:
        sys.stdout.flush()
        self._log = log
        self._told, writing = os.pipe()
        self._ended: Ended | None = None
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)  # how the parent takes signals is not how a command does
                signal.signal(signal.SIGINT, signal.default_int_handler)
                os.close(self._told)
                code = _command(arguments, log, death, writing)
            finally:
                os._exit(code)
        os.close(writing)

    def end(self) -> Ended:
        """Wait for its end or its death. Raises TimeoutError where neither comes."""
        if self._ended is None:
            in_time = first_to_end(self) is not None
            if not in_time:
                os.kill(self.pid, signal.SIGKILL)
            status = os.waitpid(self.pid, 0)[1]
            with os.fdopen(self._told, encoding="utf-8") as told:
                writes = tuple(told.read().splitlines())
            said = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            self._ended = Ended(os.waitstatus_to_exitcode(status), killed, writes, said)
            if not in_time:
                raise TimeoutError(f"the command did not end within {_ENOUGH_SECONDS} s: {said}")
        return self._ended

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Ask it to end, and wait until it has."""
        if self._ended is None:
            os.kill(self.pid, number)
        return self.end()


def run(arguments: Sequence[str], log: Path, death: Boundary | None = None) -> Ended:
    """Run a command to its end or to its death. Raises TimeoutError where neither comes."""
    return Child(arguments, log, death).end()


def first_to_end(*children: Child) -> Child | None:
    """Wait until one of them has ended; None where none does. None of them has been waited for."""
    with ExitStack() as stack:
        descriptors = {os.pidfd_open(child.pid): child for child in children}
        for descriptor in descriptors:
            stack.callback(os.close, descriptor)
        ended, _, _ = select.select(list(descriptors), [], [], _ENOUGH_SECONDS)
        return descriptors[ended[0]] if ended else None


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
    """Counts the transactions that write the state, and a coordinator's looks at the journal; ends the process at one of them."""

    def __init__(self, death: Boundary | None, told: int) -> None:
        self._death = death
        self._told = told
        self._number = 0
        self._lock = Lock()

    @contextmanager
    def watched(self) -> Iterator[None]:
        transaction = Store._transaction

        @contextmanager
        def counted(store: Store, options: Mapping[str, bool]) -> Iterator[Connection]:
            doing = _doing.get()
            counts = doing == _LOOK or (options.get("vtnmd_writes", False) and doing is not None)
            number = 0
            with transaction(store, options) as connection:
                yield connection
                if counts:
                    number = self._come(str(doing))
                    self._die(number, after=False)
            if counts:
                self._die(number, after=True)

        with ExitStack() as stack:
            stack.enter_context(_replaced(Store, "_transaction", counted))
            for owner in (Store, LegState):
                stack.enter_context(_replaced(owner, "append", _one_by_one(owner.append)))
            for name in _SIGNS_OF_LIFE:
                stack.enter_context(_replaced(SharedStore, name, _named(None, getattr(SharedStore, name))))
            stack.enter_context(_replaced(SharedStore, "news", _named(_LOOK, SharedStore.news)))
            stack.enter_context(_replaced(fleet, "Member", partial(fleet.Member, timing=_TIMING)))
            yield

    def _come(self, name: str) -> int:
        with self._lock:
            self._number += 1
            os.write(self._told, f"{name}\n".encode())
            return self._number

    def _die(self, number: int, *, after: bool) -> None:
        if self._death == Boundary(number, after):
            os.kill(os.getpid(), signal.SIGKILL)


def _one_by_one(append: Callable[[Any, Sequence[Record]], None]) -> Callable[[Any, Sequence[Record]], None]:
    def each(state: Any, records: Sequence[Record]) -> None:
        for record in records:
            _named(f"{record.event.step} {record.event.request}".strip(), append)(state, [record])

    return each


def _named(name: str | None, call: Callable[..., Any]) -> Callable[..., Any]:
    def named(*given: Any, **more: Any) -> Any:
        before = _doing.set(name)
        try:
            return call(*given, **more)
        finally:
            _doing.reset(before)

    return named


def _replaced(owner: object, name: str, replacement: object) -> AbstractContextManager[object]:
    return mock.patch.object(owner, name, replacement)
