"""Services given as instance data: planned and applied without a file that they are written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.domain.commit import SERVICE, SERVICES
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.models import NO_MODELS
from vtnmd.domain.tree import Json
from vtnmd.state import Cause, Store
from vtnmd.usecases.plans import Planned, make_destroy_plan, plan_checked
from vtnmd.usecases.reconciling import UNREAD, Reading
from vtnmd.usecases.runs import Applied, Confirm, Setting, plan_and_run
from vtnmd.usecases.services import check_for, find_inventory, with_others
from vtnmd.yang.difference import Difference, compare

NOBODY: Mapping[str, Json] = MappingProxyType({})


def intent_of(name: str, entry: Json, store: Store, others: Mapping[str, Json] = NOBODY) -> Intent:
    """The Intent of a service as an entry of `/vtnmd-vtn:services/service`, with the models that the state keeps for it.

    `others` are entries of services that it refers to, by name; what is not among them is taken as it was applied.
    Raises Invalid (VTN-Y205) where the entry is that of another service.
    """
    stated = entry.get("name", name) if isinstance(entry, dict) else None
    if stated != name:
        hint = "give the members of the entry of that service"
        raise Invalid(Diagnostic("VTN-Y205", f"this is no entry of the service {name}", hint=hint))
    known = store.service(name)
    document = {SERVICES: {SERVICE: [{"name": name, **entry}]}}
    return with_others(Intent(name, document, models=known.models if known else NO_MODELS, others=others), store)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a service shall be: its entry, None where it shall go, and entries of services that it refers to, by name."""

    name: str
    entry: Json | None
    others: Mapping[str, Json] = field(default_factory=dict)


def plan_entry(
    stated: Stated, store: Store, user: str, abandon: str = "", reading: Reading = UNREAD, inventory: Inventory | None = None
) -> Planned:
    """What making a service that would do, with the inventory of the state or another. Reads, never writes.

    Raises Invalid or StateError (VTN-S007).
    """
    if stated.entry is None:
        return make_destroy_plan(stated.name, store, user, abandon)
    intent = intent_of(stated.name, stated.entry, store, stated.others)
    return plan_checked(check_for(intent, inventory or find_inventory(None, store)), store, user, abandon, reading)


def apply_entry(stated: Stated, setting: Setting, confirm: Confirm) -> Applied:
    """Plan that, have it confirmed, and execute it. Raises as `runs.apply_source`."""

    def make(store: Store) -> Planned:
        return plan_entry(stated, store, setting.user, setting.abandon, Reading(setting.drift, setting.secrets))

    return plan_and_run(make, setting, confirm, Cause("destroy" if stated.entry is None else "apply", setting.label))


def differences_of(planned: Planned) -> tuple[Difference, ...]:
    """What differs between the Intent that was applied and the one that is planned, either of which may be missing."""
    before, after = planned.before, planned.plan.intent
    models = after.models if after else before.models if before else NO_MODELS
    old = before.intent.document if before and before.intent else {}
    return compare(service_schema(models), old, after.document if after else {}, planned.former, len(SERVICE_PATH))
