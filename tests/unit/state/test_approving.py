"""Where the inventory demands it, a plan becomes a run only once other users than its author have approved exactly that plan."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import Stale, StateError
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import service_read
from vtnmd.domain.run import Event, Step
from vtnmd.state import Approvals, Store, Succession, open_store

NOW = 1_795_356_130.0
NONE: dict[str, object] = {ROOT: {}}


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def plan(needed: int) -> Plan:
    made = plan_of([create(resource_of("east/a"))], reads={service_read("shop"): ""})
    return replace(made, author="ann", inventory={ROOT: {"approvals": needed}})


def refused(store: Store, made: Plan) -> str:
    with pytest.raises(StateError, match="VTN-P020") as caught:
        store.begin_run(made, "ann", NOW)
    with pytest.raises(StateError, match="VTN-P020"):
        store.check_approved(made)
    assert store.runs() == ()
    return caught.value.diagnostics[0].summary


def test_a_plan_needs_as_many_as_the_inventory_says(store: Store) -> None:
    made = plan(2)
    assert "needs 2 approvals and is approved by nobody: 2 missing" in refused(store, made)
    assert store.approve(made, "bob", NOW) == Approvals(2, ("bob",))
    assert store.approve(made, "bob", NOW) == Approvals(2, ("bob",))
    assert "approved by bob: 1 missing" in refused(store, made)
    assert store.approvals(made) == Approvals(2, ("bob",))
    assert store.approve(made, "cid", NOW) == Approvals(2, ("bob", "cid"))
    store.check_approved(made)
    run = store.begin_run(made, "ann", NOW)
    assert next(entry for entry in store.audit() if entry.subject == run).detail["approved-by"] == ["bob", "cid"]


def test_the_author_cannot_approve_and_another_plan_is_not_approved(store: Store) -> None:
    made = plan(1)
    for attempt in (lambda: store.approve(made, "ann", NOW), lambda: store.check_approvable(made, "ann")):
        with pytest.raises(StateError, match="VTN-P021"):
            attempt()
    store.approve(replace(made, owner="mallory"), "bob", NOW)
    refused(store, made)


def test_an_approval_is_for_one_run(store: Store) -> None:
    made = replace(plan(1), reads={})
    store.approve(made, "bob", NOW)
    store.begin_run(made, "ann", NOW)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET result = 'applied'")
    with pytest.raises(StateError, match="VTN-P020"):
        store.begin_run(made, "ann", NOW)


def test_a_plan_with_another_inventory_does_not_get_around_what_the_state_demands(store: Store) -> None:
    store.load_inventory({ROOT: {"approvals": 1}}, NOW)
    made = replace(plan(0), inventory=NONE)
    assert store.approvals_needed(made) == 1
    refused(store, made)


def test_a_stale_plan_is_not_approved_and_is_called_stale(store: Store) -> None:
    store.begin_run(replace(plan(0), service="shop"), "ann", NOW)
    made = plan(1)
    for attempt in (
        lambda: store.approve(made, "bob", NOW),
        lambda: store.check_approvable(made, "bob"),
        lambda: store.check_approved(made),
        lambda: store.begin_run(made, "ann", NOW),
    ):
        with pytest.raises(Stale, match="VTN-S020"):
            attempt()


def test_what_an_earlier_run_was_approved_for_needs_no_more(store: Store) -> None:
    run = store.begin_run(plan(0), "ann", NOW)
    store.append([Record(Event(run, 1, NOW, Step.ENDED, detail={"result": "partly"}))])
    assert store.begin_run(replace(plan(1), reads={}), "ann", NOW, Succession(supersedes=run))


def test_where_none_are_demanded_an_approval_is_noted_all_the_same(store: Store) -> None:
    made = plan(0)
    assert store.approve(made, "bob", NOW) == Approvals(0, ("bob",))
    store.check_approved(made)
    assert store.begin_run(made, "ann", NOW)
