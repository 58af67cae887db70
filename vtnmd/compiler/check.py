"""Checks an Intent against the YANG models, together with the inventory that it refers to."""

from dataclasses import dataclass, replace

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.compiler.violations import as_diagnostics, instance_path
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span, nearest_span
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.tree import Json
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.instance import Violation, unchecked, validate
from vtnmd.yang.schema import Schema

_SERVICES = SERVICE_PATH[:2]
_TO_OTHERS = frozenset({"shared-segment", "carrier"})
_REFERENCES = frozenset({"VTN-Y301", "VTN-Y302"})


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
    others = {name: _complete(schema, entry) for name, entry in intent.others.items()}
    complete = replace(intent, document=with_defaults(schema, intent.document), others=others)
    return Checked(complete, tuple(instance_path(path) for path in unchecked(schema, intent.document, _unknown(inventory))))


def _complete(schema: Schema, service: Json) -> Json:
    """An entry of the list `service` with its defaults."""
    top, listed = _SERVICES
    return with_defaults(schema, {top: {listed: [service]}})[top][listed][0]


def violations_of(intent: Intent, inventory: Inventory | None, *, alone: bool = False) -> tuple[Diagnostic, ...]:
    """Every violation (VTN-Y…), each at the line that caused it. Services that it refers to are looked at, and not judged.

    `alone`: other services are not at hand, so that references to them stay unchecked.
    """

    def place(path: tuple[str | int, ...]) -> Span | None:
        return nearest_span(inventory.sources if inventory and path[:1] == (ROOT,) else intent.sources, path)

    document = _with_others(intent) | (inventory.document if inventory else {})
    found = validate(service_schema(intent.models), document, unknown=_unknown(inventory))
    mine = [each for each in found if each.path[:2] != _SERVICES or each.path[:3] == SERVICE_PATH]
    mine = [each for each in mine if not (alone and _leads_elsewhere(each))]
    return tuple(as_diagnostics(mine, place))


def _leads_elsewhere(violation: Violation) -> bool:
    """Whether it is about what another service has, or has not."""
    return violation.code in _REFERENCES and not _TO_OTHERS.isdisjoint(violation.path)


def _with_others(intent: Intent) -> Json:
    """The document together with the services that it refers to, after the one that it is about."""
    if not intent.others:
        return intent.document
    top, listed = _SERVICES
    others = [entry for name, entry in sorted(intent.others.items()) if name != intent.name]
    return intent.document | {top: {**intent.document[top], listed: [*intent.document[top][listed], *others]}}


def _unknown(inventory: Inventory | None) -> tuple[str, ...]:
    return () if inventory else (ROOT,)
