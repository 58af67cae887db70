"""Each region of a segment that names hosts by MAC address becomes the MAC map of the segment's vBridge there."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.flow_filters import Guards
from vtnmd.compiler.transforms.names import address_of, bridge_name, vtn_name
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant, guards = vtn_name(service, vtn, drawn), Guards(service, vtn, drawn)
        for segment in vtn.segments.values():
            for region, hosts in segment.mac_maps.items():
                yield Resource(
                    address_of(service, region, "odl", "mac-map", tenant, segment.name),
                    {
                        "vtn": tenant,
                        "bridge": bridge_name(service, vtn, segment.name, drawn),
                        "allowed": list(hosts.allowed),
                        "denied": list(hosts.denied),
                    },
                    {
                        address_of(service, region, "odl", "vbridge", tenant, segment.name): "contains",
                        **guards.of(region, segment=segment.name),
                    },
                    summary=f"{len(hosts.allowed)} allowed" + (f", {len(hosts.denied)} denied" if hosts.denied else ""),
                    origin=segment.path,
                )


RULE = Rule("mac_maps", no_demands, _contribute)
