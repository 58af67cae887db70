"""What endpoints prove themselves with, fetched without trusting it: for a person to compare before it is enrolled."""

import asyncio
import hashlib
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncssh

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.southbound.ports import Unreachable


@dataclass(frozen=True, slots=True)
class Identity:
    """`fingerprint` is SHA-256; `text` is an OpenSSH public key, or a certificate in PEM."""

    fingerprint: str
    text: str


async def fetch_host_key(name: str, host: str, port: int, seconds: float) -> Identity:
    """The host key that an SSH server shows. Raises Unreachable."""
    try:
        async with asyncio.timeout(seconds):
            key = await asyncssh.get_server_host_key(host, port)
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise _unreachable(name, f"{host}:{port}", error) from None
    if key is None:
        raise _unreachable(name, f"{host}:{port}", "it shows no host key")
    return Identity(key.get_fingerprint("sha256"), key.export_public_key().decode("ascii").strip())


async def fetch_certificate(name: str, url: str, seconds: float) -> Identity:
    """The certificate that a TLS server shows. Raises Unreachable."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 443
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            content = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        raise _unreachable(name, f"{host}:{port}", error) from None
    octets = hashlib.sha256(content).hexdigest().upper()
    pairs = ":".join(octets[place : place + 2] for place in range(0, len(octets), 2))
    return Identity(f"SHA256:{pairs}", ssl.DER_cert_to_PEM_cert(content))


def _unreachable(name: str, place: str, why: object) -> Unreachable:
    reason = str(why) or type(why).__name__
    hint = "check that the endpoint is up and its address in the inventory"
    return Unreachable(Diagnostic("VTN-E010", f"{name}: {place} cannot be asked: {reason}", hint=hint))
