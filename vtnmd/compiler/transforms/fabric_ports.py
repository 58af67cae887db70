"""Each attachment becomes a vInterface of its segment's vBridge and a port map that connects it with a switch port."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.flow_filters import Guards
from vtnmd.compiler.transforms.names import address_of, bridge_name, interface_demand, interface_name, vtn_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _demands(service: Service) -> Iterator[Demand]:
    for vtn in service.vtns:
        for attachment in vtn.attachments:
            yield interface_demand(service, vtn, attachment)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant, guards = vtn_name(service, vtn, drawn), Guards(service, vtn, drawn)
        for attachment in vtn.attachments:
            region = attachment.region
            within = {
                "vtn": tenant,
                "bridge": bridge_name(service, vtn, attachment.segment, drawn),
                "interface": interface_name(service, vtn, attachment, drawn),
            }
            place = address_of(service, region, "odl", "vinterface", tenant, attachment.segment, attachment.name)
            yield Resource(
                place,
                {**within, "description": attachment.description or attachment.name, "enabled": attachment.enabled},
                {address_of(service, region, "odl", "vbridge", tenant, attachment.segment): "contains"},
                summary="" if attachment.enabled else "disabled",
                origin=attachment.path,
            )
            yield Resource(
                address_of(service, region, "odl", "port-map", tenant, attachment.segment, attachment.name),
                {**within, "node": attachment.node, "port": attachment.port, "vlan": attachment.vlan},
                {place: "contains", **guards.of(region, segment=attachment.segment, attachment=attachment.name)},
                summary=f"{attachment.node} {attachment.port} " + (f"vlan {attachment.vlan}" if attachment.vlan else "untagged"),
                origin=attachment.path,
            )


RULE = Rule("fabric_ports", _demands, _contribute, ("vinterface", "port-map"))
