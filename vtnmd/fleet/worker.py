"""A worker: takes legs of its regions from the queue and walks them with the engine, until it is asked to stop."""

import asyncio
import os
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from procrastinate import App
from procrastinate.worker import Worker

from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.legs import part_of
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import reverse, reversed_id
from vtnmd.domain.run import Event, Step
from vtnmd.engine import Interrupt, OnFailure, Part, execute_part
from vtnmd.fleet.carrying import Lease, LegState, guarded, is_lost
from vtnmd.fleet.member import Member
from vtnmd.fleet.queue import OUTAGES, Fenced, GiveBack, make_app, prepare
from vtnmd.state.legs import LegEntry, Token
from vtnmd.state.postgres import Postgres
from vtnmd.state.shared import Batch

_MOST_SECONDS = 15.0

Given = TypeVar("Given")


async def work(member: Member, regions: Collection[str], interrupt: Interrupt, at_once: int = 4) -> None:
    """Carry legs of `regions`, so many `at_once`, until the interrupt is asked. What is on its way then is given back.

    A database that is away is waited for.
    """
    worker = _Worker(member, regions)
    leaving = asyncio.create_task(worker.leave_when(interrupt))
    pause = member.timing.poll
    try:
        while not interrupt.asked.is_set():
            try:
                await worker.serve(interrupt, at_once)
                pause = member.timing.poll
            except OUTAGES as error:
                member.reports.wrong(member.store.place.diagnose(error))
                pause = min(_MOST_SECONDS, pause * 2)
            with suppress(TimeoutError):
                await asyncio.wait_for(interrupt.asked.wait(), pause)
    finally:
        leaving.cancel()


