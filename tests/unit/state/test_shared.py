"""What coordinators and workers share: numbered events, legs that follow each other, and writes of those only who carry."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.postgres import PostgresServer
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift, Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.state import Owner, Store, open_store
from vtnmd.state.legs import Token
from vtnmd.state.shared import Batch, Begun, SharedStore

NOW = 1_795_356_130.0
EAST, WEST = resource_of("east/a"), resource_of("west/b", ["east/a"])
CHANGES = {str(change.address): change for change in (create(EAST), create(WEST))}
PLAN = plan_of(CHANGES.values())


@dataclass
class FakeQueue:
    """Jobs by number: run, leg, and how often they were taken; `withdrawn` and `dead` ones are with nobody."""

    jobs: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)

    def enqueue(self, connection: Any, run: str, leg: str, region: str) -> int:
        self.jobs[len(self.jobs) + 1] = (run, leg, region)
        return len(self.jobs)

    def withdraw(self, connection: Any, job: int) -> bool:
        if job in self.taken:
            return False
        self.dead.add(job)
        return True

    def is_held(self, connection: Any, token: Token) -> bool:
        return self.taken.get(token.job) == token.attempts and token.job not in self.dead

    def is_alive(self, connection: Any, job: int) -> bool:
        return job not in self.dead

    def take(self, job: int) -> Token:
        self.taken[job] = self.taken.get(job, -1) + 1
        return Token(job, 1, self.taken[job])


@dataclass
class Ground:
    store: Store
    queue: FakeQueue
    shared: SharedStore
    batches: dict[str, int] = field(default_factory=dict)

    def begin(self, plan: Plan = PLAN, on_failure: str = "stop") -> str:
        return self.shared.begin_run(plan, Begun("tester", NOW, on_failure))

    def carry(
        self, run: str, leg: str, token: Token, *outcomes: tuple[str, Step], ends: str = "applied", plan: Plan = PLAN
    ) -> None:
        """Write what a carrier writes: each request with its outcome, and the end of its walk."""
        records = [Record(Event(run, 7, NOW, Step.STARTED))]
        records += [_record(run, request, step) for request, step in outcomes]
        if ends:
            records.append(Record(Event(run, 9, NOW, Step.ENDED, detail={"result": ends})))
        self.batches[leg] = self.batches.get(leg, 0) + 1
        self.shared.append(Batch(run, leg, self.batches[leg], records), token, plan)

    def steps(self, run: str) -> list[tuple[int, Step, str]]:
        return [(event.sequence, event.step, event.request) for event in self.store.events(run)]


def _record(run: str, request: str, step: Step) -> Record:
    change = CHANGES.get(request)
    detail = {"diagnostic": Diagnostic("VTN-E103", "no").to_json()} if step is Step.FAILED else {}
    event = Event(run, 8, NOW, step, request, detail)
    if step is not Step.ANSWERED or change is None or change.after is None:
        return Record(event)
    return Record(event, {change.address: Applied(change.after, change.digest, {}, change.owners, run)})


@pytest.fixture
def ground(postgres: PostgresServer) -> Iterator[Ground]:
    queue = FakeQueue()
    with open_store(postgres.new_database()) as store:
        yield Ground(store, queue, SharedStore(store, queue))


A, B = str(EAST.address), str(WEST.address)


def test_legs_follow_each_other_and_the_last_one_ends_the_run(ground: Ground) -> None:
    run = ground.begin()
    assert ground.queue.jobs == {1: (run, "east#0", "east")}
    ground.carry(run, "east#0", ground.queue.take(1), (A, Step.SENT), (A, Step.ANSWERED))
    assert ground.queue.jobs[2] == (run, "west#1", "west")
    ground.carry(run, "west#1", ground.queue.take(2), (B, Step.SENT), (B, Step.ANSWERED))
    assert ground.store.run(run).result is Result.APPLIED
    expected = [(Step.STARTED, ""), (Step.SENT, A), (Step.ANSWERED, A), (Step.SENT, B), (Step.ANSWERED, B), (Step.ENDED, "")]
    assert ground.steps(run) == [(number, *step) for number, step in enumerate(expected, 1)]


def test_a_batch_that_is_written_again_is_there_once(ground: Ground) -> None:
    run = ground.begin()
    token, batch = ground.queue.take(1), Batch(run, "east#0", 1, [_record(run, A, Step.SENT)])
    for _ in range(2):
        ground.shared.append(batch, token, PLAN)
    assert [step for _, step, _ in ground.steps(run)] == [Step.STARTED, Step.SENT]


def test_who_carries_a_leg_no_longer_writes_nothing(ground: Ground) -> None:
    run = ground.begin()
    old = ground.queue.take(1)
    new = ground.queue.take(1)
    before = ground.steps(run)
    with pytest.raises(StateError) as caught:
        ground.carry(run, "east#0", old, (A, Step.ANSWERED))
    assert caught.value.diagnostics[0].code == "VTN-S033"
    assert ground.steps(run) == before
    assert ground.store.snapshot().applied == {}
    assert (ground.shared.is_held(old), ground.shared.is_held(new)) == (False, True)


def test_a_refusal_ends_what_waits_and_says_because_of_what(ground: Ground) -> None:
    run = ground.begin()
    ground.carry(run, "east#0", ground.queue.take(1), (A, Step.SENT), (A, Step.FAILED), ends="failed")
    assert ground.store.run(run).result is Result.FAILED
    assert ground.store.events(run)[-2].detail == {"because": A}
    assert ground.shared.leg(run, "west#1") is None


def test_what_was_refused_may_be_taken_when_the_run_goes_on(ground: Ground) -> None:
    run = ground.begin()
    ground.carry(run, "east#0", ground.queue.take(1), (A, Step.FAILED), ends="failed")
    assert ground.shared.go_on(run, Begun("tester", NOW, "stop")) == PLAN
    ground.batches.clear()
    ground.carry(run, "east#0", ground.queue.take(2), (A, Step.ANSWERED))
    ground.carry(run, "west#1", ground.queue.take(3), (B, Step.ANSWERED))
    assert ground.store.run(run).result is Result.APPLIED


def test_a_refusal_queues_the_way_back_where_that_is_wanted(ground: Ground) -> None:
    run = ground.begin(on_failure="rollback")
    ground.carry(run, "east#0", ground.queue.take(1), (A, Step.ANSWERED))
    ground.carry(run, "west#1", ground.queue.take(2), (B, Step.SENT), (B, Step.FAILED), ends="failed")
    assert ground.store.run(run).result is Result.RUNNING
    backwards = ground.queue.jobs[3][1]
    assert backwards.startswith("undo:")
    found = ground.shared.leg(run, backwards)
    assert found is not None
    assert found[2].back
    for job in (3, 4):
        if job in ground.queue.jobs:
            leg = ground.queue.jobs[job][1]
            entry = ground.shared.leg(run, leg)
            assert entry is not None
            ground.carry(run, leg, ground.queue.take(job), *((request, Step.ANSWERED) for request in entry[2].leg.requests))
    assert ground.store.run(run).result is Result.ROLLED_BACK


def test_a_run_that_is_stopped_lets_end_what_is_under_way(ground: Ground) -> None:
    run = ground.begin()
    token = ground.queue.take(1)
    ground.shared.stop(run, PLAN, NOW)
    assert ground.shared.stopping([run]) == {run}
    assert ground.store.run(run).result is Result.RUNNING
    ground.carry(run, "east#0", token, (A, Step.ANSWERED))
    assert ground.store.run(run).result is Result.INTERRUPTED
    assert len(ground.queue.jobs) == 1


def test_a_run_that_is_stopped_before_anybody_took_it_ends_at_once(ground: Ground) -> None:
    run = ground.begin()
    ground.shared.stop(run, PLAN, NOW)
    assert ground.store.run(run).result is Result.INTERRUPTED
    ground.shared.stop(run, PLAN, NOW)
    assert [step for _, step, _ in ground.steps(run)].count(Step.ENDED) == 1


def test_what_no_worker_serves_is_left_waiting_with_a_reason(ground: Ground) -> None:
    run = ground.begin()
    ground.shared.seen("a worker", ["west"])
    assert ground.shared.unserved(run, 10.0) == {"east"}
    ground.shared.leave_waiting(run, PLAN, NOW, {"east": "no worker serves east"})
    assert ground.store.run(run).result is Result.PARTLY
    waiting = next(event for event in ground.store.events(run) if event.step is Step.WAITING)
    assert (waiting.request, waiting.detail["code"], waiting.detail["reason"]) == (A, "VTN-E040", "no worker serves east")


def test_a_worker_is_seen_until_it_is_gone(ground: Ground) -> None:
    run = ground.begin()
    ground.shared.seen("a worker", ["east"])
    ground.shared.seen("a worker", ["east"])
    assert ground.shared.unserved(run, 10.0) == set()
    assert ground.shared.unserved(run, -10.0) == {"east"}
    ground.shared.gone("a worker")
    assert ground.shared.unserved(run, 10.0) == {"east"}


def test_a_leg_whose_job_is_gone_is_queued_again(ground: Ground) -> None:
    run = ground.begin()
    ground.shared.revive(NOW)
    assert len(ground.queue.jobs) == 1
    ground.queue.dead.add(1)
    ground.shared.revive(NOW)
    assert ground.queue.jobs[2] == (run, "east#0", "east")


def test_a_run_under_way_is_followed_and_not_handed_out_again(ground: Ground) -> None:
    run = ground.begin()
    assert ground.shared.go_on(run, Begun("tester", NOW, "stop")) == PLAN
    assert len(ground.queue.jobs) == 1
    with ground.store.own(Owner("another", 1, NOW)):
        assert ground.store.run(run).result is Result.RUNNING


def test_a_run_that_has_nothing_to_do_ends_at_once(ground: Ground) -> None:
    run = ground.begin(plan_of([]))
    assert ground.store.run(run).result is Result.APPLIED
    assert ground.shared.news(run, 1)[1][0].step is Step.ENDED


def test_what_follows_drift_is_told_to_every_carrier(ground: Ground) -> None:
    run = ground.shared.begin_run(PLAN, Begun("tester", NOW, "continue", Drift.REPAIR))
    found = ground.shared.leg(run, "east#0")
    assert found is not None
    assert (found[2].on_failure, found[2].drift) == ("continue", Drift.REPAIR)


def test_what_a_run_adopts_is_there_as_soon_as_it_began(ground: Ground) -> None:
    stranger = resource_of("east/stranger")
    adopted = Applied(stranger, "0" * 64, {"id": "x"}, frozenset({"shop"}))
    run = ground.begin(replace(PLAN, adopted=(adopted,)))
    assert ground.store.snapshot().applied == {stranger.address: replace(adopted, run=run)}
