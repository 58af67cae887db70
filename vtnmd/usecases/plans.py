"""Plans: made from a service or from its name, written to a file, read back."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vtnmd.compiler.pipeline import check_service
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.compiler.service import Path as InstancePath
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, in_order
from vtnmd.domain.graph import ResourceGraph
from vtnmd.domain.intent import Intent, referred_services
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import FORMAT_VERSION, Plan, plan_from_json
from vtnmd.domain.reads import service_digest, service_read
from vtnmd.domain.run import Drift
from vtnmd.domain.tree import Json, digest
from vtnmd.planner import Wanted, World, check_prefixes, make_plan
from vtnmd.state import ServiceEntry, Store, open_store
from vtnmd.usecases.abandoning import NOTHING_ABANDONED, Abandoned, let_go, without_region
from vtnmd.usecases.finding import find_service
from vtnmd.usecases.reconciling import UNREAD, Reading, reconcile
from vtnmd.usecases.services import (
    NOWHERE,
    Checked,
    Ready,
    Source,
    catalogue,
    check_source,
    compile_checked,
    templates_for,
)
from vtnmd.usecases.standing import maker, plan_standing
from vtnmd.usecases.writing import write_text

_LARGEST_PLAN = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the service as it stood when the plan was made, None where it was not there.

    `intent` is the plan's with the places where it was written; empty for a service that goes and for a plan from a file.
    `abandoned` is what it lets go of without touching it. `former` maps paths in the Intent to the name that the entry had before.
    """

    plan: Plan
    before: ServiceEntry | None
    intent: Intent = NOWHERE
    warnings: tuple[Diagnostic, ...] = ()
    abandoned: Abandoned = NOTHING_ABANDONED
    former: Mapping[InstancePath, str] = field(default_factory=dict)


def plan_service(source: Source, state: str, user: str, reading: Reading = UNREAD) -> Planned:
    """What applying the service would do. Reads, never writes. Raises Invalid or StateError."""
    with open_store(state, create=False) as store:
        return make_service_plan(source, store, user, reading=reading)


def make_service_plan(source: Source, store: Store, user: str, abandon: str = "", reading: Reading = UNREAD) -> Planned:
    """The same on an open state, letting go of the region `abandon`."""
    return plan_checked(check_source(source, store), store, user, abandon, reading)


def plan_checked(checked: Checked, store: Store, user: str, abandon: str = "", reading: Reading = UNREAD) -> Planned:
    """The same for a valid Intent, in time that goes with the service and not with all that the state holds."""
    before = store.service(checked.intent.name)
    standing = None if abandon or reading.drift is not Drift.REFUSE else plan_standing(checked, before, store, user)
    if standing is not None:
        warnings = check_service(checked.intent, checked.inventory).warnings
        return Planned(standing, before, checked.intent, in_order((*checked.warnings, *warnings)))
    return plan_ready(compile_checked(checked, store), store, user, abandon, reading)


def plan_ready(ready: Ready, store: Store, user: str, abandon: str = "", reading: Reading = UNREAD) -> Planned:
    """The same for a compiled service. Raises Invalid (VTN-P012) where it would take the ground from under servers."""
    name = ready.intent.name
    known_as = ready.compiled.former.get(SERVICE_PATH, name)
    before = store.service(known_as)
    refused = check_prefixes(before.intent if before else None, ready.intent, ready.compiled.former)
    if refused:
        raise Invalid(*refused)
    wanted = without_region(ready.wanted, abandon)
    _refuse_untemplated(ready)
    there, abandoned = let_go(world_of(store, known_as, wanted, before), abandon)
    templates = templates_for(ready.intent.models, store)
    world, unread = reconcile(ready, there, wanted.graph.resources if wanted else {}, store, reading, templates)
    plan = make_plan(name, user, wanted, ready.inventory, world, templates)
    # without the region it is not all that the Intent comes to, so that the next plan has to compile it
    plan = replace(plan, maker="" if abandon else maker(), reads={**plan.reads, **_reads_of_others(ready.intent, store)})
    return Planned(plan, before, ready.intent, (*ready.warnings, *unread, *_waiting(plan, store)), abandoned, ready.compiled.former)


def _reads_of_others(intent: Intent, store: Store) -> dict[str, str]:
    """The services that it refers to, as the state holds them."""
    known = {name: store.service(name) for name in referred_services(intent.service)}
    return {service_read(name): service_digest(entry.intent if entry else None) for name, entry in known.items()}


def _refuse_untemplated(ready: Ready) -> None:
    """Only what goes may be rendered with a template that its designer has dropped.

    Raises Invalid (VTN-R001) with each kind that the service wants and its models have no template of.
    """
    own, endpoints = catalogue(ready.intent.models), {endpoint.id: endpoint for endpoint in ready.inventory.endpoints()}
    kinds = {(address.endpoint_id, address.kind): resource for address, resource in ready.compiled.graph.resources.items()}
    problems: list[Diagnostic] = []
    for (endpoint, _), resource in kinds.items() if ready.intent.models else ():
        try:
            own.digest(resource, endpoints[endpoint])
        except Invalid as problem:
            problems.extend(problem.diagnostics)
    if problems:
        raise Invalid(*problems)


