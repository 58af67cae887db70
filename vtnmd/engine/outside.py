"""What a run hears from outside and tells while it goes on: region modes that operators set, and the health of endpoints."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.health import Health
from vtnmd.domain.region import RegionMode
from vtnmd.engine.breaker import Breaker
from vtnmd.engine.policy import Clock

_LOOK_SECONDS = 1.0
_log = logging.getLogger(__name__)

Modes = Mapping[str, RegionMode]


@dataclass(frozen=True, slots=True)
class Outside:
    """Called from threads, may raise StateError: `modes` reads which regions are held, `keep` stores the health of endpoints.

    `health` is what was known of endpoints when the run began.
    """

    modes: Callable[[], Modes]
    keep: Callable[[Mapping[str, Health]], None]
    health: Mapping[str, Health] = field(default_factory=dict)


class Watch:
    """Looks outside once a second, off the event loop. Where the state cannot be asked for a moment, what was known stays."""

    def __init__(self, outside: Outside | None, clock: Clock) -> None:
        self._outside = outside
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}
        self._changed: dict[str, Health] = {}
        self._modes: Modes = {}
        self._told: Callable[[Modes], None] = lambda _modes: None
        self._task: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    def breaker(self, endpoint: str) -> Breaker:
        """The breaker of an endpoint, the same for the whole run."""
        if endpoint not in self._breakers:
            known = self._outside.health.get(endpoint) if self._outside else None
            self._breakers[endpoint] = Breaker(endpoint, known or Health(), self._clock, self._note)
        return self._breakers[endpoint]

    def tell(self, told: Callable[[Modes], None]) -> None:
        """Tell `told`, and nobody else any more, the modes now and whenever they are looked at."""
        self._told = told
        told(self._modes)

    async def begin(self) -> None:
        """Look now, and every second from now on."""
        if self._outside is not None:
            await self._look(self._outside)
            self._task = asyncio.create_task(self._go_on(self._outside))

    async def aclose(self) -> None:
        """Look no more, and store what is not stored yet."""
        if self._outside is None:
            return
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._looking is not None:
            await self._looking  # what it stores must not come after what is stored now
        await self._keep(self._outside)

    def _note(self, endpoint: str, health: Health) -> None:
        self._changed[endpoint] = health

    async def _go_on(self, outside: Outside) -> None:
        while True:
            await self._clock.sleep(_LOOK_SECONDS)
            self._looking = asyncio.create_task(self._look(outside))
            await asyncio.shield(self._looking)

    async def _look(self, outside: Outside) -> None:
        await self._keep(outside)
        try:
            self._modes = await asyncio.to_thread(outside.modes)
        except StateError as error:
            _log.warning("the modes of regions cannot be read: %s", error)
        else:
            self._told(self._modes)

    async def _keep(self, outside: Outside) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        try:
            await asyncio.to_thread(outside.keep, changed)
        except StateError as error:
            _log.warning("the health of endpoints cannot be kept: %s", error)
