"""A plan costs what changes: an unchanged service is not compiled again, and one attachment more touches one attachment."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.rig import Rig
from tests.support.services import edited, intent, inventory, shop
from vtnmd.compiler.check import check_intent
from vtnmd.domain.diagnostics import Stale
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Endpoint, Inventory
from vtnmd.domain.plan import Plan
from vtnmd.render.catalogue import Catalogue
from vtnmd.render.forms import Rendered
from vtnmd.state import Store
from vtnmd.state.tables import allocations, claims, contributions, owners, snapshot
from vtnmd.usecases import plans, services, standing
from vtnmd.usecases.services import Checked, Ready

STOCK = inventory()


def network() -> Intent:
    """Everything but servers."""
    return edited(shop(), lambda entry: entry["vtn"][0].pop("vtnmd-workload:workload"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "state")
    yield made
    made.crash()


def checked(wanted: Intent, stock: Inventory = STOCK) -> Checked:
    return Checked(check_intent(wanted, stock).intent, stock)


def plan(rig: Rig, wanted: Intent, stock: Inventory = STOCK) -> Plan:
    with rig.store() as store:
        return plans.plan_checked(checked(wanted, stock), store, "tester").plan


def compiled(rig: Rig, wanted: Intent) -> Plan:
    """The same without the way round the compiler."""
    with rig.store() as store:
        return plans.plan_ready(services.compile_checked(checked(wanted), store), store, "tester").plan


def by_address(plan: Plan) -> Any:
    return {**plan.to_json(), "contributions": sorted(plan.to_json()["contributions"], key=lambda entry: entry["address"])}


def ports(count: int) -> Intent:
    """A service of one segment with so many attachments."""
    segment = {"name": "lan", "cidr": "10.0.0.0/16", "gateway": "10.0.0.1", "region": [{"name": "east"}]}
    entries = [
        {"name": f"port{at}", "segment": "lan", "region": "east", "node": "openflow:1", "port": f"eth{at}"} for at in range(count)
    ]
    return intent("ports", [{"name": "net", "tenant": "acme", "segment": [segment], "attachment": entries}])


def rows(rig: Rig) -> set[tuple[object, ...]]:
    """What the state holds of resources and allocations."""
    tables = (contributions, snapshot, owners, claims, allocations)
    with rig.store() as store, store._engine.connect() as connection:
        return {(table.name, *row) for table in tables for row in connection.execute(select(table))}


def test_the_plan_of_what_stands_is_the_one_that_compiling_gives(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.apply(plan(rig, network()))
    with_compiler = compiled(rig, network())
    monkeypatch.setattr(plans, "compile_checked", None)
    assert by_address(plan(rig, network())) == by_address(with_compiler)
    assert with_compiler.is_empty


def test_the_1001st_attachment_touches_one_attachment(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.apply(plan(rig, ports(1000)))
    before = rows(rig)
    rendered: list[str] = []
    render = Catalogue.render

    def counted(self: Catalogue, resource: Resource, endpoint: Endpoint) -> Rendered:
        rendered.append(str(resource.address))
        return render(self, resource, endpoint)

    monkeypatch.setattr(Catalogue, "render", counted)
    one_more = plan(rig, ports(1001))
    ours = {"east/odl/vinterface/acme_net/lan/port1000", "east/odl/port-map/acme_net/lan/port1000"}
    assert sorted(rendered) == sorted(ours)
    assert {str(change.address) for change in one_more.changes} == ours
    rig.apply(one_more)
    after = rows(rig)
    assert before <= after, "no row of another resource was touched"
    assert Counter(row[0] for row in after - before) == {
        "contributions": 2,
        "snapshot": 2,
        "owners": 2,
        "claims": 2,
        "allocations": 2,  # the name that lasts, and that of the vInterface
    }


@pytest.mark.parametrize("what", ["intent", "inventory", "maker", "unknown"])
def test_whatever_differs_is_compiled(rig: Rig, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    rig.apply(plan(rig, network()))
    wanted, stock = network(), STOCK
    match what:
        case "intent":
            wanted = edited(network(), lambda entry: entry["vtn"][0]["attachment"][0].update(port="s1-eth2"))
        case "inventory":
            stock = inventory(("east", "west"))
        case "maker":
            monkeypatch.setattr(plans, "maker", lambda: "another")
            monkeypatch.setattr(standing, "maker", lambda: "another")
        case "unknown":
            with rig.store() as store, store._engine.begin() as connection:
                connection.execute(snapshot.update().where(snapshot.c.address.contains("port-map")).values(digest=""))
    asked: list[str] = []

    def watched(given: Checked, store: Store) -> Ready:
        asked.append(given.intent.name)
        return services.compile_checked(given, store)

    monkeypatch.setattr(plans, "compile_checked", watched)
    found = plan(rig, wanted, stock)
    assert asked == ["global-shop"]
    assert len(found.changes) == (1 if what in ("intent", "unknown") else 0)


def test_a_plan_of_what_stands_goes_stale_and_names_what_moved(rig: Rig) -> None:
    rig.apply(plan(rig, network()))
    empty = plan(rig, network())
    with rig.store() as store:
        address = empty.contributions[0].address
        with store._engine.begin() as connection:
            connection.execute(snapshot.update().where(snapshot.c.address == str(address)).values(digest="moved"))
        with pytest.raises(Stale) as caught:
            store.begin_run(replace(empty), "tester", rig.time.time)
    (named,) = caught.value.diagnostics
    assert f"resource {address} has changed" in named.summary
