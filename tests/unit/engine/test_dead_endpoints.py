"""What endpoints that are down, flap or are held by an operator see of a run, counted."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_driver import FAULTS, FakeEndpoint, FakeTime, create, plan_of, resource_of
from tests.support.rig import QUICK, Rig
from vtnmd.domain.health import Condition, Health, Heard
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import Outcome, Retry
from vtnmd.engine.breaker import Breaker
from vtnmd.engine.rate import Rate

A, B, C = resource_of("east/a"), resource_of("east/b", ["east/a"]), resource_of("west/c")
IMPATIENT = replace(QUICK, unreachable=Retry(1, 1.0))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, looks_outside=True)
    yield rig
    rig.crash()


def health_of(rig: Rig, endpoint: str) -> Health:
    with rig.store() as store:
        return store.health().get(endpoint, Health())


def is_down(rig: Rig, endpoint: str, *, seconds: float) -> Health:
    """Have the state say that the endpoint is down and tried again in that many seconds."""
    known = Health()
    for _ in range(3):
        known = known.observe(Heard.FAILURE, rig.time.time, 0.5, code="VTN-E010", reason="connection refused")
    known = replace(known, next_try=rig.time.time + seconds)
    with rig.store() as store:
        store.keep_health({endpoint: known})
    return known


def hold(rig: Rig, region: str, mode: Mode = Mode.PAUSED) -> None:
    with rig.store() as store:
        store.set_mode(RegionMode(region, mode, "alice", rig.time.time, "power works"))


def sent(endpoint: FakeEndpoint) -> list[str]:
    return [request for verb, request in endpoint.calls if verb == "apply"]


def test_an_endpoint_that_is_known_to_be_down_sees_nothing(rig: Rig) -> None:
    known = is_down(rig, "east/odl", seconds=25.0)
    rig.policy = IMPATIENT
    outcome = rig.apply(plan_of([create(A), create(C)]))
    assert rig.endpoints["east/odl"].calls == []
    assert outcome.done == {str(C.address)}
    assert outcome.next_tries == {"east/odl": known.next_try}
    (waiting,) = (event for event in rig.events if event.step is Step.WAITING)
    assert (waiting.detail["reason"], waiting.detail["next-try"]) == ("connection refused", known.next_try)


def test_one_probe_decides_when_the_next_try_is_due(rig: Rig) -> None:
    is_down(rig, "east/odl", seconds=-1.0)
    rig.policy, endpoint = IMPATIENT, rig.endpoints["east/odl"]
    endpoint.down = True
    plan = plan_of([create(resource_of(f"east/{number}")) for number in range(9)])
    run = rig.apply(plan).run
    assert endpoint.calls == [("hello", "")]
    assert health_of(rig, "east/odl").condition is Condition.DOWN
    endpoint.down = False
    endpoint.calls.clear()
    is_down(rig, "east/odl", seconds=-1.0)
    assert rig.resume(run).result is Result.APPLIED
    assert [verb for verb, _ in endpoint.calls if verb != "read"] == ["hello"] + ["apply"] * 9
    assert health_of(rig, "east/odl").condition is Condition.UP


def test_an_endpoint_on_probation_is_sent_one_request_at_a_time(rig: Rig) -> None:
    is_down(rig, "east/odl", seconds=-1.0)
    rig.apply(plan_of([create(resource_of(f"east/{number}")) for number in range(2)]))
    assert rig.endpoints["east/odl"].most_in_flight == 1
    rig.apply(plan_of([create(resource_of(f"east/more-{number}")) for number in range(12)]))
    assert rig.endpoints["east/odl"].most_in_flight == QUICK.limit


def test_a_run_goes_on_by_itself_when_the_next_try_succeeds(rig: Rig) -> None:
    known = is_down(rig, "east/odl", seconds=25.0)
    assert rig.apply(plan_of([create(A)])).result is Result.APPLIED
    assert next(event.time for event in rig.events if event.step is Step.SENT) >= known.next_try


def test_what_fails_together_counts_once() -> None:
    breaker = Breaker("east/odl", Health(), FakeTime().clock(), lambda _endpoint, _health: None)
    mark = breaker.mark
    for _ in range(4):
        breaker.hear(FAULTS["unreachable"], mark)
    assert (breaker.health.condition, breaker.health.failures) == (Condition.AILING, 1)
    breaker.hear(FAULTS["lost-after"], breaker.mark)
    breaker.hear(FAULTS["unreachable"], breaker.mark)
    assert breaker.health.condition is Condition.DOWN


def test_a_refusal_is_an_answer() -> None:
    breaker = Breaker("east/odl", Health(), FakeTime().clock(), lambda _endpoint, _health: None)
    breaker.hear(FAULTS["unreachable"], breaker.mark)
    for _ in range(3):
        breaker.hear(FAULTS["rejected"], breaker.mark)
    assert breaker.health.condition is Condition.UP


def test_a_storm_of_busy_answers_opens_the_circuit(rig: Rig) -> None:
    endpoint = rig.endpoints["east/odl"]
    endpoint.faults, endpoint.hello_faults = ["busy"] * 1000, ["busy"] * 1000
    rig.policy = replace(QUICK, busy=Retry(30, 1e6), limit=1)
    outcome = rig.apply(plan_of([create(resource_of(f"east/{number}")) for number in range(50)]))
    assert len(outcome.waiting) == 50
    assert len(sent(endpoint)) == 10
    assert len(endpoint.calls) <= 30


def test_an_endpoint_that_fails_whatever_it_is_asked_is_left_alone_soon(rig: Rig) -> None:
    endpoint = rig.endpoints["east/odl"]
    endpoint.faults, endpoint.hello_faults = ["failing"] * 1000, ["failing"] * 1000
    rig.policy = replace(QUICK, busy=Retry(30, 1e6))
    outcome = rig.apply(plan_of([create(resource_of(f"east/{number}")) for number in range(50)]))
    assert len(outcome.waiting) == 50
    assert len(sent(endpoint)) <= 3 * QUICK.limit
    assert len([verb for verb, _ in endpoint.calls if verb != "read"]) <= 3 * QUICK.limit + 5
    assert health_of(rig, "east/odl").reason == "HTTP 503"


class Flapping(FakeEndpoint):
    """Down and up for some seconds each, by a clock."""

    def __init__(self, time: FakeTime, period: float, until: float) -> None:
        self._time, self._period, self._until = time, period, until
        super().__init__()

    @property
    def down(self) -> bool:
        return self._time.time < self._until and int(self._time.time / self._period) % 2 == 0

    @down.setter
    def down(self, _value: bool) -> None: ...


@pytest.mark.parametrize("period", [2.0, 5.0, 11.0])
def test_a_flapping_endpoint_is_not_stormed_and_ends_in_the_right_state(rig: Rig, period: float) -> None:
    """For ten minutes somebody goes on with the run every second."""
    start = rig.time.time
    rig.endpoints["east/odl"] = endpoint = Flapping(rig.time, period, start + 600.0)
    rig.policy = IMPATIENT
    plan = plan_of([create(resource_of(f"east/{number}")) for number in range(40)])
    outcome: Outcome = rig.apply(plan)
    while outcome.result is not Result.APPLIED and rig.time.time < start + 1500.0:
        rig.time.time += 1.0
        outcome = rig.resume(outcome.run)
    assert outcome.result is Result.APPLIED
    assert set(endpoint.serials.values()) == {1}
    # Once a second for ten minutes, four at a time, would be 2,400. With jitter it comes to 40 to 115, and 80 to 165 calls.
    assert len(sent(endpoint)) <= 40 + 160
    assert len(endpoint.calls) <= 2 * 40 + 200


def test_nothing_of_a_paused_region_is_begun(rig: Rig) -> None:
    hold(rig, "west")
    outcome = rig.apply(plan_of([create(A), create(B), create(C)]))
    assert (outcome.result, outcome.exit_code) == (Result.PARTLY, 3)
    assert rig.endpoints["west/odl"].calls == []
    assert outcome.done == {str(A.address), str(B.address)}
    (waiting,) = (event for event in rig.events if event.step is Step.WAITING)
    assert waiting.detail["reason"] == "region west is paused by alice: power works"
    hold(rig, "west", Mode.ACTIVE)
    assert rig.resume(outcome.run).result is Result.APPLIED


def test_a_run_of_which_all_is_held_has_not_failed_to_reach_anything(rig: Rig) -> None:
    hold(rig, "west", Mode.MAINTENANCE)
    outcome = rig.apply(plan_of([create(C)]))
    assert outcome.exit_code == 3
    assert outcome.waiting[str(C.address)].summary == "region west is in maintenance by alice: power works"


def test_a_pause_is_noticed_by_a_run_and_what_is_in_flight_ends(rig: Rig) -> None:
    rig.endpoints["east/odl"].gate = gate = asyncio.Event()

    def meddle(event: Event) -> None:
        if event.step is Step.SENT:
            hold(rig, "east")
        if event.step is Step.WAITING:
            gate.set()

    rig.policy = replace(QUICK, limit=1)
    rig.listeners = (meddle,)
    outcome = rig.apply(plan_of([create(A), create(resource_of("east/d"))]))
    assert outcome.done == {str(A.address)}
    assert list(outcome.waiting) == ["east/odl/vtn/d"]


def test_a_region_that_is_released_goes_on_in_the_same_run(rig: Rig) -> None:
    rig.endpoints["east/odl"].gate = gate = asyncio.Event()
    hold(rig, "west")

    def meddle(event: Event) -> None:
        if event.step is Step.WAITING:
            hold(rig, "west", Mode.ACTIVE)
        if event.step is Step.ANSWERED:
            gate.set()

    rig.listeners = (meddle,)
    assert rig.apply(plan_of([create(A), create(C)])).result is Result.APPLIED


def test_a_request_between_two_attempts_waits_when_its_region_is_paused(rig: Rig) -> None:
    def meddle(event: Event) -> None:
        if event.step is Step.WAITING:
            hold(rig, "east")

    rig.endpoints["east/odl"].down = True
    # Modes are read in a thread, which a busy machine keeps waiting for as many attempts as it likes.
    rig.policy = replace(QUICK, unreachable=Retry(10**9, 1e15))
    rig.listeners = (meddle,)
    outcome = rig.apply(plan_of([create(A)]))
    assert [diagnostic.code for diagnostic in outcome.waiting.values()] == ["VTN-E031"]


def test_requests_are_sent_no_faster_than_the_endpoint_takes_them(rig: Rig) -> None:
    rig.looks_outside = False
    rig.policy = replace(QUICK, limit=1, rates={"east/odl": 2})
    start = rig.time.time
    rig.apply(plan_of([create(resource_of(f"east/{number}")) for number in range(10)]))
    assert rig.time.time - start == pytest.approx(4.0)


@given(st.integers(1, 50), st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200))
def test_no_second_holds_more_requests_than_the_rate(per_second: int, pauses: list[float]) -> None:
    rate, now, sent_at = Rate(per_second), 1000.0, []
    for pause in pauses:
        now += pause
        now += rate.reserve(now)
        sent_at.append(now)
    for start, moment in enumerate(sent_at):
        assert sum(moment <= other < moment + 0.999 for other in sent_at[start:]) <= 2 * per_second


def test_no_rate_is_no_limit() -> None:
    assert Rate(0).reserve(5.0) == 0.0
