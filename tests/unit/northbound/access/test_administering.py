from typing import Any

import pytest

from tests.support.commit_log import MemoryLog
from vtnmd import assets
from vtnmd.datastore.faults import Refused
from vtnmd.domain.commit import Commit, Configuration, Held, Origin, Overtaken
from vtnmd.domain.diagnostics import Invalid
from vtnmd.northbound.access import administering
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.access.administering import (
    Wanted,
    adding,
    adding_key,
    changing_password,
    commit,
    removing,
    removing_key,
)
from vtnmd.northbound.access.bootstrap import bootstrap
from vtnmd.northbound.access.passwords import is_password
from vtnmd.northbound.nacm import NACM, authority_of
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema, load_schema

ROOT = Origin("root", "cli")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"


class Log(MemoryLog):
    def users(self) -> dict[str, Any]:
        return {user["name"]: user for user in self.value(ACCESS)["user"]}

    def make(self, edit: administering.Edit) -> int:
        return commit(self, edit, ROOT, 1.0)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def started(log: Log) -> Log:
    """After a first start."""
    log.write_commits((Commit(ROOT, bootstrap(log.held, "initial secret"), 1.0, 1),), 0)
    return log


@pytest.fixture(scope="session")
def served() -> Schema:
    modules = ("vtnmd-vtn", "vtnmd-access", "ietf-netconf-acm", "ietf-netconf", "ietf-netconf-monitoring")
    return load_schema(modules, (assets.YANG_MODELS,))


def test_a_first_start_makes_one_administrator(started: Log, served: Schema) -> None:
    document = {part: held.value for part, held in started.held.parts.items()}
    assert validate(served, document) == ()
    (admin,) = started.users().values()
    assert is_password(admin["password"], "initial secret")
    assert bootstrap(started.held, "another") == {}
    assert authority_of(served, started.value(NACM), "admin").unbounded
    kept = Configuration({NACM: Held({"read-default": "deny"})})
    assert set(bootstrap(kept, "another")) == {ACCESS}


def test_after_a_first_start_others_read_and_do_nothing_else(started: Log, served: Schema) -> None:
    document = {part: held.value for part, held in started.held.parts.items()} | {"vtnmd-vtn:services": {"service": []}}
    rules = started.value(NACM)
    member = authority_of(served, rules, "ann", frozenset({"operators"}))
    assert member.readable(document) == {"vtnmd-vtn:services": {"service": []}}
    with pytest.raises(Refused):
        member.check_write({}, {"vtnmd-vtn:services": {"service": [{"name": "x"}]}})
    for name in ("get", "edit-config", "commit"):
        member.check_execute(served.describe(f"/ietf-netconf:{name}"))
    member.check_execute(served.describe("/ietf-netconf-monitoring:get-schema"))
    for name in ("kill-session", "delete-config"):
        with pytest.raises(Refused):
            member.check_execute(served.describe(f"/ietf-netconf:{name}"))
    stranger = authority_of(served, rules, "eve")
    with pytest.raises(Refused):
        stranger.check_execute(served.describe("/ietf-netconf:get"))


def test_the_first_user_is_the_administrator(log: Log, served: Schema) -> None:
    assert log.make(adding(Wanted("root", "long enough"))) == 1
    assert log.users()["root"]["recovery"]
    assert authority_of(served, log.value(NACM), "root").unbounded
    assert bootstrap(log.held, "another") == {}


def test_users_come_and_go(started: Log) -> None:
    started.make(adding(Wanted("ann", "long enough", ("operators",))))
    assert started.users()["ann"]["group"] == ["operators"]
    assert is_password(started.users()["ann"]["password"], "long enough")
    assert "recovery" not in started.users()["ann"]
    started.make(changing_password("ann", "longer than enough"))
    assert is_password(started.users()["ann"]["password"], "longer than enough")
    started.make(removing("ann"))
    assert set(started.users()) == {"admin"}
    started.make(removing("admin"))
    (group,) = started.value(NACM)["groups"]["group"]
    assert group == {"name": "administrators"}


def test_users_of_tenants(started: Log, served: Schema) -> None:
    started.make(adding(Wanted("ann", "", (), ("acme",))))
    started.make(adding(Wanted("bob", "", (), ("acme", "umbrella"))))
    assert started.users()["bob"] == {"name": "bob", "group": ["tenant-acme", "tenant-umbrella"]}
    groups = started.value(NACM)["groups"]["group"]
    assert [group["name"] for group in groups] == ["administrators", "tenant-acme", "tenant-umbrella"]
    ann = authority_of(served, started.value(NACM), "ann", frozenset(started.users()["ann"]["group"]))
    assert ann.tenants == {"acme"}


def test_keys_come_and_go(started: Log) -> None:
    started.make(adding_key("admin", "laptop", f"{KEY} me@laptop\n"))
    assert started.users()["admin"]["authorized-key"] == [{"name": "laptop", "key": KEY}]
    with pytest.raises(Invalid, match="A004"):
        started.make(adding_key("admin", "laptop", KEY))
    started.make(adding_key("admin", "desk", KEY))
    started.make(removing_key("admin", "laptop"))
    assert [key["name"] for key in started.users()["admin"]["authorized-key"]] == ["desk"]
    started.make(removing_key("admin", "desk"))
    assert "authorized-key" not in started.users()["admin"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: adding(Wanted("admin", "long enough")), "VTN-A004"),
        (lambda: adding(Wanted("a:b", "long enough")), "VTN-A005"),
        (lambda: adding(Wanted("ann", "short")), "VTN-A005"),
        (lambda: adding(Wanted("ann", "", ("*",))), "VTN-A005"),
        (lambda: adding(Wanted("ann", "", (), ("not a name",))), "VTN-A005"),
        (lambda: removing("ann"), "VTN-A003"),
        (lambda: changing_password("ann", "long enough"), "VTN-A003"),
        (lambda: adding_key("ann", "k", KEY), "VTN-A003"),
        (lambda: adding_key("admin", "k", "nonsense"), "VTN-A005"),
        (lambda: adding_key("admin", "k", "not base64!"), "VTN-A005"),
        (lambda: removing_key("admin", "k"), "VTN-A003"),
    ],
)
def test_what_is_refused_changes_nothing(started: Log, make: Any, code: str) -> None:
    before = started.held
    with pytest.raises(Invalid) as caught:
        started.make(make())
    assert {each.code for each in caught.value.diagnostics} == {code}
    assert started.held is before


def test_an_edit_is_made_on_what_others_committed_meanwhile(started: Log) -> None:
    started.rivals = 2
    assert started.make(adding(Wanted("ann"))) == 4
    started.rivals = 100
    with pytest.raises(Overtaken):
        started.make(adding(Wanted("bob")))
