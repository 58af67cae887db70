"""Each flow condition becomes one of the VTN Manager in each region where a filter or a path map asks for it."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.flow_filters import acting_filters
from vtnmd.compiler.transforms.names import condition_address, condition_demand, condition_name
from vtnmd.compiler.transforms.path_maps import leading_maps
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def asked_for(service: Service) -> frozenset[tuple[str, str]]:
    """Every (region, condition) that something is done with."""
    filters = {(acting.region, acting.filter.condition) for vtn in service.vtns for acting in acting_filters(vtn)}
    return frozenset(filters | {(leading.region, leading.path_map.condition) for leading in leading_maps(service)})


def _demands(service: Service) -> Iterator[Demand]:
    for condition in {name for _, name in asked_for(service)}:
        yield condition_demand(service, condition)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for region, name in sorted(asked_for(service)):
        condition = service.traffic.conditions[name]
        count = len(condition.matches)
        yield Resource(
            condition_address(service, region, name, drawn),
            {"name": condition_name(service, name, drawn), "matches": list(condition.matches)},
            summary=f"{count} match{'es' if count != 1 else ''}" if count else "every packet",
            origin=condition.path,
        )


RULE = Rule("flow_conditions", _demands, _contribute)
