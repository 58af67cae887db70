"""What a run does to endpoints, to the journal and to the state."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_driver import create, delete, intent_of, plan_of, ref, resource_of, update
from tests.support.rig import QUICK, Rig
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Secret
from vtnmd.engine import OnFailure

A, B, C = resource_of("east/a"), resource_of("east/b", ["east/a"]), resource_of("west/c", ["east/a"])
D, E = resource_of("east/d"), resource_of("west/e")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.crash()


def steps(rig: Rig, request: str) -> list[Step]:
    return [event.step for event in rig.events if event.request == request]


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


def test_listeners_are_told_what_the_journal_holds_in_its_order(rig: Rig) -> None:
    outcome = rig.apply(plan_of([create(A), create(B)]))
    with rig.store() as store:
        assert store.events(outcome.run) == tuple(rig.events)
    assert [event.sequence for event in rig.events] == list(range(1, len(rig.events) + 1))
    assert (rig.events[0].step, rig.events[-1].step) == (Step.STARTED, Step.ENDED)
    assert steps(rig, str(A.address)) == [Step.SENT, Step.ANSWERED]


def test_a_listener_that_breaks_does_not_stop_the_run(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Event] = []

    def broken(_event: Event) -> None:
        raise BrokenPipeError

    rig.listeners = (broken, told.append)
    assert rig.apply(plan_of([create(A)])).result is Result.APPLIED
    assert len(told) == 4
    assert "listener" in caplog.text


def test_a_plan_without_changes_commits_the_intent(rig: Rig) -> None:
    outcome = rig.apply(plan_of([], intent=intent_of("shop", mtu=1450)))
    assert outcome.result is Result.APPLIED
    with rig.store() as store:
        service = store.service("shop")
    assert service is not None
    assert service.intent == intent_of("shop", mtu=1450)


def test_endpoints_without_work_are_not_connected_and_all_are_closed(rig: Rig) -> None:
    rig.endpoints["north/odl"].opened = 0
    rig.apply(plan_of([create(A), create(C)]))
    assert [(rig.endpoints[name].opened, rig.endpoints[name].closed) for name in ("east/odl", "west/odl", "north/odl")] == [
        (1, 1),
        (1, 1),
        (0, 0),
    ]


def test_an_endpoint_gets_no_more_requests_at_once_than_its_limit(rig: Rig) -> None:
    rig.policy = replace(QUICK, limits={"east/odl": 1}, limit=3)
    changes = [create(resource_of(f"{region}/{number}")) for region in ("east", "west") for number in range(12)]
    rig.apply(plan_of(changes))
    assert rig.endpoints["east/odl"].most_in_flight == 1
    assert rig.endpoints["west/odl"].most_in_flight == 3


def test_attributes_of_earlier_changes_fill_holes(rig: Rig) -> None:
    holder = resource_of("east/holder", network=ref("east/a"))
    rig.apply(plan_of([create(A), create(holder)]))
    assert rig.endpoints["east/odl"].held["east/odl/vtn/holder"]["network"] == "id-of-east/odl/vtn/a"


def test_attributes_of_earlier_runs_fill_holes(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    holder = resource_of("west/holder", network=ref("east/a", "serial"))
    rig.apply(plan_of([create(holder)], wanted=[A, holder]))
    assert rig.endpoints["west/odl"].held["west/odl/vtn/holder"]["network"] == 1


def test_secrets_are_resolved_for_the_driver_and_stored_nowhere(rig: Rig, tmp_path: Path) -> None:
    rig.apply(plan_of([create(resource_of("east/a", password=Secret("env:PASSWORD")))]))
    assert rig.endpoints["east/odl"].held["east/odl/vtn/a"]["password"] == "secret of env:PASSWORD"
    assert not any(b"secret of" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_value_that_nothing_brings_is_said_before_anything_is_sent(rig: Rig) -> None:
    outcome = rig.apply(plan_of([create(resource_of("east/holder", network=ref("east/nothing")))]))
    assert [d.code for d in outcome.diagnostics] == ["VTN-E016"]
    assert rig.order == []
    with rig.store() as store:
        assert not store.snapshot().applied


def test_an_endpoint_that_the_inventory_lacks_is_refused(rig: Rig) -> None:
    plan = plan_of([create(A)])
    rig.without = {"east/odl"}
    assert [d.code for d in rig.apply(plan).diagnostics] == ["VTN-E021"]


def test_update_keeps_attributes_and_delete_forgets_them(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    after = resource_of("east/a", mtu=1500)
    rig.apply(plan_of([update(A, after)]))
    with rig.store() as store:
        entry = store.snapshot().applied[A.address]
    assert (entry.attributes["serial"], entry.resource) == (1, after)
    rig.apply(plan_of([delete(after)], destroys=True))
    with rig.store() as store:
        assert not store.snapshot().applied
        assert store.services() == ()
    assert rig.held() == {}


def test_an_endpoint_that_comes_back_is_tried_again(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["unreachable", "busy"]
    outcome = rig.apply(plan_of([create(A)]))
    assert outcome.result is Result.APPLIED
    assert steps(rig, str(A.address)) == [Step.SENT, Step.WAITING, Step.SENT, Step.WAITING, Step.SENT, Step.ANSWERED]
    waiting = [event for event in rig.events if event.step is Step.WAITING]
    assert waiting[0].detail["reason"] == "connection refused"
    assert waiting[0].detail["next-try"] > waiting[0].time


def test_a_dead_endpoint_holds_its_own_work_and_what_needs_it(rig: Rig) -> None:
    behind = resource_of("west/behind", ["east/a"])
    rig.endpoints["east/odl"].down = True
    outcome = rig.apply(plan_of([create(A), create(D), create(E), create(behind)]))
    assert outcome.result is Result.PARTLY
    assert outcome.exit_code == 3
    assert outcome.done == {str(E.address)}
    assert outcome.waiting.keys() == {str(A.address), str(D.address)}
    assert outcome.pending == {str(behind.address)}


def test_pauses_grow_and_are_bounded_by_the_budget(rig: Rig) -> None:
    rig.endpoints["east/odl"].down = True
    rig.apply(plan_of([create(A)]))
    assert len(rig.endpoints["east/odl"].calls) == QUICK.unreachable.attempts
    assert rig.time.slept == sorted(rig.time.slept)
    assert len(rig.time.slept) == QUICK.unreachable.attempts - 1


def test_a_dead_endpoint_is_not_stormed(rig: Rig) -> None:
    rig.endpoints["east/odl"].down = True
    outcome = rig.apply(plan_of([create(resource_of(f"east/{number}")) for number in range(100)]))
    assert len(outcome.waiting) == 100
    assert len(rig.endpoints["east/odl"].calls) <= QUICK.limit * QUICK.unreachable.attempts


def test_nothing_reached_at_all_has_an_exit_code_of_its_own(rig: Rig) -> None:
    rig.endpoints["east/odl"].down = True
    assert rig.apply(plan_of([create(A)])).exit_code == 5


def test_a_request_in_doubt_is_more_than_nothing(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults, rig.endpoints["east/odl"].read_faults = ["lost-after"], ["", *["unreachable"] * 9]
    assert rig.apply(plan_of([create(A)])).exit_code == 3


def test_resume_sends_what_waited(rig: Rig) -> None:
    rig.endpoints["east/odl"].down = True
    run = rig.apply(plan_of([create(A), create(C), create(E)])).run
    rig.endpoints["east/odl"].down = False
    rig.order.clear()
    outcome = rig.resume(run)
    assert outcome.result is Result.APPLIED
    assert rig.order == [str(A.address), str(C.address)]
    assert [event.sequence for event in rig.events] == list(range(1, len(rig.events) + 1))


def test_a_lost_answer_is_settled_by_reading_and_not_sent_twice(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["lost-after"]
    outcome = rig.apply(plan_of([create(A)]))
    assert outcome.result is Result.APPLIED
    assert [verb for verb, _ in rig.endpoints["east/odl"].calls] == ["read", "apply", "read"]
    assert steps(rig, str(A.address)) == [Step.SENT, Step.IN_DOUBT, Step.SETTLED]
    with rig.store() as store:
        assert store.snapshot().applied[A.address].attributes["serial"] == 1


def test_a_lost_request_is_read_back_and_sent_again(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["lost-before"]
    assert rig.apply(plan_of([create(A)])).result is Result.APPLIED
    assert [verb for verb, _ in rig.endpoints["east/odl"].calls] == ["read", "apply", "read", "apply"]


def test_a_lost_deletion_is_settled_by_its_absence(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    rig.endpoints["east/odl"].faults = ["lost-after"]
    assert rig.apply(plan_of([delete(A)], destroys=True)).result is Result.APPLIED
    assert rig.order.count(str(A.address)) == 2


def test_what_cannot_be_read_stays_in_doubt_and_is_settled_by_resume(rig: Rig) -> None:
    endpoint = rig.endpoints["east/odl"]
    endpoint.faults, endpoint.read_faults = ["lost-after"], ["", *["unreachable"] * 9]
    outcome = rig.apply(plan_of([create(A), create(B)]))
    assert outcome.result is Result.PARTLY
    with rig.store() as store:
        entry = store.snapshot().applied[A.address]
        assert (entry.digest, sorted(entry.owners)) == ("", ["shop"])
    endpoint.read_faults = []
    assert rig.resume(outcome.run).result is Result.APPLIED
    assert rig.order.count(str(A.address)) == 1
    with rig.store() as store:
        assert store.snapshot().applied[A.address].digest == create(A).digest


def test_a_refusal_stops_the_run_and_names_what_is_skipped(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["rejected"]
    rig.policy = replace(QUICK, limit=1)
    outcome = rig.apply(plan_of([create(A), create(B), create(C), create(D)]))
    assert outcome.result is Result.FAILED
    assert outcome.exit_code == 1
    assert {key: d.code for key, d in outcome.failed.items()} == {str(A.address): "VTN-E103"}
    assert outcome.skipped == {str(B.address): str(A.address), str(C.address): str(A.address)}
    assert outcome.pending == {str(D.address)}
    with rig.store() as store:
        assert not store.snapshot().applied
        assert [event.detail["because"] for event in store.events(outcome.run) if event.step is Step.SKIPPED] == [
            str(A.address)
        ] * 2


def test_on_request_a_refusal_stops_only_what_needs_it(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["rejected"]
    rig.policy = replace(QUICK, limit=1, on_failure=OnFailure.CONTINUE)
    outcome = rig.apply(plan_of([create(A), create(B), create(D), create(E)]))
    assert outcome.result is Result.FAILED
    assert outcome.done == {str(D.address), str(E.address)}


def test_resume_tries_what_was_refused_once_more(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["rejected"]
    run = rig.apply(plan_of([create(A), create(B)])).run
    assert rig.resume(run).result is Result.APPLIED


def test_what_a_refused_request_left_behind_is_known_to_the_next_plan(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults = ["rejected-half"]
    rig.apply(plan_of([create(A)]))
    with rig.store() as store:
        assert store.snapshot(owner="shop").applied[A.address].digest == ""


def test_a_refusal_that_reading_meets_too_leaves_nothing_behind(rig: Rig) -> None:
    rig.endpoints["east/odl"].faults, rig.endpoints["east/odl"].read_faults = ["rejected"], ["", "rejected"]
    rig.apply(plan_of([create(A)]))
    with rig.store() as store:
        assert not store.snapshot().applied


def test_what_is_unknown_is_read_before_it_is_changed(rig: Rig) -> None:
    """The answer to a creation was lost together with the id that its removal needs."""
    endpoint = rig.endpoints["east/odl"]
    endpoint.faults, endpoint.read_faults = ["lost-after"], ["", *["unreachable"] * 9]
    rig.apply(plan_of([create(A)]))
    endpoint.read_faults = []
    removal = delete(A)
    by_id = replace(removal, operation=replace(removal.operation, payload={"remove": [str(A.address)], "id": ref("east/a")}))
    assert rig.apply(plan_of([by_id], destroys=True)).result is Result.APPLIED
    assert endpoint.held == {}


def test_what_turns_out_as_wanted_is_not_sent(rig: Rig) -> None:
    endpoint = rig.endpoints["east/odl"]
    endpoint.faults, endpoint.read_faults = ["lost-after"], ["", *["unreachable"] * 9]
    rig.apply(plan_of([create(A)]))
    endpoint.read_faults = []
    assert rig.apply(plan_of([update(A, A)])).result is Result.APPLIED
    assert rig.order == [str(A.address)]


def test_a_refused_update_leaves_the_resource_unknown(rig: Rig) -> None:
    rig.apply(plan_of([create(A)]))
    rig.endpoints["east/odl"].faults = ["rejected"]
    rig.apply(plan_of([update(A, resource_of("east/a", mtu=1))]))
    with rig.store() as store:
        entry = store.snapshot().applied[A.address]
    assert (entry.digest, entry.resource, entry.attributes["serial"]) == ("", A, 1)


def test_an_error_of_a_driver_is_reported_and_not_lost(rig: Rig) -> None:
    rig.endpoints["east/odl"].broken = ZeroDivisionError("oops")
    rig.policy = replace(QUICK, on_failure=OnFailure.CONTINUE)
    outcome = rig.apply(plan_of([create(A), create(E)]))
    assert [d.code for d in outcome.diagnostics] == ["VTN-E020"]
    assert "ZeroDivisionError" in outcome.diagnostics[0].summary
    assert outcome.done == {str(E.address)}


def test_one_request_may_carry_many_changes(rig: Rig) -> None:
    changes = [create(A), create(D)]
    single = plan_of(changes)
    payload = {"put": {str(change.address): change.operation.payload["put"][str(change.address)] for change in changes}}
    wave = Request("east/odl#0", "east/odl", 0, (A.address, D.address), payload, None, ())
    rig.endpoints["east/odl"].faults = ["lost-after"]
    outcome = rig.apply(with_requests(single, wave))
    assert outcome.done == {"east/odl#0"}
    with rig.store() as store:
        assert store.snapshot().applied.keys() == {A.address, D.address}


def with_requests(plan: Plan, *requests: Request) -> Plan:
    return replace(plan, requests=requests)
