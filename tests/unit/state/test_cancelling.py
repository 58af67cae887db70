"""A cancelled run has ended for good, whether somebody executes it or not."""

from collections.abc import Iterator

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.run import Event, Result, Step
from vtnmd.state import Owner, Store, open_store

A = resource_of("east/a")
NOW = 1_795_356_130.0


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def begun(store: Store) -> str:
    return store.begin_run(plan_of([create(A)]), "ann", NOW)


def end(store: Store, run: str, result: Result) -> None:
    sequence = len(store.events(run)) + 1
    store.append([Record(Event(run, sequence, NOW, Step.ENDED, detail={"result": str(result)}))])


@pytest.mark.parametrize("result", [Result.PARTLY, Result.FAILED, Result.INTERRUPTED])
def test_a_run_that_nobody_executes_ends_at_once(store: Store, result: Result) -> None:
    run = begun(store)
    end(store, run, result)
    assert store.cancel_run(run, "bob", NOW + 1) is Result.CANCELLED
    found = store.run(run)
    assert (found.result, found.cancelled, found.ended) == (Result.CANCELLED, "bob", NOW + 1)
    assert store.events(run)[-1].step is Step.ENDED
    for again in (lambda: store.reopen_run(run), lambda: store.cancel_run(run, "bob", NOW)):
        with pytest.raises(StateError, match=r"VTN-S009|VTN-S014"):
            again()
    service = store.service("shop")
    assert service is not None
    assert service.intent is not None


@pytest.mark.parametrize(
    ("ends", "stands"),
    [
        (Result.CANCELLED, Result.CANCELLED),
        (Result.PARTLY, Result.CANCELLED),
        (Result.APPLIED, Result.APPLIED),
        (Result.ROLLED_BACK, Result.ROLLED_BACK),
    ],
)
def test_a_run_that_goes_on_is_told_and_ends_as_cancelled_unless_nothing_is_left(
    store: Store, ends: Result, stands: Result
) -> None:
    run = begun(store)
    assert store.cancelled_by(run) == ""
    assert store.cancel_run(run, "bob", NOW) is Result.RUNNING
    assert store.cancelled_by(run) == "bob"
    end(store, run, ends)
    assert store.run(run).result is stands


def test_a_run_whose_process_died_before_it_noticed_is_cancelled_by_the_next_owner(store: Store) -> None:
    run = begun(store)
    store.append([Record(Event(run, 1, NOW, Step.SENT, str(A.address)))])
    store.cancel_run(run, "bob", NOW)
    with store.own(Owner("next", 1, NOW)):
        assert store.run(run).result is Result.CANCELLED
    assert store.snapshot().applied[A.address].digest == ""


@pytest.mark.parametrize("result", [Result.APPLIED, Result.ROLLED_BACK, Result.SUPERSEDED])
def test_a_run_that_has_ended_cannot_be_cancelled(store: Store, result: Result) -> None:
    run = begun(store)
    end(store, run, result)
    with pytest.raises(StateError, match="VTN-S014"):
        store.cancel_run(run, "bob", NOW)
    with pytest.raises(StateError, match="VTN-S008"):
        store.cancel_run("nothing", "bob", NOW)
    assert [entry.action for entry in store.audit() if entry.action != "commit"] == ["apply", "inventory"]
