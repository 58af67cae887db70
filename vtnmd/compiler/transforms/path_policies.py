"""Each path policy becomes one of the three of the VTN Manager in each region where a path map leads by it."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.names import policy_address, policy_demand, policy_number
from vtnmd.compiler.transforms.path_maps import leading_maps
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _asked_for(service: Service) -> list[tuple[str, str]]:
    """Every (region, policy) that a map leads by, sorted."""
    return sorted({(leading.region, leading.path_map.policy) for leading in leading_maps(service) if leading.path_map.policy})


def _demands(service: Service) -> Iterator[Demand]:
    for region, policy in _asked_for(service):
        yield policy_demand(service, policy, region)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for region, name in _asked_for(service):
        policy = service.traffic.policies[name]
        default, links = policy.costs[region]
        number = policy_number(service, name, region, drawn)
        yield Resource(
            policy_address(service, region, name),
            {
                "id": number,
                "default-cost": default,
                "costs": [{"node": node, "port": port, "cost": cost} for node, port, cost in links],
            },
            summary=f"policy {number}, {len(links)} link{'s' if len(links) != 1 else ''}",
            origin=policy.path,
        )


RULE = Rule("path_policies", _demands, _contribute)
