"""Passwords as scrypt makes them unreadable (RFC 7914), and clear text turned into that before anything is stored."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from vtnmd.domain.commit import Part
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS

CLEAR = "$0$"
_FORM = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_SALT, _HASH = 16, 32
_LARGEST_LOG, _LARGEST_MEMORY = 20, 2**31
LONGEST = 1024
"""Bytes of a password; what is longer is no password of anybody."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess takes: 2^log_n × 128 × r bytes of memory, p times over."""

    log_n: int = 15
    r: int = 8
    p: int = 3

    @property
    def affordable(self) -> bool:
        """Whether checking one password with this stays within 2 GiB, so that no stored value can take the server down."""
        return 1 <= self.log_n <= _LARGEST_LOG and self.r >= 1 and self.p >= 1 and self._memory <= _LARGEST_MEMORY

    @property
    def _memory(self) -> int:
        return 128 * self.r * ((1 << self.log_n) + self.p + 2)

    def digest(self, password: str, salt: bytes) -> bytes:
        return hashlib.scrypt(encoded(password), salt=salt, n=1 << self.log_n, r=self.r, p=self.p, maxmem=self._memory, dklen=_HASH)


USUAL = Cost()


def encoded(password: str) -> bytes:
    """A password in octets, whatever a client sent as one."""
    return password.encode("utf-8", "surrogatepass")


def hash_password(password: str, cost: Cost = USUAL) -> str:
    """What is stored of a password: `$scrypt$ln=…,r=…,p=…$salt$hash`, with a fresh salt."""
    salt = secrets.token_bytes(_SALT)
    return f"$scrypt$ln={cost.log_n},r={cost.r},p={cost.p}${_encoded(salt)}${_encoded(cost.digest(password, salt))}"


UNKNOWN = f"$scrypt$ln={USUAL.log_n},r={USUAL.r},p={USUAL.p}${'A' * 22}${'A' * 43}"
"""The hash of no password, to take as long for users that are not there."""


def is_password(stored: str, password: str) -> bool:
    """Whether a password is what is stored. False for a stored value that is none, after the usual work."""
    match = _FORM.fullmatch(stored)
    if match is None or len(encoded(password)) > LONGEST:
        match, password = _FORM.fullmatch(UNKNOWN), ""
    assert match is not None
    cost = Cost(*(int(match[group]) for group in (1, 2, 3)))
    if not cost.affordable:
        return False
    return hmac.compare_digest(cost.digest(password, _decoded(match[4])), _decoded(match[5]))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def without_clear_text(changes: Mapping[Part, Json], cost: Cost = USUAL) -> Mapping[Part, Json]:
    """The changes with every password that is given in clear hashed; to be applied before they are stored (RFC 7317 section 4)."""
    access = changes.get(ACCESS)
    if not access or not any(_is_clear(user) for user in access.get("user", ())):
        return changes
    users = [_hashed(user, cost) if _is_clear(user) else user for user in access["user"]]
    return {**changes, ACCESS: {**access, "user": users}}


def _is_clear(user: Mapping[str, Json]) -> bool:
    return str(user.get("password", "")).startswith(CLEAR)


def _hashed(user: Mapping[str, Json], cost: Cost) -> dict[str, Json]:
    return {**user, "password": hash_password(user["password"].removeprefix(CLEAR), cost)}
