"""The configuration as clients see it, and as planners read it: without what equals defaults, and with it."""

from collections.abc import Collection, Mapping, Sequence

from vtnmd.compiler.models import service_schema
from vtnmd.domain.commit import SERVICE, SERVICES, Part, service_of, service_part
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.models import Models
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json
from vtnmd.state import Basis, CommitEntry, CommitValues, open_store
from vtnmd.yang.defaults import with_defaults, without_defaults


def brought_by(plan: Plan) -> Basis:
    """What a run of the plan commits, where that was not made of a commit."""
    parts = {ROOT: written_inventory(plan.inventory)}
    if plan.intent is not None:
        trimmed = without_defaults(service_schema(plan.intent.models), plan.intent.document)
        parts[service_part(plan.service)] = trimmed[SERVICES][SERVICE][0]
    return Basis(parts=parts)


def written_inventory(document: Json) -> Json:
    """The part that holds an inventory, from its document with defaults."""
    return without_defaults(service_schema(), document).get(ROOT, {})


def complete_inventory(value: Json) -> Json:
    """The inventory's document with defaults filled in, from the part that holds it: as `Commit.completed` wants it."""
    return with_defaults(service_schema(), {ROOT: value})


def intent_of(part: Part, value: Json, models: Models) -> Intent:
    """The Intent that a part says; it was written nowhere, so that errors tell paths and no lines."""
    return Intent(service_of(part), {SERVICES: {SERVICE: [value]}}, models=models)


def history(state: str, limit: int, part: Part = "") -> Sequence[CommitEntry]:
    """The latest commits first, of all parts or of the one."""
    with open_store(state, create=False) as store:
        return store.commits(limit, part)


def committed_values(number: int, state: str) -> CommitValues:
    """One commit with what it changed. Raises StateError (VTN-S041)."""
    with open_store(state, create=False) as store:
        return store.commit_entry(number)


def changes_back_to(number: int, state: str, parts: Collection[Part] = ()) -> Mapping[Part, Json]:
    """What a commit has to change so that `parts`, or all where none is named, are again as they were right after commit `number`.

    Empty where they are. Raises StateError (VTN-S041).
    """
    with open_store(state, create=False) as store:
        found = store.changes_back_to(number)
    return {part: value for part, value in found.items() if not parts or part in parts}
