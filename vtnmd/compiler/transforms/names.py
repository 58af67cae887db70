"""Names, addresses and allocations that several rules agree on."""

import re

from vtnmd.compiler.service import Attachment, Interconnect, Segment, Service, Vtn, name_pool
from vtnmd.compiler.traffic import Terminal
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


def guest_name(service: Service, vtn: Vtn, name: str) -> str:
    """What something of a VTN is called on a segment of another service; names that designers give hold no colon."""
    return f"{service.name}:{vtn.name}:{name}"


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


def terminal_demand(service: Service, vtn: Vtn, terminal: Terminal) -> Demand:
    """The name of the terminal's vTerminal and of the interface in it."""
    return Demand(name_pool(service, vtn), f"terminal/{terminal.name}", odl_name(terminal.name))


def terminal_name(service: Service, vtn: Vtn, terminal: str, drawn: Allocations) -> str:
    """What was drawn for `terminal_demand`."""
    return drawn.name(name_pool(service, vtn), f"terminal/{terminal}")


def terminal_interface(service: Service, region: str, tenant: str, terminal: str) -> Address:
    """The address of a terminal's vInterface, which is what packets are redirected to."""
    return address_of(service, region, "odl", "vterminal-interface", tenant, terminal)


def condition_demand(service: Service, condition: str) -> Demand:
    """The name of the flow condition, one for all regions; every VTN of a VTN Manager sees it."""
    return Demand("name/odl-condition", f"{service.name}/{condition}", odl_name(f"{service.name}_{condition}"))


def condition_name(service: Service, condition: str, drawn: Allocations) -> str:
    """What was drawn for `condition_demand`."""
    return drawn.name("name/odl-condition", f"{service.name}/{condition}")


def condition_address(service: Service, region: str, condition: str, drawn: Allocations) -> Address:
    """The address of the flow condition in a region."""
    return address_of(service, region, "odl", "flow-condition", condition_name(service, condition, drawn))


def policy_demand(service: Service, policy: str, region: str) -> Demand:
    """Which of the path policies of the region's VTN Manager it is."""
    return Demand(f"path-policy/{region}", f"{service.name}/{policy}")


def policy_number(service: Service, policy: str, region: str, drawn: Allocations) -> int:
    """What was drawn for `policy_demand`."""
    return drawn.number(f"path-policy/{region}", f"{service.name}/{policy}")


def policy_address(service: Service, region: str, policy: str) -> Address:
    """The address of the path policy in a region."""
    return address_of(service, region, "odl", "path-policy", service.name, policy)
