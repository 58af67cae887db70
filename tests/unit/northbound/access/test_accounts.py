from typing import Any

import pytest

from tests.unit.northbound.access.conftest import STORED, access, ann
from vtnmd.domain.commit import Origin
from vtnmd.northbound.access.accounts import ACCESS, NOBODY, CertificateMap, Limits, Provider, accounts_of
from vtnmd.northbound.backend import User
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema

OIDC = {"issuer": "https://id.example", "audience": "vtnmd", "discover": [None]}
PRINT = ":".join(["0a"] * 32)


def test_nothing_is_nobody(schema: Schema) -> None:
    assert accounts_of(schema, None) is NOBODY
    assert accounts_of(schema, {}) is NOBODY
    assert NOBODY.active("ann") is None


def test_an_account_with_all_it_can_have(schema: Schema) -> None:
    user = ann(
        recovery=True, group=["staff"], certificate=[PRINT], **{"authorized-key": [{"name": "k", "key": "ssh-ed25519 AAAA"}]}
    )
    given = access(user, {"name": "bob", "disabled": True})
    assert validate(schema, {ACCESS: given}) == ()
    accounts = accounts_of(schema, given)
    found = accounts.by_name["ann"]
    assert (found.password, found.keys, found.user) == (
        STORED,
        frozenset({"ssh-ed25519 AAAA"}),
        User("ann", frozenset({"staff"}), True),
    )
    assert STORED not in repr(found)
    assert accounts.by_certificate == {PRINT: "ann"}
    assert accounts.active("bob") is None
    assert accounts_of(schema, given) is accounts


def test_maps_come_in_order_and_defaults_from_the_module(schema: Schema) -> None:
    given = access(
        certificate_map=[{"id": 2, "from": "san-dns"}, {"id": 1, "from": "common-name", "issuer": "CN=ca"}],
        oidc={**OIDC, "group-map": [{"claim": "ops", "group": ["staff", "night"]}]},
        limits={"failures": 3},
    )
    assert validate(schema, {ACCESS: given}) == ()
    accounts = accounts_of(schema, given)
    assert accounts.certificate_maps == (CertificateMap("common-name", "CN=ca"), CertificateMap("san-dns"))
    assert accounts.provider == Provider("https://id.example", "vtnmd", groups={"ops": frozenset({"staff", "night"})})
    assert accounts.limits == Limits(failures=3)


@pytest.mark.parametrize(
    "user",
    [
        ann(password="open sesame"),
        ann(password="$0$"),
        ann(certificate=["0A:0b"]),
        {"name": "a:b"},
        {"name": ""},
        {"name": "a\u0000b"},
        {"name": "x" * 65},
        ann(**{"authorized-key": [{"name": "k", "key": "nonsense"}]}),
        ann(**{"authorized-key": [{"name": "k"}]}),
        ann(group=["*"]),
    ],
)
def test_what_the_module_refuses(schema: Schema, user: dict[str, Any]) -> None:
    assert validate(schema, {ACCESS: access(user)})


def test_a_provider_is_named_by_https(schema: Schema) -> None:
    assert validate(schema, {ACCESS: access(oidc={**OIDC, "issuer": "http://id.example"})})
    assert validate(schema, {ACCESS: access(oidc={"issuer": "https://id.example", "audience": "x"})})


def test_who_proved_to_be_a_user_is_one_as_long_as_the_account_is_there(schema: Schema) -> None:
    before = accounts_of(schema, access(ann(group=["staff"])))
    then = before.by_name["ann"].user
    assert before.still(then) == then
    assert accounts_of(schema, access(ann(group=["night"], recovery=True))).still(then) == User("ann", frozenset({"night"}), True)
    assert accounts_of(schema, access(ann(disabled=True))).still(then) is None
    assert NOBODY.still(then) is None


def test_a_token_stands_for_nobody_once_there_is_an_account_of_that_name(schema: Schema) -> None:
    outsider = User("ann", frozenset({"staff"}), local=False)
    assert NOBODY.still(outsider) == outsider
    assert accounts_of(schema, access(ann())).still(outsider) is None


def test_whose_an_edit_is(schema: Schema) -> None:
    accounts = accounts_of(schema, access(ann(recovery=True)))
    assert accounts.whose(Origin("ann", "restconf")) == User("ann", recovery=True)
    by_token = Origin("eve", "restconf", groups=frozenset({"staff"}))
    assert accounts.whose(by_token) == User("eve", frozenset({"staff"}), local=False)
