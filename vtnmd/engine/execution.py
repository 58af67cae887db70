"""A run from beginning to end: what the front ends call."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import reverse, reversed_id
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.engine.interrupt import Interrupt
from vtnmd.engine.journal import Appends, Journal, Listener
from vtnmd.engine.lane import DriverFactory
from vtnmd.engine.outcome import Outcome
from vtnmd.engine.outside import Outside, Watch
from vtnmd.engine.policy import Clock, OnFailure, Policy
from vtnmd.engine.scene import Scene, references
from vtnmd.engine.walk import Walk

_AT_ONCE = 0.1  # seconds: long enough for tasks to notice that they are cancelled


class State(Appends, Protocol):
    """What the engine needs of the state (`vtnmd.state.Store`). Called from threads, one call at a time; raises StateError."""

    def snapshot(self, addresses: Iterable[Address] | None = None, /) -> Snapshot: ...

    def reopen_run(self, run: str, user: str, now: float, /) -> tuple[Plan, tuple[Event, ...]]: ...

    def events(self, run: str, /) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True)
class World:
    """What a run is handed from outside.

    `drivers` makes drivers by endpoint id (`region/endpoint`), each when it is first needed; `secrets` resolves references;
    `listeners` are told every event in order once it is durable. `outside` is what may change while the run goes on; `user` is who
    resumes it.
    """

    drivers: Mapping[str, DriverFactory]
    secrets: Callable[[str], str]
    clock: Clock
    listeners: Sequence[Listener] = ()
    outside: Outside | None = None
    user: str = ""


async def execute(plan: Plan, run: str, state: State, world: World, policy: Policy, interrupt: Interrupt) -> Outcome:
    """Carry out the plan of a run that `Store.begin_run` began; what that took out of it is not sent.

    Raises StateError where the journal can no longer be written: nothing is sent then that is not recorded, and `resume` goes on
    from what is. Errors of endpoints never raise; they stand in the Outcome.
    """
    progress = replay(await asyncio.to_thread(state.events, run))
    journal = Journal(state, run, progress.sequence, world.clock.now, world.listeners)
    return await _Run(plan, journal, state, world, policy, interrupt).go(progress)


async def resume(run: str, state: State, world: World, policy: Policy, interrupt: Interrupt) -> Outcome:
    """Go on with a run that waits, failed, was interrupted or crashed. What is in doubt is read back first.

    A run that was being rolled back goes on to be. Raises what `Store.reopen_run` and `execute` raise.
    """
    plan, events = await asyncio.to_thread(state.reopen_run, run, world.user, world.clock.now())
    progress = replay(events)
    journal = Journal(state, run, progress.sequence, world.clock.now, world.listeners)
    return await _Run(plan, journal, state, world, policy, interrupt, resumed=True).go(progress)


@dataclass(frozen=True, slots=True)
class Part:
    """What one carrier does of a run that several carry: `plan` holds that much of its plan, `progress` what came of it so far.

    `resumed`: somebody had begun it before.
    """

    run: str
    plan: Plan
    progress: Progress
    resumed: bool = False


async def execute_part(part: Part, state: State, world: World, policy: Policy, interrupt: Interrupt) -> Outcome:
    """Carry out a part of a run. The events STARTED and ENDED are those of the part. Raises as `execute`."""
    journal = Journal(state, part.run, part.progress.sequence, world.clock.now, world.listeners)
    return await _Run(part.plan, journal, state, world, policy, interrupt, resumed=part.resumed).go(part.progress)


class _Run:
    """One life of a run: a walk, and where it fails and is to be rolled back, the walk back. `resumed`: it is not the first."""

    def __init__(  # noqa: PLR0913 - all that a life of a run is made of
        self,
        plan: Plan,
        journal: Journal,
        state: State,
        world: World,
        policy: Policy,
        interrupt: Interrupt,
        *,
        resumed: bool = False,
    ) -> None:
        self._resumed = resumed
        self._plan = plan
        self._journal = journal
        self._state = state
        self._world = world
        self._policy = policy
        self._interrupt = interrupt
        self._watch = Watch(world.outside, world.clock)
        self._walk: Walk | None = None

    async def go(self, progress: Progress) -> Outcome:
        """Go on from `progress` until nothing is left to do now."""
        journal = self._journal
        try:
            await self._watch.begin()
            adopted = {} if progress.started else self._adopted()
            journal.note(Step.STARTED, detail={"requests": len(self._plan.requests), "done": len(progress.done)}, applied=adopted)
            if adopted:
                await journal.durable()
            outcome = await self._back(progress) if progress.reversing else await self._forth(progress)
            journal.note(Step.ENDED, detail={"result": outcome.result.value})
            await journal.durable()
            return outcome
        finally:
            patience = self._patience
            if self._walk is not None:
                await self._walk.leave(patience)
            await self._watch.aclose()
            await journal.aclose()
            if self._walk is not None:
                await self._walk.close(patience)

    def _adopted(self) -> Mapping[Address, Applied]:
        """What the run takes over as it stands, when it begins."""
        return {entry.resource.address: replace(entry, run=self._journal.run) for entry in self._plan.adopted}

    async def _forth(self, progress: Progress) -> Outcome:
        walk = await self._walk_over(self._plan, progress, self._policy)
        outcome = _outcome(self._journal.run, self._plan, walk, self._interrupt)
        if self._policy.on_failure is not OnFailure.ROLLBACK or outcome.result is not Result.FAILED:
            return outcome
        self._journal.note(Step.REVERSING)
        await self._journal.durable()
        await walk.close(self._patience)
        so_far = replay(await asyncio.to_thread(self._state.events, self._journal.run))
        return await self._back(so_far, outcome.failed)

    async def _back(self, progress: Progress, failed: Mapping[str, Diagnostic] | None = None) -> Outcome:
        """Take back all that took effect, or may have. It goes on past what cannot be taken back now."""
        touched = ((progress.done | progress.doubtful) & {request.id for request in self._plan.requests}) - progress.undone
        plan = reverse(self._plan, touched)
        unsure = {reversed_id(request) for request in touched - progress.done}
        known = replace(progress, doubtful=progress.doubtful | unsure)
        walk = await self._walk_over(plan, known, replace(self._policy, on_failure=OnFailure.CONTINUE))
        back = _outcome(self._journal.run, plan, walk, self._interrupt)
        undone = progress.undone | {request for request in touched if reversed_id(request) in back.done}
        return replace(
            back,
            result=Result.ROLLED_BACK if back.result is Result.APPLIED else back.result,
            done=(progress.done & touched) - undone,
            failed={**(failed or {}), **back.failed},
            undone=undone,
        )

    async def _walk_over(self, plan: Plan, progress: Progress, policy: Policy) -> Walk:
        """Walk until nothing is left to do now; after an interrupt no longer than its grace. Raises what broke the walk."""
        scene = await self._scene(plan, progress, policy)
        self._walk = walk = Walk(plan, progress, scene, self._world.drivers, self._watch.breaker)
        self._watch.tell(walk.hold)
        walk.start()
        await _until_idle(walk, scene)
        if walk.failure is not None:
            raise walk.failure
        return walk

    async def _scene(self, plan: Plan, progress: Progress, policy: Policy) -> Scene:
        needs = {request.id: found for request in plan.requests if (found := references([request.payload]))}
        starts = {change.address: found for change in plan.changes if (found := references([change.operation.before]))}
        seen = references(change.operation.read for change in plan.changes)
        referred = {hole.address for found in (*needs.values(), *starts.values(), seen) for hole in found}
        known = await asyncio.to_thread(self._state.snapshot, referred | {change.address for change in plan.changes})
        changed = {address for request in plan.requests if request.id in progress.sent for address in request.changes}
        return Scene(
            {change.address: change for change in plan.changes},
            {address: applied.attributes for address, applied in known.applied.items()},
            frozenset(address for address, applied in known.applied.items() if not applied.digest),
            needs,
            starts,
            self._world.secrets,
            self._journal,
            self._world.clock,
            policy,
            self._interrupt,
            {address: applied.attributes for address, applied in known.applied.items() if address not in changed},
            {address: applied.accepted for address, applied in known.applied.items() if applied.accepted},
            set(progress.sent),
            resumed=self._resumed,
        )

    @property
    def _patience(self) -> float:
        return _patience(self._interrupt, self._policy)


async def _until_idle(walk: Walk, scene: Scene) -> None:
    """Wait until the walk rests; after an interrupt no longer than its grace."""
    interrupt = scene.interrupt
    if await _first(walk.idle.wait(), interrupt.asked.wait()):
        return
    walk.halt()
    if not await _first(walk.idle.wait(), interrupt.urgent.wait(), scene.clock.sleep(scene.policy.grace)):
        await walk.leave(_patience(interrupt, scene.policy))


def _patience(interrupt: Interrupt, policy: Policy) -> float:
    """Seconds that tasks and drivers have to end."""
    return _AT_ONCE if interrupt.urgent.is_set() else policy.closing


async def _first(wanted: Awaitable[object], *others: Awaitable[object]) -> bool:
    """Wait for the first to end, cancel the rest; whether it was `wanted`."""
    tasks = [asyncio.ensure_future(awaited) for awaited in (wanted, *others)]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
        return tasks[0].done()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _outcome(run: str, plan: Plan, walk: Walk, interrupt: Interrupt) -> Outcome:
    if len(walk.done) == len(plan.requests):
        result = Result.APPLIED
    elif interrupt.asked.is_set():
        result = Result.CANCELLED if interrupt.cancelled else Result.INTERRUPTED
    else:
        result = Result.FAILED if walk.failed else Result.PARTLY
    return Outcome(
        run,
        result,
        frozenset(walk.done),
        dict(walk.failed),
        dict(walk.skipped),
        dict(walk.waiting),
        walk.pending,
        walk.reached,
        next_tries=walk.next_tries,
        cancelled=interrupt.cancelled,
    )
