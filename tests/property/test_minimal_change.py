"""A change costs what it changes, and what services share lives exactly as long as one of them wants it."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deployment import deployment
from tests.support.services import PROTECTIONS, edited, inventory, services
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Plan

STOCK = inventory()
UNHURRIED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def attached(service: Intent, count: int) -> Intent:
    """The service with `count` attachments more, on its first segment."""

    def attach(entry: Any) -> None:
        (vtn,) = entry["vtn"]
        segment = vtn["segment"][0]
        region = segment["region"][0]["name"]
        for number in range(count):
            port = {"segment": segment["name"], "region": region, "node": "openflow:7", "port": f"p{number}"}
            vtn["attachment"].append({"name": f"more-{number}", **port})

    return edited(service, attach)


def named(service: Intent, name: str) -> Intent:
    """The service under another name."""
    other = edited(service, lambda entry: entry.update(name=name))
    return Intent(name, other.document)


def touched(plan: Plan, name: str) -> set[tuple[str, Action]]:
    """(kind, action) of every change, all of which are of the attachment."""
    assert {change.address.key[-1] for change in plan.changes} == {name}
    return {(change.address.kind, change.action) for change in plan.changes}


@UNHURRIED
@given(services(), st.integers(2, 40))
def test_an_attachment_more_or_less_touches_that_attachment(service: Intent, count: int) -> None:
    with deployment(STOCK) as state:
        state.apply(attached(service, count))
        more = state.plan(attached(service, count + 1))
        assert touched(more, f"more-{count}") == {("vinterface", Action.CREATE), ("port-map", Action.CREATE)}
        less = state.plan(attached(service, count - 1))
        assert touched(less, f"more-{count - 1}") == {("vinterface", Action.DELETE), ("port-map", Action.DELETE)}
        state.carry_out(less)
        assert state.plan(attached(service, count - 1)).is_empty


@UNHURRIED
@given(st.sampled_from(PROTECTIONS).flatmap(lambda alike: st.tuples(services(alike), services(alike))), st.booleans())
def test_what_is_shared_goes_with_its_last_user(both: tuple[Intent, Intent], first_goes_first: bool) -> None:
    one, other = named(both[0], "one"), named(both[1], "other")
    with deployment(STOCK) as state:
        state.apply(one)
        alone = set(state.held())
        state.apply(other)
        shared = {address for address, (_, owners) in state.held().items() if owners == {"one", "other"}}
        assert {address.split("/")[2] for address in shared} == {"lsp"}
        going, staying = ("one", "other") if first_goes_first else ("other", "one")
        state.destroy(going)
        left = state.held()
        assert shared <= set(left)
        assert {owners for _, owners in left.values()} == {frozenset({staying})}
        if staying == "one":
            assert set(left) == alone
        assert state.plan(other if first_goes_first else one).is_empty
        state.destroy(staying)
        assert state.held() == {}
        assert state.store.allocations().values == {}


@UNHURRIED
@given(services(), st.data())
def test_what_was_drawn_is_free_once_everything_is_gone_and_not_before(service: Intent, data: st.DataObject) -> None:
    with deployment(STOCK) as state:
        state.apply(service)
        drawn = state.store.allocations()
        going = state.destroy_plan(service.name)
        left = data.draw(st.sampled_from([change.address for change in going.changes]))
        state.carry_out(going, {change.address for change in going.changes} - {left})
        assert state.store.allocations() == drawn
        other = state.plan(named(service, "other"))
        assert not clashes(drawn.values, other.allocations.values)
        rest = state.destroy(service.name)
        assert [change.address for change in rest.changes] == [left]
        assert state.store.allocations().values == {}


def clashes(held: Any, wanted: Any) -> list[tuple[str, object]]:
    """Values that are drawn a second time."""
    return [(pool, value) for pool, owners in wanted.items() for value in owners.values() if value in held.get(pool, {}).values()]
