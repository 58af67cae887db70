"""Sequences of operations by two sessions on running, candidate, locks and confirmed commits, held against a simple model.

Two octets are one operation. What is acknowledged has happened, in the datastores and in the log; what is refused has not.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from tests.fuzz.ground import DEPOT, depot_schema
from tests.memory_log import MemoryLog
from tests.support.northbound import PERMISSIVE
from tests.support.restconf import Clock
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.running import Running
from vtnmd.datastore.tree import Tree, tree_of
from vtnmd.netconf.messages import Rpc
from vtnmd.netconf.server import RpcFailed, ServerSession
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.netconf.handler import Sessions
from vtnmd.northbound.netconf.monitoring import capabilities_of
from vtnmd.northbound.netconf.requests import Desk
from vtnmd.northbound.streams import Streams

_STORES = ("running", "candidate")
_VALUES = {"office": (None, "hq", "hut"), "gate": (None, "7", "8")}
_LEAVES = {"office": "title", "gate": "opens"}
_MOST = 60

SEEDS = (
    bytes([0, 1, 1, 2, 8, 0, 0, 4, 9, 0, 3, 1, 0, 3, 8, 0]),
    bytes([4, 0, 0, 1, 1, 1, 6, 0, 12, 1, 8, 0, 5, 0, 8, 1]),
    bytes([0, 9, 10, 0, 1, 17, 2, 4, 12, 0, 10, 1, 11, 0, 13, 1, 3, 2, 8, 0]),
)

Held = dict[str, str | None]


@dataclass(slots=True)
class Model:
    """What the datastores should hold, and who holds what."""

    running: Held = field(default_factory=lambda: dict.fromkeys(_VALUES))
    changes: Held = field(default_factory=dict)
    started: Held = field(default_factory=dict)
    locks: dict[str, int] = field(default_factory=dict)
    pending: tuple[int, Held] | None = None

    def others_hold(self, store: str, session: int) -> bool:
        return self.locks.get(store, session) != session

    @property
    def candidate(self) -> Held:
        return self.running | self.changes

    def edit(self, store: str, session: int, part: str, value: str | None) -> bool:
        if self.others_hold(store, session):
            return False
        if store == "running":
            self.running[part] = value
            return True
        if self.candidate[part] == value:
            return True
        if part not in self.changes or self.changes[part] == self.running[part]:
            self.started[part] = self.running[part]
        self.changes[part] = value
        if value == self.started[part]:
            del self.changes[part], self.started[part]
        return True

    def commit(self, session: int, *, confirmed: bool) -> bool:
        moved = any(self.running[part] not in {value, self.started[part]} for part, value in self.changes.items())
        foreign = self.pending is not None and self.pending[0] != session
        if moved or foreign or any(self.others_hold(store, session) for store in _STORES):
            return False
        if confirmed:
            before = dict(self.pending[1]) if self.pending else {}
            for part, value in self.changes.items():
                if self.running[part] != value:
                    before.setdefault(part, self.running[part])
            self.pending = (session, before)
        else:
            self.pending = None
        self.running |= self.changes
        self.discard()
        return True

    def discard(self) -> None:
        self.changes, self.started = {}, {}

    def lock(self, store: str, session: int) -> bool:
        foreign = store == "running" and self.pending is not None and self.pending[0] != session
        modified = any(self.running[part] != value for part, value in self.changes.items())
        if store in self.locks or foreign or (store == "candidate" and modified):
            return False
        self.locks[store] = session
        return True

    def unlock(self, store: str, session: int) -> bool:
        if self.locks.get(store) != session:
            return False
        del self.locks[store]
        if store == "candidate":
            self.discard()
        return True

    def cancel(self, session: int) -> bool:
        if self.pending is None or self.pending[0] != session:
            return False
        self.running |= self.pending[1]
        self.pending = None
        return True

    def end(self, session: int) -> None:
        if self.locks.get("candidate") == session:
            self.discard()
        self.locks = {store: holder for store, holder in self.locks.items() if holder != session}
        self.cancel(session)


class _Trial:
    """A server with two sessions, and the model of it."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        running = Running(depot_schema(), self.log, Clock())
        running.load()
        self.backend = Backend(
            depot_schema(), running, Confirmations(running, self.log), Streams(Clock()), lambda _: PERMISSIVE, procedures={}
        )
        self.sessions = Sessions(Desk(self.backend, capabilities_of(depot_schema())))
        self.open = [self._session(number) for number in (1, 2)]
        self.numbers = iter(range(3, 1000))
        self.model = Model()

    def _session(self, number: int) -> ServerSession:
        session = ServerSession(number, "ann", lambda: None, identity=User("ann"))
        self.sessions.opened(session)
        return session

    async def operate(self, code: int, more: int) -> None:
        """One operation on the server and on the model, which have to agree on whether it may be."""
        session, model = self.open[more % 2], self.model
        number, store = session.id, _STORES[more // 2 % 2]
        part = ("office", "gate")[code % 2]
        value = _VALUES[part][more // 4 % 3]
        target = f"<target><{store}/></target>"
        match code % 14:
            case 0 | 1 | 2 | 3:
                asked = f"<edit-config>{target}<config>{_config(part, value)}</config></edit-config>"
                allowed = model.edit(store, number, part, value)
            case 4 | 5:
                asked, allowed = f"<lock>{target}</lock>", model.lock(store, number)
            case 6 | 7:
                asked, allowed = f"<unlock>{target}</unlock>", model.unlock(store, number)
            case 8:
                asked, allowed = "<commit/>", model.commit(number, confirmed=False)
            case 9 | 10:
                asked, allowed = "<commit><confirmed/></commit>", model.commit(number, confirmed=True)
            case 11:
                asked, allowed = "<discard-changes/>", not model.others_hold("candidate", number)
                if allowed:
                    model.discard()
            case 12:
                asked, allowed = "<cancel-commit/>", model.cancel(number)
            case _:
                self.sessions.closed(session)
                await self.sessions.drained()
                model.end(number)
                self.open[more % 2] = self._session(next(self.numbers))
                return
        assert await self.ask(session, asked) is allowed, f"session {number}: {asked}"

    async def ask(self, session: ServerSession, asked: str) -> bool:
        operation = etree.fromstring(f'<rpc xmlns="{BASE}">{asked}</rpc>')[0]
        try:
            await self.sessions.handle(session, Rpc("1", operation))
        except RpcFailed:
            return False  # a fault of the server is logged, which whoever runs this looks for
        return True

    def judge(self) -> None:
        """Datastores and log hold what the model holds."""
        running = self.backend.running
        assert _held(running.current) == self.model.running
        assert _held(self.backend.candidate.tree) == self.model.candidate
        assert running.head is running.current
        replayed = Tree()
        for commit in self.log.commits:
            replayed = replayed.after(commit.changes, commit.number, commit.time)
        assert replayed.document() == running.head.document() == tree_of(self.log.configuration()).document()
        assert replayed.number == running.head.number


def _config(part: str, value: str | None) -> str:
    if value is None:
        return f'<{part} xmlns="{DEPOT}" xmlns:nc="{BASE}" nc:operation="remove"/>'
    return f'<{part} xmlns="{DEPOT}"><{_LEAVES[part]}>{value}</{_LEAVES[part]}></{part}>'


def _held(tree: Tree) -> Held:
    document = tree.document()
    found = {part: document.get(f"depot:{part}", {}).get(leaf) for part, leaf in _LEAVES.items()}
    return {part: None if value is None else str(value) for part, value in found.items()}


async def _run(octets: bytes) -> None:
    trial = _Trial()
    try:
        for code, more in zip(octets[:_MOST:2], octets[1:_MOST:2], strict=False):
            await trial.operate(code, more)
            trial.judge()
    finally:
        for session in trial.open:
            trial.sessions.closed(session)
        await trial.sessions.drained()
        await trial.backend.confirmations.aclose()
        await trial.backend.running.aclose()


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def sequence(octets: bytes) -> None:
    _runner().run(_run(octets))
