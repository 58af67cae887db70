"""Each path map becomes one of its VTNs in each of their regions, or one of a whole VTN Manager.

As for flow filters, the index is part of the address.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vtnmd.compiler.service import Service, Vtn
from vtnmd.compiler.traffic import PathMap
from vtnmd.compiler.transforms.names import address_of, condition_address, condition_name, policy_address, policy_number, vtn_name
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json

_FEWEST_HOPS = 0
"""The policy that every VTN Manager has."""


@dataclass(frozen=True, slots=True)
class Leading:
    """A path map in one region, for one VTN or, where that is None, for all of them."""

    path_map: PathMap
    region: str
    vtn: Vtn | None


def leading_maps(service: Service) -> Iterator[Leading]:
    """Every path map wherever it leads: where the VTN is and the policy is made for."""
    traffic = service.traffic
    for path_map in traffic.path_maps.values():
        yield from (Leading(path_map, region, None) for region in traffic.regions_of(path_map, path_map.regions))
    for vtn in service.vtns:
        for name in vtn.traffic.path_maps:
            path_map = traffic.path_maps[name]
            yield from (Leading(path_map, region, vtn) for region in traffic.regions_of(path_map, vtn.regions))


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for leading in leading_maps(service):
        path_map, region = leading.path_map, leading.region
        needs = {condition_address(service, region, path_map.condition, drawn): "selects packets"}
        number = _FEWEST_HOPS
        if path_map.policy:
            number = policy_number(service, path_map.policy, region, drawn)
            needs[policy_address(service, region, path_map.policy)] = "leads by"
        properties: dict[str, Json] = {
            "index": path_map.index,
            "condition": condition_name(service, path_map.condition, drawn),
            "policy": number,
        }
        if path_map.timeouts:
            properties |= {"idle-timeout": path_map.timeouts[0], "hard-timeout": path_map.timeouts[1]}
        key: tuple[str, ...] = (str(path_map.index),)
        if leading.vtn:
            properties["vtn"] = tenant = vtn_name(service, leading.vtn, drawn)
            needs[address_of(service, region, "odl", "vtn", tenant)] = "contains"
            key = (tenant, str(path_map.index))
        yield Resource(
            address_of(service, region, "odl", "path-map" if leading.vtn else "global-path-map", *key),
            properties,
            needs,
            summary=f"{path_map.condition} by {path_map.policy or 'the fewest hops'}",
            origin=path_map.path,
        )


RULE = Rule("path_maps", no_demands, _contribute)
