"""Each pair of regions that an interconnect joins becomes a label-switched path in each direction, shared by all who ride it."""

from collections.abc import Iterator

from vtnmd.compiler.backbone import Way, pe_node, ways
from vtnmd.compiler.service import Interconnect, Service, Vtn
from vtnmd.compiler.transforms.names import address_of
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json


def member_pairs(vtn: Vtn, interconnect: Interconnect) -> tuple[tuple[str, str], ...]:
    """The ordered pairs of regions that traffic of the interconnect flows between, each direction once, sorted."""
    names = interconnect.segments or vtn.routers[interconnect.router].segments
    groups = [vtn.segments[name].regions for name in names]
    if interconnect.router:
        groups = [tuple({region for group in groups for region in group})]
    return tuple(sorted({(a, b) for group in groups for a in group for b in group if a != b}))


def path_address(service: Service, source: str, target: str, protection: str) -> Address:
    """The address of the label-switched path from one region to another."""
    return address_of(service, source, "netconf", "lsp", target, protection)


def path_name(target: str, protection: str) -> str:
    """The name of the path on its head-end router."""
    return f"{target}.{protection}"


def _contribute(service: Service, _drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        for interconnect in vtn.interconnects:
            for source, target in member_pairs(vtn, interconnect):
                primary, backup = ways(service.inventory, source, target, interconnect.protection)
                properties = {
                    "name": path_name(target, interconnect.protection),
                    "peer": pe_node(service.inventory, target),
                    "protection": interconnect.protection,
                    "primary": _way(primary),
                }
                yield Resource(
                    path_address(service, source, target, interconnect.protection),
                    {**properties, "backup": _way(backup)} if backup else properties,
                    summary="primary, backup" if backup else "primary",
                    origin=interconnect.path,
                )


def _way(way: Way) -> Json:
    return {"hops": list(way.hops), "labels": list(way.labels)}


RULE = Rule("paths", no_demands, _contribute, ("lsp",))
