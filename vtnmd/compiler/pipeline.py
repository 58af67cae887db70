"""The compiler's table of contents: Intent and inventory in, resource graph out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vtnmd.compiler.lasting_names import give_lasting_names
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.own_resources import OwnEntry, check_own_entries, find_own_entries, make_own_resources, own_demands
from vtnmd.compiler.probes import find_probes
from vtnmd.compiler.requirements import check_requirements
from vtnmd.compiler.service import SERVICE_PATH, Path, Service
from vtnmd.compiler.service_reading import read_service
from vtnmd.compiler.sharing import find_hosts, host_demands, host_resources
from vtnmd.compiler.transforms import RULES
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations, Demand, draw
from vtnmd.domain.diagnostics import Diagnostic, Invalid, has_errors, in_order
from vtnmd.domain.graph import Cycle, Resource, ResourceGraph, topological_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.probe import Probe


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a service comes to. `allocations` hold what it draws; nothing of it is taken until the plan is applied.

    `former` maps paths in the Intent to the name that the entry there had before.
    """

    graph: ResourceGraph
    allocations: Allocations
    probes: tuple[Probe, ...]
    warnings: tuple[Diagnostic, ...]
    former: Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Fitting:
    """A service whose needs the inventory meets."""

    service: Service
    warnings: tuple[Diagnostic, ...]


def compile_service(intent: Intent, inventory: Inventory, taken: Allocations) -> Compiled:
    """Check the service against the inventory, draw its names and allocations, run every rule, unite what they contribute.

    `intent` is validated and has its defaults filled in; `taken` is all that any service holds. Raises Invalid with everything that
    the inventory lacks, every exhausted pool, every rename that is none, or the cycle that the resources form.
    """
    found = check_service(intent, inventory)
    own = find_own_entries(service_schema(intent.models), intent)
    lasting = give_lasting_names(found.service, intent, taken)
    service, names = find_hosts(lasting.service, intent.others, taken), lasting.names
    drawn = _draw(service, intent, taken, own)
    resources = [resource for rule in RULES for resource in rule.contribute(service, drawn)]
    resources += host_resources(service, drawn, resources)
    graph = unite((*resources, *_own(service, drawn, intent, own, resources)))
    allocations = Allocations({**names.values, **drawn.values}, names.moved)
    warnings = in_order((*found.warnings, *lasting.warnings))
    return Compiled(graph, allocations, find_probes(service, drawn), warnings, lasting.former)


def check_service(intent: Intent, inventory: Inventory) -> Fitting:
    """The service as typed values, as it is written. Raises Invalid with everything that the inventory lacks."""
    service = read_service(intent.service, inventory, intent.others)
    found = check_requirements(service, intent.source)
    own = check_own_entries(service, find_own_entries(service_schema(intent.models), intent))
    found = in_order((*found, *(problem.at(intent.source(path)) for path, problem in own)))
    if has_errors(found):
        raise Invalid(*found)
    return Fitting(service, found)


def _own(
    service: Service, drawn: Allocations, intent: Intent, entries: tuple[OwnEntry, ...], resources: list[Resource]
) -> tuple[Resource, ...]:
    """What a designer's own lists contribute, beside what vtnmd's rules do."""
    made, problems = make_own_resources(service, drawn, intent, entries, resources)
    if problems:
        raise Invalid(*(problem.at(intent.source(path)) for path, problem in problems))
    return made


def _draw(service: Service, intent: Intent, taken: Allocations, own: tuple[OwnEntry, ...]) -> Allocations:
    demands: Iterable[Demand] = (demand for rule in RULES for demand in rule.demands(service))
    try:
        return draw((*demands, *host_demands(service), *own_demands(service, own)), service.pools, taken)
    except Invalid as problem:
        raise Invalid(*(diagnostic.at(intent.source(SERVICE_PATH)) for diagnostic in problem.diagnostics)) from None


def unite(resources: Iterable[Resource]) -> ResourceGraph:
    """The graph of all contributions. Raises Invalid for a contradiction, a need of nothing, or a cycle, which is printed.

    Equal contributions of one address are one resource.
    """
    united: dict[Address, Resource] = {}
    problems: list[Diagnostic] = []
    for resource in resources:
        known = united.setdefault(resource.address, resource)
        if known != resource:
            problems.append(
                Diagnostic(
                    "VTN-G001",
                    f"two parts of the service want different things of {resource.address}",
                    address=str(resource.address),
                    hint="give one of them another name",
                )
            )
    for resource in united.values():
        problems.extend(
            Diagnostic(
                "VTN-G002", f"{edge.source} needs {edge.target} ({edge.reason}), which nothing provides", address=str(edge.source)
            )
            for edge in resource.edges()
            if edge.target not in united
        )
    order: tuple[Address, ...] = ()
    if not problems:
        try:
            order = topological_order({address: [edge.target for edge in entry.edges()] for address, entry in united.items()})
        except Cycle as cycle:
            problems.append(Diagnostic("VTN-G003", f"resources need each other in a circle: {cycle}"))
    if problems:
        raise Invalid(*problems)
    return ResourceGraph(united, order)
