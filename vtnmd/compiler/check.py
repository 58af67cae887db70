"""Checks an Intent against the YANG models, together with the inventory that it refers to."""

from dataclasses import dataclass, replace

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.violations import as_diagnostics, instance_path
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span, nearest_span
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.instance import unchecked, validate


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid Intent with its defaults filled in, and the paths of references that an inventory would be needed for."""

    intent: Intent
    unchecked: tuple[str, ...]


def check_intent(intent: Intent, inventory: Inventory | None) -> Checked:
    """Raises Invalid with every violation (VTN-Y…), each at the line that caused it.

    Without an inventory, what refers to one stays unchecked and is listed.
    """
    problems = violations_of(intent, inventory)
    if problems:
        raise Invalid(*problems)
    schema = service_schema(intent.models)
    complete = replace(intent, document=with_defaults(schema, intent.document))
    return Checked(complete, tuple(instance_path(path) for path in unchecked(schema, intent.document, _unknown(inventory))))


def violations_of(intent: Intent, inventory: Inventory | None) -> tuple[Diagnostic, ...]:
    """Every violation (VTN-Y…), each at the line that caused it."""

    def place(path: tuple[str | int, ...]) -> Span | None:
        return nearest_span(inventory.sources if inventory and path[:1] == (ROOT,) else intent.sources, path)

    document = intent.document | (inventory.document if inventory else {})
    return tuple(as_diagnostics(validate(service_schema(intent.models), document, unknown=_unknown(inventory)), place))


def _unknown(inventory: Inventory | None) -> tuple[str, ...]:
    return () if inventory else (ROOT,)
