import asyncio
import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.unit.northbound.access.conftest import Clock, access, ann
from vtnmd.northbound.access.accounts import Accounts, Provider, accounts_of
from vtnmd.northbound.access.bearers import Bearers
from vtnmd.northbound.access.tokens import Admitted, authenticate_bearer, read_keys
from vtnmd.northbound.backend import User
from vtnmd.yang.schema import Schema

NOW = 1_800_000_000.0
ISSUER = "https://id.example"
PROVIDER = Provider(ISSUER, "vtnmd", groups={"ops": frozenset({"staff"}), "night": frozenset({"staff", "watch"})})

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PRIVATE: dict[str, Any] = {"RS256": RSA, "ES256": EC, "EdDSA": ED}


def public(algorithm: str, **said: Any) -> dict[str, Any]:
    made = {
        "RS256": lambda: RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True),
        "ES256": lambda: ECAlgorithm.to_jwk(EC.public_key(), as_dict=True),
        "EdDSA": lambda: OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True),
    }[algorithm]()
    return {**{name: value for name, value in made.items() if name not in {"key_ops", "alg"}}, **said}


def key_set(*entries: dict[str, Any]) -> str:
    return json.dumps({"keys": list(entries)})


KEYS = read_keys(key_set(*(public(algorithm, kid=algorithm) for algorithm in PRIVATE)))


def token(algorithm: str = "ES256", kid: str | None = None, key: Any = None, **claims: Any) -> str:
    said = {"iss": ISSUER, "aud": "vtnmd", "sub": "ann", "exp": NOW + 60, **claims}
    headers = {"kid": algorithm if kid is None else kid}
    body = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(body, key or PRIVATE[algorithm], algorithm=algorithm, headers=headers)


def outsider(name: str, groups: frozenset[str] = frozenset()) -> User:
    """A user that a token stands for."""
    return User(name, groups, local=False)


def who(given: str, provider: Provider = PROVIDER, now: float = NOW) -> User | None:
    found = authenticate_bearer(provider, KEYS, given, now)
    return found.user if found else None


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_a_token_stands_for_its_user(algorithm: str) -> None:
    assert authenticate_bearer(PROVIDER, KEYS, token(algorithm), NOW) == Admitted(outsider("ann"), NOW + 90)
    assert who(token(algorithm, kid="")) == outsider("ann")
    assert who(token(algorithm, kid="other")) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": NOW + 31},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
    ],
)
def test_a_token_that_stands_for_nobody(claims: dict[str, Any]) -> None:
    assert who(token(**claims)) is None


def test_clocks_may_differ_a_little() -> None:
    assert who(token(exp=NOW - 29, nbf=NOW + 29, iat=NOW + 1000)) == outsider("ann")
    assert who(token(aud=["other", "vtnmd"])) == outsider("ann")


def test_groups_are_those_that_are_mapped() -> None:
    assert who(token(groups=["ops", "night", "administrators", 7])) == outsider("ann", frozenset({"staff", "watch"}))
    assert who(token(groups="ops")) == outsider("ann", frozenset({"staff"}))
    assert who(token(groups={"ops": True})) == outsider("ann")
    other = Provider(ISSUER, "vtnmd", user_claim="email", groups_claim="roles", groups=PROVIDER.groups)
    assert who(token(email="ann@example", roles=["ops"]), other) == outsider("ann@example", frozenset({"staff"}))


def unsigned() -> str:
    return jwt.encode({"iss": ISSUER, "aud": "vtnmd", "sub": "ann", "exp": NOW + 60}, "", algorithm="none")


def signed_with_the_public_key() -> str:
    pem = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    body = json.dumps({"iss": ISSUER, "aud": "vtnmd", "sub": "ann", "exp": NOW + 60}).encode()
    text = f"{part(json.dumps({'alg': 'HS256', 'kid': 'RS256'}).encode())}.{part(body)}"
    return f"{text}.{part(hmac.digest(pem, text.encode(), 'sha256'))}"


def forgeries() -> Iterator[str]:
    yield unsigned()
    yield signed_with_the_public_key()
    yield token("RS256", key=rsa.generate_private_key(65537, 2048))
    yield token("ES256", kid="RS256")
    yield token("RS256")[:-4] + "AAAA"
    yield ""
    yield "a.b.c"
    yield "\ud800"
    yield "x" * 20_000


@pytest.mark.parametrize("given", tuple(forgeries()), ids=lambda given: given[:8].encode("utf-8", "replace").decode())
def test_forgeries(given: str) -> None:
    assert who(given) is None


