"""Each workload becomes, per region, one Heat stack with its servers, ports and volumes.

The body's form is that of `vtnmd.yang.workload_body`. Each copy of a server has a number from 1; each of its ports has an
address that is drawn from the region's pool of its segment, so that identities are chosen once and in one place.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from vtnmd.compiler.images import fitting_flavor, fitting_image
from vtnmd.compiler.service import Guest, Service, Vtn, Workload, address_pool
from vtnmd.compiler.transforms.names import address_of, guest_name, vtn_name
from vtnmd.compiler.transforms.network_stacks import network_address
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json, Ref, Tree


def _workloads(service: Service) -> Iterator[tuple[Vtn, Workload, str]]:
    for vtn in service.vtns:
        for workload in vtn.workloads:
            yield from ((vtn, workload, region) for region in workload.regions)


def _owner(service: Service, vtn: Vtn, workload: Workload, server: str, copy: int, port: tuple[int, str]) -> str:
    """For whom an address is drawn: pools of other services tell who is a guest there."""
    number, segment = port
    name = guest_name(service, vtn, workload.name) if segment in vtn.guests else workload.name
    return f"{name}/{server}-{copy}/{number}"


def _found(service: Service, vtn: Vtn, segment: str) -> Guest:
    """A segment of the VTN or a shared one, with the service and the VTN that make it."""
    return vtn.guests.get(segment) or Guest(service, vtn, vtn.segments[segment])


def _demands(service: Service) -> Iterator[Demand]:
    for vtn, workload, region in _workloads(service):
        for server in workload.body["servers"]:
            for index, port in enumerate(server["ports"]):
                at = _found(service, vtn, port["segment"])
                if not port.get("ip_address"):
                    pool = address_pool(at.service, at.vtn, at.segment, region)
                    for copy in range(1, workload.count + 1):
                        yield Demand(pool, _owner(service, vtn, workload, server["name"], copy, (index, port["segment"])))


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn, workload, region in _workloads(service):
        tenant = vtn_name(service, vtn, drawn)
        settings = service.endpoint(region, "heat").settings
        servers = [
            _server(service, vtn, workload, region, (server, copy), drawn)
            | {"flavor": fitting_flavor(settings, server["flavor"]), "image": fitting_image(settings, server["image"])}
            for server in workload.body["servers"]
            for copy in range(1, workload.count + 1)
        ]
        needs = {network_address(service, region, tenant): "uses"}
        for at in (_found(service, vtn, segment) for segment in (*workload.segments, *workload.shared)):
            maker = vtn_name(at.service, at.vtn, drawn)
            carries = address_of(at.service, region, "odl", "vlan-map", maker, at.segment.name)
            needs[carries] = "its VLAN must be carried before servers boot"
        yield Resource(
            address_of(service, region, "heat", "workload", tenant, workload.name),
            {
                "name": f"{tenant}-{workload.name}-workload",
                "service": service.name,
                "workload": workload.name,
                "key-name": workload.key_name or None,
                "security-group": Ref(network_address(service, region, tenant), "security-group"),
                "servers": servers,
            },
            needs,
            summary=f"{len(servers)} server{'s' if len(servers) != 1 else ''}",
            origin=workload.path,
        )


def _server(service: Service, vtn: Vtn, workload: Workload, region: str, which: tuple[Json, int], drawn: Allocations) -> Tree:
    server, copy = which
    ports = []
    for index, port in enumerate(server["ports"]):
        at = _found(service, vtn, port["segment"])
        segment = at.segment
        address = port.get("ip_address")
        if not address:
            pool = address_pool(at.service, at.vtn, segment, region)
            offset = drawn.number(pool, _owner(service, vtn, workload, server["name"], copy, (index, port["segment"])))
            address = str(ip_address(int(segment.network.network_address) + offset))
        networks = network_address(at.service, region, vtn_name(at.service, at.vtn, drawn))
        guarded = {"security-group": Ref(networks, "security-group")} if port["segment"] in vtn.guests else {}
        ports.append(
            {
                "name": f"{server['name']}-{copy}-port-{index + 1}",
                "network": Ref(networks, f"network-{segment.name}"),
                "subnet": Ref(networks, f"subnet-{segment.name}"),
                "address": address,
                **guarded,
            }
        )
    booted = {"user-data": server["user_data"]} if "user_data" in server else {}
    return {"name": f"{server['name']}-{copy}", "ports": ports, "volumes": list(server.get("volumes", [])), **booted}


RULE = Rule("workload_stacks", _demands, _contribute, ("workload",))
