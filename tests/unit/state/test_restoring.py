"""A run that was rolled back leaves its service in the state as it was, and what that takes is kept in the size of the change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.fake_driver import create, delete, intent_of, plan_of, resource_of, update
from tests.support.rig import QUICK, Rig
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import service_digest, service_read
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import OnFailure
from vtnmd.state import Store
from vtnmd.state.tables import allocation_users, allocations, contributions, displaced, metadata, owners, runs, services, snapshot

A, B, C = resource_of("east/a"), resource_of("east/b"), resource_of("west/c")
AFTER = replace(A, properties={"name": "changed"})
FIRST = {"vlan/east": {"web": 100, "db": 101}, "address/web": {"a": 10, "b": 11}}
SECOND = {"vlan/east": {"web": 100, "app": 102}, "address/web": {"a": 11, "b": 10}}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, policy=replace(QUICK, on_failure=OnFailure.ROLLBACK))
    yield rig
    rig.crash()


def held(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """What the state holds of services and their resources; who wrote a resource last, and what was answered, do not count."""
    tables = (services, contributions, snapshot, owners, allocations, allocation_users)
    with store._engine.connect() as connection:
        return {
            table.name: sorted(
                tuple(row)
                for row in connection.execute(
                    select(*(c for c in table.c if table is not snapshot or c.name not in {"run", "attributes"}))
                )
            )
            for table in tables
        }


def build() -> Plan:
    return plan_of([create(A), create(B)], allocations=Allocations(FIRST))


def change() -> Plan:
    """Updates one, removes one, adds one that is refused; draws anew, draws more, lets go."""
    return plan_of(
        [update(A, AFTER), delete(B), create(C)],
        wanted=[AFTER, C],
        intent=intent_of("shop", mtu=1),
        allocations=Allocations(SECOND),
    )


def roll_back(rig: Rig, plan: Plan) -> str:
    rig.endpoints["west/odl"].faults = ["rejected"]
    outcome = rig.apply(plan)
    assert outcome.result is Result.ROLLED_BACK
    return outcome.run


def test_the_service_is_as_it_was(rig: Rig) -> None:
    first = rig.apply(build()).run
    with rig.store() as store:
        before = held(store)
        run = roll_back(rig, change())
        assert held(store) == before
        service = store.service("shop")
        assert service is not None
        assert (service.version, service.run, service.result) == (1, first, Result.APPLIED)
        assert store.run(run).result is Result.ROLLED_BACK
        assert store.intent_before(run) == intent_of("shop")


def test_names_go_back_too(rig: Rig) -> None:
    names = "name/segment/shop/net"
    drawn: dict[str, dict[str, int | str]] = {SERVICE_NAMES: {"shop": "shop"}, names: {"web": "web"}, "vlan/east": {"web": 100}}
    rig.apply(plan_of([create(A), create(B)], allocations=Allocations(drawn)))
    moved = {SERVICE_NAMES: {"store": "shop"}, names: {"www": "web"}}
    handed = Allocations({SERVICE_NAMES: {"store": "shop"}, names: {"www": "web"}, "vlan/east": {"web": 100}}, moved)
    with rig.store() as store:
        before, first = held(store), store.runs()[0].id
        reads = {service_read("store"): "", service_read("shop"): service_digest(intent_of("shop"))}
        rename = plan_of([create(C)], "store", wanted=[A, B, C], allocations=handed, reads=reads)
        run = roll_back(rig, rename)
        assert held(store) == before
        assert store.intent_before(run) == intent_of("shop")
        assert store.later_name(first) == ("", "")
        again = rig.apply(rename).run
        assert store.later_name(first) == ("store", again)


def test_a_service_that_was_not_there_is_gone_with_all_it_had_drawn(rig: Rig) -> None:
    with rig.store() as store:
        roll_back(rig, plan_of([create(A), create(C)], allocations=Allocations(FIRST)))
        assert all(not rows for rows in held(store).values())


def test_what_another_service_shares_stays_with_that_one(rig: Rig) -> None:
    shared = Allocations({"lsp": {"east→west": 100}})
    rig.apply(plan_of([create(A, owners=["other"])], service="other", allocations=shared))
    with rig.store() as store:
        before = held(store)
        roll_back(rig, plan_of([create(C)], wanted=[A, C], allocations=shared))
        assert held(store) == before


def test_a_value_that_somebody_else_has_drawn_meanwhile_is_not_taken_away(rig: Rig) -> None:
    rig.apply(plan_of([create(A)], allocations=Allocations({"address/web": {"a": 10}})))
    with rig.store() as store:
        run = store.begin_run(plan_of([], wanted=[A], allocations=Allocations({"address/web": {"a": 11}})), "tester", 0.0)
        store.append([Record(Event(run, 1, 0.0, Step.ENDED, detail={"result": "partly"}))])
        rig.apply(plan_of([], service="other", allocations=Allocations({"address/web": {"z": 10}})))
        store.append([Record(Event(run, 2, 0.0, Step.ENDED, detail={"result": "rolled-back"}))])
        assert store.allocations().values == {"address/web": {"a": 11, "z": 10}}


def test_a_service_that_a_later_run_took_over_is_left_alone(rig: Rig) -> None:
    with rig.store() as store:
        first = store.begin_run(build(), "tester", 0.0)
        store.append([Record(Event(first, 1, 0.0, Step.ENDED, detail={"result": "failed"}))])
        store.begin_run(change(), "tester", 0.0)
        before = held(store)
        store.append([Record(Event(first, 2, 0.0, Step.ENDED, detail={"result": "rolled-back"}))])
        assert held(store) == before


def test_what_is_kept_is_in_the_size_of_the_change(rig: Rig) -> None:
    resources = [resource_of(f"east/{number}") for number in range(50)]
    drawn = Allocations({"vlan/east": {str(number): number for number in range(50)}})
    rig.apply(plan_of([create(resource) for resource in resources], allocations=drawn))
    more = Allocations({"vlan/east": {**drawn.values["vlan/east"], "new": 51}})
    run = rig.apply(plan_of([create(A)], wanted=[*resources, A], allocations=more)).run
    with rig.store() as store, store._engine.connect() as connection:
        assert connection.execute(select(displaced)).all() == [(run, str(A.address), None)]
        kept = connection.execute(select(runs.c.before).where(runs.c.id == run)).scalar_one()
    assert kept.endswith('"allocations":[["vlan/east","new",null]]}')


def test_a_run_of_an_earlier_vtnmd_does_not_know_what_was_before_it(rig: Rig) -> None:
    run = rig.apply(build()).run
    with rig.store() as store:
        assert store.intent_before(run) is None
        with store._engine.begin() as connection:
            connection.execute(metadata.tables["runs"].update().values(version=0))
        with pytest.raises(StateError, match="VTN-S013"):
            store.intent_before(run)
