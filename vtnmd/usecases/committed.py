"""Carrying commits out: services that are configured otherwise than they were applied are planned and applied, the newest only.

A commit is acknowledged when it is durable; nobody waits here for a region on behalf of a client. What cannot be planned is
remembered with its reason until something changes that it depends on.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from vtnmd.compiler.lasting_names import MOVED_FROM
from vtnmd.domain.commit import service_of, service_part
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Stale, StateError
from vtnmd.domain.intent import referred_services
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json, digest
from vtnmd.engine import Listener, Outcome
from vtnmd.state import Basis, Cause, CommittedService, Store, Succession, Trouble, open_store
from vtnmd.usecases.configuring import intent_of
from vtnmd.usecases.plans import Planned, make_destroy_plan, plan_checked
from vtnmd.usecases.runs import Decision, Setting, begin_run, is_settled
from vtnmd.usecases.services import check_for, with_others
from vtnmd.usecases.standing import maker

_MANY = 30  # services that are looked at one by one


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of commit `number` of a service.

    `outcome` is that of the run of `plan`, None where nothing was to be done. Else `trouble` says why there is no plan, or `waits`
    is the digest of the plan that has to be approved first.
    """

    service: str
    number: int
    plan: Plan | None = None
    outcome: Outcome | None = None
    trouble: tuple[Diagnostic, ...] = ()
    waits: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done of that commit."""
        return not self.trouble and not self.waits


@dataclass(slots=True)
class Agenda:
    """What is committed and not carried out, as it was when `newest` was the newest commit.

    `refers` are the services that others refer to, by those. `stirred` are services that refer to one that was changed, and so may
    come to something else although nobody has changed them.
    """

    models: Models = NO_MODELS
    newest: int = -1
    basis: str = ""
    approvals: int = 0
    left: dict[str, CommittedService] = field(default_factory=dict)
    refers: dict[str, frozenset[str]] = field(default_factory=dict)
    stirred: set[str] = field(default_factory=set)


def due(agenda: Agenda, store: Store) -> Iterator[str]:
    """The services that there is something to do for now, in that order. Each is to be looked at again when it has its turn.

    One look at the number of the newest commit where nothing is left to do.
    """
    _refresh(agenda, store)
    if not agenda.left and not agenda.stirred:
        return
    troubles = {trouble.service: (trouble.number, trouble.basis) for trouble in store.troubles()}
    kept = {plan.service: plan for plan in store.kept_plans()}
    for service, found in tuple(agenda.left.items()):
        plan = kept.get(service)
        if troubles.get(service) == (found.number, agenda.basis):
            continue
        if plan is not None and plan.number == found.number and len(plan.users) < agenda.approvals:
            continue
        if found.gone and _is_renamed(service, agenda, store):
            continue
        yield service
    for service in sorted(agenda.stirred - agenda.left.keys()):
        if service not in troubles:
            yield service


def _refresh(agenda: Agenda, store: Store) -> None:
    """Learn what was committed since, without looking at all services for a few commits."""
    newest = store.newest_commit()
    if newest == agenda.newest:
        return
    changed = store.parts_since(agenda.newest) if agenda.newest >= 0 else frozenset()
    if agenda.newest < 0 or ROOT in changed:
        document = store.inventory()
        agenda.basis = digest([document, maker(), agenda.models.digest])
        agenda.approvals = Inventory(document or {}).approvals
    services = {name for part in changed if (name := service_of(part))}
    _stir(agenda, services, store)
    if agenda.newest < 0 or len(services) > _MANY:
        agenda.left = {found.service: found for found in store.outstanding()}
    else:
        for name in sorted(services):
            found = store.committed_service(name)
            agenda.left.pop(name, None)
            if found is not None and found.is_outstanding:
                agenda.left[name] = found
    _clear_away(agenda, store)
    agenda.newest = newest


def _stir(agenda: Agenda, services: Collection[str], store: Store) -> None:
    """Learn what the services refer to, and which refer to them; at first what all do."""
    if agenda.newest < 0:
        held = {service_of(part): each.value for part, each in store.configuration().parts.items() if service_of(part)}
    else:
        parts = {name: store.part(service_part(name)) for name in services}
        held = {name: part.value if part is not None else {} for name, part in parts.items()}
    for name, value in held.items():
        agenda.refers[name] = referred_services(value)
        if not agenda.refers[name]:
            del agenda.refers[name]
    first = agenda.newest < 0
    agenda.stirred |= {name for name, others in agenda.refers.items() if first or not others.isdisjoint(services)}
    agenda.stirred &= agenda.refers.keys()


def _clear_away(agenda: Agenda, store: Store) -> None:
    """Forget what was kept of services that somebody else has carried out, or that are gone."""
    concerned = agenda.left.keys() | agenda.stirred
    for trouble in store.troubles():
        if trouble.service not in concerned or trouble.service in agenda.stirred:
            store.forget_trouble(trouble.service)
    for plan in store.kept_plans():
        if plan.service not in concerned:
            store.drop_plan(plan.service)


def _is_renamed(service: str, agenda: Agenda, store: Store) -> bool:
    """Whether one that is still to be carried out takes over from it: that must come first, or there is nothing to take over."""
    others = (store.part(service_part(name)) for name, found in agenda.left.items() if not found.gone)
    return any(service in part.value.get(MOVED_FROM, ()) for part in others if part is not None)


def carry_out(service: str, agenda: Agenda, setting: Setting, store: Store, listen: Callable[[Plan], Listener]) -> Carried | None:
    """Plan and apply what is committed of a service; None where nothing is to be done any more. For the owner of the state.

    Raises Stale or StateError where it is to be tried again soon.
    """
    found = store.committed_service(service)
    if found is None or not (found.is_outstanding or service in agenda.stirred):
        agenda.left.pop(service, None)
        agenda.stirred.discard(service)
        return None
    try:
        carried = _carry_out(found, agenda, setting, store, listen)
    except Stale:
        store.drop_plan(service)  # what was approved fits no longer: another has to be
        raise
    if found.trouble and not carried.trouble:
        store.forget_trouble(service)
    if found.plan and carried.is_over:
        store.drop_plan(service)
    if carried.is_over:
        agenda.left.pop(service, None)
        agenda.stirred.discard(service)
    nothing_came_of_it = carried.is_over and carried.outcome is None and not found.is_outstanding
    return None if nothing_came_of_it else carried


def _carry_out(
    found: CommittedService, agenda: Agenda, setting: Setting, store: Store, listen: Callable[[Plan], Listener]
) -> Carried:
    try:
        planned = _approved(found, store) or _plan(found, agenda.models, store)
    except Invalid as problem:
        now = setting.clock.now()
        store.keep_trouble(Trouble(found.service, found.number, agenda.basis, now, problem.diagnostics))
        return Carried(found.service, found.number, trouble=problem.diagnostics)
    if is_settled(planned):
        store.note_carried_out(found.service, found.number)
        return Carried(found.service, found.number, planned.plan)
    if store.approvals(planned.plan).missing:
        return Carried(found.service, found.number, waits=store.keep_plan(planned.plan, found.number, setting.clock.now()))
    return Carried(found.service, found.number, planned.plan, _run(planned, found, setting, store, listen))


def _approved(found: CommittedService, store: Store) -> Planned | None:
    """The very plan that was approved; None where there is none of this commit that can still be applied."""
    if found.plan is None or found.plan.number != found.number:
        return None
    try:
        plan = store.kept_plan(found.plan.digest)
        store.check_approved(plan)
    except (Stale, StateError):
        return None
    return Planned(plan, store.service(plan.formerly))


def _plan(found: CommittedService, models: Models, store: Store) -> Planned:
    """Raises Invalid."""
    held = None if found.gone else store.part(service_part(found.service))
    if held is None:
        return make_destroy_plan(found.service, store, found.user)
    intent = intent_of(service_part(found.service), held.value, _models_of(found.service, held.value, models, store))
    parts = {name: store.part(service_part(name)) for name in referred_services(held.value)}
    others = {name: part.value for name, part in parts.items() if part is not None}
    intent = with_others(replace(intent, others=others), store)
    document = store.inventory()
    return plan_checked(check_for(intent, None if document is None else Inventory(document)), store, found.user)


def _models_of(service: str, value: Json, given: Models, store: Store) -> Models:
    """Those that the service was made with, under this name or an earlier one; else those that are given."""
    known = (store.service(name) for name in (service, *value.get(MOVED_FROM, ())))
    return next((entry.models for entry in known if entry is not None and entry.models), given)


def _run(planned: Planned, found: CommittedService, setting: Setting, store: Store, listen: Callable[[Plan], Listener]) -> Outcome:
    cause = Cause("destroy" if planned.plan.intent is None else "apply", found.label, basis=Basis(found.number))
    decision = Decision(go_on=True, listener=listen(planned.plan))
    return begin_run(planned, decision, replace(setting, user=found.user), store, Succession(), cause)


def ask_again(service: str, state: str) -> None:
    """Try once more to plan a service, although nothing has changed that its plan depended on."""
    with open_store(state) as store:
        store.forget_trouble(service)
