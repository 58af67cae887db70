"""Where bearer tokens are shown: keys are read or fetched and kept for a while, and tokens that were verified are remembered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from vtnmd.northbound.access.accounts import Accounts, Provider
from vtnmd.northbound.access.limiting import Recent
from vtnmd.northbound.access.tokens import Admitted, Key, authenticate_bearer, key_id, read_keys
from vtnmd.northbound.backend import User

_FRESH, _AGAIN, _REMEMBERED = 600.0, 30.0, 300.0
"""Seconds until keys are looked at again; the same where a key is missing; how long a token is not verified again."""
_LARGEST, _PATIENCE = 262_144, 5.0

Fetch = Callable[[str], Awaitable[str]]
"""The text at an https URL. Raises OSError, ValueError or httpx2.HTTPError."""


@dataclass(frozen=True, slots=True)
class _Kept:
    provider: Provider
    keys: tuple[Key, ...]
    tried: float


@dataclass(slots=True, eq=False)
class Bearers:
    """`clock` gives seconds since the epoch, `folder` is where a relative name of a key file starts."""

    clock: Callable[[], float]
    folder: Path
    fetch: Fetch
    _kept: _Kept | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _admitted: Recent[tuple[Provider, Admitted]] = field(default_factory=lambda: Recent[tuple[Provider, Admitted]](1_000))

    async def authenticate(self, accounts: Accounts, token: str) -> User | None:
        """Who a token stands for; never a user that has a local account, so that no provider can hand these out."""
        provider = accounts.provider
        if provider is None:
            return None
        found = await self._admit(provider, token)
        return None if found is None or found.user.name in accounts.by_name else found.user

    async def _admit(self, provider: Provider, token: str) -> Admitted | None:
        mark, now = sha256(token.encode("utf-8", "surrogatepass")).digest(), self.clock()
        held = self._admitted.get(mark)
        if held is not None and held[0] is provider and now < held[1].expires:
            return held[1]
        named = key_id(token)
        if named is None:
            return None
        found = authenticate_bearer(provider, await self._keys(provider, named, now), token, now)
        if found is not None:
            self._admitted.put(mark, (provider, replace(found, expires=min(found.expires, now + _REMEMBERED))))
        return found

    async def _keys(self, provider: Provider, named: str, now: float) -> tuple[Key, ...]:
        """The provider's keys: again after a while, and sooner where one is named that is not among them."""
        async with self._lock:
            kept = self._kept if self._kept is not None and self._kept.provider == provider else None
            known = kept is not None and (not named or any(key.id in {"", named} for key in kept.keys))
            if kept is not None and now < kept.tried + (_FRESH if known else _AGAIN):
                return kept.keys
            try:
                keys = read_keys(await self._text(provider))
            except (OSError, ValueError, httpx2.HTTPError):
                keys = kept.keys if kept is not None else ()
            self._kept = _Kept(provider, keys, now)
            return keys

    async def _text(self, provider: Provider) -> str:
        if provider.jwks_file:
            return await asyncio.to_thread((self.folder / provider.jwks_file).read_text, encoding="utf-8")
        found = json.loads(await self.fetch(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"))
        place = found.get("jwks_uri") if isinstance(found, dict) else None
        if not isinstance(place, str) or found.get("issuer") != provider.issuer or urlsplit(place).scheme != "https":
            raise ValueError("the discovery document is not that of the issuer")
        return await self.fetch(place)


async def fetch_text(url: str) -> str:
    """The text at an https URL, of at most 256 KiB, without following redirections. Raises ValueError or httpx2.HTTPError."""
    async with httpx2.AsyncClient(timeout=_PATIENCE) as client, client.stream("GET", url) as response:
        response.raise_for_status()
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > _LARGEST:
                raise ValueError(f"{url} answers with too much")
    return content.decode("utf-8")
