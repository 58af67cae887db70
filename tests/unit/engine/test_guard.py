"""What somebody else did at an endpoint is not overwritten unless that was asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_driver import create, delete, plan_of, ref, resource_of, update
from tests.support.rig import QUICK, Rig
from vtnmd.domain.plan import Transaction
from vtnmd.domain.run import Drift, Result, Step
from vtnmd.domain.snapshot import Applied

A = resource_of("east/a", mtu=1400)
B = resource_of("east/b", ["east/a"])
WIDE = resource_of("east/a", mtu=9000)
REPAIR, ADOPT = replace(QUICK, drift=Drift.REPAIR), replace(QUICK, drift=Drift.ADOPT)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def meddle(rig: Rig, **properties: object) -> None:
    """Change A behind vtnmd's back."""
    rig.endpoints["east/odl"].held[str(A.address)] = {"name": "east/a", **properties}


def calls(rig: Rig) -> list[str]:
    return [verb for verb, _ in rig.endpoints["east/odl"].calls]


def test_each_request_costs_one_reading(rig: Rig) -> None:
    assert rig.apply(plan_of([create(A), create(B)])).result is Result.APPLIED
    assert calls(rig) == ["read", "apply", "read", "apply"]


def test_a_request_that_is_tried_again_is_not_read_again(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["busy", "unreachable"]
    assert rig.apply(plan_of([create(A)])).result is Result.APPLIED
    assert calls(rig) == ["read", "apply", "apply", "apply"]


@pytest.mark.parametrize("change", [update(A, WIDE), delete(A)])
def test_a_change_that_would_overwrite_drift_is_refused_field_by_field(rig: Rig, change: object) -> None:
    rig.apply(plan_of([create(A)]))
    meddle(rig, mtu=1300)
    plan = plan_of([change], destroys=change == delete(A))  # type: ignore[list-item]
    outcome = rig.apply(plan)
    assert outcome.result is Result.FAILED
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.code == "VTN-E403"
    assert "1300" in diagnostic.detail
    assert "1400" in diagnostic.detail
    assert diagnostic.address == str(A.address)
    assert rig.order == [str(A.address)]
    with rig.store() as store:
        assert store.snapshot().applied[A.address].digest == create(A).digest

    again = rig.resume(outcome.run)
    assert [each.code for each in again.diagnostics] == ["VTN-E403"]
    assert rig.order == [str(A.address)]

    rig.policy = REPAIR
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert rig.held() == ({} if plan.intent is None else {"east/odl": {str(A.address): WIDE.properties}})


def test_what_was_removed_is_not_made_again_by_the_way(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    rig.endpoints["east/odl"].held.clear()
    outcome = rig.apply(plan_of([update(A, WIDE)]))
    assert [each.code for each in outcome.diagnostics] == ["VTN-E403"]
    assert "gone" in outcome.diagnostics[0].detail


def test_deleting_what_is_gone_is_fine(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    rig.endpoints["east/odl"].held.clear()
    assert rig.apply(plan_of([delete(A)], destroys=True)).result is Result.APPLIED


def test_what_is_there_already_is_not_taken_over_by_the_way(rig: Rig) -> None:
    rig.endpoints["east/odl"].take({"put": {str(A.address): A.properties}})
    outcome = rig.apply(plan_of([create(A)]))
    (diagnostic,) = outcome.diagnostics
    assert (diagnostic.code, rig.order) == ("VTN-E404", [])
    assert "as it is wanted" in diagnostic.detail
    rig.policy = ADOPT
    resumed = rig.resume(outcome.run)
    assert (resumed.result, rig.order) == (Result.APPLIED, [])
    with rig.store() as store:
        entry = store.snapshot().applied[A.address]
    assert (entry.attributes["serial"], entry.digest, entry.accepted) == (1, create(A).digest, {})


def test_what_is_there_and_differs_is_adopted_as_it_is(rig: Rig) -> None:
    rig.endpoints["east/odl"].take({"put": {str(A.address): {"name": "east/a", "mtu": 1300}}})
    rig.policy = ADOPT
    assert rig.apply(plan_of([create(A)])).result is Result.APPLIED
    assert rig.order == []
    with rig.store() as store:
        assert store.snapshot().applied[A.address].accepted == {"": {"name": "east/a", "mtu": 1300}}
    rig.policy = QUICK
    assert rig.apply(plan_of([update(A, WIDE)])).result is Result.APPLIED, "what was accepted is no drift"
    with rig.store() as store:
        assert store.snapshot().applied[A.address].accepted == {}


def test_somebody_may_have_made_the_change_already(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    meddle(rig, mtu=9000)
    rig.policy = ADOPT
    outcome = rig.apply(plan_of([update(A, WIDE)]))
    assert outcome.result is Result.APPLIED
    assert rig.order == [str(A.address)]


def test_a_resource_that_was_made_anew_is_drift_and_its_removal_learns_its_id(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    rig.endpoints["east/odl"].serials[str(A.address)] = 7
    removal = delete(A)
    by_id = replace(
        removal, operation=replace(removal.operation, payload={"remove": [str(A.address)], "id": ref("east/a", "serial")})
    )
    outcome = rig.apply(plan_of([by_id], destroys=True))
    assert "attributes/serial: 7 instead of 1" in outcome.diagnostics[0].detail
    rig.policy = REPAIR
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert rig.held() == {}


def test_a_creation_whose_earlier_life_was_interrupted_is_not_refused(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["lost-after"]
    rig.endpoints["east/odl"].read_faults = ["", *["unreachable"] * 9]
    outcome = rig.apply(plan_of([create(A)]))
    assert outcome.result is Result.PARTLY
    rig.endpoints["east/odl"].read_faults = []
    assert rig.resume(outcome.run).result is Result.APPLIED


def test_what_a_refused_request_left_behind_is_not_foreign(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["rejected-half"]
    outcome = rig.apply(plan_of([create(A)]))
    assert outcome.result is Result.FAILED
    assert rig.resume(outcome.run).result is Result.APPLIED


def test_an_id_that_this_very_run_renews_is_no_drift(rig: Rig) -> None:
    """B holds an attribute of A, which is made anew first."""
    holder = resource_of("east/b", ["east/a"], network=ref("east/a", "serial"))
    rig.apply(plan_of([create(A), create(holder)]))
    endpoint = rig.endpoints["east/odl"]
    renewal = replace(update(A, WIDE), operation=replace(update(A, WIDE).operation, payload={"renew": str(A.address)}))
    take = endpoint.take

    def renewing(payload: dict[str, object]) -> None:
        if "renew" in payload:
            endpoint.serials[str(A.address)] += 1
            endpoint.held[str(A.address)] = WIDE.properties
        take(payload)

    endpoint.take = renewing  # type: ignore[method-assign]
    outcome = rig.apply(plan_of([renewal, update(holder, holder)]))
    assert outcome.result is Result.APPLIED, outcome.diagnostics
    assert endpoint.held[str(holder.address)]["network"] == 2


def test_a_resource_whose_template_changed_is_not_judged(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    meddle(rig, mtu=1300)
    assert rig.apply(plan_of([replace(update(A, WIDE), comparable=False)])).result is Result.APPLIED


def test_an_endpoint_that_cannot_be_read_gets_nothing(rig: Rig) -> None:
    rig.endpoints["east/odl"].read_faults = ["unreachable"] * 9
    outcome = rig.apply(plan_of([create(A)]))
    assert (outcome.result, rig.order) == (Result.PARTLY, [])
    assert [event.step for event in rig.events if event.request] == [Step.WAITING] * 3


def test_what_a_plan_adopts_is_recorded_once_and_before_anything_is_sent(rig: Rig) -> None:
    entry = Applied(A, create(A).digest, {"serial": 5}, frozenset({"shop"}), accepted={"mtu": 9})
    holder = resource_of("east/b", ["east/a"], network=ref("east/a", "serial"))
    plan = replace(plan_of([create(holder)], wanted=[A, holder]), adopted=(entry,))
    with rig.store() as store:
        run = store.begin_run(plan, "tester", 0.0)
    rig.crash()
    assert rig.resume(run).result is Result.APPLIED, "the process ended before the run's first event"
    with rig.store() as store:
        applied = store.snapshot().applied
        assert applied[A.address] == replace(entry, run=run)
        assert rig.endpoints["east/odl"].held[str(holder.address)]["network"] == 5
        assert store.snapshot(owner="shop").applied.keys() == {A.address, holder.address}


def test_a_resumed_run_adopts_nothing_again(rig: Rig) -> None:
    entry = Applied(A, create(A).digest, {"serial": 5}, frozenset({"shop"}))
    rig.endpoints["east/odl"].down = True
    outcome = rig.apply(replace(plan_of([create(B)], wanted=[A, B]), adopted=(entry,)))
    assert outcome.result is Result.PARTLY
    rig.endpoints["east/odl"].down = False
    rig.endpoints["east/odl"].held.clear()
    with rig.store() as store:
        assert store.snapshot().applied.keys() == {A.address}
    assert rig.resume(outcome.run).result is Result.APPLIED
    adopting = [event for event in rig.events if event.step is Step.STARTED]
    assert len(adopting) == 2


def test_the_guard_keeps_a_transaction_from_beginning(rig: Rig) -> None:
    east, west = resource_of("east/pe"), resource_of("west/pe")
    names = (str(east.address), str(west.address))
    rig.endpoints["west/odl"].take({"put": {names[1]: west.properties}})
    plan = replace(plan_of([create(east), create(west)]), transactions=(Transaction(names[0], names),))
    outcome = rig.apply(plan)
    assert outcome.failed.keys() == {names[1]}
    assert outcome.failed[names[1]].code == "VTN-E404"
    assert rig.endpoints["east/odl"].held == {}
    rig.policy = ADOPT
    resumed = rig.resume(outcome.run)
    assert resumed.result is Result.APPLIED, resumed.diagnostics
    assert rig.endpoints["east/odl"].held == {names[0]: east.properties}
