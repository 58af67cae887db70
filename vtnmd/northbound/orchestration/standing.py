"""The operation status: how far one service has come, what of it is unfinished and why, and what it has come to."""

from collections.abc import Iterator, Mapping

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.domain.address import Address
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Change
from vtnmd.domain.run import Event, Result, reason_of
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.context import Context, in_thread
from vtnmd.northbound.orchestration.facts import facts_of
from vtnmd.northbound.orchestration.plans import carriers
from vtnmd.northbound.orchestration.services import standing
from vtnmd.northbound.orchestration.values import ACTIONS, OUTCOMES, filled, plain, timed
from vtnmd.northbound.procedures import Call
from vtnmd.state import ServiceEntry, Store
from vtnmd.usecases.queue import Unfinished, unfinished
from vtnmd.yang.difference import readable_path

_DONE = frozenset({Result.APPLIED, Result.SUPERSEDED, Result.ROLLED_BACK})


async def status(context: Context, call: Call) -> Json:
    """Of a service that who calls is not to know of, the same is told as of one that is not there. Raises StateError."""
    return await in_thread(context, _status, context, call)


def _status(context: Context, call: Call) -> Json:
    name = call.input["service"]
    if not context.ledger.may_see(name, call.origin):
        return {"present": False}
    committed = context.ledger.committed_of(name)  # first: see `state.read_orchestration`
    applied = context.store.service(name)
    if applied is None and not committed.committed:
        return {"present": False}
    found = {"present": True, **standing(applied, committed)}
    return found if applied is None else {**found, **_course(applied, context.store)}


def _course(service: ServiceEntry, store: Store) -> Json:
    left = () if service.result in _DONE else _left(unfinished(service.run, store), store)
    there = store.snapshot(owner=service.name).applied
    wanted = store.contributions(service=service.name, addresses=there)
    mine = {address: by_service[service.name] for address, by_service in wanted.items() if service.name in by_service}
    return filled({"unfinished": list(left), "resource": list(_resources(service.intent, there, mine))})


def _left(run: Unfinished, store: Store) -> Iterator[Json]:
    """The changes of a run that have not taken effect."""
    carries, health = carriers(run.plan), store.health()
    for change in run.plan.changes:
        request = carries.get(str(change.address), "")
        if request not in run.progress.done:
            known = health.get(change.address.endpoint_id)
            yield _unfinished(change, request, run.last.get(request), known.next_try if known else 0.0)


def _unfinished(change: Change, request: str, event: Event | None, next_try: float) -> Json:
    outcome = OUTCOMES.get(event.step, "pending") if event else "pending"
    refused = event.detail.get("diagnostic", {}) if event else {}
    return filled(
        {
            "address": str(change.address),
            "kind": change.address.kind,
            "action": ACTIONS[change.action],
            "request": request,
            "outcome": outcome,
            "code": refused.get("code"),
            "reason": plain(reason_of(event)) if event else None,
            **(timed({"next-try": next_try}) if outcome == "waiting" else {}),
        }
    )


def _resources(intent: Intent | None, there: Mapping[Address, Applied], wanted: Mapping[Address, Resource]) -> Iterator[Json]:
    for address, entry in sorted(there.items(), key=lambda item: item[0]):
        resource = wanted.get(address)
        yield filled(
            {
                "address": str(address),
                "kind": address.kind,
                "entry": plain(_entry(intent, resource)) if intent and resource else None,
                "fact": facts_of(entry),
            }
        )


def _entry(intent: Intent, resource: Resource) -> str:
    return readable_path(service_schema(intent.models), intent.document, resource.origin, len(SERVICE_PATH))
