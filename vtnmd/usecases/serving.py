"""Serving: somebody stays, probes endpoints that are not up, and finishes what waits for those that have returned.

The state is owned only while a service is drained, never while something is waited for.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic, StateError, VtnmdError
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Plan
from vtnmd.domain.region import Mode
from vtnmd.domain.run import Result
from vtnmd.engine import Listener
from vtnmd.engine.lane import DriverFactory
from vtnmd.engine.scene import answer_of
from vtnmd.southbound.ports import EndpointError, Unreachable
from vtnmd.state import Store, open_store
from vtnmd.usecases.connecting import drivers_of
from vtnmd.usecases.draining import Resumed, go_on, heard
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.queue import Unfinished, unfinished
from vtnmd.usecases.runs import Decision, Setting, watched

_TICK = 1.0
_PROBE_SECONDS = 5.0
_LONGEST_REST = 60.0  # seconds between two drains of a service that did not come to its end


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the outermost layer hands in: `pause` waits that many seconds and says whether to go on, the others are told.

    `changed` is told of an endpoint whose condition is another one now, `drained` of a service that was gone on with, `troubled`
    of what went wrong and will be tried again. `listen` gives who is told the events of a run.
    """

    pause: Callable[[float], bool]
    changed: Callable[[str, Health], None]
    drained: Callable[[Resumed], None]
    troubled: Callable[[tuple[Diagnostic, ...]], None]
    listen: Callable[[Plan], Listener]


@dataclass(slots=True)
class _Rest:
    """When a service may be drained again, and how often that has led nowhere."""

    until: float = 0.0
    vain: int = 0


@dataclass(slots=True)
class _Memory:
    """What one tick leaves for the next."""

    known: dict[str, Unfinished] = field(default_factory=dict)
    rests: dict[str, _Rest] = field(default_factory=dict)
    said: tuple[Diagnostic, ...] = ()


def serve(setting: Setting, hooks: Hooks) -> None:
    """Stay until `hooks.pause` says to end. Raises StateError where the state cannot be opened at all."""
    memory = _Memory()
    with open_store(setting.state) as store:
        while True:
            try:
                _tick(setting, hooks, store, memory)
                memory.said = ()
            except VtnmdError as problem:
                if problem.diagnostics != memory.said:
                    hooks.troubled(problem.diagnostics)
                memory.said = problem.diagnostics
            if not hooks.pause(_TICK):
                return


def _tick(setting: Setting, hooks: Hooks, store: Store, memory: _Memory) -> None:
    held = {region for region, mode in store.modes().items() if mode.holds}
    maintained = {region for region, mode in store.modes().items() if mode.mode is Mode.MAINTENANCE}
    runs = store.waiting_runs()
    memory.known = {run: memory.known.get(run) or unfinished(run, store) for run in runs}
    health = _probe(setting, hooks, store, maintained)
    now = setting.clock.now()
    for run, found in tuple(memory.known.items()):
        rest = memory.rests.setdefault(found.entry.service, _Rest())
        up = {endpoint for endpoint in found.endpoints if health.get(endpoint, Health()).condition is Condition.UP}
        if now >= rest.until and any(endpoint.partition("/")[0] not in held for endpoint in up):
            _drain(run, setting, hooks, store, rest)
            memory.known.pop(run)


def _drain(run: str, setting: Setting, hooks: Hooks, store: Store, rest: _Rest) -> None:
    """Go on with one service; what leads nowhere is tried less and less often."""

    def confirm(planned: Planned) -> Decision:
        raise AssertionError(planned)  # nothing is let go of here

    rest.vain += 1
    rest.until = setting.clock.now() + min(_LONGEST_REST, 2.0**rest.vain)
    try:
        with store.own(setting.owner):
            resumed = go_on(run, setting, store, hooks.listen, confirm)
    except StateError as problem:
        if any(diagnostic.code != "VTN-S006" for diagnostic in problem.diagnostics):
            raise
        rest.until, rest.vain = 0.0, rest.vain - 1  # whoever owns the state now will have ended soon
        return
    if resumed.outcome is not None and resumed.outcome.result is Result.APPLIED:
        rest.until, rest.vain = 0.0, 0
    hooks.drained(resumed)


def _probe(setting: Setting, hooks: Hooks, store: Store, maintained: set[str]) -> Mapping[str, Health]:
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
        for endpoint, known in fresh.items():
            if known.condition is not health[endpoint].condition:
                hooks.changed(endpoint, known)
        health |= fresh
    return health


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
