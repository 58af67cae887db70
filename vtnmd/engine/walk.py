"""The walk: a plan's units in the order of their needs, bounded per endpoint, different endpoints at the same time."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.journal import Progress
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.region import RegionMode
from vtnmd.domain.run import Step
from vtnmd.engine.attempt import Attempt
from vtnmd.engine.breaker import Breaker
from vtnmd.engine.lane import DriverFactory, Lane
from vtnmd.engine.policy import OnFailure
from vtnmd.engine.rate import Rate
from vtnmd.engine.scene import Done, Parked, PutBack, Refused, Scene, Verdict
from vtnmd.engine.transaction import Member, Transaction
from vtnmd.engine.unit import Unit, find_units


class Walk:
    """One walk over the requests of a plan that `progress` does not call done, in units of what is carried at once.

    What came of them stands in `done`, `failed`, `skipped` and `waiting` (see `Outcome`). `failure` is what broke the walk itself.
    """

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        scene: Scene,
        drivers: Mapping[str, DriverFactory],
        breaker: Callable[[str], Breaker],
    ) -> None:
        self._requests = frozenset(request.id for request in plan.requests)
        self._units = find_units(plan, progress)
        self._progress = progress
        self._scene = scene
        self._lanes = {
            endpoint: Lane(
                endpoint,
                scene.policy.limits.get(endpoint, scene.policy.limit),
                drivers.get(endpoint),
                breaker(endpoint),
                Rate(scene.policy.rates.get(endpoint, 0)),
            )
            for endpoint in dict.fromkeys(request.endpoint for request in plan.requests)
        }
        self._dependants: dict[str, list[str]] = {}
        self._needed: dict[str, int] = {}
        self._tasks: dict[asyncio.Task[None], Unit] = {}
        self._active = 0
        self._reached = False
        self.idle = asyncio.Event()
        self.done = set(progress.done & self._requests)
        self.failed: dict[str, Diagnostic] = {}
        self.skipped: dict[str, str] = {}
        self.waiting: dict[str, Diagnostic] = {}
        self.failure: Exception | None = None
        scene.journal.on_failure = self.halt

    @property
    def reached(self) -> bool:
        """Whether any endpoint answered, now or earlier in the run."""
        return self._reached or bool(self.done)

    @property
    def pending(self) -> frozenset[str]:
        """What was not begun, or not brought to an end."""
        return self._requests - self.done - self.failed.keys() - self.skipped.keys() - self.waiting.keys()

    def start(self) -> None:
        """Send what needs nothing; the rest follows by itself. `idle` is set when nothing is left to do now."""
        for unit in self._units.values():
            self._needed[unit.id] = len(unit.needs)
            for need in unit.needs:
                self._dependants.setdefault(need, []).append(unit.id)
        for unit in self._units.values():
            pruned = next((request.id for request in unit.requests if request.id in self._progress.pruned), None)
            if pruned is not None:
                self._skip((unit.id, *self._behind(unit.id)), pruned)
        for key, needed in self._needed.items():
            if needed == 0:
                self._ready(self._units[key])
        for lane in self._lanes.values():
            self._dispatch(lane)
        self._rest()

    @property
    def next_tries(self) -> Mapping[str, float]:
        """When endpoints that are down are tried again, in seconds since the epoch."""
        return {name: at for name, lane in self._lanes.items() if (at := lane.breaker.next_try) is not None}

    def hold(self, modes: Mapping[str, RegionMode]) -> None:
        """Begin nothing in regions that an operator holds, and go on in those that are held no more."""
        held: dict[str, tuple[Unit, Lane]] = {}
        for lane in self._lanes.values():
            mode, before = modes.get(lane.region), lane.hold
            lane.hold = Diagnostic("VTN-E031", str(mode), address=lane.endpoint) if mode is not None and mode.holds else None
            if lane.hold != before:
                held |= {unit.id: (unit, lane) for _, unit in lane.queue}
        for unit, lane in held.values():
            if lane.hold is not None:
                self._note_waiting(unit, lane, lane.hold)
        for lane in self._lanes.values():
            self._dispatch(lane)

    def halt(self) -> None:
        """Begin nothing new; what is between two attempts ends, what is in flight goes on."""
        self._scene.stopped = True
        for task in self._scene.sleeping:
            task.cancel()

    async def leave(self, seconds: float) -> None:
        """Cancel what is in flight, and give it that long to notice."""
        self.halt()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)
        for unit in self._tasks.values():  # deaf to cancellation
            for request in unit.requests:
                self._scene.left_in_flight(request)
        self._tasks.clear()

    async def close(self, seconds: float) -> None:
        """Close the drivers that were opened."""
        closing = [asyncio.create_task(lane.opened.aclose()) for lane in self._lanes.values() if lane.opened is not None]
        if closing:
            ended, late = await asyncio.wait(closing, timeout=seconds)
            for task in late:
                task.cancel()
            for task in ended:
                task.exception()  # looked at: a run that went well is not undone by a bad goodbye

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)

    def _lanes_of(self, unit: Unit) -> tuple[Lane, ...]:
        return tuple([self._lanes[endpoint] for endpoint in unit.endpoints])

    def _ready(self, unit: Unit) -> None:
        if unit.requests[0].id in self.skipped:
            return
        lanes = self._lanes_of(unit)
        for lane in lanes:
            lane.push(unit)
        for lane in lanes:
            if lane.closed is not None:
                self._give_up(lane, lane.closed)
                return
        for lane in lanes:
            if lane.hold is not None:
                self._note_waiting(unit, lane, lane.hold)
                return

    def _dispatch(self, lane: Lane) -> None:
        """Begin what comes first here, as long as every endpoint that it goes to has room for it.

        Units are begun in the order of the plan at each endpoint, so that two that share endpoints cannot wait for each other.
        """
        while lane.first is not None and not self._scene.stopping:
            unit = lane.first
            lanes = self._lanes_of(unit)
            for each in lanes:
                if not each.has_room or each.first is not unit:
                    return
            for each in lanes:
                each.pop()
                each.active += 1
            self._active += 1
            task = asyncio.create_task(self._carry(unit, lanes))
            self._tasks[task] = unit
            task.add_done_callback(self._forget)

    async def _carry(self, unit: Unit, lanes: tuple[Lane, ...]) -> None:
        try:
            self._finish(unit, await self._carrying(unit))
        except Exception as error:  # noqa: BLE001 - the journal's failure, or an error of the engine: either ends the run
            self.failure = self.failure or error
            self.halt()
        self._active -= 1
        for lane in lanes:
            lane.active -= 1
        for lane in lanes:
            self._dispatch(lane)
        self._rest()

    async def _carrying(self, unit: Unit) -> Mapping[str, Verdict]:
        if unit.transaction:
            members = [Member(self._lanes[request.endpoint], request) for request in unit.requests]
            doubtful = self._progress.doubtful
            return await Transaction(self._scene, unit.id, members, doubtful, decided=unit.decided).carry()
        (request,) = unit.requests
        doubtful_here = request.id in self._progress.doubtful
        return {request.id: await Attempt(self._scene, self._lanes[request.endpoint], request, doubtful=doubtful_here).carry()}

    def _finish(self, unit: Unit, verdicts: Mapping[str, Verdict]) -> None:
        for request in unit.requests:
            self._take(request, verdicts[request.id])
        if self.done.issuperset([request.id for request in unit.requests]):
            self._release(unit)
        refused = [request.id for request in unit.requests if request.id in self.failed]
        if refused:
            self._skip(self._behind(unit.id), refused[0])
            if self._scene.policy.on_failure is not OnFailure.CONTINUE:
                self.halt()

    def _take(self, request: Request, verdict: Verdict) -> None:
        match verdict:
            case Done():
                self._answered(self._lanes[request.endpoint])
                self.done.add(request.id)
            case Refused(diagnostic=diagnostic):
                self._answered(self._lanes[request.endpoint])
                self.failed[request.id] = diagnostic
            case PutBack(because=because):
                self.skipped[request.id] = because
            case Parked(diagnostic=None):
                pass
            case Parked(diagnostic=Diagnostic() as diagnostic, reached=reached, endpoint=endpoint):
                self._reached = self._reached or reached
                self.waiting[request.id] = diagnostic
                lane = self._lanes[endpoint or request.endpoint]
                if lane.hold is None:
                    self._give_up(lane, diagnostic)

    def _answered(self, lane: Lane) -> None:
        self._reached = True
        lane.ailing.clear()

    def _release(self, unit: Unit) -> None:
        for key in self._dependants.get(unit.id, ()):
            self._needed[key] -= 1
            if self._needed[key] == 0:
                self._ready(self._units[key])
                for lane in self._lanes_of(self._units[key]):
                    self._dispatch(lane)

    def _skip(self, units: Iterable[str], because: str) -> None:
        for key in units:
            for request in self._units[key].requests:
                if request.id in self._progress.pruned:
                    self.skipped[request.id] = request.id
                elif request.id not in self.skipped:
                    self.skipped[request.id] = because
                    if request.id != because:
                        self._scene.journal.note(Step.SKIPPED, request.id, {"because": because})

    def _behind(self, key: str) -> Iterator[str]:
        """All units that need the one of that id, directly or not."""
        reached, stack = {key}, [key]
        while stack:
            for dependant in self._dependants.get(stack.pop(), ()):
                if dependant not in reached:
                    reached.add(dependant)
                    stack.append(dependant)
                    yield dependant

    def _give_up(self, lane: Lane, diagnostic: Diagnostic) -> None:
        """The endpoint does not serve: whatever is queued for it waits."""
        lane.closed = lane.closed or diagnostic
        self._let_wait(lane, diagnostic)

    def _let_wait(self, lane: Lane, diagnostic: Diagnostic, *, told: bool = False) -> None:
        """Have all that is queued here wait until a later run. `told`: the journal says so already."""
        freed: set[str] = set()
        while lane.queue and not self._scene.stopping:
            unit = lane.pop()
            for other in self._lanes_of(unit):
                other.drop(unit)
            freed |= {*unit.endpoints} - {lane.endpoint}
            self.waiting |= {request.id: diagnostic for request in unit.requests}
            if not told:
                self._note_waiting(unit, lane, diagnostic)
        for endpoint in sorted(freed):
            self._dispatch(self._lanes[endpoint])

    def _note_waiting(self, unit: Unit, lane: Lane, diagnostic: Diagnostic) -> None:
        """What is in doubt stays so."""
        detail = {"code": diagnostic.code, "reason": diagnostic.summary, "next-try": lane.breaker.next_try}
        for request in unit.requests:
            if request.id not in self._progress.doubtful:
                self._scene.journal.note(Step.WAITING, request.id, detail)

    def _rest(self) -> None:
        """Nothing is in flight: what is held waits longer than this run."""
        if self._active == 0:
            for lane in self._lanes.values():
                if lane.hold is not None and lane.queue:
                    self._reached = True  # nobody tried in vain
                    self._let_wait(lane, lane.hold, told=True)
        if self._active == 0:
            self.idle.set()
