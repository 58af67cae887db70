"""The walk: a plan's requests in the order of their needs, bounded per endpoint, different endpoints at the same time."""

import asyncio
from collections.abc import Iterator, Mapping

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.journal import Progress
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Step
from vtnmd.engine.attempt import Attempt
from vtnmd.engine.lane import DriverFactory, Lane
from vtnmd.engine.policy import OnFailure
from vtnmd.engine.scene import Done, Parked, Refused, Scene, Verdict


class Walk:
    """One walk over the requests of a plan that `progress` does not call done.

    What came of them stands in `done`, `failed`, `skipped` and `waiting` (see `Outcome`). `failure` is what broke the walk itself.
    """

    def __init__(self, plan: Plan, progress: Progress, scene: Scene, drivers: Mapping[str, DriverFactory]) -> None:
        self._requests = {request.id: request for request in plan.requests}
        self._place = {request.id: place for place, request in enumerate(plan.requests)}
        self._doubtful = progress.doubtful
        self._scene = scene
        self._lanes = {
            endpoint: Lane(endpoint, scene.policy.limits.get(endpoint, scene.policy.limit), drivers.get(endpoint))
            for endpoint in dict.fromkeys(request.endpoint for request in plan.requests)
        }
        self._dependants: dict[str, list[str]] = {}
        self._needed: dict[str, int] = {}
        self._tasks: dict[asyncio.Task[None], Request] = {}
        self._active = 0
        self._reached = False
        self.idle = asyncio.Event()
        self.done = set(progress.done & self._requests.keys())
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
        return frozenset(self._requests.keys() - self.done - self.failed.keys() - self.skipped.keys() - self.waiting.keys())

    def start(self) -> None:
        """Send what needs nothing; the rest follows by itself. `idle` is set when nothing is left to do now."""
        for request in self._requests.values():
            if request.id in self.done:
                continue
            needs = {need for need in request.needs if need in self._requests and need not in self.done}
            self._needed[request.id] = len(needs)
            for need in needs:
                self._dependants.setdefault(need, []).append(request.id)
        for key, needed in self._needed.items():
            if needed == 0:
                self._ready(self._requests[key])
        for lane in self._lanes.values():
            self._dispatch(lane)
        self._rest()

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
        for request in self._tasks.values():  # deaf to cancellation
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

    def _ready(self, request: Request) -> None:
        lane = self._lanes[request.endpoint]
        lane.push(self._place[request.id], request)
        if lane.closed is not None:
            self._give_up(lane, lane.closed)

    def _dispatch(self, lane: Lane) -> None:
        while lane.has_room and not self._scene.stopping:
            request = lane.pop()
            lane.active += 1
            self._active += 1
            task = asyncio.create_task(self._carry(request, lane))
            self._tasks[task] = request
            task.add_done_callback(self._forget)

    async def _carry(self, request: Request, lane: Lane) -> None:
        try:
            verdict = await Attempt(self._scene, lane, request, doubtful=request.id in self._doubtful).carry()
            self._finish(request, lane, verdict)
        except Exception as error:  # noqa: BLE001 - the journal's failure, or an error of the engine: either ends the run
            self.failure = self.failure or error
            self.halt()
        lane.active -= 1
        self._active -= 1
        self._dispatch(lane)
        self._rest()

    def _finish(self, request: Request, lane: Lane, verdict: Verdict) -> None:
        match verdict:
            case Done():
                self._answered(lane)
                self.done.add(request.id)
                self._release(request)
            case Refused(diagnostic=diagnostic):
                self._answered(lane)
                self.failed[request.id] = diagnostic
                for key in self._behind(request.id):
                    self.skipped[key] = request.id
                    self._scene.journal.note(Step.SKIPPED, key, {"because": request.id})
                if self._scene.policy.on_failure is OnFailure.STOP:
                    self.halt()
            case Parked(diagnostic=None):
                pass
            case Parked(diagnostic=Diagnostic() as diagnostic, reached=reached):
                self._reached = self._reached or reached
                self.waiting[request.id] = diagnostic
                self._give_up(lane, diagnostic)

    def _answered(self, lane: Lane) -> None:
        self._reached = True
        lane.ailing.clear()

    def _release(self, request: Request) -> None:
        for key in self._dependants.get(request.id, ()):
            self._needed[key] -= 1
            if self._needed[key] == 0 and key not in self.skipped:
                self._ready(self._requests[key])
                self._dispatch(self._lanes[self._requests[key].endpoint])

    def _behind(self, key: str) -> Iterator[str]:
        """All that need `key`, directly or not, and are not skipped already."""
        reached, stack = set(self.skipped), [key]
        while stack:
            for dependant in self._dependants.get(stack.pop(), ()):
                if dependant not in reached:
                    reached.add(dependant)
                    stack.append(dependant)
                    yield dependant

    def _give_up(self, lane: Lane, diagnostic: Diagnostic) -> None:
        """The endpoint does not serve: whatever is queued for it waits."""
        lane.closed = lane.closed or diagnostic
        detail = {"code": diagnostic.code, "reason": diagnostic.summary, "next-try": None}
        while lane.queue and not self._scene.stopping:
            request = lane.pop()
            self.waiting[request.id] = diagnostic
            if request.id not in self._doubtful:
                self._scene.journal.note(Step.WAITING, request.id, detail)

    def _rest(self) -> None:
        if self._active == 0:
            self.idle.set()
