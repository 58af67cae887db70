"""Every target with inputs that hypothesis makes of its seeds; for longer, and for more than crashes: `make fuzz`."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutating import KINDS, Change
from tests.fuzz.targets import targets

CHANGES = st.lists(
    st.builds(Change, st.integers(0, KINDS - 1), st.integers(0, 1000), st.integers(0, 200), st.integers(0, 1 << 16)), max_size=8
)


@pytest.mark.parametrize("name", targets())
def test_seeds_are_taken(name: str) -> None:
    target = targets()[name]
    for seed in target.pool.seeds:
        target.run(seed)


@pytest.mark.parametrize("name", targets())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 99), CHANGES)
def test_nothing_is_raised(caplog: pytest.LogCaptureFixture, name: str, seed: int, changes: list[Change]) -> None:
    target = targets()[name]
    target.run(target.pool.changed(target.pool.seeds[seed % len(target.pool.seeds)], changes))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("name", targets())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_octets_do(caplog: pytest.LogCaptureFixture, name: str, octets: bytes) -> None:
    targets()[name].run(octets)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
