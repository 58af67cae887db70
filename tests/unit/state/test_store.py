"""What the state remembers, and what it refuses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.support.fake_driver import address_of, create, delete, intent_of, plan_of, resource_of, update
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.diagnostics import Stale, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import inventory_digest, resource_digest, resource_read, service_digest, service_read
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.state import Owner, ServiceBrief, Store, open_store
from vtnmd.state.tables import metadata

A, B = resource_of("east/a"), resource_of("east/b", ["east/a"])
NOW = 1_795_356_130.0
ME = Owner("tester: vtnmd apply", 4711, NOW)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def finish(store: Store, plan: Plan, *, result: Result = Result.APPLIED, done: set[str] | None = None) -> str:
    """Run the plan as the engine would: every change, or those of `done`, takes effect."""
    run = store.begin_run(plan, "tester", NOW)
    records = [Record(Event(run, 1, NOW, Step.STARTED))]
    for change in plan.changes:
        if done is None or str(change.address) in done:
            after = Applied(change.after, change.digest, {"id": "x"}, change.owners, run) if change.after else None
            event = Event(run, len(records) + 1, NOW, Step.ANSWERED, str(change.address))
            records.append(Record(event, {change.address: after}))
    records.append(Record(Event(run, len(records) + 1, NOW, Step.ENDED, detail={"result": result.value})))
    store.append(records)
    return run


def codes(error: Stale | StateError) -> list[str]:
    return [diagnostic.code for diagnostic in error.diagnostics]


def test_the_tables_are_what_the_migrations_make(store: Store) -> None:
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_a_run_applies_is_there_when_opened_again(store: Store, place: str) -> None:
    plan = plan_of([create(A), create(B)], allocations=Allocations({"vlan/east": {"web": 100}, "name/odl": {"shop": "acme_shop"}}))
    run = finish(store, plan)
    store.close()
    with open_store(place) as again:
        applied = again.snapshot().applied
        assert applied[A.address] == Applied(A, create(A).digest, {"id": "x"}, frozenset({"shop"}), run)
        assert again.snapshot([B.address]).applied.keys() == {B.address}
        assert again.snapshot(owner="other").applied == {}
        assert again.allocations() == plan.allocations
        assert again.allocations(["vlan/east"]).values == {"vlan/east": {"web": 100}}
        assert again.inventory() == plan.inventory
        assert again.contributions(service="shop") == {A.address: {"shop": A}, B.address: {"shop": B}}
        assert again.contributions(excluding="shop") == {}
        assert again.plan(run) == plan
        service = again.service("shop")
    assert service is not None
    assert (service.version, service.owner, service.intent, service.result) == (1, "acme", plan.intent, Result.APPLIED)


def test_a_state_that_is_not_there_reads_as_empty_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with open_store(tmp_path / "none", create=False) as store:
        assert store.services() == ()
        assert store.snapshot().applied == {}
        assert store.inventory() is None
    assert not (tmp_path / "none").exists()


def test_runs_are_named_by_time_and_service(store: Store) -> None:
    first = finish(store, plan_of([]))
    second = finish(store, plan_of([]))
    assert (first, second) == ("20261122-1402-shop", "20261122-1402-shop-2")
    assert [run.id for run in store.runs()] == [second, first]
    assert store.runs("other") == ()


def test_versions_count_intents(store: Store) -> None:
    finish(store, plan_of([]))
    finish(store, plan_of([]))
    finish(store, plan_of([], intent=intent_of("shop", mtu=9000)))
    service = store.service("shop")
    assert service is not None
    assert service.version == 2
    assert store.service_briefs() == (ServiceBrief("shop", 2, service.owner, service.run, service.result, service.changed),)


def test_unknown_runs_are_said(store: Store) -> None:
    for ask in (store.run, store.plan, store.reopen_run):
        with pytest.raises(StateError) as caught:
            ask("20261122-1402-nothing")
        assert codes(caught.value) == ["VTN-S008"]
    assert store.service("nothing") is None


def test_a_plan_is_stale_when_what_it_read_has_moved_and_each_thing_is_named(store: Store) -> None:
    finish(store, plan_of([create(A)]))
    before = store.snapshot().applied[A.address]
    reads = {
        service_read("shop"): service_digest(intent_of("shop")),
        service_read("other"): "",
        "inventory": inventory_digest({"regions": []}),
        resource_read(A.address): resource_digest(before),
        resource_read(B.address): "",
    }
    plan = plan_of([create(B)], wanted=[A, B], reads=reads, intent=intent_of("shop", mtu=1))
    changed = replace(A, properties={"name": "changed"})
    finish(store, plan_of([update(A, changed), create(B)], intent=intent_of("shop", mtu=2)))
    finish(store, plan_of([], service="other"))
    store.load_inventory({"regions": ["south"]}, NOW)
    with pytest.raises(Stale) as caught:
        store.begin_run(plan, "tester", NOW)
    assert {d.summary.split(": ")[1].removesuffix(" has changed since it was made") for d in caught.value.diagnostics} == set(reads)
    assert set(codes(caught.value)) == {"VTN-S020"}
    assert len(store.runs()) == 3


def test_a_plan_that_read_what_still_is_there_begins(store: Store) -> None:
    finish(store, plan_of([create(A)]))
    reads = {
        service_read("shop"): service_digest(intent_of("shop")),
        "inventory": inventory_digest(store.inventory()),
        resource_read(A.address): resource_digest(store.snapshot().applied[A.address]),
    }
    assert store.begin_run(plan_of([delete(A)], destroys=True, reads=reads), "tester", NOW)


def test_a_value_taken_by_another_makes_a_plan_stale(store: Store) -> None:
    finish(store, plan_of([], service="first", allocations=Allocations({"vlan/east": {"first/web": 100}})))
    with pytest.raises(Stale) as caught:
        store.begin_run(plan_of([], allocations=Allocations({"vlan/east": {"shop/web": 100}})), "tester", NOW)
    assert "allocation vlan/east shop/web" in caught.value.diagnostics[0].summary
    assert store.service("shop") is None


def test_an_owner_that_has_another_value_makes_a_plan_stale(store: Store) -> None:
    finish(store, plan_of([], service="first", allocations=Allocations({"lsp": {"east→west": 100}})))
    with pytest.raises(Stale):
        store.begin_run(plan_of([], allocations=Allocations({"lsp": {"east→west": 101}})), "tester", NOW)


def test_allocations_stay_until_a_run_has_applied_everything(store: Store) -> None:
    finish(store, plan_of([create(A)], allocations=Allocations({"vlan/east": {"web": 100, "db": 101}})))
    less = plan_of([delete(A)], wanted=[], allocations=Allocations({"vlan/east": {"web": 100}}))
    finish(store, less, result=Result.PARTLY, done=set())
    assert store.allocations().values == {"vlan/east": {"web": 100, "db": 101}}
    finish(store, less)
    assert store.allocations().values == {"vlan/east": {"web": 100}}


def test_a_shared_allocation_goes_with_its_last_user(store: Store) -> None:
    shared = Allocations({"lsp": {"east→west": 100}})
    for service in ("first", "second"):
        finish(store, plan_of([], service=service, allocations=shared))
    finish(store, plan_of([], service="first", destroys=True))
    assert store.allocations() == shared
    finish(store, plan_of([], service="second", destroys=True))
    assert store.allocations().values == {}
    assert store.services() == ()


def test_a_destroy_keeps_the_service_until_all_of_it_is_gone(store: Store) -> None:
    finish(store, plan_of([create(A), create(B)]))
    finish(store, plan_of([delete(A), delete(B)], destroys=True), result=Result.PARTLY, done={str(B.address)})
    service = store.service("shop")
    assert service is not None
    assert (service.intent, service.result) == (None, Result.PARTLY)
    assert store.snapshot(owner="shop").applied.keys() == {A.address}
    finish(store, plan_of([delete(A)], destroys=True))
    assert (store.services(), store.snapshot().applied) == ((), {})


def test_a_resource_that_others_own_too_loses_an_owner_when_a_service_leaves(store: Store) -> None:
    finish(store, plan_of([create(A, owners=["first"])], service="first"))
    finish(store, plan_of([], service="second", wanted=[A]))
    assert store.snapshot().applied[A.address].owners == {"first", "second"}
    assert store.contributions(excluding="first", addresses=[A.address]) == {A.address: {"second": A}}
    finish(store, plan_of([], service="first", wanted=[], destroys=True))
    assert store.snapshot().applied[A.address].owners == {"second"}


def test_two_runs_never_work_on_the_same_resources(store: Store) -> None:
    going = store.begin_run(plan_of([create(A, owners=["first"])], service="first"), "tester", NOW)
    for plan in (plan_of([], service="first"), plan_of([create(A, owners=["second"])], service="second")):
        with pytest.raises(StateError) as caught:
            store.begin_run(plan, "tester", NOW)
        assert codes(caught.value) == ["VTN-S012"]
        assert going in caught.value.diagnostics[0].summary
    assert store.begin_run(plan_of([create(B, owners=["third"])], service="third"), "tester", NOW)


def test_only_the_last_run_of_a_service_can_be_resumed(store: Store) -> None:
    first = finish(store, plan_of([create(A)]), result=Result.PARTLY, done=set())
    second = finish(store, plan_of([create(A)]), result=Result.PARTLY, done=set())
    with pytest.raises(StateError) as caught:
        store.reopen_run(first)
    assert codes(caught.value) == ["VTN-S009"]
    plan, events = store.reopen_run(second)
    assert (plan.service, len(events)) == ("shop", 2)
    assert store.run(second).result is Result.RUNNING


def test_a_run_under_way_is_not_resumed(store: Store) -> None:
    run = store.begin_run(plan_of([create(A)]), "tester", NOW)
    with pytest.raises(StateError) as caught:
        store.reopen_run(run)
    assert codes(caught.value) == ["VTN-S012"]


def test_a_run_that_applied_everything_is_not_resumed(store: Store) -> None:
    run = finish(store, plan_of([create(A)]))
    with pytest.raises(StateError) as caught:
        store.reopen_run(run)
    assert codes(caught.value) == ["VTN-S009"]


def test_a_deletion_that_waits_is_not_resumed_once_another_service_needs_the_resource(store: Store) -> None:
    finish(store, plan_of([create(A, owners=["first"])], service="first"))
    waiting = finish(store, plan_of([delete(A)], service="first", destroys=True), result=Result.PARTLY, done=set())
    finish(store, plan_of([], service="second", wanted=[A]))
    with pytest.raises(Stale) as caught:
        store.reopen_run(waiting)
    assert str(A.address) in caught.value.diagnostics[0].summary


def test_what_a_crashed_run_had_sent_is_unknown_to_the_next_owner(store: Store) -> None:
    finish(store, plan_of([create(A)]))
    changed = replace(A, properties={"name": "changed"})
    run = store.begin_run(plan_of([update(A, changed), create(B)]), "tester", NOW)
    store.append([Record(Event(run, 1, NOW, Step.STARTED)), Record(Event(run, 2, NOW, Step.SENT, str(A.address)))])
    seen = store.snapshot()
    assert seen.applied == {A.address: Applied(A, "", {"id": "x"}, frozenset({"shop"}), store.runs()[1].id)}
    with store.own(ME):
        assert store.run(run).result is Result.INTERRUPTED
        assert store.snapshot() == seen
    store.begin_run(plan_of([create(B)]), "tester", NOW)


def test_a_created_resource_in_doubt_can_be_destroyed(store: Store) -> None:
    run = store.begin_run(plan_of([create(A)]), "tester", NOW)
    store.append([Record(Event(run, 1, NOW, Step.SENT, str(A.address)))])
    digests = {resource_digest(store.snapshot(owner="shop").applied[A.address])}
    with store.own(ME):
        digests.add(resource_digest(store.snapshot(owner="shop").applied[A.address]))
        assert store.snapshot([B.address], owner="shop").applied == {}
    assert len(digests) == 1


def test_an_address_with_any_text_survives(store: Store) -> None:
    resource = resource_of("east/ä%2F'\"; drop table runs --")
    finish(store, plan_of([create(resource)]))
    assert store.snapshot([resource.address]).applied.keys() == {resource.address}


def test_many_addresses_are_read_at_once(store: Store) -> None:
    resources = [resource_of(f"east/{number}") for number in range(1203)]
    finish(store, plan_of([create(resource) for resource in resources]))
    assert len(store.snapshot(address_of(f"east/{number}") for number in range(0, 1203, 2)).applied) == 602


def test_a_service_may_draw_anew_what_it_holds_alone(store: Store) -> None:
    finish(store, plan_of([], allocations=Allocations({"address/web": {"a": 10, "b": 11}})))
    finish(store, plan_of([], allocations=Allocations({"address/web": {"a": 11, "b": 10}})))
    assert store.allocations().values == {"address/web": {"a": 11, "b": 10}}
