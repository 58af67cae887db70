"""The operations that begin a run or go on with one: answered once the run has begun, or with `follow` once it has ended."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.diagnostics import Diagnostic, VtnmdError
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift, Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener, OnFailure, Outcome
from vtnmd.northbound.orchestration.context import Context, check_sight, find_plan, in_thread, stated
from vtnmd.northbound.orchestration.values import filled, numbered
from vtnmd.northbound.procedures import Call
from vtnmd.usecases import draining, regions, runs, versions
from vtnmd.usecases.intents import apply_entry
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.runs import Applied, Confirm, Decision, Setting, is_settled

Listen = Callable[[Plan], Listener]


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an operation: the run and how it stands, empty and None where there was nothing to do, and what to tell."""

    run: str = ""
    result: Result | None = None
    told: tuple[Diagnostic, ...] = ()


Work = Callable[[Setting, Listen], Ended]
"""What is done, given what a run needs and who is told its events. Blocks. Raises VtnmdError."""


async def apply(context: Context, call: Call) -> Json:
    """Raises Invalid, Stale, StateError or Refused."""
    await in_thread(context, _admit, context, call)
    if "plan" in call.input:
        kept = await in_thread(context, find_plan, context, call.input["plan"])
        if "abandon" in call.input:
            raise Refused(Fault("invalid-value", "a plan that is kept is applied as it stands, without abandon"))

        def apply_plan(setting: Setting, listen: Listen) -> Ended:
            applied = runs.apply_plan(kept.plan, setting, _confirm(listen))
            context.shelf.drop(kept.digest)
            return _of_applied(applied)

        return await carry_out(context, call, f"apply {kept.digest}", apply_plan)
    service = call.input["service"]
    entry = await in_thread(context, context.ledger.entry, service, "running", call.origin)
    wanted = await in_thread(context, stated, context, service, entry, call.origin)

    def apply_service(setting: Setting, listen: Listen) -> Ended:
        return _of_applied(apply_entry(wanted, setting, _confirm(listen)))

    return await carry_out(context, call, f"apply {service}", apply_service)


def _admit(context: Context, call: Call) -> None:
    """Raise Refused where who calls is bound to tenants, and wants more than a service of theirs applied as it is committed."""
    if not context.ledger.is_bound(call.origin):
        return
    given = call.input
    if "plan" in given or "abandon" in given or given.get("drift", Drift.REFUSE) != Drift.REFUSE:
        message = "who is bound to tenants may have a service applied as it is committed, and leaves drift and plans to operators"
        raise Refused(Fault("access-denied", message, "protocol"))
    check_sight(context, given["service"], call.origin)


async def destroy(context: Context, call: Call) -> Json:
    """Raises StateError."""
    service = call.input["service"]

    def work(setting: Setting, listen: Listen) -> Ended:
        return _of_applied(runs.destroy(service, setting, _confirm(listen)))

    return await carry_out(context, call, f"destroy {service}", work)


async def rollback(context: Context, call: Call) -> Json:
    """Raises Invalid or StateError."""
    version = versions.Version(call.input["run"], call.input.get("after", False))

    def work(setting: Setting, listen: Listen) -> Ended:
        return _of_applied(versions.rollback(version, setting, _confirm(listen)))

    return await carry_out(context, call, f"rollback {version.run}", work)


async def resume(context: Context, call: Call) -> Json:
    """Raises StateError."""
    return await _go_on(context, call, call.input["run"], f"resume {call.input['run']}")


