"""What a run does to endpoints, to the journal and to the state."""

import asyncio
from pathlib import Path

import pytest

from tests.support.fake_driver import create, delete, plan_of, ref, resource_of, update
from tests.support.rig import Rig
from vtnmd.domain.run import Result, Step
from vtnmd.domain.tree import Secret

A, B, C = resource_of("east/a"), resource_of("east/b", ["east/a"]), resource_of("west/c", ["east/a"])


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_plan_is_carried_out_in_the_order_of_its_needs(rig: Rig) -> None:
    outcome = rig.apply(plan_of([create(C), create(B), create(A)]))
    assert outcome.result is Result.APPLIED
    assert outcome.exit_code == 0
    assert rig.order[0] == "east/odl/vtn/a"
    assert rig.held() == {
        "east/odl": {"east/odl/vtn/a": A.properties, "east/odl/vtn/b": B.properties},
        "west/odl": {"west/odl/vtn/c": C.properties},
    }
    with rig.store() as store:
        assert store.snapshot().applied.keys() == {A.address, B.address, C.address}
        assert store.run(outcome.run).result is Result.APPLIED
        assert store.events(outcome.run) == tuple(rig.events)
