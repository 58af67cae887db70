"""Coordinators and workers in processes of their own, killed, frozen and cut off: the end is that of an undisturbed run."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.crash_child import make_plan
from tests.support.fleet import Fleet, Member
from tests.support.postgres import PostgresServer, serving
from tests.support.waiting import until
from vtnmd.domain.codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PARTLY
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.fleet.queue import ProcrastinateQueue
from vtnmd.state import open_store
from vtnmd.state.shared import SharedStore

HELD = "east/odl/vtn/1"


@pytest.fixture
def fleet(postgres: PostgresServer) -> Iterator[Fleet]:
    with Fleet.on(postgres.new_database()) as made:
        yield made


def expected() -> dict[str, Json]:
    return {str(change.address): change.after.properties for change in make_plan().changes if change.after}


def journal(fleet: Fleet) -> tuple[Result, tuple[Event, ...]]:
    with open_store(fleet.url) as store:
        (run,) = store.runs()
        return run.result, store.events(run.id)


def assert_as_undisturbed(fleet: Fleet) -> None:
    """Everything is there, made once; state and journal agree."""
    endpoint = fleet.endpoints.endpoint
    assert endpoint.held == expected()
    assert set(endpoint.serials.values()) == {1}
    result, events = journal(fleet)
    assert result is Result.APPLIED
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    took_effect = [event.request for event in events if event.step in {Step.ANSWERED, Step.SETTLED}]
    assert sorted(took_effect) == sorted(expected())
    with open_store(fleet.url) as store:
        applied = store.snapshot().applied
        assert {str(address) for address in applied} == expected().keys()
        assert all(entry.digest for entry in applied.values())


def wait_until_stopping(fleet: Fleet, run: str) -> None:
    """Return once the state says of the run that nothing new is to be begun."""
    with open_store(fleet.url) as store:
        shared = SharedStore(store, ProcrastinateQueue())
        until("somebody has stopped the run", lambda: shared.stopping({run}))


def wait_for_workers(server: PostgresServer, fleet: Fleet, number: int) -> None:
    """Return once so many workers have told the state that they live."""
    database = server.database(fleet.url)
    until("workers are there", lambda: server.query(database, "SELECT count(*) FROM workers"), lambda found: int(found) == number)


def wait_for_all_but(fleet: Fleet, held: str) -> None:
    """Return once all is answered, and written down, but a request that is held up and those that need it."""
    waiting, requests = {held}, {request.id: request for request in make_plan().requests}
    while more := {name for name, request in requests.items() if waiting & set(request.needs)} - waiting:
        waiting |= more

    def unanswered() -> set[str]:
        return requests.keys() - {event.request for event in journal(fleet)[1] if event.step is Step.ANSWERED}

    until("all others are answered", unanswered, lambda found: found == waiting)


def carrier(members: tuple[Member, ...], leg: str) -> Member:
    """Which of them has begun the leg."""
    return next(member for member in members if any(found[1] == leg for found in member.says("began")))


def test_workers_of_several_regions_carry_a_run(fleet: Fleet) -> None:
    workers = [fleet.start("work", "east", "north"), fleet.start("work", "west", "north")]
    workers += [fleet.start("work", "east", "west"), fleet.start("work", "west", "north")]
    coordinator = fleet.start("apply")
    assert coordinator.end() == 0
    assert_as_undisturbed(fleet)
    _, events = journal(fleet)
    assert [told[:1] for told in coordinator.says("event")] == [[event.sequence] for event in events]


def test_a_killed_workers_leg_goes_on_elsewhere(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    workers = fleet.start("work", "east", "west", "north"), fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    carrier(workers, "east#0").signal(signal.SIGKILL)
    assert coordinator.end() == 0
    assert_as_undisturbed(fleet)
    assert fleet.endpoints.sent.count(HELD) == 1


def test_a_frozen_worker_that_wakes_writes_and_sends_nothing(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    workers = fleet.start("work", "east", "west", "north"), fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    # What a process has begun to send when it is frozen, it sends when it wakes.
    wait_for_all_but(fleet, HELD)
    frozen = carrier(workers, "east#0")
    frozen.signal(signal.SIGSTOP)
    assert coordinator.end() == 0
    sent, before = list(fleet.endpoints.sent), journal(fleet)
    frozen.signal(signal.SIGCONT)
    fleet.endpoints.release(HELD)
    frozen.wait_for("lost")
    assert fleet.endpoints.sent == sent
    assert journal(fleet) == before
    assert_as_undisturbed(fleet)


def test_a_run_ends_without_its_coordinator(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    worker = fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    coordinator.signal(signal.SIGKILL)
    coordinator.end()
    fleet.endpoints.release(HELD)
    worker.wait_for("ended", coordinator.says("run")[0][0], "north#1")
    assert_as_undisturbed(fleet)


def test_another_coordinator_takes_a_run_over(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    run = coordinator.wait_for("run")[1]
    coordinator.signal(signal.SIGKILL)
    coordinator.end()
    second = fleet.start("resume", run)
    second.wait_for("event", 1)
    fleet.endpoints.release(HELD)
    assert second.end() == 0
    assert_as_undisturbed(fleet)
    assert len(second.says("event")) == len(journal(fleet)[1])


def test_the_database_is_started_again_in_mid_run() -> None:
    with serving() as server, Fleet.on(server.new_database()) as fleet:
        fleet.endpoints.hold(HELD)
        workers = fleet.start("work", "east", "west"), fleet.start("work", "east", "north")
        wait_for_workers(server, fleet, len(workers))
        coordinator = fleet.start("apply")
        fleet.endpoints.wait_for(HELD)
        server.stop()
        fleet.endpoints.release(HELD)
        carrier(workers, "east#0").wait_for("wrong", "VTN-S030")
        server.start_again()
        assert coordinator.end() == 0
        assert_as_undisturbed(fleet)
        for worker in workers:
            assert worker.process.poll() is None


def test_a_leg_whose_job_is_gone_is_queued_again(fleet: Fleet, postgres: PostgresServer) -> None:
    coordinator = fleet.start("apply")
    coordinator.wait_for("unserved")
    postgres.query(postgres.database(fleet.url), "DELETE FROM procrastinate_jobs")
    fleet.start("work", "east", "west", "north")
    assert coordinator.end() == 0
    assert_as_undisturbed(fleet)


def test_a_worker_that_is_told_to_stop_gives_its_leg_back(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    first = fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    first.signal(signal.SIGTERM)
    fleet.endpoints.release(HELD)
    assert first.end() == 0
    fleet.start("work", "east", "west", "north")
    assert coordinator.end() == 0
    assert_as_undisturbed(fleet)


def test_a_region_without_a_worker_waits_and_the_rest_goes_on(fleet: Fleet) -> None:
    fleet.start("work", "east", "west")
    coordinator = fleet.start("apply", "stop", "1")
    assert coordinator.end() == EXIT_PARTLY
    outcome = coordinator.says("outcome")[0][0]
    assert {why["code"] for why in outcome["waiting"].values()} == {"VTN-E040"}
    assert len(outcome["done"]) == 8
    assert ["north"] in [told[0] for told in coordinator.says("unserved")]
    fleet.start("work", "north")
    assert fleet.start("resume", outcome["run"]).end() == 0
    assert_as_undisturbed(fleet)


def test_a_run_is_interrupted_and_gone_on_with(fleet: Fleet) -> None:
    fleet.endpoints.hold(HELD)
    fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    fleet.endpoints.wait_for(HELD)
    coordinator.signal(signal.SIGINT)
    wait_until_stopping(fleet, coordinator.wait_for("run")[1])
    fleet.endpoints.release(HELD)
    assert coordinator.end() == EXIT_INTERRUPTED
    assert journal(fleet)[0] is Result.INTERRUPTED
    assert len(fleet.endpoints.endpoint.held) < len(expected())
    assert fleet.start("resume", coordinator.says("run")[0][0]).end() == 0
    assert_as_undisturbed(fleet)


def test_a_refusal_stops_every_region(fleet: Fleet) -> None:
    fleet.endpoints.refused.add("east/odl/vtn/2")
    fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply")
    assert coordinator.end() == EXIT_FAILED
    outcome = coordinator.says("outcome")[0][0]
    assert outcome["failed"].keys() == {"east/odl/vtn/2"}
    assert outcome["skipped"].keys() == {"east/odl/vtn/3", *(f"north/odl/vtn/{number}" for number in range(4))}
    fleet.endpoints.refused.clear()
    assert fleet.start("resume", outcome["run"]).end() == 0
    assert_as_undisturbed(fleet)


def test_a_refusal_takes_everything_back(fleet: Fleet) -> None:
    fleet.endpoints.refused.add("north/odl/vtn/2")
    fleet.start("work", "east", "west", "north")
    coordinator = fleet.start("apply", "rollback")
    assert coordinator.end() == EXIT_FAILED
    assert journal(fleet)[0] is Result.ROLLED_BACK
    assert fleet.endpoints.endpoint.held == {}
    outcome = coordinator.says("outcome")[0][0]
    assert {request for request in expected() if request != "north/odl/vtn/3"} - set(outcome["undone"]) <= {"north/odl/vtn/2"}
    with open_store(fleet.url) as store:
        assert store.snapshot().applied == {}
