"""The operations plan, approve and cancel: nothing is sent."""

from vtnmd.domain.run import Drift
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.context import Context, find_plan, in_thread, stated
from vtnmd.northbound.orchestration.events import awaits_approval
from vtnmd.northbound.orchestration.plans import approval_facts, plan_output
from vtnmd.northbound.procedures import Call
from vtnmd.usecases import approving, cancelling
from vtnmd.usecases.intents import Stated, differences_of, plan_entry
from vtnmd.usecases.reconciling import UNREAD, Reading
from vtnmd.usecases.runs import is_settled

_ENTRY = "vtnmd-vtn:service"


async def plan(context: Context, call: Call) -> Json:
    """Raises Invalid, StateError or Refused."""
    return await in_thread(context, _plan, context, call)


def _plan(context: Context, call: Call) -> Json:
    given = call.input
    service = given["service"]
    if "document" in given:
        entry = _unwrapped(given["document"])
    else:
        entry = context.ledger.entry(service, given.get("datastore", "running"), call.origin)
    reading = Reading(Drift(given.get("drift", "refuse")), context.secrets)
    wanted = stated(context, service, entry, call.origin)
    return report_plan(context, wanted, call.origin.user, given.get("abandon", ""), reading)


def _unwrapped(document: Json) -> Json:
    """A service's entry, which may be the one entry of a list of the name of its own list."""
    inner = document.get(_ENTRY, document) if isinstance(document, dict) else document
    return inner[0] if isinstance(inner, list) and len(inner) == 1 else inner


def report_plan(context: Context, wanted: Stated, user: str, abandon: str = "", reading: Reading = UNREAD) -> Json:
    """What making a service that would do, as the output of the operation `plan`.

    The plan is kept for approval; where it needs one, that is told. Blocks. Raises Invalid or StateError.
    """
    planned = plan_entry(wanted, context.store, user, abandon, reading)
    kept = context.shelf.keep(planned.plan, context.clock())
    approvals = context.store.approvals(kept.plan)
    if approvals.missing and not is_settled(planned):
        context.publish(awaits_approval(kept, approvals))
    return plan_output(kept, approvals, differences_of(planned), planned.warnings)


async def approve(context: Context, call: Call) -> Json:
    """Raises Stale, StateError (VTN-P021) or Refused."""
    kept = await in_thread(context, find_plan, context, call.input["plan"])
    standing = await in_thread(
        context, approving.approve, kept.plan, context.state, call.origin.user, context.clock, lambda _planned: True
    )
    return {"approvals": approval_facts(standing)} if standing else {}


async def cancel(context: Context, call: Call) -> Json:
    """Raises StateError (VTN-S008, VTN-S014)."""
    run, user = call.input["run"], call.origin.user
    owner = context.setting(user, f"cancel {run}").owner
    return {"result": str(await in_thread(context, cancelling.cancel_run, run, context.state, user, owner))}
