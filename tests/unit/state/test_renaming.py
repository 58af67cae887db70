"""What the state hands over to a new name, and when it refuses to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.fake_driver import create, delete, intent_of, plan_of, resource_of, update
from tests.unit.state.test_store import NOW, finish
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations
from vtnmd.domain.diagnostics import Stale, StateError
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import service_digest, service_read
from vtnmd.domain.run import Result
from vtnmd.state import Store, open_store

A, B = resource_of("east/a"), resource_of("east/b", ["east/a"])
POOL = "name/segment/shop/net"
BEFORE = Allocations({POOL: {"web": "web"}, "vlan/east": {"shop/net/web": 100}})
AFTER = Allocations({POOL: {"www": "web"}, "vlan/east": {"shop/net/web": 100}}, {POOL: {"www": "web"}})


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def renamed(plan: Plan, former: str) -> Plan:
    """The plan of a service that had another name."""
    names = Allocations({SERVICE_NAMES: {plan.service: former}}, {SERVICE_NAMES: {plan.service: former}})
    reads = {service_read(plan.service): "", service_read(former): service_digest(intent_of(former))}
    return replace(plan, allocations=names, reads={**plan.reads, **reads})


def first(name: str) -> Allocations:
    return Allocations({SERVICE_NAMES: {name: name}})


def test_an_allocation_changes_hands_and_is_freed_with_its_new_owner(store: Store) -> None:
    finish(store, plan_of([create(A)], allocations=BEFORE))
    finish(store, plan_of([], wanted=[A], allocations=AFTER))
    assert store.allocations().values == AFTER.values
    finish(store, plan_of([], wanted=[A], allocations=Allocations(AFTER.values)))
    assert store.allocations().values == AFTER.values
    finish(store, plan_of([delete(A)], destroys=True))
    assert store.allocations().values == {}


def test_it_changes_hands_when_the_run_begins(store: Store) -> None:
    finish(store, plan_of([create(A)], allocations=BEFORE))
    finish(store, plan_of([update(A, A)], allocations=AFTER), result=Result.PARTLY, done=set())
    assert store.allocations().values == AFTER.values


@pytest.mark.parametrize("now", [{}, {"web": "other"}, {"www": "web"}])
def test_what_the_former_owner_does_not_hold_any_more_makes_a_plan_stale(store: Store, now: dict[str, str]) -> None:
    finish(store, plan_of([create(A)], allocations=Allocations({POOL: now})))
    with pytest.raises(Stale) as caught:
        store.begin_run(plan_of([], wanted=[A], allocations=AFTER), "tester", NOW)
    assert f"allocation {POOL} web" in str(caught.value)
    assert store.allocations().values.get(POOL, {}) == now


def test_all_that_a_service_owns_is_handed_over_to_its_new_name(store: Store) -> None:
    finish(store, plan_of([create(A), create(B)], service="shop", allocations=first("shop")))
    finish(store, renamed(plan_of([], service="store", wanted=[A, B]), "shop"))
    (entry,) = store.services()
    assert (entry.name, entry.version, entry.result) == ("store", 2, Result.APPLIED)
    assert store.snapshot(owner="shop").applied == {}
    assert {known.owners for known in store.snapshot(owner="store").applied.values()} == {frozenset({"store"})}
    assert {service for known in store.contributions().values() for service in known} == {"store"}
    assert store.allocations().values == {SERVICE_NAMES: {"store": "shop"}}
    finish(store, plan_of([delete(B), delete(A)], service="store", destroys=True))
    assert store.services() == ()
    assert store.snapshot().applied == {}
    assert store.allocations().values == {}


def test_a_run_of_the_former_name_cannot_be_resumed(store: Store) -> None:
    run = finish(store, plan_of([create(A)], service="shop", allocations=first("shop")), result=Result.PARTLY, done=set())
    finish(store, renamed(plan_of([create(A)], service="store"), "shop"), result=Result.PARTLY, done=set())
    with pytest.raises(StateError, match="VTN-S009"):
        store.reopen_run(run)


def test_a_run_that_knows_a_sharer_by_its_former_name_cannot_be_resumed(store: Store) -> None:
    """It would give what is shared an owner that there is not any more."""
    finish(store, plan_of([create(A)], service="shop", allocations=first("shop")))
    run = finish(store, plan_of([update(A, A)], service="other"), result=Result.PARTLY, done=set())
    finish(store, renamed(plan_of([], service="store", wanted=[A]), "shop"))
    with pytest.raises(Stale, match="VTN-S020"):
        store.reopen_run(run)


def test_a_service_at_work_is_not_renamed(store: Store) -> None:
    finish(store, plan_of([create(A)], service="shop", allocations=first("shop")))
    store.begin_run(plan_of([create(B)], service="shop", allocations=first("shop")), "tester", NOW)
    with pytest.raises(StateError, match="VTN-S012"):
        store.begin_run(renamed(plan_of([], service="store"), "shop"), "tester", NOW)
