"""Draining: what waited for endpoints that have returned is read back, and superseded by one new minimal plan per service.

The plan leads from what endpoints hold now to what the state holds of the service: the Intent that was approved, the resources that
it was compiled to and what it drew. So it contains nothing that was not approved, and what has become unnecessary is not sent.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, StateError, VtnmdError
from vtnmd.domain.health import Health
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener, Outcome
from vtnmd.engine.breaker import heard_of
from vtnmd.planner import is_apart
from vtnmd.planner.changes import Renderer
from vtnmd.southbound.ports import EndpointError
from vtnmd.state import Cause, Store, Succession
from vtnmd.usecases.connecting import drivers_of
from vtnmd.usecases.finding import find_service
from vtnmd.usecases.plans import Planned, make_plan_of_state, read_world
from vtnmd.usecases.queue import Unfinished, unfinished
from vtnmd.usecases.readback import Believed, Findings, Found, judge, read_endpoints
from vtnmd.usecases.regions import show_queue
from vtnmd.usecases.runs import Confirm, Decision, Setting, begin_run, owned, resume_run, watched
from vtnmd.usecases.services import templates_for


@dataclass(frozen=True, slots=True)
class Resumed:
    """What came of going on with a run. `findings` are what was read back; None where the same plan went on.

    `outcome` is None where the user said no.
    """

    plan: Plan
    outcome: Outcome | None
    findings: Findings | None = None


def resume(run: str, setting: Setting, listen: Callable[[Plan], Listener], confirm: Confirm) -> Resumed:
    """Go on with a run: with a new plan where work waits or a region is let go of, else with the same one.

    `confirm` is asked only where a region is let go of. Raises StateError for a run that is unknown or has applied everything.
    """
    with owned(setting) as store:
        if setting.label:
            store.label_run(run, setting.label, setting.user, setting.clock.now())
        return go_on(run, setting, store, listen, confirm)


@dataclass(frozen=True, slots=True)
class Drained:
    """What came of going on with all that waits for a region, and why some of it could not be gone on with."""

    resumed: tuple[Resumed, ...]
    problems: tuple[Diagnostic, ...]


def drain_region(region: str, setting: Setting, listen: Callable[[Plan], Listener]) -> Drained:
    """Go on with every run that waits for a region, the oldest first. Raises Invalid (VTN-I008)."""
    resumed: list[Resumed] = []
    problems: list[Diagnostic] = []
    for run in dict.fromkeys(each.run for each in show_queue(region, setting.state) if not each.pruned):
        try:
            with owned(setting) as store:
                resumed.append(go_on(run, setting, store, listen, _unasked))
        except VtnmdError as problem:
            problems.extend(problem.diagnostics)
    return Drained(tuple(resumed), tuple(problems))


def _unasked(planned: Planned) -> Decision:
    raise AssertionError(planned)  # one is asked only where a region is let go of


def go_on(run: str, setting: Setting, store: Store, listen: Callable[[Plan], Listener], confirm: Confirm) -> Resumed:
    """The same for a state that is open and owned."""
    found = unfinished(run, store)
    waits = found.entry.result is Result.PARTLY or (bool(setting.abandon) and found.entry.result is not Result.CANCELLED)
    if waits and found.left and not found.is_bound:
        return _drain(found, setting, store, listen, confirm)
    plan, outcome = resume_run(run, setting, store, listen)
    return Resumed(plan, outcome)


def _drain(found: Unfinished, setting: Setting, store: Store, listen: Callable[[Plan], Listener], confirm: Confirm) -> Resumed:
    """Read back, correct the Snapshot, and carry out one new plan in place of what waited.

    Where no endpoint that something waits for has returned, no run is begun and the outcome is that of the old one. Raises
    StateError (VTN-S009) where a later run of the service took over.
    """
    service = found.entry.service
    latest = find_service(service, store).run
    if latest != found.entry.id:
        hint = f"go on with that one: vtnmd resume {latest}"
        raise StateError(Diagnostic("VTN-S009", f"run {found.entry.id} cannot be resumed: {latest} came after it", hint=hint))
    believed = _believed(service, store)
    regions = _returning(found, store, setting.abandon)
    answers = _ask([each for each in believed.endpoints if each.partition("/")[0] in regions], found, believed, store, setting)
    findings = judge(answers, believed, found.entry.id)
    if not setting.abandon and not any(isinstance(answers.get(endpoint), Found) for endpoint in found.endpoints):
        if store.place.is_shared:  # workers may reach what this process does not
            return Resumed(*resume_run(found.entry.id, setting, store, listen), findings)
        return Resumed(found.plan, _still_waiting(found, findings, store), findings)
    store.correct(findings.corrections)
    planned = make_plan_of_state(service, store, setting.user, _apart(found, findings), setting.abandon)
    decision = confirm(planned) if planned.abandoned.region else Decision(go_on=True, listener=listen(planned.plan))
    if not decision.go_on:
        return Resumed(planned.plan, None, findings)
    return Resumed(planned.plan, _carry_out(planned, found, findings, decision, setting, store), findings)


def _carry_out(
    planned: Planned, found: Unfinished, findings: Findings, decision: Decision, setting: Setting, store: Store
) -> Outcome:
    plan = planned.plan
    pruned = {request.id: _why_not(request, found, findings) for request in plan.requests if is_apart(request)}
    succession = Succession(found.entry.id, pruned, planned.abandoned.region)
    cause = Cause("supersede", actor=setting.user)
    return begin_run(planned, decision, replace(setting, user=found.entry.user), store, succession, cause)


def _believed(service: str, store: Store) -> Believed:
    wanted = {address: by[service] for address, by in store.contributions(service=service).items()}
    world = read_world(store, service, wanted)
    owners = {address: world.sharing.get(address, frozenset()) | {service} for address in wanted}
    endpoints = {endpoint.id: endpoint for endpoint in Inventory(store.inventory() or {}).endpoints()}
    here = {address: entry for address, entry in world.applied.items() if address.endpoint_id in endpoints}
    renderer = Renderer(templates_for(find_service(service, store).models, store), endpoints)
    return Believed(here, {a: r for a, r in wanted.items() if a.endpoint_id in endpoints}, owners, renderer)


def _returning(found: Unfinished, store: Store, abandoned: str) -> frozenset[str]:
    """Regions that something waits for and that nobody holds or lets go of."""
    held = {region for region, mode in store.modes().items() if mode.holds}
    endpoints = found.endpoints or {request.endpoint for request in found.left}
    return frozenset(endpoint.partition("/")[0] for endpoint in endpoints) - held - {abandoned}


def _ask(
    endpoints: list[str], found: Unfinished, believed: Believed, store: Store, setting: Setting
) -> Mapping[str, Found | EndpointError]:
    """Read endpoints back, and remember which answered."""
    doubtful = [request for request in found.plan.requests if request.id in found.progress.doubtful]
    drivers = watched(drivers_of(Inventory(store.inventory() or {}), setting.secrets), setting)
    answers = asyncio.run(read_endpoints(endpoints, believed, doubtful, drivers, setting.secrets))
    known = store.health()
    store.keep_health(
        {endpoint: heard(known.get(endpoint, Health()).asked_now(), answer, setting) for endpoint, answer in answers.items()}
    )
    return answers


def heard(health: Health, answer: object, setting: Setting) -> Health:
    """The health of an endpoint after an answer, or an EndpointError."""
    now, chance = setting.clock.now(), setting.clock.chance()
    diagnostic = answer.diagnostic if isinstance(answer, EndpointError) else None
    code, reason = (diagnostic.code, diagnostic.summary) if diagnostic else ("", "")
    return health.observe(heard_of(answer), now, chance, code=code, reason=reason)


def _apart(found: Unfinished, findings: Findings) -> frozenset[Address]:
    """What an operator took out of the queue, and what differs in a way that nobody approved."""
    pruned = {address for request in found.plan.requests if request.id in found.progress.pruned for address in request.changes}
    return frozenset(pruned | findings.drifted.keys())


def _why_not(request: Request, found: Unfinished, findings: Findings) -> Json:
    """What the event says of a request that is not to be sent."""
    before = {address: each.id for each in found.plan.requests for address in each.changes if each.id in found.progress.pruned}
    for address in request.changes:
        if address in findings.drifted:
            return {"user": "", "reason": findings.drifted[address].summary}
        if address in before:
            return found.last[before[address]].detail
    return {"user": "", "reason": "it needs what was taken out of the queue"}


def _still_waiting(found: Unfinished, findings: Findings, store: Store) -> Outcome:
    """The outcome of a run that nothing was done for."""
    waiting: dict[str, Diagnostic] = {}
    modes = store.modes()
    for request in found.left:
        mode = modes.get(request.region)
        if mode is not None and mode.holds:
            waiting[request.id] = Diagnostic("VTN-E031", str(mode), address=request.endpoint)
        elif request.endpoint in findings.silent and request.endpoint in found.endpoints:
            waiting[request.id] = findings.silent[request.endpoint].diagnostic
    pruned = {name: name for name in found.progress.pruned}
    pending = frozenset(request.id for request in found.left) - waiting.keys() - pruned.keys()
    health = store.health()
    tries = {endpoint: health[endpoint].next_try for endpoint in findings.silent if endpoint in health}
    done = frozenset(found.progress.done)
    return Outcome(
        found.entry.id,
        Result.PARTLY,
        done,
        {},
        pruned,
        waiting,
        pending,
        bool(done),
        next_tries={e: t for e, t in tries.items() if t},
    )
