"""The audit log tells what was done, and what was refused is not in it."""

import json

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.reads import inventory_digest
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Step
from vtnmd.state import Cause, Succession, open_store

NOW = 1_795_356_130.0
SECRET = "env:ROUTER_PASSWORD"


def test_deeds_are_listed_the_latest_first(place: str) -> None:
    with open_store(place) as store:
        stock = {"regions": [], "password": SECRET}
        store.load_inventory(stock, NOW, "ann")
        store.load_inventory(stock, NOW, "ann")
        made = plan_of([create(resource_of("east/a", password=SECRET))])
        run = store.begin_run(made, "bob", NOW + 1, cause=Cause("rollback", "ticket 7"))
        with pytest.raises(StateError):
            store.begin_run(made, "eve", NOW + 2)
        store.append([Record(Event(run, 1, NOW, Step.ENDED, detail={"result": "partly"}))])
        store.label_run(run, "ticket 8", "cid", NOW + 3)
        store.reopen_run(run, "cid", NOW + 4)
        store.cancel_run(run, "dan", NOW + 5)
        found = store.audit()
        assert store.run(run).label == "ticket 8"
        assert [entry.number for entry in store.audit(limit=2)] == [8, 7]
    assert [(entry.time - NOW, entry.user, entry.action, entry.subject) for entry in reversed(found)] == [
        (0, "ann", "commit", "1"),
        (0, "ann", "inventory", inventory_digest(stock)),
        (1, "bob", "commit", "2"),
        (1, "bob", "inventory", inventory_digest({"regions": []})),
        (1, "bob", "rollback", run),
        (3, "cid", "label", run),
        (4, "cid", "resume", run),
        (5, "dan", "cancel", run),
    ]
    begun = next(entry for entry in found if entry.action == "rollback")
    assert begun.detail == {"service": "shop", "version": 1, "changes": 1, "label": "ticket 7"}
    assert SECRET not in json.dumps([entry.to_json() for entry in found])


def test_whoever_holds_a_region_prunes_or_takes_over_is_named(place: str) -> None:
    with open_store(place) as store:
        store.set_mode(RegionMode("west", Mode.PAUSED, "ann", NOW, "cable works"))
        made = plan_of([create(resource_of("east/a"))])
        first = store.begin_run(made, "bob", NOW)
        store.append(
            [
                Record(Event(first, 1, NOW, Step.PRUNED, "east/a", {"user": "cid", "reason": "not now"})),
                Record(Event(first, 2, NOW, Step.PRUNED, "east/b", {"reason": "left alone"})),
                Record(Event(first, 3, NOW, Step.ENDED, detail={"result": "partly"})),
            ]
        )
        second = store.begin_run(made, "bob", NOW, Succession(supersedes=first), Cause("supersede", actor="dan"))
        found = store.audit()
    assert [(entry.user, entry.action, entry.subject) for entry in found if entry.action not in {"inventory", "commit"}] == [
        ("dan", "supersede", second),
        ("cid", "prune", first),
        ("bob", "apply", first),
        ("ann", "region", "west"),
    ]
    assert (found[0].detail["supersedes"], found[0].detail["for"]) == (first, "bob")
