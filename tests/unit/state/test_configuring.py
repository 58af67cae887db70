"""A run commits what it brings, and takes that back when it is rolled back, on each kind of database."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.fake_driver import create, delete, intent_of, plan_of, resource_of
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations
from vtnmd.domain.commit import Commit, Held, Origin, service_part
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.state import Basis, Cause, CommittedService, Store, Succession, open_store

NOW = 1_795_356_130.0
A = resource_of("east/a")
SHOP = service_part("shop")
CLIENT = Origin("cid", "restconf")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def begin(store: Store, plan: Plan, basis: Basis | None = None, succession: Succession | None = None) -> str:
    cause = Cause(label="on paper", basis=basis or Basis())
    return store.begin_run(plan, "ann", NOW, succession or Succession(), cause)


def end(store: Store, run: str, result: Result = Result.APPLIED) -> str:
    store.append([Record(Event(run, 1, NOW + 1, Step.ENDED, detail={"result": result.value}))])
    return run


def apply(store: Store, plan: Plan, basis: Basis | None = None) -> str:
    return end(store, begin(store, plan, basis))


def shop(mtu: int) -> Plan:
    return plan_of([], intent=intent_of("shop", mtu=mtu))


def commit(store: Store, value: Json, part: str = SHOP) -> int:
    store.write_commits([Commit(CLIENT, {part: value}, NOW)], store.newest_commit())
    return store.newest_commit()


def value(store: Store, part: str = SHOP) -> Json:
    held = store.part(part)
    return held and held.value


def standing(store: Store, service: str = "shop") -> tuple[int, int]:
    found = store.committed_service(service)
    assert found is not None
    return found.number, found.begun


def test_a_run_commits_its_service_and_its_inventory_in_the_words_that_are_handed_in(store: Store) -> None:
    words = {SHOP: {"name": "shop"}, ROOT: {"region": []}}
    run = apply(store, shop(1500), Basis(parts=words))
    (entry,) = store.commits()
    assert (entry.origin, entry.parts) == (Origin("ann", "cli", label="on paper"), (SHOP, ROOT))
    assert (value(store), value(store, ROOT)) == (words[SHOP], words[ROOT])
    assert store.inventory() == shop(1500).inventory
    assert standing(store) == (1, 1)
    assert store.outstanding() == ()
    assert store.run(run).result is Result.APPLIED


def test_a_run_that_brings_nothing_new_commits_nothing(store: Store) -> None:
    apply(store, shop(1500), Basis(parts={SHOP: {"name": "shop"}}))
    apply(store, shop(1500))
    assert store.newest_commit() == 1
    assert standing(store) == (1, 1)


def test_a_run_of_a_commit_leaves_that_as_it_is(store: Store) -> None:
    number = commit(store, {"name": "shop"})
    (found,) = store.outstanding()
    assert found == CommittedService("shop", number, 0, "cid")
    apply(store, shop(1500), Basis(number))
    assert value(store) == {"name": "shop"}
    assert standing(store) == (number, number)
    assert [entry.parts for entry in store.commits()] == [(ROOT,), (SHOP,)]


def test_what_a_client_committed_meanwhile_is_left_to_be_carried_out(store: Store) -> None:
    first = commit(store, {"name": "shop"})
    second = commit(store, {"name": "shop", "mtu": 9000})
    apply(store, shop(1500), Basis(first))
    assert standing(store) == (second, first)
    assert [found.service for found in store.outstanding()] == ["shop"]


def test_what_a_run_says_otherwise_than_the_client_stands_in_its_place(store: Store) -> None:
    commit(store, {"name": "shop", "mtu": 9000})
    apply(store, shop(1500))
    assert value(store) == {"name": "shop", "mtu": 1500}
    assert store.outstanding() == ()


def test_a_service_that_is_destroyed_is_configured_no_longer(store: Store) -> None:
    apply(store, shop(1500))
    end(store, begin(store, plan_of([], destroys=True)))
    assert value(store) is None
    assert store.committed_services() == ()
    assert store.commit_entry(2).values == {SHOP: ({"name": "shop", "mtu": 1500}, None)}


def test_a_service_that_is_configured_no_longer_is_to_be_destroyed(store: Store) -> None:
    apply(store, shop(1500))
    number = commit(store, None)
    (found,) = store.outstanding()
    assert found == CommittedService("shop", number, 1, "cid", gone=True)
    run = begin(store, plan_of([], destroys=True), Basis(number))
    assert store.outstanding() == ()
    assert store.committed_service("shop") is None
    end(store, run)
    assert store.newest_commit() == number


def test_a_rename_moves_the_part_and_back(store: Store) -> None:
    drawn: dict[str, dict[str, int | str]] = {SERVICE_NAMES: {"shop": "shop"}}
    apply(store, replace(shop(1500), allocations=Allocations(drawn)))
    handed = Allocations({SERVICE_NAMES: {"store": "shop"}}, {SERVICE_NAMES: {"store": "shop"}})
    run = begin(store, plan_of([], "store", allocations=handed))
    assert (value(store), value(store, service_part("store"))) == (None, {"name": "store"})
    assert [each.service for each in store.committed_services()] == ["store"]
    assert standing(store, "store") == (2, 2)
    end(store, run, Result.ROLLED_BACK)
    assert (value(store), value(store, service_part("store"))) == ({"name": "shop", "mtu": 1500}, None)
    assert [(each.service, each.number, each.begun) for each in store.committed_services()] == [("shop", 3, 3)]


def test_what_a_run_brought_is_taken_back_with_it(store: Store) -> None:
    first = apply(store, shop(1500))
    run = apply(store, shop(9000))
    assert standing(store) == (2, 2)
    third = begin(store, shop(1))
    end(store, third, Result.ROLLED_BACK)
    assert value(store) == {"name": "shop", "mtu": 9000}
    assert standing(store) == (4, 4)
    assert store.outstanding() == ()
    latest = store.commits()[0]
    assert (latest.origin.user, latest.origin.source, latest.origin.comment) == ("ann", "serve", f"run {third} was rolled back")
    assert store.service("shop") == replace(store.services()[0], run=run)
    assert first != run


def test_a_commit_whose_run_was_rolled_back_is_taken_back_to_what_is_applied(store: Store) -> None:
    apply(store, shop(1500))
    commit(store, {"name": "shop", "mtu": 3})
    number = commit(store, {"name": "shop", "mtu": 4})
    end(store, begin(store, shop(4), Basis(number)), Result.ROLLED_BACK)
    assert value(store) == {"name": "shop", "mtu": 1500}
    assert store.outstanding() == ()


def test_what_was_committed_before_a_run_from_a_file_is_there_again_after_it(store: Store) -> None:
    apply(store, shop(1500))
    commit(store, {"name": "shop", "mtu": 3})
    end(store, begin(store, shop(4)), Result.ROLLED_BACK)
    assert value(store) == {"name": "shop", "mtu": 3}
    assert [found.service for found in store.outstanding()] == ["shop"]


def test_a_service_whose_first_run_was_rolled_back_is_configured_no_longer(store: Store) -> None:
    number = commit(store, {"name": "shop"})
    end(store, begin(store, shop(1500), Basis(number)), Result.ROLLED_BACK)
    assert value(store) is None
    assert store.committed_services() == ()


def test_what_was_committed_since_stands_when_a_run_is_rolled_back(store: Store) -> None:
    apply(store, shop(1500))
    run = begin(store, shop(4))
    number = commit(store, {"name": "shop", "mtu": 5})
    end(store, run, Result.ROLLED_BACK)
    assert (value(store), store.newest_commit()) == ({"name": "shop", "mtu": 5}, number)
    assert [found.service for found in store.outstanding()] == ["shop"]


def test_a_destroyed_service_that_was_put_back_is_configured_again(store: Store) -> None:
    apply(store, plan_of([create(A)]))
    end(store, begin(store, plan_of([delete(A)], destroys=True)), Result.ROLLED_BACK)
    assert value(store) == {"name": "shop"}
    assert store.outstanding() == ()


def test_who_takes_over_what_waits_leaves_a_newer_commit_alone(store: Store) -> None:
    run = end(store, begin(store, shop(1500)), Result.PARTLY)
    commit(store, {"name": "shop", "mtu": 9000})
    end(store, begin(store, shop(1500), succession=Succession(supersedes=run)))
    assert value(store) == {"name": "shop", "mtu": 9000}
    assert standing(store) == (2, 1)


def test_an_inventory_is_committed_once(store: Store) -> None:
    document: Json = {ROOT: {"region": [], "approvals": 0}}
    store.load_inventory(document, NOW, "ann", {"region": []})
    store.load_inventory(document, NOW + 1, "bob")
    assert store.part(ROOT) == Held({"region": []}, 1, NOW)
    assert store.inventory() == document
    assert store.commits()[0].origin == Origin("ann", "cli")
    store.load_inventory({ROOT: {"approvals": 2}}, NOW + 2)
    assert store.part(ROOT) == Held({"approvals": 2}, 2, NOW + 2)
