"""What a simulator can be told to do wrong, as values shared by all of them."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from vtnmd.domain.tree import Json


class FaultKind(StrEnum):
    """Where an exchange goes wrong. All but `refuse`, `blackhole`, `status` and `ignore` let the request take effect."""

    NONE = "none"
    REFUSE = "refuse"
    """Nobody listens on the port."""
    BLACKHOLE = "blackhole"
    """The connection is taken, the request is neither carried out nor answered."""
    SLOW = "slow"
    """The answer comes `seconds` later."""
    STATUS = "status"
    """HTTP: the request is not carried out, the answer is `status`. NETCONF: an rpc-error operation-failed."""
    GARBAGE = "garbage"
    """The answer is not of the protocol."""
    HALF = "half"
    """The answer breaks off in the middle."""
    DROP_AFTER = "drop-after"
    """The connection closes in place of an answer."""
    IGNORE = "ignore"
    """A request that would change something is answered as if it had, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in force until another is set."""

    kind: FaultKind = FaultKind.NONE
    seconds: float = 0.0
    status: int = 500

    def to_json(self) -> Json:
        return {"kind": str(self.kind), "seconds": self.seconds, "status": self.status}


NO_FAULT = Fault()
REFUSE = Fault(FaultKind.REFUSE)
BLACKHOLE = Fault(FaultKind.BLACKHOLE)
GARBAGE = Fault(FaultKind.GARBAGE)
HALF = Fault(FaultKind.HALF)
DROP_AFTER = Fault(FaultKind.DROP_AFTER)
IGNORE = Fault(FaultKind.IGNORE)


def slow(seconds: float) -> Fault:
    return Fault(FaultKind.SLOW, seconds=seconds)


def status(code: int) -> Fault:
    return Fault(FaultKind.STATUS, status=code)


def fault_from_json(data: Json) -> Fault:
    """The inverse of `Fault.to_json`; seconds and status may be left out. Raises KeyError, TypeError or ValueError."""
    return Fault(FaultKind(data["kind"]), float(data.get("seconds", 0.0)), int(data.get("status", 500)))


class FaultSwitch:
    """Holds the fault that a simulator has now, and wakes what waits inside an exchange when it changes."""

    def __init__(self) -> None:
        self._current = NO_FAULT
        self._changed = asyncio.Event()

    @property
    def current(self) -> Fault:
        return self._current

    def set(self, fault: Fault) -> None:
        self._current = fault
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, seconds: float | None = None) -> None:
        """Return when another fault is set, or after `seconds`."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return
