import ssl
import stat
from pathlib import Path

import asyncssh
import pytest
from cryptography import x509

from vtnmd.domain.diagnostics import Invalid
from vtnmd.northbound.access.tls import own_certificate, own_host_key, server_context


def test_a_certificate_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path / "state", "vtnmd.example")
    assert own_certificate(tmp_path / "state", "other.example") == (certificate, key)
    made = certificate.read_bytes()
    names = x509.load_pem_x509_certificate(made).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"vtnmd.example", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_clients_that_trust_it_can_speak_to_it(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, "0.0.0.0")
    server = server_context(certificate, key)
    assert server.minimum_version is ssl.TLSVersion.TLSv1_2
    assert server.verify_mode is ssl.CERT_NONE
    client = ssl.create_default_context(cafile=str(certificate))
    assert handshake(client, server) in {"TLSv1.2", "TLSv1.3"}


def handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    """The version that both sides come to, without a network."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(8):
        for side in (near, far):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return near.version()


def test_certificates_of_clients_are_asked_for_where_authorities_are_given(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, "localhost")
    assert server_context(certificate, key, certificate).verify_mode is ssl.CERT_OPTIONAL


@pytest.mark.parametrize("broken", ["northbound.pem", "northbound.key"])
def test_files_that_are_no_good(tmp_path: Path, broken: str) -> None:
    certificate, key = own_certificate(tmp_path, "localhost")
    (tmp_path / broken).write_text("nonsense")
    with pytest.raises(Invalid) as caught:
        server_context(certificate, key)
    assert caught.value.diagnostics[0].code == "VTN-A001"
    (tmp_path / broken).unlink()
    with pytest.raises(Invalid):
        server_context(certificate, key)


def test_a_host_key_is_made_once(tmp_path: Path) -> None:
    path = own_host_key(tmp_path)
    assert asyncssh.read_private_key(path).get_algorithm() == "ssh-ed25519"
    made = path.read_bytes()
    assert own_host_key(tmp_path).read_bytes() == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for make in (own_host_key, lambda folder: own_certificate(folder, "localhost")):
        with pytest.raises(Invalid) as caught:
            make(tmp_path / "file")
        assert caught.value.diagnostics[0].code == "VTN-A002"
