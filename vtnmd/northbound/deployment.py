"""The northbound over one state: datastores, access control, operations, state and events, put together."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from vtnmd.compiler.inventory import relative_files
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Committed, Running
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.diagnostics import Diagnostic, VtnmdError
from vtnmd.domain.health import Health
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS, Accounts, accounts_of
from vtnmd.northbound.access.passwords import without_clear_text
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.doors import Doors, make_doors
from vtnmd.northbound.ledger import StoredLedger, made
from vtnmd.northbound.library import library_providers
from vtnmd.northbound.nacm import NACM, Counters, authority_for, authority_of
from vtnmd.northbound.orchestration.context import Context, in_thread
from vtnmd.northbound.orchestration.events import Notice, commit_made, conditions_changed
from vtnmd.northbound.orchestration.operations import procedures
from vtnmd.northbound.orchestration.state import look, providers
from vtnmd.northbound.previewing import preview_of
from vtnmd.northbound.schema import northbound_schema
from vtnmd.northbound.streams import Streams
from vtnmd.state import Store
from vtnmd.usecases.keeping import KeptCommits
from vtnmd.usecases.runs import Setting

_SHUT: Json = {"read-default": "deny", "write-default": "deny", "exec-default": "deny"}
"""The rules for whoever proved to be a user that is not there any more."""
_LOOK = 1.0
"""Seconds between two looks at what other processes have done, and at what deserves an alarm."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the outermost layer hands in.

    `setting` gives what a run of a user's command needs, `written` is called from a thread after each commit, `troubled` is told
    what went wrong where nobody waits for an answer. `clock` gives seconds since the epoch, `elapsed` seconds that never go back.
    """

    setting: Callable[[str, str], Setting]
    secrets: Callable[[str], str]
    clock: Callable[[], float]
    elapsed: Callable[[], float]
    written: Callable[[], None]
    troubled: Callable[[tuple[Diagnostic, ...]], None]


@dataclass(slots=True, eq=False)
class Deployment:
    """To be used on one event loop, from `start` to `aclose`."""

    backend: Backend
    doors: Doors
    context: Context
    loop: asyncio.AbstractEventLoop
    _health: dict[str, Health] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take back a confirmed commit that a dead server left, and look after the state from now on. Raises StateError."""
        await self.backend.confirmations.resume()
        self._health = dict(await in_thread(self.context, self.context.store.health))
        self._looking = self.loop.create_task(self._look())

    async def _look(self) -> None:
        said: tuple[Diagnostic, ...] = ()
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await self.backend.running.refresh()
                await in_thread(self.context, look, self.context)
                health = dict(await in_thread(self.context, self.context.store.health))
            except VtnmdError as problem:
                if problem.diagnostics != said:
                    self.context.troubled(problem.diagnostics)
                said = problem.diagnostics
                continue
            said = ()
            for notice in conditions_changed(self._health, health):
                self.context.publish(notice)
            self._health = health

    def publish(self, notice: Notice) -> None:
        """Tell an event, from any thread."""
        self.context.publish(notice)

    async def aclose(self) -> None:
        """Everything that was acknowledged or waits is written."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self.backend.confirmations.aclose()
        await self.backend.running.aclose()
        for executor in (self.context.work, self.context.runs):
            if executor is not None:
                executor.shutdown(wait=True, cancel_futures=True)


def deploy(state: str, store: Store, folder: Path, outside: Outside, models: Models = NO_MODELS) -> Deployment:
    """The northbound of an open state, to be called on the event loop that it will run on. `folder` holds its keys.

    Raises Invalid for models that are wrong, StateError.
    """
    loop = asyncio.get_running_loop()
    schema = northbound_schema(models)
    log = KeptCommits(store, outside.written)
    running = Running(schema, log, outside.clock, _prepared)
    running.load()
    streams = Streams(outside.clock)
    counters = Counters()

    def value(part: str) -> Json:
        return running.current.held(part).value

    def accounts() -> Accounts:
        return accounts_of(schema, value(ACCESS))

    def authority(user: User) -> Authority:
        known = accounts().still(user)
        if known is None:
            return authority_of(schema, _SHUT, user.name, counters=counters)
        return authority_for(schema, value(NACM), known, counters)

    async def denied() -> Json:
        return counters.to_json()

    def publish(notice: Notice) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(streams.publish, notice.member, notice.content)

    def told(committed: Committed) -> None:
        if committed.commit is not None:
            publish(commit_made(made(committed.commit)))
            if ACCESS in committed.commit.changes:
                _cut_strangers(backend, accounts())

    backend = Backend(schema, running, Confirmations(running, log), streams, authority)
    doors = make_doors(accounts, folder, outside.clock, outside.elapsed)
    context = Context(
        state,
        store,
        outside.setting,
        outside.clock,
        outside.secrets,
        StoredLedger(store, backend, lambda origin: accounts().whose(origin)),
        publish,
        outside.troubled,
        ThreadPoolExecutor(4, "operations"),
        ThreadPoolExecutor(4, "runs"),
    )
    backend.procedures = procedures(context)
    backend.providers = {**library_providers(schema), **providers(context), NACM: denied}
    running.listen(told)
    backend.preview = preview_of(context, schema)
    return Deployment(backend, doors, context, loop)


def _cut_strangers(backend: Backend, accounts: Accounts) -> None:
    """End the sessions of users who could not log in any more."""
    for session in tuple(backend.sessions.values()):
        if accounts.active(session.user) is None:
            session.cut()


def _prepared(_tree: Tree, changes: Changes) -> Changes:
    """Changes as they are kept: without clear text. Raises Refused for an inventory that names files by where a client may be."""
    lost = sorted(set(relative_files(changes.get(ROOT))))
    if lost:
        message = f"files of the inventory are named by absolute paths, which {', '.join(lost)} is not"
        raise Refused(Fault("invalid-value", message, app_tag="relative-path"))
    return without_clear_text(changes)