def plan_destroy(name: str, state: str, user: str) -> Planned:
    """What destroying the service would do. Reads, never writes. Raises Invalid or StateError."""
    with open_store(state, create=False) as store:
        return make_destroy_plan(name, store, user)


def make_destroy_plan(name: str, store: Store, user: str, abandon: str = "") -> Planned:
    """What removes the service, letting go of the region `abandon`. Raises StateError (VTN-S007) where there is no such service."""
    before = find_service(name, store)
    inventory = Inventory(store.inventory() or {})
    world, abandoned = let_go(world_of(store, name, None, before), abandon)
    plan = make_plan(name, user, None, inventory, world, templates_for(before.models, store))
    return Planned(plan, before, warnings=_waiting(plan, store), abandoned=abandoned)


def make_plan_of_state(name: str, store: Store, user: str, apart: frozenset[Address] = frozenset(), abandon: str = "") -> Planned:
    """What still leads to what the state holds of the service: the approved Intent, its resources and what it drew.

    Changes of resources `apart` get requests of their own. Raises StateError (VTN-S007).
    """
    before = find_service(name, store)
    wanted = without_region(_stored(before, store), abandon)
    world, abandoned = let_go(world_of(store, name, wanted, before), abandon)
    inventory = Inventory(store.inventory() or {})
    plan = make_plan(name, user, wanted, inventory, replace(world, apart=apart), templates_for(before.models, store))
    same = not abandon and before.inventory_digest == inventory.digest
    return Planned(replace(plan, maker=before.maker if same else ""), before, abandoned=abandoned)


def _stored(before: ServiceEntry, store: Store) -> Wanted | None:
    """What the service was compiled to when its Intent was approved; None where it is being destroyed."""
    if before.intent is None:
        return None
    resources = {address: by[before.name] for address, by in store.contributions(service=before.name).items()}
    return Wanted(before.intent, ResourceGraph(resources), store.service_allocations(before.name), before.probes)


def _waiting(plan: Plan, store: Store) -> tuple[Diagnostic, ...]:
    """A warning for each region with changes in which an operator lets nothing begin."""
    counts = Counter(change.address.region for change in plan.changes)
    held = [mode for region, mode in sorted(store.modes().items()) if mode.holds and counts[region]]
    number = len(plan.changes)
    return tuple(
        Diagnostic(
            "VTN-P040",
            f"{mode}; {counts[mode.region]} of {number} changes wait for it",
            severity=Severity.WARNING,
            hint=f"it ends with: vtnmd region unpause {mode.region}",
        )
        for mode in held
    )


def planned_before(plan: Plan, state: str) -> Planned:
    """A plan that was made earlier, with the service as it stands now. Raises StateError."""
    with open_store(state, create=False) as store:
        return Planned(plan, store.service(plan.formerly))


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan with its digest for `apply PLANFILE`, as a whole or not at all. Raises Invalid (VTN-F008)."""
    content = plan.to_json()
    write_text(json.dumps({**content, "digest": digest(content)}, ensure_ascii=False, indent=1) + "\n", path)


def read_plan(path: Path) -> Plan | None:
    """The plan that a file holds; None where the file is no JSON object, and so no plan. Raises Invalid (VTN-P010)."""
    try:
        with path.open("rb") as file:
            if file.read(1) != b"{":
                return None
            content = b"{" + file.read(_LARGEST_PLAN)
    except OSError:
        return None
    try:
        return plan_from_json(_unchanged(json.loads(content)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        reason = f"it has no {problem}" if isinstance(problem, KeyError) else problem
        hint = "make the plan again with: vtnmd plan SERVICE -o FILE"
        raise Invalid(Diagnostic("VTN-P010", f"{path} holds no plan that this vtnmd reads: {reason}", hint=hint)) from None


def _unchanged(data: Json) -> Json:
    """What a plan file holds besides its digest, which must agree: what was approved is what `vtnmd plan` wrote.

    A file of another format version is passed on as it is. Raises KeyError or ValueError.
    """
    if data["format_version"] != FORMAT_VERSION:
        return data
    content = {key: value for key, value in data.items() if key != "digest"}
    if digest(content) != data["digest"]:
        raise ValueError("it was changed after vtnmd wrote it")
    return content


def world_of(store: Store, name: str, wanted: Wanted | None, before: ServiceEntry | None) -> World:
    """What the state holds of a service and of what it wants."""
    world = read_world(store, name, wanted.graph.resources if wanted else ())
    owner = before.owner if before else ""
    return replace(world, intent=before.intent if before else None, inventory=store.inventory(), owner=owner)


def read_world(store: Store, name: str, wanted: Iterable[Address]) -> World:
    """The Snapshot's entries that the service owns or wants, and who else wants them."""
    addresses = set(wanted)
    applied = dict(store.snapshot(owner=name).applied)
    fresh = addresses - applied.keys()
    if fresh:
        applied |= store.snapshot(fresh).applied
    offers = {endpoint: known.offers for endpoint, known in store.health().items() if known.offers}
    return World(applied=applied, sharing=store.sharing(name, fresh), offers=offers)
