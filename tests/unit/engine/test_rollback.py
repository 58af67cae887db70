"""A run that fails and is to be rolled back leaves every endpoint and the Snapshot as they were."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_driver import create, delete, plan_of, ref, resource_of, update
from tests.support.rig import QUICK, DyingStore, Killed, Rig
from vtnmd.domain.plan import Plan, Transaction
from vtnmd.domain.run import Result, Step
from vtnmd.engine import Interrupt, OnFailure, execute

A, B, C = resource_of("east/a"), resource_of("east/b", ["east/a"]), resource_of("west/c", ["east/a"])
GONE = resource_of("west/gone", ["east/a"])
LATE = resource_of("west/late", ["west/c", "east/b"])
BACK = replace(QUICK, on_failure=OnFailure.ROLLBACK, limit=1)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, policy=BACK)
    yield rig
    rig.crash()


def build() -> Plan:
    return plan_of([create(resource) for resource in (A, GONE)])


def change() -> Plan:
    """One updated, one deleted, three created; the last of them is refused by west."""
    after = replace(A, properties={**A.properties, "mtu": 9000})
    holder = replace(B, properties={**B.properties, "uses": ref("east/a", "serial")})
    return plan_of([update(A, after), create(holder), create(C), delete(GONE), create(LATE)], wanted=[after, holder, C, LATE])


def snapshot(rig: Rig) -> Any:
    with rig.store() as store:
        return {address: (entry.digest, entry.resource, entry.owners) for address, entry in store.snapshot().applied.items()}


def refuse_last(rig: Rig) -> None:
    """West takes two requests, in whatever order, and refuses the third."""
    rig.endpoints["west/odl"].faults = ["", "", "rejected"]


def test_everything_goes_back_in_reverse_order(rig: Rig) -> None:
    rig.apply(build())
    before, known = rig.held(), snapshot(rig)
    rig.order.clear()
    refuse_last(rig)
    outcome = rig.apply(change())
    assert outcome.result is Result.ROLLED_BACK
    assert outcome.exit_code == 1
    assert [diagnostic.code for diagnostic in outcome.failed.values()] == ["VTN-E103"]
    assert outcome.done == frozenset()
    assert len(outcome.undone) >= 4
    assert (rig.held(), snapshot(rig)) == (before, known)
    forth = [name for name in rig.order if not name.startswith("undo:")]
    back = [name.removeprefix("undo:") for name in rig.order if name.startswith("undo:")]
    assert back.index(str(B.address)) < back.index(str(A.address))
    assert set(back) <= set(forth)


def test_what_the_refused_request_left_behind_goes_too(rig: Rig) -> None:
    rig.endpoints["west/odl"].faults = ["rejected-half"]
    outcome = rig.apply(plan_of([create(A), create(C)]))
    assert outcome.result is Result.ROLLED_BACK
    assert rig.held() == {}
    assert snapshot(rig) == {}


def test_a_run_that_goes_well_is_left_alone(rig: Rig) -> None:
    assert rig.apply(build()).result is Result.APPLIED


def test_a_dead_region_is_no_failure(rig: Rig) -> None:
    rig.endpoints["west/odl"].down = True
    assert rig.apply(build()).result is Result.PARTLY
    assert not any(event.step is Step.REVERSING for event in rig.events)


def test_what_cannot_be_taken_back_now_is_taken_back_by_resume(rig: Rig) -> None:
    rig.endpoints["west/odl"].faults = ["rejected"]
    rig.endpoints["east/odl"].faults = ["", *["unreachable"] * 9]
    outcome = rig.apply(plan_of([create(A), create(C)]))
    assert outcome.result is Result.PARTLY
    assert outcome.done == {str(A.address)}
    rig.endpoints["east/odl"].faults = []
    resumed = rig.resume(outcome.run)
    assert resumed.result is Result.ROLLED_BACK
    assert rig.held() == {}
    assert snapshot(rig) == {}


def test_a_transaction_goes_back_as_one(rig: Rig) -> None:
    first, second = resource_of("east/pe"), resource_of("north/pe")
    names = str(first.address), str(second.address)
    late = resource_of("west/late", ["east/pe"])
    plan = replace(plan_of([create(each) for each in (first, second, late)]), transactions=(Transaction(names[0], names),))
    rig.endpoints["west/odl"].faults = ["rejected"]
    assert rig.apply(plan).result is Result.ROLLED_BACK
    assert rig.held() == {}
    assert f"commit undo:{names[0]}" in rig.order


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("appends", range(1, 24, 2))
def test_killed_at_any_moment_it_ends_as_before_or_as_wanted(rig: Rig, appends: int, *, committed: bool) -> None:
    rig.apply(build())
    before, known = rig.held(), snapshot(rig)
    refuse_last(rig)
    plan = change()
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        dying = DyingStore(store, appends, committed=committed)
        with suppress(Killed):
            asyncio.run(execute(plan, run, dying, rig.world(plan), rig.policy, Interrupt()))
        reversing = any(event.step is Step.REVERSING for event in store.events(run))
        ended = store.run(run).result
    rig.crash()
    if ended is Result.RUNNING:
        ended = rig.resume(run).result
    if reversing:
        assert ended is Result.ROLLED_BACK
    if ended is Result.ROLLED_BACK:
        assert (rig.held(), snapshot(rig)) == (before, known)
    else:
        assert ended is Result.APPLIED


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("appends", range(1, 5))
def test_what_was_in_doubt_and_is_then_refused_is_not_taken_for_there(rig: Rig, appends: int, *, committed: bool) -> None:
    rig.endpoints["east/odl"].faults = ["rejected"] * 4
    plan = plan_of([create(A)])
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        with suppress(Killed):
            asyncio.run(
                execute(plan, run, DyingStore(store, appends, committed=committed), rig.world(plan), rig.policy, Interrupt())
            )
        ended = store.run(run).result
    rig.crash()
    assert (rig.resume(run).result if ended is Result.RUNNING else ended) is Result.ROLLED_BACK
    assert snapshot(rig) == {}
