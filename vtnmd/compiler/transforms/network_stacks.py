"""Each VTN becomes, per region that runs a workload of it, one Heat stack with its networks, subnets and security group."""

from collections.abc import Iterator
from ipaddress import ip_address

from vtnmd.compiler.service import Segment, Service, Vtn
from vtnmd.compiler.transforms.names import address_of, vlan, vtn_name
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json


def network_address(service: Service, region: str, tenant: str) -> Address:
    """The address of the stack that holds the networks of a VTN in a region."""
    return address_of(service, region, "heat", "network", tenant)


def workload_regions(vtn: Vtn) -> tuple[str, ...]:
    """Where any workload of the VTN runs, sorted."""
    return tuple(sorted({region for workload in vtn.workloads for region in workload.regions}))


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant = vtn_name(service, vtn, drawn)
        prefixes = sorted(str(segment.network) for segment in vtn.segments.values())
        for region in workload_regions(vtn):
            present = [segment for segment in vtn.segments.values() if region in segment.regions]
            settings = service.endpoint(region, "heat").settings
            yield Resource(
                network_address(service, region, tenant),
                {
                    "name": f"{tenant}-network",
                    "service": service.name,
                    "vtn": tenant,
                    "physical-network": settings["physical-network"],
                    "prefixes": prefixes,
                    "segments": [_segment(segment, region, vlan(service, vtn, segment.name, region, drawn)) for segment in present],
                },
                summary=", ".join(str(segment.network) for segment in present),
                origin=vtn.path,
            )


def _segment(segment: Segment, region: str, number: int) -> Json:
    """The prefix stands in its whole length in every region; the pools keep the regions' servers apart."""
    first = int(segment.network.network_address)
    return {
        "name": segment.name,
        "cidr": str(segment.network),
        "version": segment.network.version,
        "gateway": segment.gateway or None,
        "mtu": segment.mtu,
        "vlan": number,
        "dns-servers": list(segment.dns_servers),
        "pools": [
            {"start": str(ip_address(first + low)), "end": str(ip_address(first + high))} for low, high in segment.pools[region]
        ],
    }


RULE = Rule("network_stacks", no_demands, _contribute, ("network",))
