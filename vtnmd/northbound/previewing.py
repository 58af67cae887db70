"""What a commit would change and do, told before it is made (`dry-run` of both protocols)."""

from vtnmd.datastore.tree import Changes, Tree, document_of
from vtnmd.domain.commit import Origin, service_of, service_part
from vtnmd.domain.intent import referred_services
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.tree import Json
from vtnmd.northbound.backend import Preview
from vtnmd.northbound.orchestration.context import Context, in_thread
from vtnmd.northbound.orchestration.plans import Kept, difference_entry, plan_output
from vtnmd.northbound.orchestration.values import filled
from vtnmd.usecases.configuring import complete_inventory
from vtnmd.usecases.intents import Stated, differences_of, plan_entry
from vtnmd.yang.difference import compare
from vtnmd.yang.schema import Schema


def preview_of(context: Context, schema: Schema) -> Preview:
    """For one state."""

    async def preview(tree: Tree, changes: Changes, origin: Origin) -> Json:
        return await in_thread(context, _preview, context, schema, tree, changes, origin.user)

    return preview


def _preview(context: Context, schema: Schema, tree: Tree, changes: Changes, user: str) -> Json:
    before = document_of({part: tree.held(part).value for part in changes})
    differences = compare(schema, before, document_of(changes))
    services = [name for part in sorted(changes) if (name := service_of(part))]
    return filled(
        {
            "vtnmd-orchestration:changed": [difference_entry(number, each) for number, each in enumerate(differences, 1)],
            "vtnmd-orchestration:preview": [_plan(context, name, tree, changes, user) for name in services],
        }
    )


def _plan(context: Context, name: str, tree: Tree, changes: Changes, user: str) -> Json:
    """The plan that would be made of a service, as it would be told; it is not kept."""

    def value(service: str) -> Json:
        part = service_part(service)
        return changes[part] if part in changes else tree.held(part).value

    entry = value(name)
    others = {each: held for each in referred_services(entry or {}) if (held := value(each)) is not None}
    inventory = Inventory(complete_inventory(changes[ROOT])) if changes.get(ROOT) else None
    planned = plan_entry(Stated(name, entry, others), context.store, user, inventory=inventory)
    kept = Kept(planned.plan, planned.plan.digest, context.clock())
    return plan_output(kept, context.store.approvals(planned.plan), differences_of(planned), planned.warnings)
