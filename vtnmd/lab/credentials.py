"""Certificates, keys and passwords of a lab, made once per folder so that what clients trust outlives a restart."""

import secrets
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vtnmd.lab.layout import HOST, SECRETS, Lab
from vtnmd.usecases.credentials import (
    authority_certificate,
    common_name,
    make_ssh_key,
    private_pem,
    server_certificate,
    write_private,
)


def make_credentials(lab: Lab) -> None:
    """Write whatever is missing: ca.pem, server.pem and .key, host-key, client-key, known_hosts, a password per endpoint."""
    (lab.folder / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    if not lab.file("ca.pem").exists():
        _make_certificates(lab)
    if not lab.file("host-key").exists():
        make_ssh_key(lab.file("host-key"))
        make_ssh_key(lab.file("client-key"))
    public = lab.file("host-key.pub").read_text(encoding="ascii").strip()
    hosts = "".join(f"[{HOST}]:{lab.port(region, 'pe')} {public}\n" for region in lab.regions)
    write_private(lab.file("known_hosts"), hosts.encode())
    for region in lab.regions:
        for endpoint in SECRETS:
            if not lab.secret(region, endpoint).exists():
                write_private(lab.secret(region, endpoint), f"{secrets.token_urlsafe(16)}\n".encode())


def _make_certificates(lab: Lab) -> None:
    authority, authority_key = common_name("vtnmd lab certificate authority"), ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]
    server = server_certificate(common_name("vtnmd lab"), server_key.public_key(), names, authority, authority_key)
    write_private(lab.file("server.key"), private_pem(server_key))
    write_private(lab.file("server.pem"), server.public_bytes(serialization.Encoding.PEM))
    ca = authority_certificate(authority, authority_key)
    write_private(lab.file("ca.pem"), ca.public_bytes(serialization.Encoding.PEM))
