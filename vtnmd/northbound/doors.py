"""How clients of both protocols are let in: by password, key, certificate or token (of OpenID or Keystone), and not too often."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from vtnmd.northbound.access.accounts import Accounts, Limits
from vtnmd.northbound.access.bearers import Bearers, fetch_text
from vtnmd.northbound.access.gate import Gate, Unproven, authenticate_password
from vtnmd.northbound.access.keystone import KeystoneClient, KeystoneTokens
from vtnmd.northbound.access.limiting import Buckets, network_of
from vtnmd.northbound.access.proofs import authenticate_certificate, authenticate_key
from vtnmd.northbound.backend import User
from vtnmd.northbound.restconf.context import Unauthorized

_BASIC, _BEARER, _KEYSTONE = 'Basic realm="vtnmd", charset="UTF-8"', 'Bearer realm="vtnmd"', 'Keystone uri="{}"'
_TOKEN = b"x-auth-token"


@dataclass(slots=True, eq=False)
class Doors:
    """`accounts` gives them as they are now, `clock` seconds that never go back. To be used on one event loop."""

    accounts: Callable[[], Accounts]
    gate: Gate
    bearers: Bearers
    keystone: KeystoneTokens
    clock: Callable[[], float]
    _limits: Limits = field(default_factory=Limits)
    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._buckets = Buckets(self._limits.rate, self._limits.burst)

    def _pause(self, key: str, limits: Limits) -> float:
        """Seconds to wait before a client of an address, or a user, may ask again; 0 where it may now."""
        if limits != self._limits:
            self._limits, self._buckets = limits, Buckets(limits.rate, limits.burst)
        return self._buckets.take(key, self.clock())

    async def __call__(self, headers: Mapping[bytes, bytes], client: str, certificate: bytes) -> User | Unauthorized:
        """The port `vtnmd.northbound.restconf.context.Authenticate`: RFC 8040 section 2.5; `certificate` is DER."""
        accounts = self.accounts()
        pause = self._pause(f"at {network_of(client)}", accounts.limits)
        if pause > 0:
            return Unauthorized(retry_after=ceil(pause))
        found = await self._prove(accounts, headers, client, certificate)
        if isinstance(found, User):
            pause = self._pause(f"by {found.name}", accounts.limits)
            return Unauthorized(retry_after=ceil(pause)) if pause > 0 else found
        return Unauthorized(_challenges(accounts), ceil(found.retry_after), found.outage)

    async def _prove(self, accounts: Accounts, headers: Mapping[bytes, bytes], client: str, certificate: bytes) -> User | Unproven:
        scheme, _, proof = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        match scheme.lower():
            case "basic":
                user, password = _basic(proof)
                return await authenticate_password(self.gate, accounts, user, password, client)
            case "bearer":
                return await self.bearers.authenticate(accounts, proof.strip()) or Unproven()
            case "" if _TOKEN in headers and accounts.keystone:
                return await self.keystone.authenticate(accounts, headers[_TOKEN].decode("latin-1").strip())
            case "" if certificate:
                return authenticate_certificate(accounts, certificate) or Unproven()
            case _:
                return Unproven()

    async def password(self, user: str, password: str, client: str, /) -> User | None:
        """The port `vtnmd.netconf.ssh_server.Authenticator`."""
        accounts = self.accounts()
        if self._pause(f"at {network_of(client)}", accounts.limits) > 0:
            return None
        found = await authenticate_password(self.gate, accounts, user, password, client)
        return found if isinstance(found, User) else None

    async def key(self, user: str, key: str, client: str, /) -> User | None:
        """The same by a public key, whose private half SSH proves."""
        accounts = self.accounts()
        if self._pause(f"at {network_of(client)}", accounts.limits) > 0:
            return None
        return authenticate_key(accounts, user, key)


def make_doors(accounts: Callable[[], Accounts], folder: Path, clock: Callable[[], float], elapsed: Callable[[], float]) -> Doors:
    """`clock` gives seconds since the epoch, `elapsed` seconds that never go back, `folder` is for names of key files."""
    asking = KeystoneTokens(clock, folder, KeystoneClient())
    return Doors(accounts, Gate(elapsed), Bearers(clock, folder, fetch_text), asking, elapsed)


def _challenges(accounts: Accounts) -> tuple[str, ...]:
    """How a client can prove who it is (RFC 9110 section 11.6.1)."""
    bearer = (_BEARER,) if accounts.provider else ()
    return (_BASIC, *bearer, _KEYSTONE.format(accounts.keystone.auth_url)) if accounts.keystone else (_BASIC, *bearer)


def _basic(proof: str) -> tuple[str, str]:
    """User and password of a Basic proof (RFC 7617); both empty for what is none."""
    try:
        user, colon, password = base64.b64decode(proof.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (user, password) if colon else ("", "")
