"""Tokens of OpenStack: the Keystone that gave one is asked who it is of, and what it answered is remembered for a short while.

A token vouches for itself where vtnmd has no login there: Keystone lets the user of a token validate it, unless it is of a trust.
That a token was revoked is noticed once what is remembered is forgotten.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import httpx2

from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import Accounts, Keystone, KeystoneLogin
from vtnmd.northbound.access.gate import Unproven
from vtnmd.northbound.access.limiting import Recent
from vtnmd.northbound.access.tokens import Admitted
from vtnmd.northbound.backend import User
from vtnmd.southbound.ports import EndpointError
from vtnmd.southbound.secrets import read_secret

_REMEMBERED, _REFUSED = 60.0, 10.0
"""Seconds until Keystone is asked again of a token that it knew, and of one that it did not."""
_AGAIN = 5.0
"""Seconds after which a client may try again while Keystone does not answer."""
_LARGEST, _PATIENCE, _AT_ONCE = 262_144, 5.0, 16
_TOKEN = re.compile(r"[!-~]{1,16384}")
_TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


class KeystoneOutage(Exception):
    """Keystone gave no answer that tells whether a token is good."""


Ask = Callable[[Keystone, Path, str], Awaitable[Json | None]]
"""(Keystone, the folder where a relative file name starts, a token) → the member `token` of the answer, None for a token that is no
good. Raises KeystoneOutage.
"""


@dataclass(slots=True, eq=False)
class KeystoneClient:
    """The port `Ask`: GET /v3/auth/tokens over verified TLS, without following redirections."""

    secrets: Callable[[str], str | None] = read_secret
    _own: tuple[Keystone, str] | None = None
    """The token that vtnmd itself was given, and by whom."""

    async def __call__(self, keystone: Keystone, folder: Path, token: str) -> Json | None:
        try:
            trust = await asyncio.to_thread(_trusted, keystone.ca_file and str(folder / keystone.ca_file))
            async with httpx2.AsyncClient(timeout=_PATIENCE, verify=trust, trust_env=False) as client:
                return await self._validated(client, keystone, token)
        except (OSError, ValueError, RecursionError, httpx2.HTTPError, EndpointError) as error:
            raise KeystoneOutage(str(error) or type(error).__name__) from None

    async def _validated(self, client: httpx2.AsyncClient, keystone: Keystone, token: str) -> Json | None:
        status, body = await self._look(client, keystone, token)
        if status == 401 and keystone.login is not None:  # vtnmd's own token is out of date
            self._own = None
            status, body = await self._look(client, keystone, token)
            if status == 401:
                raise KeystoneOutage(f"it does not take the token of {keystone.login.username}")
        if status == 403 and keystone.login is not None:
            raise KeystoneOutage(f"{keystone.login.username} may not validate tokens")
        if status in {400, 401, 403, 404}:
            return None
        if status != 200:
            raise KeystoneOutage(f"it answers {status}")
        return _token(body)

    async def _look(self, client: httpx2.AsyncClient, keystone: Keystone, token: str) -> tuple[int, bytes]:
        asking = token if keystone.login is None else await self._own_token(client, keystone, keystone.login)
        headers = {"X-Auth-Token": asking, "X-Subject-Token": token, "Accept": "application/json"}
        async with client.stream("GET", f"{_tokens_of(keystone)}?nocatalog", headers=headers) as response:
            return response.status_code, await _content(response)

    async def _own_token(self, client: httpx2.AsyncClient, keystone: Keystone, login: KeystoneLogin) -> str:
        """Log in, unless that was done."""
        if self._own is not None and self._own[0] is keystone:
            return self._own[1]
        password = await asyncio.to_thread(self.secrets, login.password)
        domain = {"name": login.domain}
        user = {"name": login.username, "domain": domain, "password": password}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"project": {"name": login.project, "domain": domain}}}}
        answer = await client.post(f"{_tokens_of(keystone)}?nocatalog", json=body)
        if answer.status_code != 201:
            raise KeystoneOutage(f"it does not let {login.username} in: {answer.status_code}")
        self._own = (keystone, answer.headers["X-Subject-Token"])
        return self._own[1]


def _tokens_of(keystone: Keystone) -> str:
    return f"{keystone.auth_url.rstrip('/').removesuffix('/v3')}/v3/auth/tokens"


def _trusted(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


async def _content(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > _LARGEST:
            raise ValueError("it answers with too much")
    return bytes(content)


def _token(body: bytes) -> Json:
    document = json.loads(body)
    found = document.get("token") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise ValueError("it answers with something else than a token")  # noqa: TRY004 -- it is the text that is wrong
    return found


def admitted(keystone: Keystone, token: Json, now: float) -> Admitted | None:
    """Whom a token that Keystone knows lets in, `now` in seconds since the epoch.

    None where it is out of date, has none of the roles, or is of a project that stands for no tenant. A user is called
    NAME@DOMAIN: names are unique within a domain only, and no local account is meant.
    """
    try:
        name = f"{token['user']['name']}@{token['user']['domain']['name']}"
        expires = datetime.fromisoformat(token["expires_at"]).timestamp()
        roles = [keystone.roles[role["name"]] for role in token.get("roles", ()) if role["name"] in keystone.roles]
        tenant = _tenant(keystone, token.get("project"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    unbound = any(role.unbound for role in roles)
    if now >= expires or not roles or not (tenant or unbound) or len(name) > 255 or not name.isprintable():
        return None
    groups = frozenset[str]().union(*(role.groups for role in roles))
    return Admitted(User(name, groups, local=False, tenants=frozenset() if unbound else frozenset({tenant})), expires)


def _tenant(keystone: Keystone, project: Json | None) -> str:
    """The tenant that a project stands for; empty for none."""
    if project is None:
        return ""
    listed = keystone.projects.get(project["id"], "")
    known = project["domain"]["name"] == keystone.domain and _TENANT.fullmatch(project["name"])
    return listed or (str(project["name"]) if known else "")


@dataclass(slots=True, eq=False)
class KeystoneTokens:
    """`clock` gives seconds since the epoch, `folder` is where a relative name of a file starts. To be used on one event loop."""

    clock: Callable[[], float]
    folder: Path
    ask: Ask
    _known: Recent[tuple[Keystone, Admitted | None, float]] = field(
        default_factory=lambda: Recent[tuple[Keystone, Admitted | None, float]](1_000)
    )
    _asked: "dict[bytes, asyncio.Future[User | None]]" = field(default_factory=dict)

    async def authenticate(self, accounts: Accounts, token: str) -> User | Unproven:
        """Who a token stands for; never a user that has a local account."""
        keystone = accounts.keystone
        if keystone is None or not _TOKEN.fullmatch(token):
            return Unproven()
        try:
            found = await self._user(keystone, token)
        except KeystoneOutage as outage:
            return Unproven(_AGAIN, f"Keystone at {keystone.auth_url} cannot tell whose token it is: {outage}")
        return Unproven() if found is None or found.name in accounts.by_name else found

    async def _user(self, keystone: Keystone, token: str) -> User | None:
        """Raises KeystoneOutage."""
        mark, now = sha256(token.encode()).digest(), self.clock()
        held = self._known.get(mark)
        if held is not None and held[0] is keystone and now < held[2]:
            return held[1].user if held[1] is not None else None
        asked = self._asked.get(mark)
        if asked is None:
            if len(self._asked) >= _AT_ONCE:
                raise KeystoneOutage(f"it has not answered {_AT_ONCE} earlier questions yet")
            asked = self._asked[mark] = asyncio.ensure_future(self._fresh(keystone, token, mark))
            asked.add_done_callback(lambda _: self._asked.pop(mark))
        return await asyncio.shield(asked)

    async def _fresh(self, keystone: Keystone, token: str, mark: bytes) -> User | None:
        """What Keystone says of a token now, once for all who show it at the same time. Raises KeystoneOutage."""
        answered = await self.ask(keystone, self.folder, token)
        now = self.clock()
        found = None if answered is None else admitted(keystone, answered, now)
        until = now + _REFUSED if found is None else min(found.expires, now + _REMEMBERED)
        self._known.put(mark, (keystone, found and replace(found, expires=until), until))
        return found.user if found is not None else None
