"""Serving: somebody stays, carries out what is committed, probes endpoints that are not up, finishes what waits for them, and keeps
the vigil over interconnects.

The state is owned only while a service is applied or drained, never while something is waited for.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic, Stale, StateError, VtnmdError
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.plan import Plan
from vtnmd.domain.region import Mode
from vtnmd.domain.run import Result
from vtnmd.engine import Listener
from vtnmd.engine.lane import DriverFactory
from vtnmd.engine.scene import answer_of
from vtnmd.southbound.ports import EndpointError, Unreachable
from vtnmd.state import Store, open_store
from vtnmd.usecases.committed import Agenda, Carried, carry_out, due
from vtnmd.usecases.connecting import drivers_of
from vtnmd.usecases.draining import Resumed, go_on, heard
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.queue import Unfinished, unfinished
from vtnmd.usecases.runs import Decision, Setting, watched
from vtnmd.usecases.vigil import Turned, Vigil

log = logging.getLogger("vtnmd.serving")

_TICK = 1.0
_ABOUT = 0.9  # of a tick: a pause may end a little early
_PROBE_SECONDS = 5.0
_LONGEST_REST = 60.0  # seconds between two drains of a service that did not come to its end


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the outermost layer hands in: `pause` waits that many seconds and says whether to go on, the others are told.

    `changed` is told of an endpoint whose condition is another one than was told of it before, where up is not told at first.
    `drained` is told of a service that was gone on with, `troubled` of what went wrong and will be tried again. `listen` gives who
    is told the events of a run. `carried` is told what came of a commit. Whoever commits in this process ends a pause early; what
    others commit is seen after it. `stays` says whether to go on without a pause. `turned` is told of an interconnect that carries
    otherwise than was told of it before.
    """

    pause: Callable[[float], bool]
    changed: Callable[[str, Health], None]
    drained: Callable[[Resumed], None]
    troubled: Callable[[tuple[Diagnostic, ...]], None]
    listen: Callable[[Plan], Listener]
    carried: Callable[[Carried], None] = lambda _carried: None
    stays: Callable[[], bool] = lambda: True
    turned: Callable[[Turned], None] = lambda _turned: None


@dataclass(slots=True)
class _Rest:
    """When a service may have its turn again, and how often that has led nowhere."""

    until: float = 0.0
    vain: int = 0

    def begin(self, now: float) -> None:
        """It has its turn; should that lead nowhere, the next comes later and later."""
        self.vain += 1
        self.until = now + min(_LONGEST_REST, 2.0**self.vain)

    def end(self) -> None:
        """It led somewhere."""
        self.until, self.vain = 0.0, 0

    def forgive(self) -> None:
        """It had no turn: whoever owns the state will have ended soon."""
        self.until, self.vain = 0.0, self.vain - 1


@dataclass(slots=True)
class _Memory:
    """What one tick leaves for the next."""

    agenda: Agenda
    vigil: Vigil
    known: dict[str, Unfinished] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)  # as they were told last
    rests: dict[str, _Rest] = field(default_factory=dict)
    commit_rests: dict[tuple[str, int], _Rest] = field(default_factory=dict)
    looked: float | None = None
    said: tuple[Diagnostic, ...] = ()


def serve(setting: Setting, hooks: Hooks, models: Models = NO_MODELS, probe_every: float = 0.0) -> None:
    """Stay until `hooks.pause` says to end. `models` of a designer are those of committed services that have none of their own.

    Interconnects are probed every so many seconds, never for 0. Raises StateError where the state cannot be opened at all.
    """
    memory = _Memory(Agenda(models), Vigil(probe_every, setting.secrets, setting.clock.elapsed, setting.clock.now))
    with open_store(setting.state) as store:
        _take_over(setting, store)
        while True:
            try:
                _tick(setting, hooks, store, memory)
                memory.said = ()
            except VtnmdError as problem:
                if problem.diagnostics != memory.said:
                    hooks.troubled(problem.diagnostics)
                memory.said = problem.diagnostics
            except Exception as error:
                # A fault of ours in one service must not end the care for all others.
                log.exception("the loop goes on")
                hooks.troubled((Diagnostic("VTN-U009", f"{type(error).__name__}: {error}", hint="the log has the details"),))
            if not hooks.pause(_TICK):
                return


def _take_over(setting: Setting, store: Store) -> None:
    """Have runs that died with whoever served before closed as interrupted, unless somebody is at work: then they are already."""
    try:
        with store.own(setting.owner):
            pass
    except StateError as problem:
        if not _is_somebody_elses(problem):
            raise


def _tick(setting: Setting, hooks: Hooks, store: Store, memory: _Memory) -> None:
    """Commits may end many pauses early; endpoints are not looked at more often for that."""
    _carry_out(setting, hooks, store, memory)
    elapsed = setting.clock.elapsed()
    if memory.looked is None or elapsed - memory.looked >= _TICK * _ABOUT:
        memory.looked = elapsed
        _look_after(setting, hooks, store, memory)
        for turned in memory.vigil.keep(store):
            hooks.turned(turned)


