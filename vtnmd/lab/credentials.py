"""Certificates, keys and passwords of a lab, made once per folder so that what clients trust outlives a restart."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vtnmd.lab.layout import HOST, SECRETS, Lab

_YEARS = timedelta(days=3650)


def make_credentials(lab: Lab) -> None:
    """Write whatever is missing: ca.pem, server.pem and .key, host-key, client-key, known_hosts, a password per endpoint."""
    (lab.folder / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    if not lab.file("ca.pem").exists():
        _make_certificates(lab)
    if not lab.file("host-key").exists():
        _make_ssh_key(lab.file("host-key"))
        _make_ssh_key(lab.file("client-key"))
    public = lab.file("host-key.pub").read_text(encoding="ascii").strip()
    hosts = "".join(f"[{HOST}]:{lab.port(region, 'pe')} {public}\n" for region in lab.regions)
    _write(lab.file("known_hosts"), hosts.encode())
    for region in lab.regions:
        for endpoint in SECRETS:
            if not lab.secret(region, endpoint).exists():
                _write(lab.secret(region, endpoint), f"{secrets.token_urlsafe(16)}\n".encode())


def _make_certificates(lab: Lab) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _name("vtnmd lab certificate authority")
    server_key = ec.generate_private_key(ec.SECP256R1())
    usage = {"content_commitment": False, "key_encipherment": False, "data_encipherment": False, "key_agreement": False}
    signing = x509.KeyUsage(
        digital_signature=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False, **usage
    )
    serving = x509.KeyUsage(
        digital_signature=True, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False, **usage
    )
    ca = (
        _certificate(authority, authority, authority_key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signing, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate(_name("vtnmd lab"), authority, server_key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(serving, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = server_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(lab.file("server.key"), private)
    _write(lab.file("server.pem"), server.public_bytes(serialization.Encoding.PEM))
    _write(lab.file("ca.pem"), ca.public_bytes(serialization.Encoding.PEM))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, issuer_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """What every certificate has; strict verification wants the two key identifiers (RFC 5280 section 4.2.1)."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _make_ssh_key(path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    _write(path, key.export_private_key())
    _write(path.with_name(path.name + ".pub"), key.export_public_key())


def _write(path: Path, content: bytes) -> None:
    """Readable by its owner alone, and there as a whole or not at all."""
    scratch = path.with_name(path.name + ".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    scratch.replace(path)
