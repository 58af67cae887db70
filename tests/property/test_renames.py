"""Whatever is renamed, and says so, stays as it is at every endpoint."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deployment import deployment
from tests.support.services import inventory, names_in, renamed, renames, services
from vtnmd.domain.intent import Intent

STOCK = inventory()
UNHURRIED = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(services(), st.data())
def test_a_rename_changes_nothing_at_any_endpoint(service: Intent, data: st.DataObject) -> None:
    names = data.draw(renames(service))
    with deployment(STOCK) as state:
        state.apply(service)
        before = {address: properties for address, (properties, _) in state.held().items()}
        plan = state.apply(renamed(service, names))
        assert (plan.changes, plan.requests) == ((), ())
        assert {name for known in plan.moved.values() for name in known} == set(names.values())
        assert {address: properties for address, (properties, _) in state.held().items()} == before
        unsaid = renamed(service, names, said=False)
        assert state.store.services()[0].intent == state.planned(unsaid).plan.intent
        again = state.plan(unsaid)
        assert (again.changes, again.moved) == ((), {})
        state.destroy(unsaid.name)
        assert state.held() == {}
        assert state.store.allocations().values == {}
        assert state.store.services() == ()
