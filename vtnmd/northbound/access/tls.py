"""What the servers prove themselves with: a certificate for TLS and a host key for SSH, made at the first start."""

import socket
import ssl
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.usecases.credentials import common_name, make_ssh_key, private_pem, server_certificate, write_private

CERTIFICATE, PRIVATE_KEY, HOST_KEY = "northbound.pem", "northbound.key", "northbound-host-key"


def server_context(certificate: Path, key: Path, client_authorities: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 and later, with a certificate chain and its key in PEM.

    Clients may show certificates that the `client_authorities`, a PEM file, vouch for; without it they are not asked for any.
    Raises Invalid (VTN-A001).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password="")  # asks nobody for a passphrase
        if client_authorities is not None:
            context.load_verify_locations(client_authorities)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        named = ", ".join(str(path) for path in (certificate, key, client_authorities) if path is not None)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "give files in PEM: the certificate with its chain, its private key without passphrase, certificates of authorities"
        raise Invalid(Diagnostic("VTN-A001", f"TLS cannot be offered with {named}: {reason}", hint=hint)) from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def own_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """The certificate and key in a folder, signed by itself and made where they are missing, for `host` and this machine's names.

    Raises Invalid (VTN-A002).
    """
    certificate, key = folder / CERTIFICATE, folder / PRIVATE_KEY
    if not (certificate.exists() and key.exists()):
        secret, name = ec.generate_private_key(ec.SECP256R1()), common_name("vtnmd")
        made = server_certificate(name, secret.public_key(), _names(host), name, secret)
        try:
            _make_folder(folder)
            write_private(key, private_pem(secret))
            write_private(certificate, made.public_bytes(serialization.Encoding.PEM))
        except OSError as error:
            raise _unwritable(folder, error) from None
    return certificate, key


def own_host_key(folder: Path) -> Path:
    """The SSH host key in a folder, made where it is missing. Raises Invalid (VTN-A002)."""
    path = folder / HOST_KEY
    if not path.exists():
        try:
            _make_folder(folder)
            make_ssh_key(path)
        except OSError as error:
            raise _unwritable(folder, error) from None
    return path


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _unwritable(folder: Path, error: OSError) -> Invalid:
    what = f"keys of the server cannot be kept in {folder}: {error.strerror}"
    return Invalid(Diagnostic("VTN-A002", what, hint="check the rights of the folder"))


def _names(host: str) -> list[x509.GeneralName]:
    found: dict[str, x509.GeneralName] = {}
    for name in (host, "localhost", "127.0.0.1", "::1", socket.gethostname()):
        try:
            address = ip_address(name)
        except ValueError:
            if name.isascii() and name:
                found[name] = x509.DNSName(name)
            continue
        if not address.is_unspecified:
            found[name] = x509.IPAddress(address)
    return list(found.values())
