"""Stopping a run: by its user, by a journal that cannot be written, by a task that is cancelled."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.rig import QUICK, Rig
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import Interrupt, Outcome, World, execute

A, B, C = resource_of("east/a"), resource_of("east/b", ["east/a"]), resource_of("west/c")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.crash()


async def forever(_seconds: float) -> None:
    await asyncio.Event().wait()


def run_interrupted(
    rig: Rig, plan: Plan, meddle: Callable[[Interrupt, Event], None], sleep: Callable[[float], Awaitable[None]]
) -> Outcome:
    """Execute while `meddle` sees every event and may interrupt."""

    async def go(run: str, world: World) -> Outcome:
        interrupt = Interrupt()
        world = replace(
            world,
            clock=replace(world.clock, sleep=sleep),
            listeners=(*world.listeners, lambda event: meddle(interrupt, event)),
        )
        return await execute(plan, run, store, world, rig.policy, interrupt)

    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        return asyncio.run(go(run, rig.world(plan)))


def test_an_interrupt_lets_what_is_in_flight_end_and_begins_nothing(rig: Rig) -> None:
    def meddle(interrupt: Interrupt, event: Event) -> None:
        if event.step is Step.SENT:
            interrupt.ask()

    outcome = run_interrupted(rig, plan_of([create(A), create(B)]), meddle, forever)
    assert (outcome.result, outcome.exit_code) == (Result.INTERRUPTED, 130)
    assert outcome.done == {str(A.address)}
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert rig.order == [str(A.address), str(B.address)]


def test_what_does_not_end_within_its_grace_is_in_doubt(rig: Rig) -> None:
    def meddle(interrupt: Interrupt, event: Event) -> None:
        if event.step is Step.SENT:
            interrupt.ask()

    rig.endpoints["east/odl"].hang = True
    outcome = run_interrupted(rig, plan_of([create(A), create(B)]), meddle, rig.time.clock().sleep)
    assert outcome.result is Result.INTERRUPTED
    assert [event.step for event in rig.events if event.request == str(A.address)] == [Step.SENT, Step.IN_DOUBT]
    rig.endpoints["east/odl"].hang = False
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert rig.order.count(str(A.address)) == 1


def test_a_second_interrupt_leaves_at_once(rig: Rig) -> None:
    def meddle(interrupt: Interrupt, event: Event) -> None:
        if event.step is Step.SENT:
            interrupt.ask()
            interrupt.ask()

    rig.endpoints["east/odl"].hang = True
    outcome = run_interrupted(rig, plan_of([create(A)]), meddle, forever)
    assert outcome.result is Result.INTERRUPTED
    with rig.store() as store:
        assert store.run(outcome.run).result is Result.INTERRUPTED
        assert store.snapshot().applied[A.address].digest == ""


def test_an_interrupt_ends_the_wait_for_a_dead_endpoint(rig: Rig) -> None:
    def meddle(interrupt: Interrupt, event: Event) -> None:
        if event.step is Step.WAITING:
            interrupt.ask()

    rig.endpoints["east/odl"].down = True
    outcome = run_interrupted(rig, plan_of([create(A)]), meddle, forever)
    assert outcome.result is Result.INTERRUPTED
    assert len(rig.endpoints["east/odl"].calls) == 1


def test_an_interrupt_after_everything_is_done_changes_nothing(rig: Rig) -> None:
    def meddle(interrupt: Interrupt, event: Event) -> None:
        if event.step is Step.ANSWERED:
            interrupt.ask()

    assert run_interrupted(rig, plan_of([create(A)]), meddle, forever).result is Result.APPLIED


def test_a_cancelled_run_can_be_resumed(rig: Rig) -> None:
    rig.endpoints["east/odl"].hang = True
    plan = plan_of([create(A), create(B)])

    async def go(run: str) -> None:
        task = asyncio.create_task(execute(plan, run, store, rig.world(plan), rig.policy, Interrupt()))
        await rig.endpoints["east/odl"].reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        asyncio.run(go(run))
    assert rig.endpoints["east/odl"].closed == 1
    rig.endpoints["east/odl"].hang = False
    assert rig.resume(run).result is Result.APPLIED
    assert rig.order.count(str(A.address)) == 1


def limit_size(rig: Rig, pages: int) -> None:
    """Let the state grow by so many pages, as on a disk that is nearly full."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        now = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={now + pages}").close()

    with rig.store() as store:
        engine = store._engine
        engine.dispose()
        event.listen(engine, "connect", connected)


def test_a_full_disk_stops_the_run_and_nothing_is_sent_that_is_not_recorded(rig: Rig) -> None:
    changes = [create(resource_of(f"{region}/{number}", note="x" * 2000)) for region in ("east", "west") for number in range(40)]
    plan = plan_of(changes)
    rig.policy = replace(QUICK, limit=1)
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        limit_size(rig, 20)
        with pytest.raises(StateError) as caught:
            asyncio.run(execute(plan, run, store, rig.world(plan), rig.policy, Interrupt()))
    assert [d.code for d in caught.value.diagnostics] == ["VTN-S002"]
    rig.crash()
    with rig.store() as store:
        sent = {event.request for event in store.events(run) if event.step is Step.SENT}
    assert 0 < len(sent) < len(changes)
    assert set(rig.order) <= sent
    assert rig.resume(run).result is Result.APPLIED
    assert sorted(rig.order) == sorted(request.id for request in plan.requests)
