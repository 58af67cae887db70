"""Which runs that left work may be superseded, and which must go on with the plan they have."""

from dataclasses import replace

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.journal import replay
from vtnmd.domain.plan import Plan, Transaction
from vtnmd.domain.reverse import reversed_id
from vtnmd.domain.run import Event, Result, Step
from vtnmd.state import RunEntry
from vtnmd.usecases.queue import Unfinished

A, W = resource_of("east/a"), resource_of("west/w")
ENTRY = RunEntry("run", "shop", "alice", 0.0, 1.0, Result.PARTLY)


def left_by(plan: Plan, *steps: tuple[Step, str]) -> Unfinished:
    events = [
        Event("run", number, 0.0, step, "" if step is Step.DECIDED else request, {"transaction": request})
        for number, (step, request) in enumerate(steps, 1)
    ]
    return Unfinished(ENTRY, plan, replay(events), {event.request: event for event in events if event.request})


def together() -> Plan:
    plan = plan_of([create(A), create(W)])
    ids = tuple(request.id for request in plan.requests)
    return replace(plan, transactions=(Transaction(ids[0], ids),))


def test_a_run_that_only_waits_is_not_bound_to_its_plan() -> None:
    found = left_by(together(), (Step.WAITING, str(A.address)), (Step.WAITING, str(W.address)))
    assert not found.is_bound
    assert found.endpoints == {"east/odl", "west/odl"}


def test_a_decided_transaction_that_is_not_confirmed_everywhere_binds_a_run_to_its_plan() -> None:
    plan = together()
    decided = (Step.DECIDED, plan.transactions[0].id)
    assert left_by(plan, decided, (Step.ANSWERED, str(A.address)), (Step.IN_DOUBT, str(W.address))).is_bound
    assert not left_by(plan, decided, (Step.ANSWERED, str(A.address)), (Step.ANSWERED, str(W.address))).is_bound


def test_a_run_that_is_rolled_back_goes_on_to_be() -> None:
    found = left_by(together(), (Step.REVERSING, ""), (Step.WAITING, reversed_id(str(W.address))))
    assert found.is_bound
    assert found.endpoints == {"west/odl"}
