"""The log of commits: what is written, told, and led back to, on each kind of database."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from tests.support.fake_driver import intent_of
from vtnmd.domain.commit import Commit, Configuration, Confirmation, Held, Origin, Overtaken, service_part
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.tree import Json, compact
from vtnmd.state import Store, open_store

NOW = 1_795_356_130.0
ANN = Origin("ann", "restconf", "192.0.2.1", 7, "before the sale", "a longer text")
BOB = Origin("bob", "netconf")
SHOP, NACM = service_part("shop"), "ietf-netconf-acm:nacm"


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place) as opened:
        yield opened


def commit(changes: Mapping[str, Json], origin: Origin = ANN, time: float = NOW) -> Commit:
    return Commit(origin, changes, time)


def entry(mtu: int) -> Json:
    return {"name": "shop", "mtu": mtu}


def three(store: Store) -> None:
    store.write_commits([commit({SHOP: entry(1), NACM: {}}), commit({SHOP: entry(2)}, BOB, NOW + 1)], 0)
    store.write_commits([commit({NACM: None}, BOB, NOW + 2)], 2)


def test_what_is_committed_is_there_when_opened_again(store: Store, place: str) -> None:
    assert store.configuration() == Configuration()
    assert store.newest_commit() == 0
    three(store)
    store.close()
    with open_store(place) as again:
        assert again.configuration() == Configuration({SHOP: Held(entry(2), 2, NOW + 1)}, 3)
        assert again.newest_commit() == 3
        assert again.part(SHOP) == Held(entry(2), 2, NOW + 1)
        assert again.part(NACM) is None


def test_who_comes_second_is_told_and_has_written_nothing(store: Store, place: str) -> None:
    three(store)
    with open_store(place) as other:
        with pytest.raises(Overtaken) as caught:
            other.write_commits([commit({SHOP: entry(9)})], 2)
        assert caught.value.number == 3
        assert other.configuration().number == 3
        assert other.part(SHOP) == Held(entry(2), 2, NOW + 1)


def test_commits_are_told_to_who_has_missed_them(store: Store) -> None:
    three(store)
    first, second, third = store.commits_since(0)
    assert first == Commit(ANN, {SHOP: entry(1), NACM: {}}, NOW, 1)
    assert second == Commit(BOB, {SHOP: entry(2)}, NOW + 1, 2)
    assert third == Commit(BOB, {NACM: None}, NOW + 2, 3)
    assert store.commits_since(2) == (third,)
    assert store.commits_since(3) == ()


def test_history_names_parts_and_an_entry_tells_values(store: Store) -> None:
    three(store)
    assert [(each.number, each.origin, each.parts) for each in store.commits()] == [
        (3, BOB, (NACM,)),
        (2, BOB, (SHOP,)),
        (1, ANN, (NACM, SHOP)),
    ]
    assert [each.number for each in store.commits(1)] == [3]
    assert [each.number for each in store.commits(part=SHOP)] == [2, 1]
    assert store.commits()[2].to_json() == {
        "number": 1,
        "time": NOW,
        "user": "ann",
        "source": "restconf",
        "client": "192.0.2.1",
        "session": 7,
        "label": "before the sale",
        "comment": "a longer text",
        "parts": [NACM, SHOP],
    }
    assert store.commit_entry(1).values == {SHOP: (None, entry(1)), NACM: (None, {})}
    assert store.commit_entry(2).values == {SHOP: (entry(1), entry(2))}
    assert store.commit_entry(3).values == {NACM: ({}, None)}


def test_the_way_back_is_what_differs(store: Store) -> None:
    three(store)
    assert store.changes_back_to(3) == {}
    assert store.changes_back_to(2) == {NACM: {}}
    assert store.changes_back_to(1) == {NACM: {}, SHOP: entry(1)}
    assert store.changes_back_to(0) == {SHOP: None}
    store.write_commits([commit({SHOP: entry(1)})], 3)
    assert store.changes_back_to(1) == {NACM: {}}


@pytest.mark.parametrize("number", [-1, 4])
def test_there_is_no_way_back_to_what_was_not(store: Store, number: int) -> None:
    three(store)
    with pytest.raises(StateError) as caught:
        store.changes_back_to(number)
    assert caught.value.diagnostics[0].code == "VTN-S041"
    with pytest.raises(StateError) as caught:
        store.commit_entry(number)
    assert caught.value.diagnostics[0].hint == "the newest is 3"


def test_each_commit_has_a_line_in_the_audit_log_that_tells_no_value(store: Store) -> None:
    store.write_commits([commit({SHOP: {"name": "shop", "secret": "s3cret"}})], 0)
    (line,) = store.audit()
    assert (line.user, line.action, line.subject, line.time) == ("ann", "commit", "1", NOW)
    assert line.detail == {"parts": [SHOP], "source": "restconf", "client": "192.0.2.1", "label": "before the sale"}


def test_the_inventory_is_committed_with_its_defaults(store: Store) -> None:
    written: Json = {"region": []}
    complete = {ROOT: {**written, "approvals": 2}}
    store.write_commits([Commit(ANN, {ROOT: written}, NOW, completed={ROOT: complete})], 0)
    assert store.inventory() == complete
    assert store.part(ROOT) == Held(written, 1, NOW)
    assert [line.action for line in store.audit()] == ["inventory", "commit"]
    with pytest.raises(ValueError, match="without its defaults"):
        store.write_commits([commit({ROOT: {}})], 1)
    assert store.newest_commit() == 1
    store.write_commits([commit({ROOT: None})], 1)
    assert store.inventory() is None


def test_a_confirmed_commit_is_remembered_until_it_is_settled(store: Store, place: str) -> None:
    assert store.pending_confirmation() is None
    store.keep_confirmation(Confirmation(4, "", NOW, {}))
    pending = Confirmation(4, "p-1", NOW + 60, {SHOP: entry(1), NACM: None})
    store.keep_confirmation(pending)
    with open_store(place) as again:
        assert again.pending_confirmation() == pending
        again.drop_confirmation()
    assert store.pending_confirmation() is None


def test_an_older_state_begins_with_a_commit_of_what_it_holds(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.connect() as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", "vtnmd.state:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        intent = compact(intent_of("shop", mtu=9000).document)
        insert = "INSERT INTO services (name, version, owner, intent, intent_digest, inventory_digest, probes, run, changed) "
        connection.exec_driver_sql(f"{insert} VALUES ('shop', 1, '', ?, '', '', '[]', 'r1', 5.0)", (intent,))
        connection.exec_driver_sql(f"{insert} VALUES ('going', 1, '', NULL, '', '', '[]', 'r2', 6.0)")
        document = compact({ROOT: {"region": []}})
        connection.exec_driver_sql("INSERT INTO inventory (digest, document, loaded) VALUES ('d', ?, 4.0)", (document,))
    engine.dispose()
    with open_store(tmp_path) as store:
        assert store.configuration() == Configuration(
            {SHOP: Held(intent_of("shop", mtu=9000).service, 1, 5.0), ROOT: Held({"region": []}, 1, 5.0)}, 1
        )
        (entry,) = store.commits()
        assert (entry.origin.source, entry.parts) == ("cli", (SHOP, ROOT))
