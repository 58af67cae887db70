"""Whether the ways of a path work, and which one is in use. Pure.

Two routers tell each other every INTERVAL, over each way of each path, which ways of the other they hear. So a router learns of
each of its own outgoing ways whether it works, as by the asynchronous mode of BFD (RFC 5880).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

INTERVAL = 0.05
"""Seconds between two probes of a way."""
DETECTION = 3.5 * INTERVAL
"""Seconds without a probe after which a way is no longer heard."""
WAIT_TO_REVERT = 2.0
"""Seconds for which the primary way must have worked again before it is used."""


class Liveness(StrEnum):
    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    """The peer says nothing at all: it may be that it is not configured yet, or that every way back is broken."""


@dataclass(frozen=True, slots=True)
class WayState:
    """`number` tells the way from all others of all routers; `carrier` is that of this router's port. Times are on one clock."""

    name: str
    number: int
    liveness: Liveness = Liveness.UNKNOWN
    carrier: bool = True
    since: float = 0.0

    @property
    def usable(self) -> bool:
        return self.carrier and self.liveness is not Liveness.DOWN


@dataclass(frozen=True, slots=True)
class PathState:
    """The ways of a path in the order of preference, the name of the one in use, and since when it is."""

    ways: tuple[WayState, ...]
    active: str
    since: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a peer said last: when it was said and received, which ways it hears, and whether it has listened for long enough."""

    said: int
    received: float
    hears: frozenset[int]
    settled: bool


def told_of(way: WayState, report: Report | None, now: float) -> Liveness:
    """What a peer's last report says of a way."""
    if report is None or now - report.received > DETECTION:
        return Liveness.UNKNOWN
    if way.number in report.hears:
        return Liveness.UP
    # A way that has just been configured has not been heard of, which does not mean that it is down.
    new = way.liveness is Liveness.UNKNOWN and now - way.since <= DETECTION
    return Liveness.UNKNOWN if new or not report.settled else Liveness.DOWN


def judged(way: WayState, liveness: Liveness, now: float, *, carrier: bool) -> WayState:
    """The way with what is known of it now; `since` stays while nothing changes."""
    if (way.liveness, way.carrier) == (liveness, carrier):
        return way
    return replace(way, liveness=liveness, carrier=carrier, since=now)


def chosen(path: PathState, ways: Sequence[WayState], now: float) -> PathState:
    """The path with the way that is to be used now: what is in use while it works, and the first one once it works again."""
    current = next((way for way in ways if way.name == path.active), None)
    first = ways[0]
    settled = first.usable and now - first.since >= WAIT_TO_REVERT
    if current is None or (settled and current is not first):
        active = first
    elif current.usable:
        active = current
    else:
        active = next((way for way in ways if way.usable and way is not current), current)
    if active.name == path.active:
        return replace(path, ways=tuple(ways))
    return PathState(tuple(ways), active.name, now)
