"""Runs: a plan is confirmed, begun and executed, or an earlier run is gone on with, by whoever owns the state."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from vtnmd.domain.diagnostics import Stale
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift, Result
from vtnmd.domain.tree import digest
from vtnmd.engine import Clock, Interrupt, OnFailure, Outcome, Outside, Policy, World, execute, heed, resume
from vtnmd.engine.journal import Listener
from vtnmd.engine.lane import DriverFactory
from vtnmd.southbound.measured import measured
from vtnmd.state import Cause, Owner, Store, Succession, open_store
from vtnmd.usecases.approving import check_approved, refuse_unwritten
from vtnmd.usecases.configuring import brought_by
from vtnmd.usecases.connecting import drivers_of
from vtnmd.usecases.plans import Planned, make_destroy_plan, make_service_plan
from vtnmd.usecases.reconciling import Reading
from vtnmd.usecases.services import Source
from vtnmd.usecases.watchers import NOBODY, Watchers

DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Setting:
    """What the outermost layer hands in: the state, who acts by which command, the clock, secrets.

    `wait` waits for another owner and tells `waiting` who that is; else that is an error. `started` is called on the event loop
    with the run's interrupt before anything is sent. `abandon` names a region that never returns, to be let go of; `policy` how
    long endpoints are tried; `label` is what the user calls the run; `watchers` are told what goes on. Where workers carry runs,
    `unserved` is told the regions that none serves, and such a region is waited for with `patience`, in seconds.
    """

    state: str
    user: str
    owner: Owner
    clock: Clock
    secrets: Callable[[str], str]
    started: Callable[[Interrupt], None]
    waiting: Callable[[Owner], None]
    wait: bool = False
    on_failure: OnFailure = OnFailure.STOP
    abandon: str = ""
    drift: Drift = Drift.REFUSE
    policy: Policy = DEFAULT_POLICY
    label: str = ""
    watchers: Watchers = NOBODY
    unserved: Callable[[Collection[str]], None] = lambda _regions: None
    patience: float = 30.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a front end answers to a plan: go on or not (`refused` says that a person said no), and who is told the run's events."""

    go_on: bool
    refused: bool = False
    listener: Listener | None = None


