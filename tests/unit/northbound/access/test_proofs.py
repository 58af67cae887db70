from typing import Any

import asyncssh
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.northbound.access.conftest import access, ann
from vtnmd.northbound.access.accounts import Accounts, accounts_of
from vtnmd.northbound.access.proofs import authenticate_certificate, authenticate_key, fingerprint, openssh_key
from vtnmd.northbound.backend import User
from vtnmd.usecases.credentials import common_name, server_certificate
from vtnmd.yang.schema import Schema


def test_a_key_lets_in_whom_it_is_listed_with(schema: Schema) -> None:
    public = asyncssh.generate_private_key("ssh-ed25519", comment="ann at home").export_public_key().decode()
    held = access(ann(**{"authorized-key": [{"name": "k", "key": openssh_key(public)}]}), {"name": "bob"})
    accounts = accounts_of(schema, held)
    assert authenticate_key(accounts, "ann", public) == User("ann")
    assert authenticate_key(accounts, "ann", f"{openssh_key(public)} another comment") == User("ann")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert authenticate_key(accounts, "ann", other) is None
    assert authenticate_key(accounts, "bob", public) is None
    assert authenticate_key(accounts, "eve", public) is None
    assert authenticate_key(accounts, "ann", "") is None
    disabled = accounts_of(schema, access({**held["user"][0], "disabled": True}))
    assert authenticate_key(disabled, "ann", public) is None


@pytest.fixture(scope="module")
def certificate() -> bytes:
    """For the common name ann, issued by CN=authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName("ann.example"), x509.RFC822Name("ann@example")]
    made = server_certificate(common_name("ann"), key.public_key(), names, common_name("authority"), key)
    return made.public_bytes(serialization.Encoding.DER)


def mapped(schema: Schema, user: str, *maps: dict[str, Any], **said: Any) -> Accounts:
    listed = [{"id": number, **entry} for number, entry in enumerate(maps)]
    return accounts_of(schema, access({"name": user, **said}, certificate_map=listed))


@pytest.mark.parametrize(
    ("user", "entry", "found"),
    [
        ("ann", {"from": "common-name"}, True),
        ("ann@example", {"from": "san-email"}, True),
        ("ann.example", {"from": "san-dns"}, True),
        ("ann", {"from": "san-dns"}, False),
        ("bob", {"from": "common-name"}, False),
        ("ann", {"from": "common-name", "issuer": "CN=authority"}, True),
        ("ann", {"from": "common-name", "issuer": "CN=other"}, False),
    ],
)
def test_a_certificate_is_mapped_to_an_account(
    schema: Schema, certificate: bytes, user: str, entry: dict[str, Any], found: bool
) -> None:
    assert authenticate_certificate(mapped(schema, user, entry), certificate) == (User(user) if found else None)
    assert authenticate_certificate(mapped(schema, user, entry, disabled=True), certificate) is None


def test_a_listed_certificate_comes_before_all_maps(schema: Schema, certificate: bytes) -> None:
    listed = {"name": "bob", "certificate": [fingerprint(certificate)]}
    accounts = accounts_of(schema, access(ann(), listed, certificate_map=[{"id": 1, "from": "common-name"}]))
    assert authenticate_certificate(accounts, certificate) == User("bob")
    gone = accounts_of(schema, access(ann(), {**listed, "disabled": True}, certificate_map=[{"id": 1, "from": "common-name"}]))
    assert authenticate_certificate(gone, certificate) is None


def test_maps_are_tried_until_one_names_an_account(schema: Schema, certificate: bytes) -> None:
    accounts = mapped(schema, "ann.example", {"from": "common-name"}, {"from": "san-dns"})
    assert authenticate_certificate(accounts, certificate) == User("ann.example")


def test_without_maps_or_with_nonsense_nobody_is_let_in(schema: Schema, certificate: bytes) -> None:
    assert authenticate_certificate(accounts_of(schema, access(ann())), certificate) is None
    assert authenticate_certificate(mapped(schema, "ann", {"from": "common-name"}), b"nonsense") is None
