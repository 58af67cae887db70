"""Region modes, the health of endpoints, and what one run leaves to the next."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.address import GLOBAL_REGION, Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.health import Condition, Health, Heard
from vtnmd.domain.journal import Record, replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Carriage, Verdict
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.state import Owner, Store, Succession, open_store
from vtnmd.state.tables import runs

A, W = resource_of("east/a"), resource_of("west/w")
NOW = 1_795_356_130.0
DOWN = Health()
for _ in range(3):
    DOWN = DOWN.observe(Heard.FAILURE, NOW, 0.5, code="VTN-E010", reason="connection refused")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def partly(store: Store, plan: Plan) -> str:
    run = store.begin_run(plan, "tester", NOW)
    applied = {change.address: Applied(A, change.digest, {}, change.owners, run) for change in plan.changes if change.after == A}
    ended = Event(run, 2, NOW, Step.ENDED, detail={"result": Result.PARTLY.value})
    store.append([Record(Event(run, 1, NOW, Step.ANSWERED, str(A.address)), applied), Record(ended)])
    return run


def test_the_mode_of_a_region_is_the_one_that_was_set_last(store: Store) -> None:
    assert store.modes() == {}
    paused = RegionMode("west", Mode.PAUSED, "alice", NOW, "power works")
    store.set_mode(RegionMode("west", Mode.MAINTENANCE, "bob", NOW - 1))
    store.set_mode(paused)
    assert store.modes() == {"west": paused}
    assert paused.holds
    assert not replace(paused, mode=Mode.ACTIVE).holds


def test_modes_and_health_are_written_while_somebody_else_owns_the_state(store: Store, place: str) -> None:
    with store.own(Owner("another", 1, NOW)), open_store(place) as mine:
        mine.set_mode(RegionMode("west", Mode.PAUSED, "alice", NOW))
        mine.keep_health({"west/odl": DOWN})
    assert store.modes()["west"].user == "alice"
    assert store.health() == {"west/odl": DOWN}


def test_how_interconnects_carry_is_kept_by_service_while_it_is_there(store: Store) -> None:
    wan, lan = (Address(GLOBAL_REGION, "", "interconnect", ("shop", name)) for name in ("wan", "lan"))
    degraded, passed = Carriage(Verdict.DEGRADED, NOW, ("by the backup way",)), Carriage(Verdict.PASSED, NOW)
    store.keep_carriage("a", {wan: degraded, lan: passed})
    assert store.carriage() == {}
    partly(store, plan_of([create(A)], service="a"))
    assert store.carriage() == {"a": {lan: passed, wan: degraded}}
    store.keep_carriage("a", {wan: passed})
    assert store.carriage() == {"a": {wan: passed}}


def test_of_a_service_that_is_gone_nothing_is_known_when_it_comes_back(store: Store) -> None:
    wan = Address(GLOBAL_REGION, "", "interconnect", ("shop", "wan"))
    partly(store, plan_of([create(A)], service="a"))
    store.keep_carriage("a", {wan: Carriage(Verdict.FAILED, NOW, ("no gateway",))})
    run = store.begin_run(plan_of([], service="a", destroys=True), "tester", NOW)
    store.append([Record(Event(run, 1, NOW, Step.ENDED, detail={"result": Result.APPLIED.value}))])
    assert store.service("a") is None
    partly(store, plan_of([create(A)], service="a"))
    assert store.carriage() == {}


def test_health_is_kept_by_endpoint(store: Store) -> None:
    store.keep_health({"west/odl": DOWN, "west/pe": Health(since=NOW)})
    store.keep_health({"west/odl": DOWN.observe(Heard.SUCCESS, NOW, 0.5)})
    assert {endpoint: known.condition for endpoint, known in store.health().items()} == {
        "west/odl": Condition.PROBATION,
        "west/pe": Condition.UP,
    }


def test_only_the_latest_run_of_a_service_waits(store: Store) -> None:
    first = partly(store, plan_of([create(A), create(W)]))
    second = partly(store, plan_of([create(W)], wanted=[A, W]))
    other = partly(store, plan_of([create(resource_of("west/x"), ["other"])], "other"))
    assert store.waiting_runs() == (second, other)
    assert first not in store.waiting_runs()


def test_a_run_that_takes_over_supersedes_all_that_waited_and_bears_the_label(store: Store) -> None:
    first = partly(store, plan_of([create(A), create(W)]))
    second = partly(store, plan_of([create(W)], wanted=[A, W]))
    with store._writing() as connection:
        connection.execute(update(runs).where(runs.c.id == second).values(label="before the sale"))
    third = store.begin_run(plan_of([create(W)], wanted=[A, W]), "tester", NOW, Succession(supersedes=second))
    assert {store.run(run).result for run in (first, second)} == {Result.SUPERSEDED}
    with store._reading() as connection:
        rows = {row.id: (row.successor, row.label) for row in connection.execute(select(runs))}
    assert rows == {first: (third, ""), second: (third, "before the sale"), third: ("", "before the sale")}


def test_what_is_left_out_of_a_run_stands_in_its_journal_from_the_beginning(store: Store) -> None:
    detail = {"user": "alice", "reason": "taken out of the queue by alice"}
    run = store.begin_run(plan_of([create(A), create(W)]), "tester", NOW, Succession(pruned={str(W.address): detail}))
    events = store.events(run)
    assert [(event.step, event.request, event.detail) for event in events] == [(Step.PRUNED, str(W.address), detail)]
    assert replay(events).pruned == {str(W.address)}


def test_a_region_that_is_let_go_of_is_forgotten_for_that_service_only(store: Store) -> None:
    shared, mine = resource_of("west/shared"), resource_of("west/mine")
    for service, resources in (("shop", [A, shared, mine]), ("other", [shared])):
        plan = plan_of([create(each, ["shop", "other"] if each == shared else [service]) for each in resources], service)
        run = store.begin_run(plan, "tester", NOW)
        applied = {
            change.address: Applied(change.after, change.digest, {}, change.owners, run) for change in plan.changes if change.after
        }
        ended = Event(run, 2, NOW, Step.ENDED, detail={"result": Result.APPLIED.value})
        store.append([Record(Event(run, 1, NOW, Step.ANSWERED, "x"), applied), Record(ended)])
    store.begin_run(plan_of([], wanted=[A]), "tester", NOW, Succession(abandoned="west"))
    assert store.snapshot().applied.keys() == {A.address, shared.address}
    assert store.snapshot().applied[shared.address].owners == {"other"}
    assert store.contributions(service="shop").keys() == {A.address}


def test_the_snapshot_is_corrected_by_what_was_found(store: Store) -> None:
    partly(store, plan_of([create(A), create(W)]))
    found = Applied(W, create(W).digest, {"id": "7"}, frozenset({"shop"}), "run")
    store.correct({A.address: None, W.address: found})
    assert store.snapshot().applied == {W.address: found}


def test_what_one_service_drew_is_told_apart(store: Store) -> None:
    mine = Allocations({"vlan/east": {"web": 100}, "label": {"lsp": 7}})
    store.begin_run(plan_of([], allocations=mine), "tester", NOW)
    partly(store, plan_of([], "other", allocations=Allocations({"vlan/east": {"db": 101}, "label": {"lsp": 7}})))
    assert store.service_allocations("shop") == mine
    assert store.service_allocations("nobody") == Allocations({})