def _look_after(setting: Setting, hooks: Hooks, store: Store, memory: _Memory) -> None:
    """Probe endpoints, drain what waits for those that are up, and go on with runs of commits that were cut short."""
    held = {region for region, mode in store.modes().items() if mode.holds}
    maintained = {region for region, mode in store.modes().items() if mode.mode is Mode.MAINTENANCE}
    runs = store.waiting_runs()
    memory.known = {run: memory.known.get(run) or unfinished(run, store) for run in runs}
    health = _probe(setting, hooks, store, memory, maintained)
    now = setting.clock.now()
    for run, found in tuple(memory.known.items()):
        rest = memory.rests.setdefault(found.entry.service, _Rest())
        up = {endpoint for endpoint in found.endpoints if health.get(endpoint, Health()).condition is Condition.UP}
        if now >= rest.until and any(endpoint.partition("/")[0] not in held for endpoint in up):
            _drain(run, setting, hooks, store, rest)
            memory.known.pop(run)
    for run in store.cut_short():
        rest = memory.rests.setdefault(store.run(run).service, _Rest())
        if now >= rest.until and hooks.stays():
            _drain(run, setting, hooks, store, rest)


def _carry_out(setting: Setting, hooks: Hooks, store: Store, memory: _Memory) -> None:
    """Give every service of which something is committed its turn."""
    agenda = memory.agenda
    memory.commit_rests = {
        turn: rest for turn, rest in memory.commit_rests.items() if turn[0] in agenda.left or turn[0] in agenda.stirred
    }
    for service in due(agenda, store):
        number = agenda.left[service].number if service in agenda.left else 0
        rest = memory.commit_rests.setdefault((service, number), _Rest())
        if setting.clock.now() < rest.until:
            continue
        if not hooks.stays():
            return
        rest.begin(setting.clock.now())
        try:
            with store.own(setting.owner):
                carried = carry_out(service, agenda, setting, store, hooks.listen)
        except Stale:
            rest.end()
        except StateError as problem:
            if _is_somebody_elses(problem):
                rest.forgive()
            elif any(diagnostic.code != "VTN-S012" for diagnostic in problem.diagnostics):
                raise
        else:
            rest.end()
            if carried is not None:
                hooks.carried(carried)


def _is_somebody_elses(problem: StateError) -> bool:
    return all(diagnostic.code == "VTN-S006" for diagnostic in problem.diagnostics)


def _drain(run: str, setting: Setting, hooks: Hooks, store: Store, rest: _Rest) -> None:
    """Go on with one service; what leads nowhere is tried less and less often."""

    def confirm(planned: Planned) -> Decision:
        raise AssertionError(planned)  # nothing is let go of here

    rest.begin(setting.clock.now())
    try:
        with store.own(setting.owner):
            resumed = go_on(run, setting, store, hooks.listen, confirm)
    except StateError as problem:
        if not _is_somebody_elses(problem):
            raise
        rest.forgive()
        return
    if resumed.outcome is not None and resumed.outcome.result is Result.APPLIED:
        rest.end()
    hooks.drained(resumed)


def _probe(setting: Setting, hooks: Hooks, store: Store, memory: _Memory, maintained: set[str]) -> Mapping[str, Health]:
    """Say hello to endpoints that are not up and whose next try has come; the health of all of which any is known."""
    health = dict(store.health())
    drivers = watched(drivers_of(Inventory(store.inventory() or {}), setting.secrets), setting)
    now = setting.clock.now()
    due = [
        endpoint
        for endpoint, known in health.items()
        if known.condition is not Condition.UP
        and known.wait(now) <= 0
        and endpoint in drivers
        and endpoint.partition("/")[0] not in maintained
    ]
    if due:
        answers = asyncio.run(_hello_all({endpoint: drivers[endpoint] for endpoint in due}))
        fresh = {endpoint: heard(health[endpoint], answer, setting) for endpoint, answer in answers.items()}
        store.keep_health(fresh)
        health |= fresh
    _tell_changed({endpoint: known for endpoint, known in health.items() if endpoint in drivers}, hooks, memory)
    return health


def _tell_changed(health: Mapping[str, Health], hooks: Hooks, memory: _Memory) -> None:
    """Tell of endpoints what was not told yet, whoever found it: runs of others do too, and tell nobody who follows this one."""
    for endpoint, known in health.items():
        if memory.conditions.get(endpoint, Condition.UP) is not known.condition:
            memory.conditions[endpoint] = known.condition
            hooks.changed(endpoint, known)


async def _hello_all(drivers: Mapping[str, DriverFactory]) -> Mapping[str, str | EndpointError]:
    answers = await asyncio.gather(*(answer_of(_hello(endpoint, factory)) for endpoint, factory in drivers.items()))
    return dict(zip(drivers, answers, strict=True))


async def _hello(endpoint: str, factory: DriverFactory) -> str:
    driver = factory()
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return await driver.hello()
    except TimeoutError:
        summary = f"{endpoint}: no answer within {_PROBE_SECONDS:g} s"
        raise Unreachable(Diagnostic("VTN-E010", summary, hint="check that it runs", address=endpoint)) from None
    finally:
        await driver.aclose()
