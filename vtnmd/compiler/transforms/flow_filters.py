"""Each flow filter becomes, at each of its targets and per region, an entry in the target's list of incoming or outgoing filters.

The place in the list, its index, is part of the address: two filters that change places change in place, and no removal of one
can hit what the other has become.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vtnmd.compiler.service import Service, Vtn
from vtnmd.compiler.traffic import FlowFilter
from vtnmd.compiler.transforms.names import (
    address_of,
    bridge_name,
    condition_address,
    condition_name,
    interface_name,
    terminal_interface,
    terminal_name,
    vtn_name,
)
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json

_WRITTEN = (
    "source-mac",
    "destination-mac",
    "vlan-priority",
    "source",
    "destination",
    "dscp",
    "source-port",
    "destination-port",
    "icmp-type",
    "icmp-code",
)
"""The order in which fields are written, which is always the same since no two of them touch each other."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A filter at one of its targets in one region.

    `kind` is `vtn`, `segment`, `attachment` or `terminal`; `name` is empty for a VTN.
    """

    filter: FlowFilter
    kind: str
    name: str
    region: str


def acting_filters(vtn: Vtn) -> Iterator[Acting]:
    """Every filter of the VTN wherever it acts. One that redirects acts in the region of its destination only."""
    filters = vtn.traffic.filters
    for name in vtn.traffic.filtered_by:
        yield from (Acting(filters[name], "vtn", "", region) for region in vtn.regions if _acts_in(vtn, filters[name], region))
    for segment in vtn.segments.values():
        for name in segment.filtered_by:
            yield from (
                Acting(filters[name], "segment", segment.name, region)
                for region in segment.regions
                if _acts_in(vtn, filters[name], region)
            )
    for attachment in vtn.attachments:
        for name in attachment.filtered_by:
            yield Acting(filters[name], "attachment", attachment.name, attachment.region)
    for terminal in vtn.traffic.terminals.values():
        for name in terminal.filtered_by:
            yield Acting(filters[name], "terminal", terminal.name, terminal.region)


def _acts_in(vtn: Vtn, flow_filter: FlowFilter, region: str) -> bool:
    if flow_filter.terminal:
        return vtn.traffic.terminals[flow_filter.terminal].region == region
    return all(each.region == region for each in vtn.attachments if each.name == flow_filter.attachment)


class Guards:
    """The filters of a VTN by where they act: what lets packets in waits for those that look at them, so that none slips by."""

    def __init__(self, service: Service, vtn: Vtn, drawn: Allocations) -> None:
        tenant = vtn_name(service, vtn, drawn)
        self._found: dict[tuple[str, str, str], dict[Address, str]] = {}
        for acting in acting_filters(vtn):
            address = address_of(service, acting.region, "odl", "flow-filter", *_key(tenant, acting))
            self._found.setdefault((acting.region, acting.kind, acting.name), {})[address] = "filters its packets"

    def of(self, region: str, **places: str) -> dict[Address, str]:
        """The filters of the whole VTN in a region, and those of places there, such as `segment="web"`."""
        found = [self._found.get((region, kind, name), {}) for kind, name in (("vtn", ""), *places.items())]
        return {address: reason for each in found for address, reason in each.items()}


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant = vtn_name(service, vtn, drawn)
        for acting in acting_filters(vtn):
            flow_filter, region = acting.filter, acting.region
            place, within = _place(service, vtn, acting, drawn)
            needs = {place: "contains", condition_address(service, region, flow_filter.condition, drawn): "selects packets"}
            destination: dict[str, Json] = {}
            if flow_filter.action == "redirect":
                target, destination = _destination(service, vtn, flow_filter, region, drawn)
                needs.setdefault(target, "redirects to")
            yield Resource(
                address_of(service, region, "odl", "flow-filter", *_key(tenant, acting)),
                {
                    "vtn": tenant,
                    **within,
                    "outgoing": flow_filter.outgoing,
                    "index": flow_filter.index,
                    "condition": condition_name(service, flow_filter.condition, drawn),
                    "action": flow_filter.action,
                    **destination,
                    "rewrite": [
                        {"field": name, "value": flow_filter.rewrite[name]} for name in _WRITTEN if name in flow_filter.rewrite
                    ],
                },
                needs,
                summary=f"{flow_filter.action} {flow_filter.condition}",
                origin=flow_filter.path,
            )


def _key(tenant: str, acting: Acting) -> tuple[str, ...]:
    direction = "out" if acting.filter.outgoing else "in"
    return tenant, acting.kind, *((acting.name,) if acting.name else ()), direction, str(acting.filter.index)


def _place(service: Service, vtn: Vtn, acting: Acting, drawn: Allocations) -> tuple[Address, dict[str, Json]]:
    """What holds the list of filters, and the names that lead there below the VTN."""
    tenant, region = vtn_name(service, vtn, drawn), acting.region
    if acting.kind == "vtn":
        return address_of(service, region, "odl", "vtn", tenant), {}
    if acting.kind == "segment":
        bridge = bridge_name(service, vtn, acting.name, drawn)
        return address_of(service, region, "odl", "vbridge", tenant, acting.name), {"bridge": bridge}
    return _interface(service, vtn, acting.kind, acting.name, region, drawn)


def _destination(
    service: Service, vtn: Vtn, flow_filter: FlowFilter, region: str, drawn: Allocations
) -> tuple[Address, dict[str, Json]]:
    kind, name = ("terminal", flow_filter.terminal) if flow_filter.terminal else ("attachment", flow_filter.attachment)
    target, path = _interface(service, vtn, kind, name, region, drawn)
    return target, {"destination": path, "leaves": not flow_filter.enters}


def _interface(
    service: Service, vtn: Vtn, kind: str, name: str, region: str, drawn: Allocations
) -> tuple[Address, dict[str, Json]]:
    """The vInterface of a terminal or an attachment."""
    tenant = vtn_name(service, vtn, drawn)
    if kind == "terminal":
        terminal = terminal_name(service, vtn, name, drawn)
        return terminal_interface(service, region, tenant, name), {"terminal": terminal, "interface": terminal}
    attachment = next(each for each in vtn.attachments if each.name == name)
    return (
        address_of(service, region, "odl", "vinterface", tenant, attachment.segment, name),
        {
            "bridge": bridge_name(service, vtn, attachment.segment, drawn),
            "interface": interface_name(service, vtn, attachment, drawn),
        },
    )


RULE = Rule("flow_filters", no_demands, _contribute)
