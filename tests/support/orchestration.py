"""A state, a site in memory, and all that operations of vtnmd-orchestration are handed, for tests of what vtnmd tells of itself."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.fake_driver import FakeTime
from tests.support.memory import Site
from vtnmd.assets import YANG_MODELS
from vtnmd.compiler.models import SERVICE_MODULES
from vtnmd.domain.commit import Origin, Part
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener, OnFailure, Outcome, Policy, Retry
from vtnmd.northbound.orchestration.context import Context
from vtnmd.northbound.orchestration.events import Notice
from vtnmd.northbound.orchestration.operations import procedures
from vtnmd.northbound.orchestration.plans import Kept
from vtnmd.northbound.orchestration.services import NOTHING_COMMITTED, Committed
from vtnmd.northbound.orchestration.state import read_alarms, read_orchestration
from vtnmd.northbound.procedures import Call, Step
from vtnmd.state import Owner, open_store
from vtnmd.usecases import runs
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.services import Source
from vtnmd.usecases.watchers import Watchers
from vtnmd.yang.instance import Content, validate, validate_below
from vtnmd.yang.schema import Schema, load_schema

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = Source(EXAMPLES / "global-shop", inventory=EXAMPLES / "global-shop" / "inventory.yaml")
HELLO = Source(EXAMPLES / "hello-vtn", inventory=EXAMPLES / "hello-vtn" / "inventory.yaml")
IMPATIENT = Policy(unreachable=Retry(1, 1.0), doubt=Retry(1, 1.0))
INVENTORY = "vtnmd-inventory:inventory"


def served_schema() -> Schema:
    """What clients are served: the models of services, and what vtnmd tells about itself."""
    return load_schema((*SERVICE_MODULES, "vtnmd-orchestration"), (YANG_MODELS,))


@dataclass(frozen=True)
class CommitEntry:
    number: int
    time: float
    origin: Origin
    parts: tuple[Part, ...]


@dataclass
class FakeLedger:
    """Datastores and commits that hold what a test puts there."""

    services: dict[str, Committed] = field(default_factory=dict)
    log: list[CommitEntry] = field(default_factory=list)
    plans: list[Kept] = field(default_factory=list)
    entries: dict[tuple[str, str], Json] = field(default_factory=dict)
    members: dict[str, Json] = field(default_factory=dict)
    bound: dict[str, set[str]] = field(default_factory=dict)
    """Users that are bound to tenants → the services that are theirs."""

    def committed(self) -> Mapping[str, Committed]:
        return self.services

    def committed_of(self, service: str) -> Committed:
        return self.services.get(service, NOTHING_COMMITTED)

    def may_see(self, service: str, origin: Origin) -> bool:
        return origin.user not in self.bound or service in self.bound[origin.user]

    def is_bound(self, origin: Origin) -> bool:
        return origin.user in self.bound

    def commits(self, limit: int) -> Sequence[CommitEntry]:
        return self.log[::-1][:limit]

    def waiting_plans(self) -> Sequence[Kept]:
        return self.plans

    def entry(self, service: str, datastore: str, origin: Origin) -> Json | None:
        return self.entries.get((datastore, service))

    def member(self, name: str) -> Json | None:
        return self.members.get(name)

    async def roll_back(self, number: int, origin: Origin) -> CommitEntry | None:
        if number >= len(self.log):
            return None
        self.log.append(CommitEntry(len(self.log) + 1, 1000.0, origin, ("service/shop",)))
        return self.log[-1]


class Desk:
    """Users with a state, a site and a clock, who call operations. What these answer, and what is told, is valid."""

    def __init__(self, state: Path, site: Site) -> None:
        self.site, self.time = site, FakeTime()
        self.store = open_store(state)
        self.ledger = FakeLedger()
        self.notices: list[Notice] = []
        self.troubles: list[tuple[Diagnostic, ...]] = []
        self.schema = served_schema()
        self.context = Context(
            str(state),
            self.store,
            self.setting,
            lambda: self.time.time,
            lambda _reference: "",
            self.ledger,
            self.notices.append,
            self.troubles.append,
        )

    def setting(self, user: str, command: str) -> runs.Setting:
        owner = Owner(f"{user}: {command}", os.getpid(), self.time.time)
        return runs.Setting(
            self.context.state,
            user,
            owner,
            self.time.clock(),
            lambda _reference: "",
            lambda _interrupt: None,
            lambda _owner: None,
            policy=IMPATIENT,
            watchers=Watchers((self._expecting,)),
        )

    def _expecting(self, plan: Plan) -> Listener:
        self.site.expect(plan)
        return _deaf

    def apply(self, source: Source = SHOP, user: str = "ann", **given: str) -> Outcome:
        """As the command line does."""

        def confirm(_planned: Planned) -> runs.Decision:
            return runs.Decision(go_on=True)

        setting = replace(self.setting(user, "apply"), on_failure=OnFailure(given.get("on_failure", "stop")))
        outcome = runs.apply_source(source, setting, confirm).outcome
        assert outcome
        return outcome

    def call(self, name: str, given: Json, user: str = "ann", target: tuple[Step, ...] = ()) -> Json:
        """Call an operation, by its name or the path of an action; its input and its output are valid."""
        return asyncio.run(self.calling(name, given, user, target))

    async def calling(self, name: str, given: Json, user: str = "ann", target: tuple[Step, ...] = ()) -> Json:
        qualified = name if name.startswith("/") else f"vtnmd-orchestration:{name}"
        node = self.schema.describe(qualified if name.startswith("/") else f"/{qualified}")
        assert validate_below(node.operations["input"], given) == ()
        answer = await procedures(self.context)[qualified](Call(qualified, given, Origin(user, "restconf"), target))
        assert validate_below(node.operations["output"], answer) == ()
        return answer

    def state(self) -> Json:
        """The container `orchestration`."""
        return self._checked("vtnmd-orchestration:orchestration", read_orchestration(self.context))

    def alarms(self) -> Json:
        """The container `alarms`."""
        return self._checked("ietf-alarms:alarms", read_alarms(self.context))

    def _checked(self, member: str, value: Json) -> Json:
        assert validate(self.schema, {member: value}, content=Content.ALL, unknown=(INVENTORY,)) == ()
        return value

    def told(self, name: str) -> list[Json]:
        """The content of the notices of one kind; all that were told are valid."""
        for notice in self.notices:
            if notice.member == "ietf-alarms:alarms":
                continue
            assert validate_below(self.schema.describe(f"/{notice.member}"), notice.content) == ()
        return [notice.content for notice in self.notices if notice.member.endswith(f":{name}")]


def _deaf(_event: Event) -> None: ...
