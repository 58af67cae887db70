"""Lane: one endpoint during one run. What waits for it, what is in flight, and whether it answers."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.engine.breaker import Breaker
from vtnmd.engine.rate import Rate
from vtnmd.engine.unit import Unit
from vtnmd.southbound.ports import Driver, Rejected

DriverFactory = Callable[[], Driver]
"""Makes the driver of one endpoint. May raise EndpointError."""


@dataclass(slots=True)
class Lane:
    """`queue` holds (place in the plan, unit) of what could be sent, `active` counts what is in flight.

    `ailing` are requests in flight that found the endpoint unreachable: while there are any, nothing else is sent. `closed` tells
    why the endpoint was given up for this run, `hold` that an operator holds its region now.
    """

    endpoint: str
    limit: int
    factory: DriverFactory | None
    breaker: Breaker
    rate: Rate
    queue: list[tuple[int, Unit]] = field(default_factory=list)
    active: int = 0
    ailing: set[str] = field(default_factory=set)
    closed: Diagnostic | None = None
    hold: Diagnostic | None = None
    opened: Driver | None = None

    @property
    def has_room(self) -> bool:
        """Something may be sent now."""
        return self.active < self.limit and not self.ailing and self.closed is None and self.hold is None

    @property
    def region(self) -> str:
        return self.endpoint.partition("/")[0]

    @property
    def first(self) -> Unit | None:
        """What waits and comes first in the plan."""
        return self.queue[0][1] if self.queue else None

    def push(self, unit: Unit) -> None:
        heapq.heappush(self.queue, (unit.place, unit))

    def pop(self) -> Unit:
        """Take out what comes first in the plan."""
        return heapq.heappop(self.queue)[1]

    def drop(self, unit: Unit) -> None:
        """Take a unit out, if it waits here."""
        self.queue = [entry for entry in self.queue if entry[1] is not unit]
        heapq.heapify(self.queue)

    def driver(self) -> Driver:
        """The driver, made when it is first needed. Raises EndpointError."""
        if self.opened is None:
            if self.factory is None:
                raise Rejected(
                    Diagnostic(
                        "VTN-E021",
                        f"the inventory has no endpoint {self.endpoint}",
                        hint="load an inventory that has it, and plan again",
                        address=self.endpoint,
                    )
                )
            self.opened = self.factory()
        return self.opened
