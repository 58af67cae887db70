"""The journal's writing end: events are numbered, committed in groups by one thread, and then told to listeners."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from vtnmd.domain.address import Address
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Change
from vtnmd.domain.run import Event, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json

Listener = Callable[[Event], None]
"""Is told every event, in order, once it is durable. One that raises is told no more."""

_log = logging.getLogger(__name__)


class Appends(Protocol):
    """What the journal writes to (`vtnmd.state.Store`)."""

    def append(self, records: Sequence[Record], /) -> None:
        """Make `records` durable together. Raises StateError."""
        ...


class Journal:
    """The journal of one run. What is noted while a commit is on its way goes into the next one.

    After a commit has failed, `failure` says why, nothing more is written, and everyone who waits for a commit is told;
    `on_failure` is called then, once.
    """

    def __init__(self, state: Appends, run: str, sequence: int, now: Callable[[], float], listeners: Sequence[Listener]) -> None:
        self._state = state
        self.run = run
        self._sequence = sequence
        self._now = now
        self._listeners = list(listeners)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._noted: list[Record] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._closed = False
        self.failure: Exception | None = None
        self.on_failure: Callable[[], None] = lambda: None

    def note(
        self,
        step: Step,
        request: str = "",
        detail: Json = None,
        *,
        applied: Mapping[Address, Applied | None] | None = None,
        unknown: tuple[Change, ...] = (),
    ) -> None:
        """Note an event; it becomes durable after what was noted before it. A journal that failed or is closed takes no more."""
        if self._closed or self.failure is not None:
            return
        self._sequence += 1
        event = Event(self.run, self._sequence, self._now(), step, request, detail or {})
        self._noted.append(Record(event, applied or {}, unknown))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())

    async def durable(self) -> None:
        """Return once what was noted last is durable. Raises `failure` where it cannot become so."""
        if self._noted:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        elif self.failure is not None:
            raise self.failure

    async def aclose(self) -> None:
        """Wait until all that was noted is durable or has failed, and end the writer thread."""
        self._closed = True
        if self._flushing is not None:
            await self._flushing
        self._writer.shutdown(wait=False)

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._noted:
            batch, waiting = self._noted, self._waiting
            self._noted, self._waiting = [], []
            try:
                await loop.run_in_executor(self._writer, self._state.append, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is: what is not recorded is not sent
                self._fail(error, waiting)
                break
            self._tell(batch)
            for turn in waiting:
                if not turn.done():  # cancelled: whoever waited has left
                    turn.set_result(None)
        self._flushing = None

    def _fail(self, error: Exception, waiting: "Sequence[asyncio.Future[None]]") -> None:
        self.failure = error
        for turn in (*waiting, *self._waiting):
            if not turn.done():
                turn.set_exception(error)
        self._noted, self._waiting = [], []
        self.on_failure()

    def _tell(self, batch: Sequence[Record]) -> None:
        for listener in tuple(self._listeners):
            try:
                for record in batch:
                    listener(record.event)
            except Exception:  # noqa: BLE001 - a view that breaks must not stop a run
                _log.exception("a listener failed and is told no more")
                self._listeners.remove(listener)