class _Worker:
    def __init__(self, member: Member, regions: Collection[str]) -> None:
        assert isinstance(member.store.place, Postgres)
        self._place = member.store.place
        self._member = member
        self._shared = member.shared
        self._regions = frozenset(regions)
        self._reports = member.reports
        self._timing = member.timing
        self._name = f"{socket.gethostname()} {os.getpid()} {uuid4().hex[:8]}"
        self._carried: dict[tuple[str, str], Interrupt] = {}
        self._stopping: frozenset[str] = frozenset()

    async def leave_when(self, interrupt: Interrupt) -> None:
        """Pass on what the worker is asked: once, and more urgently."""
        await interrupt.asked.wait()
        for each in self._carried.values():
            each.ask()
        await interrupt.urgent.wait()
        for each in self._carried.values():
            each.urgent.set()

    async def serve(self, interrupt: Interrupt, at_once: int) -> None:
        """Fetch legs and look after others, until the interrupt is asked. Raises what a database that is away makes of it."""
        await asyncio.to_thread(prepare, self._place)

        async def carry(run: str, leg: str, token: Token) -> None:
            await self._carry(run, leg, token, interrupt)

        app = make_app(self._place, self._timing, carry)
        async with app.open_async():
            # Up to Python 3.11, what psycopg waits for may swallow a cancellation, so that neither task is ended by that alone.
            over, fetching = asyncio.Event(), self._fetching(app, at_once)
            beating = asyncio.create_task(self._beat(app, over))
            working = asyncio.create_task(fetching.run())  # type: ignore[no-untyped-call]  # published without annotations
            asked = asyncio.create_task(interrupt.asked.wait())
            try:
                await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    working.result()
            finally:
                fetching.stop()  # type: ignore[no-untyped-call]  # published without annotations
                for task in (asked, working):  # the worker lets the legs that it has come to their end
                    task.cancel()
                    with suppress(asyncio.CancelledError, *OUTAGES):
                        await task
                over.set()
                beating.cancel()
                with suppress(asyncio.CancelledError):
                    await beating
                with suppress(StateError):
                    await asyncio.to_thread(self._shared.gone, self._name)

    def _fetching(self, app: App, at_once: int) -> Worker:
        return Worker(
            app,
            queues=sorted(self._regions),
            name=self._name,
            concurrency=at_once,
            fetch_job_polling_interval=self._timing.poll,
            update_heartbeat_interval=self._timing.heartbeat,
            stalled_worker_timeout=max(60.0, 4 * self._timing.stalled),
            delete_jobs="always",
            install_signal_handlers=False,
        )

    async def _beat(self, app: App, over: asyncio.Event) -> None:
        """Show that this worker lives, take from the dead, bring back what nobody has, and hear whose end is asked for."""
        manager = app.job_manager
        assert isinstance(manager, Fenced)
        while not over.is_set():
            try:
                await _to_its_end(self._shared.seen, self._name, self._regions)
                await manager.take_from_the_dead(self._timing.stalled)
                await _to_its_end(self._shared.revive, self._member.clock.now())
                await self._hear()
            except StateError as error:
                self._reports.wrong(error.diagnostics[0])
            except OUTAGES as error:
                self._reports.wrong(self._place.diagnose(error))
            await asyncio.sleep(self._timing.poll)

    async def _hear(self) -> None:
        if self._carried:
            self._stopping = await _to_its_end(self._shared.stopping, {run for run, _ in self._carried})
            for (run, _), interrupt in self._carried.items():
                if run in self._stopping and not interrupt.asked.is_set():
                    interrupt.ask()

    async def _carry(self, run: str, leg: str, token: Token, interrupt: Interrupt) -> None:
        """Carry one leg, and end it. Raises GiveBack, or StateError where the state could not be asked or written."""
        found = await asyncio.to_thread(self._shared.leg, run, leg)
        if found is None or found[2].job != token.job:
            return
        with self._carrying(run, leg, interrupt) as asked:
            try:
                left = await self._walk(run, *found, token, asked)
            except StateError as error:
                if not is_lost(error):
                    self._reports.wrong(error.diagnostics[0])
                    raise
                self._reports.lost(run, leg)
                return
        if left:
            raise GiveBack(0)
        self._reports.ended(run, leg)

    @contextmanager
    def _carrying(self, run: str, leg: str, interrupt: Interrupt) -> Iterator[Interrupt]:
        asked = self._carried[run, leg] = Interrupt()
        if interrupt.asked.is_set():
            asked.ask()
        self._reports.began(run, leg)
        try:
            yield asked
        finally:
            del self._carried[run, leg]

    async def _walk(
        self, run: str, plan: Plan, journal: tuple[Event, ...], entry: LegEntry, token: Token, interrupt: Interrupt
    ) -> bool:
        """Walk the leg; whether it was left because this worker goes."""
        part, progress = part_to_carry(plan, replay(journal), entry)
        on_failure = OnFailure.CONTINUE if entry.back or entry.on_failure == OnFailure.CONTINUE else OnFailure.STOP
        world, policy = self._member.scenery(plan, on_failure, entry.drift)
        lives = sum(event.step is Step.STARTED for event in journal)
        resumed = lives > 1 or entry.batch > 0 or token.attempts > 0
        lease = Lease(self._member, entry.leg.id, token)
        drivers = {endpoint: guarded(factory, lease) for endpoint, factory in world.drivers.items()}
        state = LegState(self._member, plan, Batch(run, entry.leg.id, entry.batch, ()), lease)
        state.leaving = lambda: run not in self._stopping
        await execute_part(Part(run, part, progress, resumed=resumed), state, replace(world, drivers=drivers), policy, interrupt)
        return state.is_left


async def _to_its_end(call: Callable[..., Given], *arguments: object) -> Given:
    """What a call gives that runs in a thread. Whoever is cancelled meanwhile waits for it: the state is closed soon after."""
    calling = asyncio.create_task(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(calling)
    finally:
        await asyncio.wait([calling])


def part_to_carry(plan: Plan, progress: Progress, entry: LegEntry) -> tuple[Plan, Progress]:
    """What of the plan a carrier of the leg walks over, and what came of it so far."""
    if not entry.back:
        return part_of(plan, entry.leg.requests, progress.done), replace(progress, reversing=False)
    taken = (progress.done | progress.doubtful) & {request.id for request in plan.requests}
    unsure = {reversed_id(request) for request in taken - progress.done - progress.undone}
    back = part_of(reverse(plan, taken), entry.leg.requests, progress.done)
    return back, replace(progress, doubtful=progress.doubtful | unsure, reversing=False)
