"""What the operations work on: the server's state beside the backend, and one request of one session."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from vtnmd.datastore.candidate import Candidate
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE
from vtnmd.domain.commit import Origin
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content, ServerSession
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.netconf.parameters import Parameters
from vtnmd.northbound.netconf.rendering import Fragments
from vtnmd.yang.nodes import SchemaNode

PRIVATE_CANDIDATE = "urn:ietf:params:netconf:capability:private-candidate:1.0"
"""A client that offers it gets a candidate of its own."""


@dataclass(slots=True, eq=False)
class Totals:
    """What sessions that are over have counted (RFC 6022 section 2.1.5)."""

    in_sessions: int = 0
    dropped_sessions: int = 0
    in_rpcs: int = 0
    in_bad_rpcs: int = 0
    out_rpc_errors: int = 0
    out_notifications: int = 0


@dataclass(slots=True, eq=False)
class Desk:
    """What the sessions of one server share. `turns` keep candidates from being changed while they are committed."""

    backend: Backend
    capabilities: tuple[str, ...]
    fragments: Fragments = field(default_factory=Fragments)
    sessions: dict[int, ServerSession] = field(default_factory=dict)
    candidates: dict[int, Candidate] = field(default_factory=dict)
    """The private ones, by session."""
    turns: dict[int, asyncio.Lock] = field(default_factory=dict)
    edited_by: int = 0
    """The session that edited the shared candidate last."""
    subscriptions: dict[int, "asyncio.Task[None]"] = field(default_factory=dict)
    locked_since: dict[str, float] = field(default_factory=dict)
    partial_locks: dict[int, Json] = field(default_factory=dict)
    """What monitoring tells of them, by number."""
    totals: Totals = field(default_factory=Totals)
    started: float = 0.0
    bad_hellos: Callable[[], int] = lambda: 0

    def candidate_of(self, session: ServerSession) -> Candidate:
        """The session's own, or the shared one. Raises Refused where a session that had its own is over."""
        if not has_own_candidate(session):
            return self.backend.candidate
        if session.id not in self.candidates:
            raise Refused(Fault("operation-failed", "the session is over", "protocol"))
        return self.candidates[session.id]

    def candidate_name(self, session: ServerSession) -> str:
        """What locks call the candidate of a session."""
        return f"{CANDIDATE}/{session.id}" if has_own_candidate(session) else CANDIDATE

    def turn(self, session: ServerSession) -> asyncio.Lock:
        """To be held while the candidate of a session is changed or committed."""
        return self.turns.setdefault(session.id if has_own_candidate(session) else 0, asyncio.Lock())


def has_own_candidate(session: ServerSession) -> bool:
    """Whether the client has asked for a candidate of its own."""
    return PRIVATE_CANDIDATE in session.capabilities


@dataclass(frozen=True, slots=True)
class Request:
    """One operation that a session asks for."""

    session: ServerSession
    node: SchemaNode
    element: etree._Element
    parameters: Parameters
    authority: Authority

    @property
    def values(self) -> Mapping[str, object]:
        return self.parameters.values

    def text(self, name: str) -> str:
        """A leaf as text; empty where it is not there."""
        return str(self.parameters.values.get(name, ""))


Operation = Callable[[Desk, Request], Awaitable[Content]]
"""Carries a request out; gives the content of the reply, nothing for ok. Raises Refused, VtnmdError."""


def user_of(session: ServerSession) -> User:
    """Who a session belongs to."""
    identity = session.identity
    return identity if isinstance(identity, User) else User(session.username)


def origin_of(session: ServerSession, label: str = "", comment: str = "") -> Origin:
    """Who edits."""
    user = user_of(session)
    return Origin(user.name, "netconf", session.client, session.id, label, comment, user.groups, user.tenants)
