"""Random services from the intent to the endpoints and back: edited, failing and killed at random, they end as on a good day."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_engine_walk import PATIENT, UNHURRIED, rigged
from tests.support.plan_forms import in_memory
from tests.support.rig import DyingStore, Killed, Rig
from tests.support.services import compiled, inventory, services
from vtnmd.assets import TEMPLATES
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Result
from vtnmd.engine import Interrupt, execute
from vtnmd.planner import World, make_plan
from vtnmd.render.catalogue import Catalogue

CATALOGUE = Catalogue([TEMPLATES])
STOCK = inventory()
NAME = "random"
LIVES = st.lists(st.one_of(services(), st.none()), min_size=1, max_size=3)
"""What a service is made one after the other; None takes it away."""

TRANSIENT = st.lists(st.sampled_from(["", "", "unreachable", "busy", "lost-before", "lost-after"]), max_size=10)


@dataclass(frozen=True)
class Death:
    """A process that ends at that commit of its journal, before or after it is durable, and its successor that ends as well."""

    first: int
    second: int
    committed: bool


def planned(rig: Rig, wanted: Intent | None) -> Plan | None:
    """The plan that leads from what the state knows to what is wanted; None where there is nothing to plan."""
    with rig.store() as store:
        before = store.service(NAME)
        if wanted is None and before is None:
            return None
        ready = compiled(wanted, STOCK, store.allocations()) if wanted else None
        world = World(before.intent if before else None, store.inventory(), store.snapshot().applied)
        plan = make_plan(NAME, "tester", ready, STOCK, world, CATALOGUE)
        return None if plan.is_empty else in_memory(plan)


def live(rig: Rig, lives: list[Intent | None], carry: Callable[[Rig, Plan], None]) -> dict[str, Any]:
    """Bring the service to each of its lives by `carry`; what endpoints and state hold in the end."""
    for wanted in lives:
        plan = planned(rig, wanted)
        if plan is not None:
            rig.order.clear()
            carry(rig, plan)
            check_order(rig, plan)
    with rig.store() as store:
        snapshot = {str(address): (entry.digest, entry.owners) for address, entry in store.snapshot().applied.items()}
        return {"held": rig.held(), "snapshot": snapshot, "allocations": store.allocations()}


def check_order(rig: Rig, plan: Plan) -> None:
    """No endpoint was sent a request, or a part of its transaction, before all that the request needs had been sent for good."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for position, said in enumerate(rig.order):
        name = said.rpartition(" ")[2]
        first.setdefault(name, position)
        last[name] = position
    for request in plan.requests:
        for need in request.needs:
            assert last[need] < first[request.id]


def in_one_go(rig: Rig, plan: Plan) -> None:
    assert rig.apply(plan).result is Result.APPLIED


def undisturbed(lives: list[Intent | None]) -> dict[str, Any]:
    with rigged() as rig:
        return live(rig, lives, in_one_go)


@UNHURRIED
@given(LIVES, TRANSIENT, TRANSIENT, st.dictionaries(st.sampled_from(["prepare", "commit", "confirm", "cancel"]), TRANSIENT))
def test_failures_that_pass_change_nothing_in_the_end(
    lives: list[Intent | None], faults: list[str], read_faults: list[str], step_faults: dict[str, list[str]]
) -> None:
    def troubled(rig: Rig, plan: Plan) -> None:
        for request in plan.requests:
            endpoint = rig.endpoints[request.endpoint]
            endpoint.faults = list(faults)
            endpoint.read_faults = [fault for fault in read_faults if fault in {"unreachable", "busy"}]
            endpoint.step_faults = {step: list(given) for step, given in step_faults.items()}
        in_one_go(rig, plan)

    with rigged() as rig:
        rig.policy = replace(rig.policy, unreachable=PATIENT, busy=PATIENT, doubt=PATIENT)
        assert live(rig, lives, troubled) == undisturbed(lives)


@UNHURRIED
@given(LIVES, st.lists(st.sampled_from(["", "", "rejected", "rejected-half", "lost-after"]), min_size=1, max_size=6))
def test_what_was_refused_is_made_good_by_resume(lives: list[Intent | None], faults: list[str]) -> None:
    def refused(rig: Rig, plan: Plan) -> None:
        for request in plan.requests:
            rig.endpoints[request.endpoint].faults = list(faults)
        outcome = rig.apply(plan)
        for request in plan.requests:
            rig.endpoints[request.endpoint].faults.clear()
        if outcome.result is not Result.APPLIED:
            assert rig.resume(outcome.run).result is Result.APPLIED

    with rigged() as rig:
        assert live(rig, lives, refused) == undisturbed(lives)


@UNHURRIED
@given(LIVES, st.lists(st.builds(Death, st.integers(1, 20), st.integers(1, 8), st.booleans()), min_size=1, max_size=3))
def test_a_service_whose_runs_are_killed_ends_as_if_they_were_not(lives: list[Intent | None], deaths: list[Death]) -> None:
    ahead = iter(deaths)

    def killed(rig: Rig, plan: Plan) -> None:
        death = next(ahead, None)
        if death is None:
            in_one_go(rig, plan)
            return
        with rig.store() as store:
            run = store.begin_run(plan, "tester", rig.time.time)
            dying = DyingStore(store, death.first, committed=death.committed)
            with suppress(Killed, StateError):
                asyncio.run(execute(plan, run, dying, rig.world(plan), rig.policy, Interrupt()))
            ended = store.run(run).result is Result.APPLIED
        rig.crash()
        if not ended and not rig.resume_dying(run, death.second, committed=not death.committed):
            assert rig.resume(run).result is Result.APPLIED

    with rigged() as rig:
        assert live(rig, lives, killed) == undisturbed(lives)
        for endpoint in rig.endpoints.values():
            assert not endpoint.pending
