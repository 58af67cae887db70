"""Tokens of OpenStack: whom they let in, as a Keystone on loopback says."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.keystone import FakeKeystone, fake_keystone, token
from tests.unit.northbound.access.conftest import Clock, access, ann
from vtnmd.northbound.access.accounts import ACCESS, Accounts, Keystone, Role, accounts_of
from vtnmd.northbound.access.gate import Unproven
from vtnmd.northbound.access.keystone import KeystoneClient, KeystoneTokens, admitted
from vtnmd.northbound.backend import User
from vtnmd.northbound.doors import make_doors
from vtnmd.northbound.restconf.app import unauthorized
from vtnmd.northbound.restconf.context import Unauthorized
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema

ROLES = {"member": Role(), "admin": Role(frozenset({"operators"}), unbound=True), "net": Role(frozenset({"netops"}))}
SECRETS = {"env:KS": "right", "env:WRONG": "wrong"}
SETTINGS = Keystone("https://id.example", ROLES, projects={"id-of-other": "umbrella"})


@pytest.fixture
def keystone(tmp_path: Path) -> Iterator[FakeKeystone]:
    with fake_keystone(tmp_path) as found:
        yield found


def accounts(schema: Schema, keystone: FakeKeystone, *users: dict[str, Any], **said: Any) -> Accounts:
    roles = [{"name": "member"}, {"name": "admin", "group": ["operators"], "unbound": True}]
    settings = {"auth-url": keystone.url, "ca-file": str(keystone.authority), "role": roles, **said}
    return accounts_of(schema, access(*users, keystone=settings))


def asking(folder: Path, clock: Clock | None = None) -> KeystoneTokens:
    return KeystoneTokens(clock or Clock(), folder, KeystoneClient(secrets=lambda reference: SECRETS[reference]))


def ask(tokens: KeystoneTokens, known: Accounts, *given: str) -> list[User | Unproven]:
    async def run() -> list[User | Unproven]:
        return await asyncio.gather(*(tokens.authenticate(known, each) for each in given))

    return asyncio.run(run())


def member(name: str, tenant: str = "acme") -> User:
    return User(name, local=False, tenants=frozenset({tenant}))


def who(**said: Any) -> User | None:
    found = admitted(SETTINGS, token(**said), time.time())
    return found.user if found else None


def test_a_token_stands_for_its_user_who_is_bound_to_the_tenant_of_its_project() -> None:
    assert who() == member("ann@Default")
    assert who(roles=("net", "member", "reader")) == User(
        "ann@Default", frozenset({"netops"}), local=False, tenants=frozenset({"acme"})
    )
    assert who(project="other", domain="Partner") == member("ann@Partner", "umbrella")


def test_a_role_can_free_its_user_from_the_tenant() -> None:
    free = User("ann@Default", frozenset({"operators"}), local=False)
    assert who(roles=("admin",)) == free
    assert who(roles=("admin",), project="") == free


@pytest.mark.parametrize(
    "said",
    [
        {"roles": ()},
        {"roles": ("reader",)},
        {"project": ""},
        {"domain": "Partner"},
        {"project": "no tenant!"},
        {"project": "x" * 64},
        {"user": "a\nb"},
        {"user": "x" * 255},
        {"expires_at": "2020-01-01T00:00:00.000000Z"},
        {"expires_at": "soon"},
        {"expires_at": None},
    ],
    ids=str,
)
def test_a_token_that_lets_nobody_in(said: dict[str, Any]) -> None:
    assert who(**said) is None


@pytest.mark.parametrize(
    "answered", [{}, {"user": None}, {**token(), "roles": None}, {**token(), "project": {}}, {**token(), "roles": [7]}]
)
def test_an_answer_that_is_no_token(answered: Any) -> None:
    assert admitted(SETTINGS, answered, time.time()) is None


def test_keystone_is_asked_once_for_a_while_and_for_all_who_show_a_token(
    schema: Schema, keystone: FakeKeystone, tmp_path: Path
) -> None:
    clock = Clock()
    tokens, known = asking(tmp_path, clock), accounts(schema, keystone)
    keystone.tokens = {"t1": token(), "t2": token("bob", roles=("admin",))}
    first = ask(tokens, known, "t1", "t1", "t2")
    assert first == [member("ann@Default"), member("ann@Default"), User("bob@Default", frozenset({"operators"}), local=False)]
    assert keystone.asked == ["/v3/auth/tokens?nocatalog"] * 2
    del keystone.tokens["t1"]
    assert ask(tokens, known, "t1") == [member("ann@Default")]
    clock.now += 61
    assert ask(tokens, known, "t1") == [Unproven()]
    assert len(keystone.asked) == 3


def test_what_keystone_does_not_know_is_refused_and_not_asked_again_at_once(
    schema: Schema, keystone: FakeKeystone, tmp_path: Path
) -> None:
    clock = Clock()
    tokens, known = asking(tmp_path, clock), accounts(schema, keystone)
    assert ask(tokens, known, "wrong", "", "two words", "\x00", "x" * 20_000) == [Unproven()] * 5
    assert ask(tokens, known, "wrong") == [Unproven()]
    assert len(keystone.asked) == 1
    clock.now += 11
    assert ask(tokens, known, "wrong") == [Unproven()]
    assert len(keystone.asked) == 2


def test_tokens_of_trusts_are_asked_about_in_vtnmds_own_name(schema: Schema, keystone: FakeKeystone, tmp_path: Path) -> None:
    clock = Clock()
    keystone.tokens, keystone.login = {"t": token(), "u": token("bob")}, ("vtnmd", "right")
    keystone.trusts = {"t", "u"}
    assert ask(asking(tmp_path), accounts(schema, keystone), "t") == [Unproven()], "it may not ask about itself"
    known = accounts(schema, keystone, login={"username": "vtnmd", "password": "env:KS"})
    tokens = asking(tmp_path, clock)
    assert ask(tokens, known, "t") == [member("ann@Default")]
    assert ask(tokens, known, "wrong") == [Unproven()]
    keystone.forget_logins()
    assert ask(tokens, known, "u") == [member("bob@Default")]
    for login in ({"username": "vtnmd", "password": "env:WRONG"}, {"username": "other", "password": "env:KS"}):
        (found,) = ask(asking(tmp_path), accounts(schema, keystone, login=login), "t")
        assert isinstance(found, Unproven)
        assert "let" in found.outage
        assert "right" not in found.outage


def test_other_settings_are_asked_anew(schema: Schema, keystone: FakeKeystone, tmp_path: Path) -> None:
    tokens = asking(tmp_path)
    keystone.tokens = {"t": token()}
    assert ask(tokens, accounts(schema, keystone), "t") == [member("ann@Default")]
    assert ask(tokens, accounts(schema, keystone, domain="Partner"), "t") == [Unproven()]


def test_a_token_never_stands_for_a_local_account(schema: Schema, keystone: FakeKeystone, tmp_path: Path) -> None:
    keystone.tokens = {"t": token()}
    known = accounts(schema, keystone, ann(name="ann@Default"))
    assert ask(asking(tmp_path), known, "t") == [Unproven()]
    assert ask(asking(tmp_path), accounts_of(schema, access()), "t") == [Unproven()]


def test_a_keystone_that_gives_no_answer_is_told_apart_from_a_wrong_token(
    schema: Schema, keystone: FakeKeystone, tmp_path: Path
) -> None:
    keystone.tokens = {"t": token(), "odd": ["no token"]}
    tokens, known = asking(tmp_path), accounts(schema, keystone)
    keystone.status = 500
    (down,) = ask(tokens, known, "t")
    assert isinstance(down, Unproven)
    assert (down.retry_after > 0, "500" in down.outage) == (True, True)
    keystone.status = 0
    assert ask(tokens, known, "t") == [member("ann@Default")]
    for wrong in (
        accounts(schema, keystone, **{"ca-file": "none.pem"}),
        accounts_of(schema, access(keystone={"auth-url": keystone.url, "role": [{"name": "member"}]})),
        accounts(schema, keystone, **{"auth-url": "https://127.0.0.1:1/v3"}),
    ):
        (found,) = ask(asking(tmp_path), wrong, "t")
        assert isinstance(found, Unproven)
        assert "cannot tell whose token it is" in found.outage
    (odd,) = ask(tokens, known, "odd")
    assert isinstance(odd, Unproven)
    assert odd.outage


def test_clients_are_told_how_to_come_in_and_when_nobody_can_tell(schema: Schema, keystone: FakeKeystone, tmp_path: Path) -> None:
    keystone.tokens = {"t": token()}
    known = accounts(schema, keystone, ann())

    def enter(given: str, **headers: bytes) -> User | Unauthorized:
        doors = make_doors(lambda: known, tmp_path, time.time, time.monotonic)
        return asyncio.run(doors({b"x-auth-token": given.encode(), **{k.encode(): v for k, v in headers.items()}}, "::1", b""))

    assert enter("t") == member("ann@Default")
    wrong = enter("wrong")
    assert isinstance(wrong, Unauthorized)
    assert wrong.challenges[-1] == f'Keystone uri="{keystone.url}"'
    assert unauthorized(wrong).status == 401
    assert isinstance(enter("t", authorization=b"Basic Zm9vOmJhcg=="), Unauthorized)
    keystone.status = 503
    down = enter("another")
    assert isinstance(down, Unauthorized)
    assert unauthorized(down).status == 503
    assert dict(unauthorized(down).headers)[b"retry-after"] == b"5"


def test_settings_are_checked(schema: Schema) -> None:
    role = [{"name": "member"}]
    assert not validate(schema, {ACCESS: access(keystone={"auth-url": "http://127.0.0.1:5000/v3", "role": role})})
    assert validate(schema, {ACCESS: access(keystone={"auth-url": "http://id.example/v3", "role": role})})
    assert validate(schema, {ACCESS: access(keystone={"auth-url": "https://id.example/v3"})})
