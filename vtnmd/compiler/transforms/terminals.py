"""Each terminal becomes a vTerminal with its one vInterface, and a port map that connects it with a switch port."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.flow_filters import Guards
from vtnmd.compiler.transforms.names import address_of, terminal_demand, terminal_interface, terminal_name, vtn_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _demands(service: Service) -> Iterator[Demand]:
    for vtn in service.vtns:
        for terminal in vtn.traffic.terminals.values():
            yield terminal_demand(service, vtn, terminal)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant, guards = vtn_name(service, vtn, drawn), Guards(service, vtn, drawn)
        for terminal in vtn.traffic.terminals.values():
            region, name = terminal.region, terminal_name(service, vtn, terminal.name, drawn)
            place = address_of(service, region, "odl", "vterminal", tenant, terminal.name)
            interface = terminal_interface(service, region, tenant, terminal.name)
            within = {"vtn": tenant, "terminal": name, "interface": name}
            description = terminal.description or terminal.name
            yield Resource(
                place,
                {"vtn": tenant, "name": name, "description": description},
                {address_of(service, region, "odl", "vtn", tenant): "contains"},
                origin=terminal.path,
            )
            yield Resource(
                interface,
                {**within, "description": description, "enabled": terminal.enabled},
                {place: "contains"},
                summary="" if terminal.enabled else "disabled",
                origin=terminal.path,
            )
            yield Resource(
                address_of(service, region, "odl", "vterminal-port-map", tenant, terminal.name),
                {**within, "node": terminal.node, "port": terminal.port, "vlan": terminal.vlan},
                {interface: "contains", **guards.of(region, terminal=terminal.name)},
                summary=f"{terminal.node} {terminal.port} " + (f"vlan {terminal.vlan}" if terminal.vlan else "untagged"),
                origin=terminal.path,
            )


RULE = Rule("terminals", _demands, _contribute)
