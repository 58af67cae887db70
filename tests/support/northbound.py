"""A backend whose commits are kept in memory, for tests of the protocols."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.memory_log import MemoryLog
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Running
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.procedures import Call, Procedure, Step
from vtnmd.northbound.schema import northbound_schema
from vtnmd.northbound.streams import Streams
from vtnmd.yang.nodes import SchemaNode


@dataclass(frozen=True, slots=True)
class Rules:
    """A permissive authority: but for what it is told to hide, refuse to write, call or tell."""

    hidden: frozenset[str] = frozenset()
    """Top-level members."""
    fixed: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    """Operations and notifications, `module:name`."""

    @property
    def unbounded(self) -> bool:
        return not (self.hidden or self.fixed)

    @property
    def bound(self) -> bool:
        return False

    def owns(self, service: Json) -> bool:
        return True

    def readable(self, document: Json, root: SchemaNode | None = None) -> Json:
        return {member: value for member, value in document.items() if member not in self.hidden}

    def may_read(self, member: str) -> bool:
        return member not in self.hidden

    def check_write(self, before: Json, after: Json) -> None:
        changed = {member for member in (*before, *after) if before.get(member) != after.get(member)}
        if changed & self.fixed:
            raise Refused(Fault("access-denied", "not allowed", "application"))

    def check_execute(self, operation: SchemaNode, target: tuple[Step, ...] = (), document: Json = None) -> None:
        if f"{operation.module}:{operation.name}" in self.forbidden:
            raise Refused(Fault("access-denied", "not allowed", "protocol"))

    def may_receive(self, member: str) -> bool:
        return member not in self.forbidden


PERMISSIVE = Rules()


def new_backend(
    models: Models = NO_MODELS,
    *,
    procedures: Mapping[str, Procedure] | None = None,
    authority_of: Callable[[User], Authority] = lambda _: PERMISSIVE,
    log: MemoryLog | None = None,
) -> Backend:
    """A backend over an empty configuration, or that of `log`."""
    kept = log or MemoryLog()
    schema = northbound_schema(models)
    running = Running(schema, kept, time.time)
    running.load()
    streams = Streams(time.time)
    return Backend(schema, running, Confirmations(running, kept), streams, authority_of, procedures=procedures or {})


class Doors:
    """Lets in whoever has a password or key of the table; what is known of a user is its name."""

    def __init__(self, passwords: Mapping[str, str], keys: Mapping[str, str] | None = None) -> None:
        self._passwords = passwords
        self._keys = keys or {}

    async def password(self, user: str, password: str, _client: str, /) -> User | None:
        await asyncio.sleep(0)
        return User(user) if self._passwords.get(user) == password else None

    async def key(self, user: str, key: str, _client: str, /) -> User | None:
        known = self._keys.get(user, "")
        return User(user) if known and known.split()[:2] == key.split()[:2] else None


async def echo(call: Call) -> dict[str, Any]:
    """A procedure that repeats `text`."""
    return {"line": [call.input["text"]] * call.input.get("times", 1)}


async def nothing(_: Call) -> dict[str, Any]:
    return {}


async def done(_: Call) -> dict[str, Any]:
    return {"done": True}