def test_keys_that_do_not_count() -> None:
    small = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
    wrong = [
        {"kty": "oct", "k": "c2VjcmV0"},
        small,
        public("RS256", use="enc"),
        public("RS256", alg="PS256"),
        public("ES256", crv="P-521"),
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        OKPAlgorithm.to_jwk(ED, as_dict=True),
        {"kty": "RSA"},
        "nonsense",
    ]
    assert read_keys(json.dumps({"keys": wrong})) == ()
    for text in ("[]", "{}", '{"keys": {}}', "nonsense"):
        with pytest.raises(ValueError, match=r"."):
            read_keys(text)


class Site:
    """What an issuer serves, and how often it was asked."""

    def __init__(self, *entries: dict[str, Any]) -> None:
        self.entries = list(entries)
        self.asked: list[str] = []
        self.issuer = ISSUER
        self.place = f"{ISSUER}/keys"

    async def fetch(self, url: str) -> str:
        self.asked.append(url)
        if url.endswith("/.well-known/openid-configuration"):
            return json.dumps({"issuer": self.issuer, "jwks_uri": self.place})
        return key_set(*self.entries)


def discovering(schema: Schema, **said: Any) -> Accounts:
    return accounts_of(schema, access(ann(), oidc={"issuer": ISSUER, "audience": "vtnmd", "discover": [None], **said}))


def clock_at_now() -> Clock:
    clock = Clock()
    clock.now = NOW
    return clock


def test_keys_are_fetched_once_and_again_when_one_is_missing(schema: Schema, tmp_path: Path) -> None:
    site, clock, accounts = Site(public("ES256", kid="ES256")), clock_at_now(), discovering(schema)

    async def run() -> None:
        bearers = Bearers(clock, tmp_path, site.fetch)
        assert await bearers.authenticate(accounts, token(sub="bob")) == outsider("bob")
        assert await bearers.authenticate(accounts, token(sub="bob")) == outsider("bob")
        assert await bearers.authenticate(accounts, token(sub="eve")) == outsider("eve")
        assert len(site.asked) == 2
        rolled = token("RS256", sub="bob")
        site.entries.append(public("RS256", kid="RS256"))
        assert await bearers.authenticate(accounts, rolled) is None
        assert len(site.asked) == 2
        clock.now += 31
        assert await bearers.authenticate(accounts, rolled) == outsider("bob")
        assert len(site.asked) == 4

    asyncio.run(run())


def test_a_token_is_no_good_once_it_is_out_of_date(schema: Schema, tmp_path: Path) -> None:
    site, clock, accounts = Site(public("ES256")), clock_at_now(), discovering(schema)

    async def run() -> None:
        bearers = Bearers(clock, tmp_path, site.fetch)
        given = token(sub="bob")
        assert await bearers.authenticate(accounts, given) == outsider("bob")
        clock.now += 91
        assert await bearers.authenticate(accounts, given) is None
        assert await bearers.authenticate(accounts_of(schema, access()), given) is None

    asyncio.run(run())


def test_a_token_never_stands_for_a_local_account(schema: Schema, tmp_path: Path) -> None:
    bearers = Bearers(clock_at_now(), tmp_path, Site(public("ES256")).fetch)
    assert asyncio.run(bearers.authenticate(discovering(schema), token(sub="ann"))) is None


@pytest.mark.parametrize(
    ("name", "value"), [("issuer", "https://evil.example"), ("place", "http://id.example/keys"), ("place", None)]
)
def test_a_discovery_document_that_is_not_the_issuers(schema: Schema, tmp_path: Path, name: str, value: Any) -> None:
    site = Site(public("ES256"))
    setattr(site, name, value)
    bearers = Bearers(clock_at_now(), tmp_path, site.fetch)
    assert asyncio.run(bearers.authenticate(discovering(schema), token(sub="bob"))) is None


def test_keys_in_a_file(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(key_set(public("EdDSA")))
    oidc = {"issuer": ISSUER, "audience": "vtnmd", "jwks-file": "keys.json"}
    accounts = accounts_of(schema, access(oidc=oidc))
    site = Site()
    bearers = Bearers(clock_at_now(), tmp_path, site.fetch)
    assert asyncio.run(bearers.authenticate(accounts, token("EdDSA", sub="bob"))) == outsider("bob")
    missing = accounts_of(schema, access(oidc={**oidc, "jwks-file": "none.json"}))
    assert asyncio.run(bearers.authenticate(missing, token("EdDSA", sub="bob"))) is None
    assert site.asked == []
