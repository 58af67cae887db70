"""Event streams (RFC 5277 section 3.2, RFC 8040 section 6): what happened, kept for replay, and handed to subscribers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json

NETCONF = "NETCONF"
"""The stream that holds every event."""


@dataclass(frozen=True, slots=True)
class Event:
    """A notification: its member, `module:name`, and its content, RFC 7951. `time` is in seconds since the epoch."""

    member: str
    content: Json
    time: float


@dataclass(slots=True, eq=False)
class Following:
    """Events for one subscriber, to be closed in the end."""

    queue: "asyncio.Queue[Event | None]"
    subscribers: "set[asyncio.Queue[Event | None]]"

    async def next(self) -> Event | None:
        """None where the subscriber was too slow and is told nothing any more."""
        return await self.queue.get()

    async def __aiter__(self) -> AsyncIterator[Event]:
        try:
            while (event := await self.next()) is not None:
                yield event
        finally:
            self.close()

    def close(self) -> None:
        self.subscribers.discard(self.queue)


@dataclass(slots=True, eq=False)
class Streams:
    """Events of all streams. `descriptions` are those of the streams, `kept` is how many events of each can be replayed."""

    clock: Callable[[], float]
    descriptions: Mapping[str, str] = field(default_factory=lambda: {NETCONF: "every event"})
    kept: int = 10_000
    backlog: int = 1_000
    """How many events may wait for one subscriber; a slower one is dropped."""
    _events: dict[str, deque[Event]] = field(default_factory=dict)
    _subscribers: dict[str, set[asyncio.Queue[Event | None]]] = field(default_factory=dict)
    created: float = field(init=False)

    def __post_init__(self) -> None:
        self.created = self.clock()

    def publish(self, member: str, content: Json, stream: str = NETCONF) -> None:
        """Tell of an event. To be called on the event loop."""
        event = Event(member, content, self.clock())
        self._events.setdefault(stream, deque(maxlen=self.kept)).append(event)
        for queue in tuple(self._subscribers.get(stream, ())):
            if queue.qsize() >= self.backlog:
                self._subscribers[stream].discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def replay(self, start: float, stop: float | None = None, stream: str = NETCONF) -> list[Event]:
        """What is kept from `start` to `stop`."""
        return [event for event in self._events.get(stream, ()) if start <= event.time and (stop is None or event.time <= stop)]

    def oldest(self, stream: str = NETCONF) -> float | None:
        """The time of the oldest event that was not kept any more, for who asks for a replay from before it; None: all are kept."""
        held = self._events.get(stream)
        return held[0].time if held and len(held) == self.kept else None

    def follow(self, stream: str = NETCONF) -> "Following":
        """Events from this call on, so that what a replay gives at the same time and these have no gap and no overlap."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        subscribers = self._subscribers.setdefault(stream, set())
        subscribers.add(queue)
        return Following(queue, subscribers)
