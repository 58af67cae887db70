"""Each segment becomes, per region, a vBridge and a VLAN map that connects it with one VLAN of the fabric."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.flow_filters import Guards
from vtnmd.compiler.transforms.names import address_of, bridge_demand, bridge_name, vlan, vlan_demand, vtn_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _demands(service: Service) -> Iterator[Demand]:
    for vtn in service.vtns:
        for segment in vtn.segments.values():
            yield bridge_demand(service, vtn, segment)
            for region in segment.regions:
                yield vlan_demand(service, vtn, segment, region)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant, guards = vtn_name(service, vtn, drawn), Guards(service, vtn, drawn)
        for segment in vtn.segments.values():
            bridge = bridge_name(service, vtn, segment.name, drawn)
            for region in segment.regions:
                number = vlan(service, vtn, segment.name, region, drawn)
                place = address_of(service, region, "odl", "vbridge", tenant, segment.name)
                yield Resource(
                    place,
                    {"vtn": tenant, "name": bridge, "description": segment.description or f"{segment.name} {segment.network}"},
                    {address_of(service, region, "odl", "vtn", tenant): "contains"},
                    origin=segment.path,
                )
                yield Resource(
                    address_of(service, region, "odl", "vlan-map", tenant, segment.name),
                    {"vtn": tenant, "bridge": bridge, "vlan": number},
                    {place: "contains", **guards.of(region, segment=segment.name)},
                    summary=f"vlan {number}",
                    origin=segment.path,
                )


RULE = Rule("fabric_segments", _demands, _contribute, ("vbridge", "vlan-map"))
