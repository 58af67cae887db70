"""The state that the modules show: reads what there is, and joins it."""

from vtnmd.domain.inventory import Inventory
from vtnmd.domain.tree import Json
from vtnmd.northbound.operational import Providers
from vtnmd.northbound.orchestration.alarms import alarm_list, summary
from vtnmd.northbound.orchestration.conditions import Facts, alarm_inventory
from vtnmd.northbound.orchestration.context import Context, in_thread, kept_plans
from vtnmd.northbound.orchestration.control import read_control
from vtnmd.northbound.orchestration.events import ALARMS
from vtnmd.northbound.orchestration.interconnects import with_interconnects
from vtnmd.northbound.orchestration.plans import plan_entry
from vtnmd.northbound.orchestration.regions import region_entries
from vtnmd.northbound.orchestration.runs import FINAL, run_entry
from vtnmd.northbound.orchestration.services import commit_entry, service_entries
from vtnmd.northbound.orchestration.values import filled
from vtnmd.state import RunEntry
from vtnmd.usecases.queue import read_queues

ORCHESTRATION = "vtnmd-orchestration:orchestration"
_NO_INVENTORY = Inventory({"vtnmd-inventory:inventory": {}})


def providers(context: Context) -> Providers:
    """What is told of each member that is state here."""

    async def orchestration() -> Json:
        return await in_thread(context, read_orchestration, context)

    async def alarms() -> Json:
        return await in_thread(context, read_alarms, context)

    return {ORCHESTRATION: orchestration, ALARMS: alarms}


def read_orchestration(context: Context) -> Json:
    """The container `orchestration`. Raises StateError."""
    store, ledger = context.store, context.ledger
    committed = ledger.committed()  # first: no result of an earlier run is told as that of a commit begun meanwhile
    return filled(
        {
            "service": with_interconnects(service_entries(store.service_briefs(), committed), store.carriage()),
            "plan": [plan_entry(kept, store.approvals(kept.plan)) for kept in kept_plans(context)],
            "run": _runs(context),
            "region": region_entries(_inventory(context), store.modes(), store.health(), read_queues(store)),
            "commit": [commit_entry(commit) for commit in ledger.commits(context.listed_commits)],
        }
    )


def _runs(context: Context) -> Json:
    """The latest runs. What is final is made once."""
    entries = context.store.runs(limit=context.listed_runs)
    listed = {entry.id for entry in entries}
    for run in context.courses.keys() - listed:
        context.courses.pop(run, None)
    return [_run(context, entry) for entry in entries]


def _run(context: Context, entry: RunEntry) -> Json:
    known = context.courses.get(entry.id)
    if known is not None and known["result"] == str(entry.result):
        return known
    found = run_entry(entry, context.store.plan(entry.id), context.store.events(entry.id))
    if entry.result in FINAL:
        context.courses[entry.id] = found
    return found


def read_alarms(context: Context) -> Json:
    """The container `alarms` without its configuration, after a look at what deserves an alarm. Raises StateError."""
    look(context)
    alarms = context.watch.alarms
    return {"alarm-inventory": alarm_inventory(), "summary": summary(alarms), "alarm-list": alarm_list(alarms)}


def look(context: Context) -> None:
    """See what deserves an alarm now, and publish what has changed. Cheap enough for each second. Raises StateError."""
    store, committed = context.store, context.ledger.committed()
    facts = Facts(
        _inventory(context),
        store.health(),
        store.service_briefs(),
        committed,
        context.watch.drift,
        store.carriage(),
    )
    for notice in context.watch.look(facts, read_control(context.ledger.member(ALARMS)), context.clock()):
        context.publish(notice)


def _inventory(context: Context) -> Inventory:
    document = context.store.inventory()
    return _NO_INVENTORY if document is None else Inventory(document)
