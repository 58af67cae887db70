"""Names, addresses and allocations that several rules agree on."""

import re

from vtnmd.compiler.service import Attachment, Interconnect, Segment, Service, Vtn, name_pool
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations, Demand

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_]")


def odl_name(text: str) -> str:
    """`text` in the alphabet of VTN Manager names (vtn-types:vnode-name), beginning with a letter."""
    name = _NOT_ALLOWED.sub("_", text).lstrip("_")
    return name if name[:1].isalpha() else f"v{name}"


def vtn_demand(service: Service, vtn: Vtn) -> Demand:
    """The name of the VTN, one for all regions and endpoints."""
    return Demand("name/odl", f"{service.name}/{vtn.name}", odl_name(f"{vtn.tenant}_{vtn.name}"))


def vtn_name(service: Service, vtn: Vtn, drawn: Allocations) -> str:
    """What was drawn for `vtn_demand`."""
    return drawn.name("name/odl", f"{service.name}/{vtn.name}")


def bridge_demand(service: Service, vtn: Vtn, segment: Segment) -> Demand:
    """The name of the segment's vBridge."""
    return Demand(name_pool(service, vtn), f"segment/{segment.name}", odl_name(segment.name))


def bridge_name(service: Service, vtn: Vtn, segment: str, drawn: Allocations) -> str:
    """What was drawn for `bridge_demand`."""
    return drawn.name(name_pool(service, vtn), f"segment/{segment}")


def interface_demand(service: Service, vtn: Vtn, attachment: Attachment) -> Demand:
    """The name of the attachment's vInterface."""
    return Demand(name_pool(service, vtn), f"attachment/{attachment.name}", odl_name(attachment.name))


def interface_name(service: Service, vtn: Vtn, attachment: Attachment, drawn: Allocations) -> str:
    """What was drawn for `interface_demand`."""
    return drawn.name(name_pool(service, vtn), f"attachment/{attachment.name}")


def vlan_demand(service: Service, vtn: Vtn, segment: Segment, region: str) -> Demand:
    """The VLAN that carries the segment in the region's fabric."""
    return Demand(f"vlan/{region}", f"{service.name}/{vtn.name}/{segment.name}")


def vlan(service: Service, vtn: Vtn, segment: str, region: str, drawn: Allocations) -> int:
    """What was drawn for `vlan_demand`."""
    return drawn.number(f"vlan/{region}", f"{service.name}/{vtn.name}/{segment}")


def transaction_of(tenant: str, interconnect: Interconnect | None) -> str:
    """What the interconnect's changes name to be committed together; empty where each region is on its own."""
    return f"{tenant}/{interconnect.name}" if interconnect and interconnect.atomic else ""


def address_of(service: Service, region: str, kind: str, resource: str, *key: str) -> Address:
    """The address of a resource at the region's endpoint of that kind."""
    return Address(region, service.endpoint(region, kind).name, resource, key)
