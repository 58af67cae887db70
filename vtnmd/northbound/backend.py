"""What both protocols stand on: one set of datastores, operations, state and events, and who may use them."""

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from vtnmd.datastore.candidate import Candidate
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.locks import Locks
from vtnmd.datastore.running import Running
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Origin
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.operational import Providers
from vtnmd.northbound.procedures import Procedures
from vtnmd.northbound.streams import Streams
from vtnmd.yang.schema import Schema


@dataclass(frozen=True, slots=True)
class User:
    """Who a client has proved to be, and the groups that its proof names beside those of the rules.

    The rules do not apply to a user of `recovery` (RFC 8341 section 2). One that is not `local` has no account here, but a token.
    `tenants` are those that the proof binds the user to, beside those of groups.
    """

    name: str
    groups: frozenset[str] = frozenset()
    recovery: bool = False
    local: bool = True
    tenants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session of a client, as monitoring tells it (RFC 6022 section 2.1.4). `cut` ends it."""

    number: int
    transport: str
    user: str
    client: str
    since: float
    cut: Callable[[], None]


Preview = Callable[[Tree, Changes, Origin], Awaitable[Json]]
"""(configuration, what changes in it, who would) → what that would come to, as the grouping `preview` of vtnmd-orchestration.

Raises Refused, VtnmdError.
"""


@dataclass(slots=True, eq=False)
class Backend:
    """Used on one event loop. `authority_of` answers by the rules as they are now; without `preview` no dry run is offered."""

    schema: Schema
    running: Running
    confirmations: Confirmations
    streams: Streams
    authority_of: Callable[[User], Authority]
    providers: Providers = field(default_factory=dict)
    procedures: Procedures = field(default_factory=dict)
    preview: Preview | None = None
    locks: Locks = field(default_factory=Locks)
    sessions: dict[int, SessionInfo] = field(default_factory=dict)
    candidate: Candidate = field(init=False)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    """Of sessions, over all protocols."""

    def __post_init__(self) -> None:
        self.candidate = Candidate(lambda: self.running.current)

    @property
    def namespaces(self) -> Mapping[str, str]:
        """XML namespace → module name."""
        return self.schema.namespaces
