"""Days on which the machine below is bad: the clock jumps, the disk is full, the power goes."""

import asyncio
import copy
import random
import shutil
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.fake_driver import FakeTime, create, plan_of, resource_of
from tests.support.rig import Rig
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Result, Step
from vtnmd.engine import Clock, Interrupt, execute
from vtnmd.state import Store
from vtnmd.state.place import FILE_NAME

DAY = 86_400.0


def chain_of(length: int, region: str = "east", note: str = "") -> Plan:
    """Each resource needs the one before it."""
    return plan_of(
        create(resource_of(f"{region}/{number:02}", [f"{region}/{number - 1:02}"] if number else [], note=note))
        for number in range(length)
    )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "state")
    yield rig
    rig.crash()


class JumpingTime(FakeTime):
    """A wall clock that is set to another day at every look; the monotonic one goes on undisturbed."""

    def __init__(self, *jumps: float) -> None:
        super().__init__()
        self._jumps = chain.from_iterable(repeat(jumps))

    def clock(self) -> Clock:
        steady = super().clock()
        return Clock(lambda: self.time + next(self._jumps), steady.elapsed, steady.sleep, steady.chance)


@pytest.mark.parametrize("jumps", [(0.0, DAY), (0.0, -DAY), (DAY, -400 * DAY, 3.5), (-1.0, 0.0, -2e9)])
def test_a_clock_that_jumps_changes_neither_order_nor_pauses(tmp_path: Path, jumps: tuple[float, ...]) -> None:
    steady, jumping = Rig(tmp_path / "steady"), Rig(tmp_path / "jumping", time=JumpingTime(*jumps))
    for rig in (steady, jumping):
        rig.endpoints["east/odl"].faults = ["", "unreachable", "", "busy", "lost-after"]
        outcome = rig.apply(chain_of(6))
        assert outcome.result is Result.APPLIED
        with rig.store() as store:
            events = store.events(outcome.run)
            assert [event.sequence for event in events] == list(range(1, len(events) + 1))
            assert replay(events).done == {request.id for request in chain_of(6).requests}
            assert store.runs()[0].id == outcome.run
        rig.crash()
    assert jumping.time.slept == steady.time.slept
    assert all(seconds > 0 for seconds in jumping.time.slept)
    assert jumping.held() == steady.held()
    assert [event.step for event in jumping.events] == [event.step for event in steady.events]


def test_runs_are_told_in_the_order_they_began_whatever_the_clock_said(tmp_path: Path) -> None:
    rig = Rig(tmp_path, time=JumpingTime(0.0, -DAY))
    first = rig.apply(chain_of(1, "east")).run
    rig.time.time -= 30 * DAY
    second = rig.apply(plan_of([create(resource_of("west/a"))], "other")).run
    with rig.store() as store:
        assert [entry.id for entry in store.runs()] == [second, first]
    rig.crash()


def fill_disk(store: Store, pages: int) -> None:
    """Let the database grow by that many pages and no more."""
    with store._engine.connect() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={used + pages}").close()

    event.listen(store._engine, "connect", limit)
    store._engine.dispose()


@pytest.mark.parametrize("pages", [0, 1, 3, 6, 10])
def test_a_disk_that_fills_up_in_mid_run_stops_it_and_nothing_is_sent_unrecorded(rig: Rig, pages: int) -> None:
    plan = chain_of(12, note="x" * 3000)
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        fill_disk(store, pages)
        with pytest.raises(StateError) as stopped:
            asyncio.run(execute(plan, run, store, rig.world(plan), rig.policy, Interrupt()))
        assert stopped.value.diagnostics[0].code == "VTN-S002"
        sent = {entry.request for entry in store.events(run) if entry.step is Step.SENT}
        assert store.run(run).result is Result.RUNNING
    assert set(rig.order) <= sent
    assert len(rig.order) < len(plan.requests)
    rig.crash()  # the next use of the state finds room
    assert rig.resume(run).result is Result.APPLIED
    assert set(rig.endpoints["east/odl"].serials.values()) == {1}
    assert len(rig.held()["east/odl"]) == len(plan.requests)


def torn(source: Path, target: Path, length: int) -> None:
    """A state whose power went: of what was last appended to the log only the first bytes are on the disk."""
    target.mkdir()
    shutil.copy(source / FILE_NAME, target)
    (target / f"{FILE_NAME}-wal").write_bytes((source / f"{FILE_NAME}-wal").read_bytes()[:length])


def test_whatever_is_left_of_the_last_records_the_state_is_one_that_was(rig: Rig, tmp_path: Path) -> None:
    """And resume brings the run to its end, with nothing made twice."""
    plan = chain_of(8)
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        begun = (rig.folder / f"{FILE_NAME}-wal").stat().st_size
        rig.endpoints["east/odl"].faults = ["", "", "", "lost-after", "lost-after", "", "rejected"]
        asyncio.run(execute(plan, run, store, rig.world(plan), rig.policy, Interrupt()))
        whole = store.events(run)
        written = (rig.folder / f"{FILE_NAME}-wal").stat().st_size
        chance = random.Random(written)
        lengths = {begun, begun + 1, written - 1, written, *(chance.randrange(begun, written) for _ in range(30))}
        for length in sorted(lengths):
            torn(rig.folder, tmp_path / str(length), length)
    told = 0
    for length in sorted(lengths):
        after = Rig(tmp_path / str(length), copy.deepcopy(rig.endpoints))
        after.endpoints["east/odl"].faults.clear()
        with after.store() as store:
            events = store.events(run)
            assert events == whole[: len(events)]
            assert len(events) >= told
            told = len(events)
        assert after.resume(run).result is Result.APPLIED
        assert len(after.held()["east/odl"]) == len(plan.requests)
        assert set(after.endpoints["east/odl"].serials.values()) == {1}
        after.crash()
    assert told == len(whole)
