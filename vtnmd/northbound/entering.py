"""Who comes in and what he may do, in one question: where the state is served, and where it is only watched."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS, NOBODY, Accounts, accounts_of
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.deployment import Deployment
from vtnmd.northbound.doors import Doors, make_doors
from vtnmd.northbound.nacm import NACM, authority_for
from vtnmd.northbound.restconf.context import Unauthorized
from vtnmd.northbound.schema import northbound_schema
from vtnmd.state import open_store

Enter = Callable[[Mapping[bytes, bytes], str], Awaitable[Authority | Unauthorized | None]]
"""What a client may do, by its headers (names in lower case) and address; None where there are no accounts, and nobody is asked.

Raises VtnmdError.
"""


def through_doors_of(deployment: Deployment) -> Enter:
    """The way in that RESTCONF has too, with the same pauses and rates."""

    async def enter(headers: Mapping[bytes, bytes], client: str) -> Authority | Unauthorized | None:
        found = await deployment.doors(headers, client, b"")
        return found if isinstance(found, Unauthorized) else deployment.backend.authority_of(found)

    return enter


@dataclass(frozen=True, slots=True)
class _Said:
    """What commit `number` and those before it say of accounts and rules."""

    number: int = -1
    access: Json = None
    rules: Json = None


@dataclass(slots=True, eq=False)
class WatchedState:
    """An `Enter` of its own for a process that serves no configuration: accounts and rules are those in the state.

    `folder` is where a relative name of a key file starts. To be used on one event loop.
    """

    state: str
    folder: Path
    _doors: Doors = field(init=False)
    _said: _Said = field(default_factory=_Said)
    _accounts: Accounts = NOBODY

    def __post_init__(self) -> None:
        self._doors = make_doors(lambda: self._accounts, self.folder, time.time, time.monotonic)

    async def __call__(self, headers: Mapping[bytes, bytes], client: str) -> Authority | Unauthorized | None:
        """Raises StateError."""
        said = self._said = await asyncio.to_thread(_read, self.state, self._said)
        if said.access is None:
            return None
        schema = await asyncio.to_thread(northbound_schema)
        self._accounts = accounts_of(schema, said.access)
        found = await self._doors(headers, client, b"")
        if isinstance(found, Unauthorized):
            return found
        return authority_for(schema, said.rules, found)


def _read(state: str, known: _Said) -> _Said:
    with open_store(state, create=False) as store:
        number = store.newest_commit()
        if number == known.number:
            return known
        access, rules = store.part(ACCESS), store.part(NACM)
    return _Said(number, access and access.value, rules and rules.value)
