"""Why a plan is empty: what of the things that it was made from differs all the same from what the service was applied with."""

from dataclasses import dataclass

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.domain.inventory import Inventory
from vtnmd.usecases.plans import Planned
from vtnmd.yang.difference import Difference, compare


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What changed since the last run, and touches no resource."""

    intent: tuple[Difference, ...]
    inventory: bool


def why_unchanged(planned: Planned) -> Unchanged:
    """Of a plan without changes, for a service that was applied before; of any other nothing is known to differ."""
    before, plan = planned.before, planned.plan
    if before is None or before.intent is None or plan.intent is None:
        return Unchanged((), inventory=False)
    found = compare(
        service_schema(plan.intent.models), before.intent.document, plan.intent.document, planned.former, len(SERVICE_PATH)
    )
    return Unchanged(found, before.inventory_digest != Inventory(plan.inventory).digest)
