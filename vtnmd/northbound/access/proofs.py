"""Keys and certificates that stand for users. That the client holds them is proved by SSH and TLS before anything here is asked."""

import hashlib
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from vtnmd.northbound.access.accounts import Accounts, CertificateMap
from vtnmd.northbound.backend import User


def openssh_key(text: str) -> str:
    """A public key in OpenSSH form without its comment, as accounts hold it; empty where the text is none."""
    parts = text.split()
    return " ".join(parts[:2]) if len(parts) >= 2 else ""


def authenticate_key(accounts: Accounts, user: str, key: str) -> User | None:
    """Who logs in as `user` with a public key, given in OpenSSH form; None where the account has no such key."""
    account = accounts.active(user)
    held = openssh_key(key)
    return account.user if account is not None and held and held in account.keys else None


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate, as accounts hold it."""
    return hashlib.sha256(der).digest().hex(":")


def authenticate_certificate(accounts: Accounts, der: bytes) -> User | None:
    """Who a verified TLS client certificate stands for: by its fingerprint, else by the maps in order (RFC 7407 section 4.1).

    None where that yields no account that is active.
    """
    name = accounts.by_certificate.get(fingerprint(der))
    if name is not None:
        account = accounts.active(name)
        return account.user if account is not None else None
    if not accounts.certificate_maps:
        return None
    try:
        certificate = x509.load_der_x509_certificate(der)
        found = (accounts.by_name.get(name) for rule in accounts.certificate_maps for name in _names(certificate, rule))
        account = next((each for each in found if each is not None), None)
    except ValueError:
        return None
    return account.user if account is not None and not account.disabled else None


def _names(certificate: x509.Certificate, rule: CertificateMap) -> Iterator[str]:
    """The names that a map finds in a certificate."""
    if rule.issuer and certificate.issuer.rfc4514_string() != rule.issuer:
        return
    if rule.origin == "common-name":
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if len(common) == 1:
            yield str(common[0].value)
        return
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    kind = x509.RFC822Name if rule.origin == "san-email" else x509.DNSName
    yield from names.get_values_for_type(kind)
