"""Runs that workers carry: begun, gone on with and followed by a coordinator; and what a worker does."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from vtnmd import fleet
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift
from vtnmd.engine import Interrupt, Listener, OnFailure, Outcome, Policy, World
from vtnmd.state import Cause, Store, Succession, open_store
from vtnmd.state.shared import Begun
from vtnmd.usecases.runs import Setting, interruptible, listeners, scenery


def begin_run(
    plan: Plan, setting: Setting, store: Store, listener: Listener | None, succession: Succession, cause: Cause
) -> Outcome:
    """Begin a run of the plan and follow the workers who carry it. Raises Stale or StateError."""
    member = _member(store, setting, fleet.Reports(unserved=setting.unserved))
    begun = Begun(setting.user, setting.clock.now(), setting.on_failure.value, setting.drift, succession, cause)
    return _follow(member, fleet.begin_run(member, plan, begun), plan, setting, listener)


def go_on(run: str, plan: Plan, setting: Setting, store: Store, listener: Listener | None) -> Outcome:
    """Hand out what is left of a run, unless it is under way, and follow it. Raises as `Store.reopen_run`."""
    member = _member(store, setting, fleet.Reports(unserved=setting.unserved))
    fleet.go_on(member, run, Begun(setting.user, setting.clock.now(), setting.on_failure.value, setting.drift))
    return _follow(member, run, plan, setting, listener)


def _follow(member: fleet.Member, run: str, plan: Plan, setting: Setting, listener: Listener | None) -> Outcome:
    told = listeners(plan, setting, listener)

    async def walk(interrupt: Interrupt) -> Outcome:
        return await fleet.follow(member, run, plan, interrupt, told, setting.patience)

    return interruptible(run, setting, member.store, walk)


def work(regions: Collection[str], setting: Setting, reports: fleet.Reports, at_once: int) -> None:
    """Carry legs of `regions`, so many `at_once`, until the interrupt given to `setting.started` is asked. Raises StateError."""
    with open_store(setting.state) as store:

        async def go() -> None:
            interrupt = Interrupt()
            setting.started(interrupt)
            await fleet.work(_member(store, setting, reports), regions, interrupt, at_once)

        asyncio.run(go())


def _member(store: Store, setting: Setting, reports: fleet.Reports) -> fleet.Member:
    def make(plan: Plan, on_failure: OnFailure, drift: Drift) -> tuple[World, Policy]:
        return scenery(plan, replace(setting, on_failure=on_failure, drift=drift), store)

    return fleet.Member(store, make, setting.clock, reports)