Confirm = Callable[[Planned], Decision]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it. `outcome` is None where nothing was to be done or the plan was not confirmed."""

    planned: Planned
    outcome: Outcome | None
    refused: bool = False


def is_settled(planned: Planned) -> bool:
    """Whether neither an endpoint nor the state has anything to do."""
    plan, before = planned.plan, planned.before
    if not plan.is_empty or plan.adopted or before is None or plan.intent is None or planned.abandoned.region:
        return False
    unchanged = before.intent is not None and before.intent.digest == plan.intent.digest
    return unchanged and before.inventory_digest == digest(plan.inventory)


def apply_source(source: Source, setting: Setting, confirm: Confirm) -> Applied:
    """Plan a service, have the plan confirmed, and execute it. Raises Invalid, Stale or StateError; nothing was sent then.

    Where `setting.wait` waited for another owner who changed what the plan read, the service is planned and confirmed once more.
    """

    def make(store: Store) -> Planned:
        reading = Reading(setting.drift, setting.secrets)
        return make_service_plan(source, store, setting.user, setting.abandon, reading)

    return plan_and_run(make, setting, confirm, Cause(label=setting.label))


def destroy(name: str, setting: Setting, confirm: Confirm) -> Applied:
    """Remove a service, in the reverse order of its creation. Raises as `apply_source`."""

    def make(store: Store) -> Planned:
        return make_destroy_plan(name, store, setting.user, setting.abandon)

    return plan_and_run(make, setting, confirm, Cause("destroy", setting.label))


def apply_plan(plan: Plan, setting: Setting, confirm: Confirm) -> Applied:
    """Execute exactly this plan. Raises Stale where something that it read has changed, else as `apply_source`."""
    with open_store(setting.state, create=False) as store:
        check_approved(plan, store)
        planned = Planned(plan, store.service(plan.service))
    decision = confirm(planned)
    if not decision.go_on:
        return Applied(planned, None, decision.refused)
    with owned(setting, plan.service) as store:
        return _carry_out(planned, decision, store, setting, Cause(label=setting.label))


def plan_and_run(make: Callable[[Store], Planned], setting: Setting, confirm: Confirm, cause: Cause) -> Applied:
    """Make a plan, have it confirmed, and execute it. Raises as `apply_source`; where plans need approval StateError (VTN-P022)."""
    with open_store(setting.state, create=False) as store:
        planned = make(store)
        if not is_settled(planned):
            refuse_unwritten(planned.plan, store)
    decision = confirm(planned)
    if not decision.go_on:
        return Applied(planned, None, decision.refused)
    with owned(setting, planned.plan.service) as store:
        try:
            return _carry_out(planned, decision, store, setting, cause)
        except Stale:
            if not setting.wait:
                raise
        planned = make(store)
        decision = confirm(planned)
        if not decision.go_on:
            return Applied(planned, None, decision.refused)
        return _carry_out(planned, decision, store, setting, cause)


def resume_run(run: str, setting: Setting, store: Store, listen: Callable[[Plan], Listener]) -> tuple[Plan, Outcome]:
    """Go on with a run that did not end well. Raises StateError for a run that is unknown or has applied everything."""
    plan = store.plan(run)
    if store.place.is_shared:
        from vtnmd.usecases import sharing  # noqa: PLC0415 -- it needs packages that only those have who use it

        return plan, sharing.go_on(run, plan, setting, store, listen(plan))
    return plan, _walk(run, plan, setting, store, listen(plan), partial(resume, run, store))


def begin_run(
    planned: Planned, decision: Decision, setting: Setting, store: Store, succession: Succession, cause: Cause
) -> Outcome:
    """Begin a run of the plan and carry it out, or follow the workers who do. What it brings is committed."""
    plan = planned.plan
    if not cause.basis.commit and not succession.supersedes:
        cause = replace(cause, basis=brought_by(plan))
    if store.place.is_shared:
        from vtnmd.usecases import sharing  # noqa: PLC0415 -- it needs packages that only those have who use it

        return sharing.begin_run(plan, setting, store, decision.listener, succession, cause)
    run = store.begin_run(plan, setting.user, setting.clock.now(), succession, cause)
    return _walk(run, plan, setting, store, decision.listener, partial(execute, plan, run, store))


def _carry_out(planned: Planned, decision: Decision, store: Store, setting: Setting, cause: Cause) -> Applied:
    succession = Succession(abandoned=planned.abandoned.region)
    return Applied(planned, begin_run(planned, decision, setting, store, succession, cause))


def _walk(
    run: str,
    plan: Plan,
    setting: Setting,
    store: Store,
    listener: Listener | None,
    walk: Callable[[World, Policy, Interrupt], Awaitable[Outcome]],
) -> Outcome:
    """Execute or resume a run of the plan (`walk`) on an event loop of its own."""
    world, policy = scenery(plan, setting, store)
    world = replace(world, listeners=listeners(plan, setting, listener))

    return interruptible(run, setting, store, partial(walk, world, policy))


def listeners(plan: Plan, setting: Setting, listener: Listener | None) -> tuple[Listener, ...]:
    """All who are told the events of a run of the plan."""
    return (*((listener,) if listener else ()), *(make(plan) for make in setting.watchers.listen))


def interruptible(run: str, setting: Setting, store: Store, walk: Callable[[Interrupt], Awaitable[Outcome]]) -> Outcome:
    """What comes of `walk`, on an event loop of its own, which the user or whoever cancels the run may interrupt."""

    async def go() -> Outcome:
        interrupt = Interrupt()
        setting.started(interrupt)
        watching = asyncio.ensure_future(heed(run, store, setting.clock, interrupt))
        try:
            return await walk(interrupt)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    return _as_recorded(asyncio.run(go()), store)


def _as_recorded(outcome: Outcome, store: Store) -> Outcome:
    """The outcome, as cancelled also where that came when the run was about to end."""
    run = store.run(outcome.run)
    return replace(outcome, result=run.result, cancelled=run.cancelled) if run.result is Result.CANCELLED else outcome


def scenery(plan: Plan, setting: Setting, store: Store) -> tuple[World, Policy]:
    """What a run of the plan is handed from outside, and how it behaves."""
    inventory = Inventory(plan.inventory)
    outside = Outside(store.modes, store.keep_health, store.health())
    drivers = watched(drivers_of(inventory, setting.secrets), setting)
    world = World(drivers, setting.secrets, setting.clock, (), outside, setting.user)
    limits = {endpoint.id: endpoint.concurrency for endpoint in inventory.endpoints()}
    rates = {endpoint.id: endpoint.rate for endpoint in inventory.endpoints()}
    return world, replace(setting.policy, on_failure=setting.on_failure, drift=setting.drift, limits=limits, rates=rates)


def watched(drivers: Mapping[str, DriverFactory], setting: Setting) -> Mapping[str, DriverFactory]:
    """The same, measured where anybody wants to know."""
    observe = setting.watchers.observe
    if observe is None:
        return drivers
    return {
        endpoint: lambda endpoint=endpoint, make=make: measured(make(), endpoint, observe, setting.clock.elapsed)  # type: ignore[misc]
        for endpoint, make in drivers.items()
    }


@contextmanager
def owned(setting: Setting, *services: str) -> Iterator[Store]:
    """The state, or where that can be as much of it as belongs to `services`, owned until the block ends. Raises StateError."""
    with (
        open_store(setting.state) as store,
        store.own(setting.owner, *services, wait=setting.wait, waiting=setting.waiting),
    ):
        yield store