async def retry_request(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008, VTN-I009) or StateError."""
    region, request = call.input["region"], call.input["request"]
    queued = await in_thread(context, regions.find_queued, region, request, context.state)
    return await _go_on(context, call, queued.run, f"region queue {region} --retry {request}")


async def _go_on(context: Context, call: Call, run: str, command: str) -> Json:
    def work(setting: Setting, listen: Listen) -> Ended:
        resumed = draining.resume(run, setting, listen, _confirm(listen))
        if resumed.outcome is None:
            return Ended(run)
        drifted = tuple(resumed.findings.drifted.values()) if resumed.findings else ()
        return _of_outcome(resumed.outcome, drifted)

    return await carry_out(context, call, command, work)


async def drain_region(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008) or StateError."""
    region = call.input["region"]
    setting = _setting(context, call, f"region drain {region}")

    def work() -> Json:
        drained = draining.drain_region(region, setting, lambda _plan: _deaf)
        ended = [(resumed.plan.service, resumed.outcome) for resumed in drained.resumed if resumed.outcome]
        listed = [{"id": outcome.run, "service": service, "result": str(outcome.result)} for service, outcome in ended]
        told = (*drained.problems, *(diagnostic for _, outcome in ended for diagnostic in outcome.diagnostics))
        return filled({"run": listed, "trouble": numbered(dict.fromkeys(told))})

    return await asyncio.get_running_loop().run_in_executor(context.runs, work)


def _deaf(_event: Event) -> None: ...


async def carry_out(context: Context, call: Call, command: str, work: Work) -> Json:
    """Do the work; the output is told as soon as a run has begun, or where the call says so, once it has ended."""
    loop = asyncio.get_running_loop()
    begun: asyncio.Future[str] = loop.create_future()

    def tell(event: Event) -> None:
        if event.step is Step.STARTED and not loop.is_closed():
            loop.call_soon_threadsafe(_settle, begun, event.run)

    setting = _setting(context, call, command)
    task = loop.run_in_executor(context.runs, work, setting, lambda _plan: tell)
    awaited: set[asyncio.Future[object]] = {task} if call.input.get("follow") else {task, begun}  # type: ignore[arg-type]  # invariant
    try:
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
    finally:  # also where whoever called has gone
        if not task.done():
            _let_go_on(context, task)
    return _output(task.result()) if task.done() else {"run": begun.result(), "result": str(Result.RUNNING)}


def _settle(begun: "asyncio.Future[str]", run: str) -> None:
    if not begun.done():
        begun.set_result(run)


def _let_go_on(context: Context, task: "asyncio.Future[Ended]") -> None:
    """Hold on to a run that goes on, and tell what goes wrong with it."""

    def ended(done: "asyncio.Future[Ended]") -> None:
        context.loose.discard(done)
        problem = None if done.cancelled() else done.exception()
        if isinstance(problem, VtnmdError):
            context.troubled(problem.diagnostics)
        elif problem is not None:
            raise problem

    context.loose.add(task)  # type: ignore[arg-type]  # invariant
    task.add_done_callback(ended)


def _setting(context: Context, call: Call, command: str) -> Setting:
    """What a run needs; who waits for another owner of the state does so in a thread, and holds nobody up."""
    given = call.input
    return replace(
        context.setting(call.origin.user, command),
        wait=True,
        on_failure=OnFailure(given.get("on-failure", "stop")),
        drift=Drift(given.get("drift", "refuse")),
        abandon=given.get("abandon", ""),
        label=given.get("label", ""),
    )


def _confirm(listen: Listen) -> Confirm:
    """Whoever calls an operation has decided."""

    def confirm(planned: Planned) -> Decision:
        return Decision(go_on=False) if is_settled(planned) else Decision(go_on=True, listener=listen(planned.plan))

    return confirm


def _of_applied(applied: Applied) -> Ended:
    if applied.outcome is None:
        return Ended(told=applied.planned.warnings)
    return _of_outcome(applied.outcome, applied.planned.warnings)


def _of_outcome(outcome: Outcome, told: Iterable[Diagnostic] = ()) -> Ended:
    return Ended(outcome.run, outcome.result, tuple(dict.fromkeys((*told, *outcome.diagnostics))))


def _output(ended: Ended) -> Json:
    result = str(ended.result) if ended.result else None
    return filled({"run": ended.run, "result": result, "trouble": numbered(ended.told)})
