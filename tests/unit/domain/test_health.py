"""The health of an endpoint: up, ailing, down, on probation, and how often it is tried."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from vtnmd.domain.health import LONGEST_PAUSE, Circuit, Condition, Health, Heard, Thresholds, health_from_json

CHANCE = 0.5


def after(health: Health, *heard: Heard, now: float = 1000.0) -> Health:
    for each in heard:
        health = health.observe(each, now, CHANCE, code="VTN-E010", reason="connection refused")
    return health


OK, FAIL, BUSY = Heard.SUCCESS, Heard.FAILURE, Heard.BUSY
DOWN = after(Health(), FAIL, FAIL, FAIL)


def test_one_failure_does_not_make_an_endpoint_down() -> None:
    ailing = after(Health(), FAIL)
    assert (ailing.condition, ailing.circuit(1000.0)) == (Condition.AILING, Circuit.CLOSED)
    assert after(ailing, FAIL).condition is Condition.AILING
    assert after(ailing, OK, FAIL, OK, FAIL).condition is Condition.AILING
    assert after(ailing, OK, OK, OK).condition is Condition.UP


def test_several_failures_in_a_row_make_it_down_and_open_the_circuit() -> None:
    assert (DOWN.condition, DOWN.reason, DOWN.code) == (Condition.DOWN, "connection refused", "VTN-E010")
    assert DOWN.circuit(1000.0) is Circuit.OPEN
    assert DOWN.circuit(DOWN.next_try) is Circuit.HALF_OPEN
    assert DOWN.wait(1000.0) == DOWN.next_try - 1000.0


def test_only_a_storm_of_busy_answers_makes_it_down() -> None:
    assert after(Health(), *[BUSY] * 9).condition is Condition.AILING
    assert after(Health(), *[BUSY] * 10).condition is Condition.DOWN
    assert after(Health(), *[BUSY] * 9, OK, *[BUSY] * 9).condition is Condition.AILING


def test_one_success_puts_it_on_probation_and_several_make_it_up() -> None:
    probation = after(DOWN, OK)
    assert (probation.condition, probation.circuit(1000.0)) == (Condition.PROBATION, Circuit.HALF_OPEN)
    assert after(probation, OK).condition is Condition.PROBATION
    up = after(probation, OK, OK)
    assert (up.condition, up.next_try, up.reason) == (Condition.UP, 0.0, "")


def test_a_failure_on_probation_makes_it_down_for_longer() -> None:
    again = after(DOWN, OK, FAIL)
    assert again.condition is Condition.DOWN
    assert again.next_try - 1000.0 > DOWN.next_try - 1000.0


def test_an_endpoint_that_fails_again_after_it_was_up_is_remembered_until_it_was_calm() -> None:
    up = after(DOWN, OK, OK, OK)
    soon = after(up, FAIL, FAIL, FAIL, now=1010.0)
    late = after(after(up, OK, now=5000.0), FAIL, FAIL, FAIL, now=5000.0)
    assert soon.next_try - 1010.0 > DOWN.next_try - 1000.0
    assert late.next_try - 5000.0 == DOWN.next_try - 1000.0


def test_whoever_asks_may_try_at_once() -> None:
    assert DOWN.asked_now().circuit(1000.0) is Circuit.HALF_OPEN


def test_thresholds_are_those_that_were_given() -> None:
    strict = Health(thresholds=Thresholds(failures=1, successes=1))
    assert after(strict, FAIL).condition is Condition.DOWN
    assert after(strict, FAIL, OK).condition is Condition.UP


@given(st.lists(st.tuples(st.sampled_from(Heard), st.floats(0.0, 100.0), st.floats(0.0, 1.0)), max_size=60))
def test_whatever_is_heard_the_pause_is_bounded_and_nothing_is_lost_on_the_way_to_the_state(
    heard: list[tuple[Heard, float, float]],
) -> None:
    health, now = Health(), 1000.0
    for each, seconds, chance in heard:
        now += seconds
        health = health.observe(each, now, chance, code="VTN-E010", reason="gone")
        assert 0.0 <= health.wait(now) <= LONGEST_PAUSE
        assert health_from_json(health.condition.value, health.since, health.to_json()) == health


@given(st.floats(-1e9, 1e9))
def test_a_clock_that_jumps_makes_nobody_wait_longer_than_the_longest_pause(jump: float) -> None:
    assert DOWN.wait(1000.0 + jump) <= LONGEST_PAUSE


@given(st.integers(0, 2**32))
def test_a_link_that_flaps_for_minutes_is_tried_seldom_and_is_up_in_the_end(seed: int) -> None:
    """Somebody asks once a second whatever the circuit allows, while the link is up and down for some seconds each."""
    chance = Random(seed)
    health, now, failed = Health(), 0.0, 0
    phases = [(chance.uniform(1.0, 8.0), works) for _ in range(60) for works in (False, True)]
    for seconds, works in [*phases, (3 * LONGEST_PAUSE, True)]:
        stop = now + seconds
        while now < stop:
            if health.circuit(now) is not Circuit.OPEN:
                failed += not works
                health = health.observe(OK if works else FAIL, now, chance.random())
            now += 1.0
    assert health.condition is Condition.UP
    assert failed <= 3 + now / LONGEST_PAUSE * 4  # asked once a second without restraint it would be some 270


def test_the_thresholds_do_not_count_when_healths_are_compared() -> None:
    assert replace(DOWN, thresholds=Thresholds(1, 1, 1)) == DOWN
