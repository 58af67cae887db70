"""What the state and the operations of vtnmd-orchestration are handed from outside."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.commit import Origin
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.intent import referred_services
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.events import Publish
from vtnmd.northbound.orchestration.plans import Kept, Shelf
from vtnmd.northbound.orchestration.services import Committed, CommitView
from vtnmd.northbound.orchestration.watching import AlarmWatch
from vtnmd.state import Store
from vtnmd.usecases.intents import Stated
from vtnmd.usecases.runs import Setting

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Ledger(Protocol):
    """What the datastores and their commits tell. All but `roll_back` may be called from any thread."""

    def committed(self) -> Mapping[str, Committed]:
        """Of each service that is in the running configuration, or was removed from it and is not gone yet."""

    def committed_of(self, service: str) -> Committed:
        """The same of one service; `NOTHING_COMMITTED` where nothing is known of it."""

    def may_see(self, service: str, origin: Origin) -> bool:
        """Whether who calls may be told of a service: whoever is bound to tenants, only where all of it is theirs."""

    def is_bound(self, origin: Origin) -> bool:
        """Whether who calls is bound to tenants."""

    def commits(self, limit: int) -> Sequence[CommitView]:
        """The latest commits first."""

    def waiting_plans(self) -> Sequence[Kept]:
        """Plans of what was committed that wait for approval."""

    def entry(self, service: str, datastore: str, origin: Origin) -> Json | None:
        """A service's entry in `running`, or in the `candidate` of who calls; None where there is none. Raises Refused."""

    def member(self, name: str) -> Json | None:
        """The value of a top-level member of the running configuration; None where there is none."""

    async def roll_back(self, number: int, origin: Origin) -> CommitView | None:
        """Commit what the configuration was after a commit; None where nothing differs. Raises Refused."""


@dataclass(frozen=True, slots=True)
class Context:
    """`state` names the state for use cases, `store` is the same one, open. `setting` gives what a run of a user's command needs.

    `work` is where use cases run, `runs` where runs are carried out, which may take long; None stands for the loop's own threads.
    `publish` tells notices and `troubled` what went wrong after an operation was answered; both are called from any thread.
    So many of the latest runs and commits are listed.
    """

    state: str
    store: Store
    setting: Callable[[str, str], Setting]
    clock: Callable[[], float]
    secrets: Callable[[str], str]
    ledger: Ledger
    publish: Publish
    troubled: Callable[[tuple[Diagnostic, ...]], None]
    work: Executor | None = None
    runs: Executor | None = None
    listed_runs: int = 100
    listed_commits: int = 100
    shelf: Shelf = field(default_factory=Shelf)
    watch: AlarmWatch = field(default_factory=AlarmWatch)
    courses: dict[str, Json] = field(default_factory=dict)
    """Runs that nothing changes of any more, by id, as they are told."""
    loose: set["asyncio.Future[object]"] = field(default_factory=set)
    """Runs that go on after their operation was answered."""


async def in_thread(context: Context, function: Callable[Given, Answer], /, *given: Given.args, **named: Given.kwargs) -> Answer:
    """What the function answers, called where use cases run."""
    return await asyncio.get_running_loop().run_in_executor(context.work, partial(function, *given, **named))


def check_sight(context: Context, service: str, origin: Origin) -> None:
    """Raise Refused (data-missing) where who calls is not to know of a service."""
    if not context.ledger.may_see(service, origin):
        raise Refused(Fault("invalid-value", f"there is no service {service}", "application", "data-missing"))


def stated(context: Context, service: str, entry: Json | None, origin: Origin) -> Stated:
    """What a service shall be, with the services that it refers to as the running configuration has them. Raises Refused."""
    names = referred_services(entry) if isinstance(entry, dict) else ()
    found = {name: context.ledger.entry(name, "running", origin) for name in names}
    return Stated(service, entry, {name: other for name, other in found.items() if other is not None})


def find_plan(context: Context, digest: str) -> Kept:
    """A plan that is kept. Raises Refused (invalid-value)."""
    for kept in kept_plans(context):
        if kept.digest == digest:
            return kept
    raise Refused(Fault("invalid-value", f"no plan {digest} is kept; make it again with the operation plan"))


def kept_plans(context: Context) -> list[Kept]:
    """Plans that clients made, and those of what was committed that wait for approval; each once."""
    every: list[Kept] = [*context.shelf, *context.ledger.waiting_plans()]
    return list({kept.digest: kept for kept in every}.values())
