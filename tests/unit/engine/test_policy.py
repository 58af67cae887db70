"""Pauses between attempts: they grow, are bounded, and end."""

from hypothesis import given
from hypothesis import strategies as st

from vtnmd.engine import Retry

RETRIES = st.builds(Retry, st.integers(1, 50), st.floats(1, 1e5), st.floats(0.01, 10), st.floats(0.1, 60))
CHANCES = st.floats(0, 1)


@given(RETRIES, st.integers(1, 60), st.floats(0, 1e6), CHANCES)
def test_no_pause_is_longer_than_the_cap_or_ends_after_the_budget(
    retry: Retry, failures: int, elapsed: float, chance: float
) -> None:
    pause = retry.pause(failures, elapsed, chance)
    if failures >= retry.attempts:
        assert pause is None
    if pause is not None:
        assert 0 < pause <= retry.cap
        assert elapsed + pause <= retry.seconds


@given(CHANCES)
def test_pauses_double_up_to_the_cap(chance: float) -> None:
    retry = Retry(attempts=10, seconds=1e9, base=1.0, cap=8.0)
    full = [retry.pause(failures, 0.0, 0.0) for failures in range(1, 7)]
    assert full == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    jittered = [retry.pause(failures, 0.0, chance) for failures in range(1, 7)]
    assert all(a is not None and b is not None and a / 2 <= b <= a for a, b in zip(full, jittered, strict=True))


def test_a_pause_is_bounded_however_often_something_was_tried() -> None:
    assert Retry(attempts=1_000_000, seconds=1e9, cap=15.0).pause(100_000, 0.0, 0.0) == 15.0
