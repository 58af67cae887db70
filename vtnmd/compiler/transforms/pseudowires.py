"""Each stretched segment becomes a full mesh of pseudowires between the PE routers of its regions (RFC 4762)."""

from collections.abc import Iterator

from vtnmd.compiler.service import Interconnect, Service, Vtn
from vtnmd.compiler.transforms.circuits import domain_name
from vtnmd.compiler.transforms.names import address_of, transaction_of, vtn_name
from vtnmd.compiler.transforms.paths import path_address, path_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _meshes(service: Service) -> Iterator[tuple[Vtn, Interconnect, str, str, str]]:
    """Every (VTN, interconnect, segment, source region, target region)."""
    for vtn in service.vtns:
        for interconnect in vtn.interconnects:
            for segment in interconnect.segments:
                regions = vtn.segments[segment].regions
                yield from ((vtn, interconnect, segment, a, b) for a in regions for b in regions if a != b)


def _owner(service: Service, vtn: Vtn, segment: str, source: str, target: str) -> str:
    """Whose label it is that the source puts on frames to the target."""
    return f"pseudowire/{service.name}/{vtn.name}/{segment}/{source}→{target}"


def _demands(service: Service) -> Iterator[Demand]:
    for vtn, _, segment, source, target in _meshes(service):
        yield Demand("label", _owner(service, vtn, segment, source, target))


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn, interconnect, segment, source, target in _meshes(service):
        tenant = vtn_name(service, vtn, drawn)
        sent = drawn.number("label", _owner(service, vtn, segment, source, target))
        yield Resource(
            address_of(service, source, "netconf", "pseudowire", tenant, interconnect.name, segment, target),
            {
                "name": f"{domain_name(tenant, segment)}.{target}",
                "bridge-domain": domain_name(tenant, segment),
                "path": path_name(target, interconnect.protection),
                "in-label": drawn.number("label", _owner(service, vtn, segment, target, source)),
                "out-label": sent,
            },
            {
                address_of(service, source, "netconf", "attachment", tenant, segment): "contains",
                path_address(service, source, target, interconnect.protection): "rides",
            },
            summary=f"label {sent}",
            origin=interconnect.path,
            transaction=transaction_of(tenant, interconnect),
        )


RULE = Rule("pseudowires", _demands, _contribute, ("pseudowire",))
