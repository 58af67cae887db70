"""Requests that are committed together take effect together or not at all, whatever happens to whom and when."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_driver import create, plan_of, resource_of, update
from tests.support.rig import DyingStore, Killed, Rig
from vtnmd.domain.plan import Plan, Transaction
from vtnmd.domain.run import Result, Step
from vtnmd.engine import Interrupt, OnFailure, execute

EAST, WEST, NORTH = (resource_of(f"{region}/pe") for region in ("east", "west", "north"))
BEHIND = resource_of("east/behind", ["east/pe"])
BESIDE = resource_of("west/beside")
NAMES = tuple(str(resource.address) for resource in (EAST, WEST, NORTH))
ENDPOINTS = ("east/odl", "west/odl", "north/odl")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.crash()


def joint(plan: Plan) -> Plan:
    """The same plan with the three routers committed together."""
    return replace(plan, transactions=(Transaction(NAMES[0], NAMES),))


def first() -> Plan:
    return joint(plan_of([create(resource) for resource in (EAST, WEST, NORTH, BEHIND, BESIDE)]))


def held(rig: Rig) -> set[str]:
    return {name for endpoint in rig.endpoints.values() for name in endpoint.held} & set(NAMES)


def steps(rig: Rig, request: str) -> list[Step]:
    return [event.step for event in rig.events if event.request == request]


def test_all_are_prepared_before_any_commits_and_committed_before_any_is_confirmed(rig: Rig) -> None:
    outcome = rig.apply(first())
    assert outcome.result is Result.APPLIED
    carried = [entry.split(" ")[0] for entry in rig.order if " " in entry]
    assert carried == ["prepare"] * 3 + ["commit"] * 3 + ["confirm"] * 3
    assert held(rig) == set(NAMES)
    assert steps(rig, NAMES[1]) == [Step.SENT, Step.ANSWERED]
    decided = [event.detail for event in rig.events if event.step is Step.DECIDED]
    assert decided == [{"transaction": NAMES[0]}]
    assert rig.order.index(str(BEHIND.address)) > rig.order.index(f"confirm {NAMES[0]}")


@pytest.mark.parametrize("step", ["prepare", "commit"])
def test_one_that_refuses_takes_all_back(rig: Rig, step: str) -> None:
    rig.endpoints["west/odl"].step_faults[step] = ["rejected"]
    rig.policy = replace(rig.policy, on_failure=OnFailure.CONTINUE)
    outcome = rig.apply(first())
    assert outcome.result is Result.FAILED
    assert outcome.failed.keys() == {NAMES[1]}
    assert outcome.skipped == {NAMES[0]: NAMES[1], NAMES[2]: NAMES[1], str(BEHIND.address): NAMES[1]}
    assert outcome.done == {str(BESIDE.address)}
    assert held(rig) == set()
    assert not any(endpoint.pending or endpoint.prepared for endpoint in rig.endpoints.values())
    with rig.store() as store:
        assert store.snapshot().applied.keys() == {BESIDE.address}


def test_a_device_that_does_not_hold_what_it_took_takes_all_back(rig: Rig) -> None:
    plan = first()
    lying = plan.changes[[change.address for change in plan.changes].index(WEST.address)]
    wrong = replace(lying, operation=replace(lying.operation, read={"expect": {"name": "other"}}))
    outcome = rig.apply(replace(plan, changes=tuple(wrong if change is lying else change for change in plan.changes)))
    assert {key: diagnostic.code for key, diagnostic in outcome.failed.items()} == {NAMES[1]: "VTN-E206"}
    assert held(rig) == set()


def test_one_that_is_down_makes_all_wait_and_holds_nothing_else(rig: Rig) -> None:
    rig.endpoints["north/odl"].down = True
    outcome = rig.apply(first())
    assert outcome.result is Result.PARTLY
    assert outcome.waiting.keys() == set(NAMES)
    assert outcome.done == {str(BESIDE.address)}
    assert held(rig) == set()
    rig.endpoints["north/odl"].down = False
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert held(rig) == set(NAMES)


def test_one_that_comes_back_in_time_is_waited_for(rig: Rig) -> None:
    rig.endpoints["north/odl"].step_faults = {"prepare": ["unreachable", "busy"]}
    assert rig.apply(first()).result is Result.APPLIED


def test_a_commit_without_an_answer_is_put_away_and_made_again(rig: Rig) -> None:
    rig.endpoints["north/odl"].step_faults = {"commit": ["lost-after"]}
    outcome = rig.apply(first())
    assert outcome.result is Result.APPLIED
    assert [entry for entry in rig.order if entry.startswith("commit north")] == [f"commit {NAMES[2]}"] * 2


def test_what_is_decided_is_confirmed_until_it_is(rig: Rig) -> None:
    rig.endpoints["west/odl"].step_faults = {"confirm": ["lost-before", "unreachable"]}
    assert rig.apply(first()).result is Result.APPLIED
    assert not any(entry.startswith("cancel") for entry in rig.order)


def test_one_was_confirmed_and_the_next_had_timed_out(rig: Rig) -> None:
    west = rig.endpoints["west/odl"]
    west.step_faults = {"confirm": ["lost-before"] * 9}
    outcome = rig.apply(first())
    assert outcome.result is Result.PARTLY
    assert outcome.done >= {NAMES[0], NAMES[2]}
    west.expire()
    assert held(rig) == {NAMES[0], NAMES[2]}
    west.step_faults = {}
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert held(rig) == set(NAMES)


def test_a_device_that_cannot_take_back_comes_last_and_is_put_right_by_the_undo(rig: Rig) -> None:
    rig.endpoints["east/odl"].offer = "running"
    rig.endpoints["north/odl"].step_faults = {"commit": ["rejected"]}
    rig.apply(first())
    assert f"commit {NAMES[0]}" not in rig.order
    assert held(rig) == set()


def test_of_two_that_cannot_take_back_the_first_is_undone_when_the_second_refuses(rig: Rig) -> None:
    rig.apply(first())
    for endpoint in ("east/odl", "west/odl"):
        rig.endpoints[endpoint].offer = "candidate"
    rig.endpoints["west/odl"].step_faults = {"commit": ["rejected"]}
    before = rig.held()
    after = [resource_of(f"{region}/pe", mtu=9000) for region in ("east", "west", "north")]
    plan = joint(plan_of([update(old, new) for old, new in zip((EAST, WEST, NORTH), after, strict=True)]))
    assert rig.apply(plan).result is Result.FAILED
    assert rig.held() == before


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("expires", [True, False])
@pytest.mark.parametrize("appends", range(1, 12))
def test_killed_at_any_moment_it_ends_in_all_or_none(rig: Rig, appends: int, *, committed: bool, expires: bool) -> None:
    plan = first()
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        with suppress(Killed):
            dying = DyingStore(store, appends, committed=committed)
            asyncio.run(execute(plan, run, dying, rig.world(plan), rig.policy, Interrupt()))
        ended = store.run(run).result is Result.APPLIED
    rig.crash()
    for endpoint in rig.endpoints.values():
        if expires:
            endpoint.expire()
        endpoint.prepared.clear()
    if not ended:
        with rig.store() as store:
            decided = any(event.step is Step.DECIDED for event in store.events(run))
        assert decided or expires or len(held(rig)) in {0, 3} or any(rig.endpoints[name].pending for name in ENDPOINTS)
        assert rig.resume(run).result is Result.APPLIED
    assert held(rig) == set(NAMES)
    assert not any(endpoint.pending for endpoint in rig.endpoints.values())
    assert all(endpoint.serials[name] <= 2 for endpoint in rig.endpoints.values() for name in endpoint.serials)


def test_a_run_that_is_left_marks_what_is_in_flight(rig: Rig) -> None:
    rig.endpoints["west/odl"].step_faults = {"commit": ["hang"]}
    plan = joint(plan_of([create(resource) for resource in (EAST, WEST, NORTH)]))

    async def leave() -> str:
        interrupt = Interrupt()
        with rig.store() as store:
            run = store.begin_run(plan, "tester", rig.time.time)
            walking = asyncio.create_task(execute(plan, run, store, rig.world(plan), rig.policy, interrupt))
            await rig.endpoints["west/odl"].reached.wait()
            interrupt.ask()
            interrupt.ask()
            await walking
        return run

    run = asyncio.run(leave())
    assert {event.request for event in rig.events if event.step is Step.IN_DOUBT} == set(NAMES)
    assert rig.resume(run).result is Result.APPLIED
    assert held(rig) == set(NAMES)


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("appends", range(1, 6))
def test_a_transaction_that_was_in_doubt_and_is_then_refused_leaves_no_doubt(rig: Rig, appends: int, *, committed: bool) -> None:
    """What it was to make is not there, and what it was to change is as it was."""
    before = resource_of("east/pe")
    rig.apply(plan_of([create(before)]))
    with rig.store() as store:
        known = {address: (entry.digest, entry.owners) for address, entry in store.snapshot().applied.items()}
    changed = replace(update(before, replace(EAST, properties={"mtu": 9000})), before_digest=known[EAST.address][0])
    plan = joint(plan_of([replace(changed, before_owners=known[EAST.address][1]), create(WEST), create(NORTH)]))
    rig.endpoints["west/odl"].step_faults["commit"] = ["rejected"] * 4
    with rig.store() as store:
        run = store.begin_run(plan, "tester", rig.time.time)
        dying = DyingStore(store, appends, committed=committed)
        with suppress(Killed):
            asyncio.run(execute(plan, run, dying, rig.world(plan), rig.policy, Interrupt()))
        ended = store.run(run).result
    rig.crash()
    assert (rig.resume(run).result if ended is Result.RUNNING else ended) is Result.FAILED
    assert held(rig) == {NAMES[0]}
    with rig.store() as store:
        assert {address: (entry.digest, entry.owners) for address, entry in store.snapshot().applied.items()} == known


def test_what_routers_offer_is_remembered_for_the_next_plan(rig: Rig) -> None:
    rig.looks_outside = True
    rig.endpoints["west/odl"].offer = "candidate"
    rig.apply(first())
    with rig.store() as store:
        assert {endpoint: known.offers for endpoint, known in store.health().items()} == {
            "east/odl": "confirmed",
            "west/odl": "candidate",
            "north/odl": "confirmed",
        }
