"""Bearer tokens of an OpenID provider: JSON Web Tokens, verified with the provider's public keys (RFC 7519, RFC 8725).

The algorithm is that of the key, never what the token asks for: RS256, ES256 and EdDSA. Keys of other kinds are passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import Provider
from vtnmd.northbound.backend import User

LEEWAY = 30.0
"""Seconds that clocks may differ by."""
_LONGEST = 16_384
_SMALLEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the one algorithm that it is for."""

    id: str
    algorithm: str
    public: Any = field(repr=False)


def read_keys(text: str) -> tuple[Key, ...]:
    """The keys of a JSON Web Key Set that verify signatures (RFC 7517 section 5). Raises ValueError where the text is none."""
    document = json.loads(text)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("a JSON Web Key Set has a list of keys")  # noqa: TRY004 -- it is the text that is wrong
    found = (_key(entry) for entry in listed if isinstance(entry, dict))
    return tuple(key for key in found if key is not None)


def _key(entry: Mapping[str, Json]) -> Key | None:
    algorithm = _algorithm(entry)
    if not algorithm or entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm or "d" in entry:
        return None
    try:
        public = jwt.PyJWK(dict(entry), algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if algorithm == "RS256" and public.key_size < _SMALLEST_RSA:
        return None
    return Key(str(entry.get("kid", "")), algorithm, public)


def _algorithm(entry: Mapping[str, Json]) -> str:
    match entry.get("kty"), entry.get("crv"):
        case "RSA", _:
            return "RS256"
        case "EC", "P-256":
            return "ES256"
        case "OKP", "Ed25519":
            return "EdDSA"
        case _:
            return ""


def key_id(token: str) -> str | None:
    """What a token says its key is called, empty where it does not; None where it is no token. Nothing is verified."""
    if len(token) > _LONGEST:
        return None
    try:
        said = jwt.get_unverified_header(token).get("kid", "")
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return said if isinstance(said, str) else None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The user that a token stands for until `expires`."""

    user: User
    expires: float


def authenticate_bearer(provider: Provider, keys: tuple[Key, ...], token: str, now: float) -> Admitted | None:
    """Who a token stands for; None where it is not the provider's, not for us, out of date, or names no user.

    Groups are those that the provider's groups are mapped to, and no others. `now` is in seconds since the epoch.
    """
    named = key_id(token)
    if named is None:
        return None
    for key in keys:
        if named and key.id and key.id != named:
            continue
        claims = _verified(provider, key, token)
        if claims is not None:
            return _admitted(provider, claims, now)
    return None


def _verified(provider: Provider, key: Key, token: str) -> dict[str, Any] | None:
    """The claims, with all but their times verified: these are judged by the clock that is handed in."""
    try:
        return jwt.decode(
            token,
            key.public,
            algorithms=[key.algorithm],
            audience=provider.audience,
            issuer=provider.issuer,
            options={"require": ["exp", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None


def _admitted(provider: Provider, claims: Mapping[str, Any], now: float) -> Admitted | None:
    expires, begins = claims["exp"], claims.get("nbf", 0)
    if not _is_time(expires) or not _is_time(begins) or now >= expires + LEEWAY or now < begins - LEEWAY:
        return None
    name = claims.get(provider.user_claim)
    if not isinstance(name, str) or not 0 < len(name) <= 255 or not name.isprintable():
        return None
    said = claims.get(provider.groups_claim, ())
    listed = [said] if isinstance(said, str) else said if isinstance(said, list) else ()
    groups = [provider.groups.get(value, frozenset()) for value in listed if isinstance(value, str)]
    return Admitted(User(name, frozenset[str]().union(*groups), local=False), expires + LEEWAY)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
