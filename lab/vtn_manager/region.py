"""A VTN Manager over switches that are there already, in the network namespace of a region, until standard input ends.

Started again with the same folder it goes on with what it held, as a controller does whose server was switched off and on.
"""

import argparse
import secrets
import sys
from collections import defaultdict
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from lab.commands import LabError, say
from lab.karaf.process import stay
from lab.vtn_manager.readiness import MEGABYTES, answers, sees

HTTPS_PORT = 8443
_KEY_STORE = "controller.p12"


def main(arguments: list[str]) -> int:
    """Run until standard input ends, and print `ready` once it sees every port; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.vtn_manager.region", description=__doc__)
    parser.add_argument("karaf", type=Path)
    parser.add_argument("java_home", type=Path)
    parser.add_argument("folder", type=Path, help="takes everything that is written")
    parser.add_argument("tls", type=Path, help="folder with certificate.pem and key.pem, for HTTPS")
    parser.add_argument("port", nargs="+", help="a port that must be seen, such as openflow:1/s1-trunk")
    chosen = parser.parse_args(arguments)
    switches: dict[str, set[str]] = defaultdict(set)
    for node, _, port in (each.partition("/") for each in chosen.port):
        switches[node].add(port)
    try:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        settings = https(chosen.tls, chosen.folder / "karaf/etc" / _KEY_STORE)
        stay(chosen.karaf, chosen.java_home, chosen.folder, lambda: answers() and sees(switches), MEGABYTES, settings)
    except LabError as error:
        say(str(error))
        return 1
    return 0


def https(tls: Path, place: Path) -> dict[str, bytes]:
    """Settings of Karaf's web server, by file, that have it take HTTPS at HTTPS_PORT; `place` is where its key store will be."""
    password = secrets.token_urlsafe(18)
    key = serialization.load_pem_private_key((tls / "key.pem").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise LabError(f"{tls / 'key.pem'} holds no key on an elliptic curve")
    certificate = x509.load_pem_x509_certificate((tls / "certificate.pem").read_bytes())
    sealed = serialization.BestAvailableEncryption(password.encode())
    web = f"""\
org.osgi.service.http.secure.enabled = true
org.osgi.service.http.port.secure = {HTTPS_PORT}
org.ops4j.pax.web.config.file = ${{karaf.home}}/etc/jetty.xml
org.ops4j.pax.web.ssl.keystore = {place}
org.ops4j.pax.web.ssl.keystore.type = PKCS12
org.ops4j.pax.web.ssl.password = {password}
org.ops4j.pax.web.ssl.keypassword = {password}
"""
    return {
        _KEY_STORE: pkcs12.serialize_key_and_certificates(b"controller", key, certificate, None, sealed),
        "org.ops4j.pax.web.cfg": web.encode(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
