"""Each VTN becomes a VTN in the VTN Manager of each region that it reaches."""

from collections.abc import Iterator

from vtnmd.compiler.service import Service
from vtnmd.compiler.transforms.names import address_of, vtn_demand, vtn_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


def _demands(service: Service) -> Iterator[Demand]:
    for vtn in service.vtns:
        yield vtn_demand(service, vtn)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        name = vtn_name(service, vtn, drawn)
        for region in vtn.regions:
            yield Resource(
                address_of(service, region, "odl", "vtn", name),
                {"name": name, "description": vtn.description or f"{vtn.name} of tenant {vtn.tenant}"},
                origin=vtn.path,
            )


RULE = Rule("vtns", _demands, _contribute, ("vtn",))
