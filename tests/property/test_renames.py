"""Whatever is renamed, and says so, stays as it is at every endpoint."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deployment import Deployment, deployment
from tests.support.services import edited, inventory, renamed, renames, services
from vtnmd.domain.address import Address
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Plan

STOCK = inventory()
UNHURRIED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def properties(state: Deployment) -> dict[str, object]:
    return {address: found for address, (found, _) in state.held().items()}


def actions(plan: Plan) -> dict[Address, Action]:
    return {change.address: change.action for change in plan.changes}


@UNHURRIED
@given(services(), st.data())
def test_a_rename_changes_nothing_at_any_endpoint(service: Intent, data: st.DataObject) -> None:
    names = data.draw(renames(service))
    with deployment(STOCK) as state:
        state.apply(service)
        before = properties(state)
        plan = state.apply(renamed(service, names))
        assert (plan.changes, plan.requests) == ((), ())
        assert {name for known in plan.moved.values() for name in known} == set(names.values())
        assert properties(state) == before
        unsaid = renamed(service, names, said=False)
        again = state.plan(unsaid)
        assert (again.changes, again.moved) == ((), {})
        assert [entry.intent for entry in state.store.services()] == [again.intent]
        state.destroy(unsaid.name)
        assert state.held() == {}
        assert state.store.allocations().values == {}
        assert state.store.services() == ()


@UNHURRIED
@given(services(), st.data())
def test_a_rename_with_an_edit_changes_what_the_edit_changes(service: Intent, data: st.DataObject) -> None:
    names = data.draw(renames(service))
    grown = edited(service, _edit)
    with deployment(STOCK) as state:
        state.apply(service)
        expected = actions(state.plan(grown))
        assert actions(state.apply(renamed(grown, names))) == expected
        assert state.plan(renamed(grown, names, said=False)).is_empty


@UNHURRIED
@given(services(), st.data())
def test_renames_one_after_the_other_can_be_said_at_once(service: Intent, data: st.DataObject) -> None:
    """A state that has seen every step and one that has seen none end alike."""
    first = data.draw(renames(service))
    second = {(kind, name): f"{name}-x" for (kind, _), name in first.items()}
    middle = renamed(service, first)
    last = renamed(middle, second)
    with deployment(STOCK) as state, deployment(STOCK) as leaping:
        for step in (service, middle, last):
            state.apply(step)
        leaping.apply(service)
        assert leaping.apply(last).is_empty
        assert state.held() == leaping.held()
        assert state.store.allocations() == leaping.store.allocations()


def _edit(entry: Any) -> None:
    """Another description for each segment, and another MTU."""
    for segment in entry["vtn"][0]["segment"]:
        segment |= {"description": "edited", "mtu": 1300}
