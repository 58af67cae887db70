"""Patience: how long something is tried again at endpoints that fail, and the pauses in between."""

import asyncio
from dataclasses import dataclass

from vtnmd.engine.policy import Clock, Policy, Retry
from vtnmd.southbound.ports import Busy, EndpointError, InDoubt, Unreachable


@dataclass(slots=True)
class _Failures:
    """How often and since when one kind of error has come."""

    retry: Retry
    since: float
    count: int = 0


class Patience:
    """What is left of the attempts and the time that one request, or one transaction, is given. `sleeping` are tasks in a pause."""

    def __init__(self, policy: Policy, clock: Clock, sleeping: set[asyncio.Task[None]]) -> None:
        self._retries = {Unreachable: policy.unreachable, Busy: policy.busy, InDoubt: policy.doubt}
        self._clock = clock
        self._sleeping = sleeping
        self._failures: dict[type[EndpointError], _Failures] = {}

    def next(self, problem: EndpointError, least: float = 0.0) -> float | None:
        """Seconds until the next attempt after one more failure of that kind, `least` at least; None where there shall be none."""
        now = self._clock.elapsed()
        kind = next(kind for kind in self._retries if isinstance(problem, kind))
        failures = self._failures.setdefault(kind, _Failures(self._retries[kind], now))
        failures.count += 1
        return failures.retry.pause(failures.count, now - failures.since, self._clock.chance(), least)

    async def sleep(self, seconds: float) -> None:
        """Pause. A run that stops cancels the task meanwhile."""
        task = asyncio.current_task()
        assert task is not None
        self._sleeping.add(task)
        try:
            await self._clock.sleep(seconds)
        finally:
            self._sleeping.discard(task)
