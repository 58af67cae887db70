"""Breaker: asks an endpoint's health before anything is sent to it, and hears what became of it. One per endpoint and run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.health import Circuit, Condition, Health, Heard
from vtnmd.engine.policy import Clock
from vtnmd.engine.scene import answer_of
from vtnmd.southbound.ports import Busy, Driver, EndpointError, Failing, Rejected, Unreachable

_OF_THIS_SIDE = frozenset({"VTN-E001", "VTN-E016", "VTN-E017", "VTN-E020", "VTN-E021", "VTN-E202"})
"""Refusals that say nothing of the endpoint: it was not asked."""

_CLOSED = (Condition.UP, Condition.AILING)

Tell = Callable[[str, Health], None]
"""Is told the health of an endpoint whenever its condition or its next try changes."""


class Breaker:
    """Lets requests pass while the circuit is closed; while it is half open one at a time, after a probe that succeeded.

    Failures of what was in flight together count once: each names the `mark` that was valid when it was sent.
    """

    def __init__(self, endpoint: str, health: Health, clock: Clock, tell: Tell) -> None:
        self.health = health
        self.mark = 0
        self._endpoint = endpoint
        self._clock = clock
        self._tell = tell
        self._turn = asyncio.Lock()

    @property
    def next_try(self) -> float | None:
        """When an endpoint that is down is tried again, in seconds since the epoch; None where it is not down."""
        return self.health.next_try if self.health.condition is Condition.DOWN else None

    @property
    def wait(self) -> float:
        """Seconds until something may be asked again."""
        return self.health.wait(self._clock.now()) if self.health.condition is Condition.DOWN else 0.0

    @property
    def is_closed(self) -> bool:
        """Everything may pass; there is no need to ask for it."""
        return self.health.condition in _CLOSED

    @asynccontextmanager
    async def passage(self, driver: Callable[[], Driver]) -> AsyncIterator[EndpointError | None]:
        """The right to ask the endpoint until the block ends, or why there is none."""
        if self.is_closed:
            yield None
        elif self._circuit is Circuit.OPEN:
            yield self._barred()
        else:
            async with self._turn:
                yield await self._try(driver)

    def hear(self, answer: object, mark: int) -> None:
        """Learn from what the endpoint answered to something that was sent when `mark` was valid."""
        match answer:
            case Rejected(diagnostic=diagnostic) if diagnostic.code in _OF_THIS_SIDE:
                return
            case EndpointError(diagnostic=diagnostic) if heard_of(answer) is not Heard.SUCCESS:
                if mark == self.mark:
                    self.mark += 1
                    self._observe(heard_of(answer), diagnostic)
            case _ if self.health.condition is not Condition.UP or self.health.outages:
                self._observe(Heard.SUCCESS, None)

    def learn(self, offers: str) -> None:
        """Remember how far the endpoint takes part in transactions, for the plans to come."""
        if offers != self.health.offers:
            self.health = replace(self.health, offers=offers)
            self._tell(self._endpoint, self.health)

    @property
    def _circuit(self) -> Circuit:
        return self.health.circuit(self._clock.now())

    async def _try(self, driver: Callable[[], Driver]) -> EndpointError | None:
        """With the turn: a probe where the endpoint is still down. Whoever had the turn before may have changed everything."""
        if self._circuit is Circuit.OPEN:
            return self._barred()
        if self.health.condition is Condition.DOWN:
            mark = self.mark
            answer = await answer_of(_hello(driver))
            self.hear(answer, mark)
            if isinstance(answer, EndpointError) and not isinstance(answer, Rejected):
                return Unreachable(answer.diagnostic)
        return None

    def _barred(self) -> EndpointError:
        return Unreachable(Diagnostic(self.health.code or "VTN-E010", self.health.reason, address=self._endpoint))

    def _observe(self, heard: Heard, diagnostic: Diagnostic | None) -> None:
        code, reason = (diagnostic.code, diagnostic.summary) if diagnostic else ("", "")
        before, now = self.health, self._clock.now()
        self.health = before.observe(heard, now, self._clock.chance(), code=code, reason=reason)
        if (before.condition, before.next_try) != (self.health.condition, self.health.next_try):
            self._tell(self._endpoint, self.health)


def heard_of(answer: object) -> Heard:
    """What an answer, or an error, says of the endpoint. A refusal is an answer."""
    match answer:
        case EndpointError() if not isinstance(answer, Rejected):
            return Heard.BUSY if isinstance(answer, Busy) and not isinstance(answer, Failing) else Heard.FAILURE
        case _:
            return Heard.SUCCESS


async def _hello(driver: Callable[[], Driver]) -> str:
    return await driver().hello()
