"""Each router becomes a VRF and gateways on the PE routers, and VPN routes to the other regions of its interconnect (RFC 4364)."""

from collections.abc import Iterator
from dataclasses import dataclass

from vtnmd.compiler.service import Interconnect, Router, Segment, Service, Vtn
from vtnmd.compiler.transforms.circuits import domain_name
from vtnmd.compiler.transforms.names import address_of, transaction_of, vtn_name
from vtnmd.compiler.transforms.paths import path_address, path_name
from vtnmd.compiler.transforms.rule import Rule
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource

_MAC_PREFIX = 0x0276_7400_0000
"""Locally administered, unicast."""


def _regions(vtn: Vtn, router: Router) -> tuple[str, ...]:
    return tuple(sorted({region for name in router.segments for region in vtn.segments[name].regions}))


def _routers(service: Service) -> Iterator[tuple[Vtn, Router]]:
    for vtn in service.vtns:
        yield from ((vtn, router) for router in vtn.routers.values())


def _owner(service: Service, vtn: Vtn, router: Router) -> str:
    return f"{service.name}/{vtn.name}/{router.name}"


def _demands(service: Service) -> Iterator[Demand]:
    for vtn, router in _routers(service):
        owner = _owner(service, vtn, router)
        yield Demand("route-target", owner)
        for region in _regions(vtn, router):
            yield Demand("route-distinguisher", f"{owner}/{region}")
            yield Demand("label", f"vrf/{owner}/{region}")
        for segment in router.segments:
            yield Demand("gateway-mac", f"{owner}/{segment}")


@dataclass(frozen=True, slots=True)
class _Table:
    """A router in one region."""

    service: Service
    vtn: Vtn
    router: Router
    region: str
    drawn: Allocations

    @property
    def tenant(self) -> str:
        return vtn_name(self.service, self.vtn, self.drawn)

    @property
    def owner(self) -> str:
        return _owner(self.service, self.vtn, self.router)

    @property
    def name(self) -> str:
        return f"{self.tenant}.{self.router.name}"

    def label(self, region: str) -> int:
        """What packets to the router's table in a region carry."""
        return self.drawn.number("label", f"vrf/{self.owner}/{region}")

    def address(self, kind: str, *key: str) -> Address:
        return address_of(self.service, self.region, "netconf", kind, self.tenant, *key)


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn, router in _routers(service):
        interconnect = vtn.interconnect_of(router.name)
        for region in _regions(vtn, router):
            table = _Table(service, vtn, router, region, drawn)
            yield _vrf(table)
            for segment in (vtn.segments[name] for name in router.segments):
                if region in segment.regions:
                    yield _gateway(table, segment)
                elif interconnect:
                    yield _route(table, segment, interconnect)


def _vrf(table: _Table) -> Resource:
    administrator = table.service.inventory.backbone["route-distinguisher"]["administrator"]
    distinguisher = f"{administrator}:{table.drawn.number('route-distinguisher', f'{table.owner}/{table.region}')}"
    target = f"{administrator}:{table.drawn.number('route-target', table.owner)}"
    return Resource(
        table.address("vrf", table.router.name),
        {
            "name": table.name,
            "route-distinguisher": distinguisher,
            "import-targets": [target],
            "export-targets": [target],
            "label": table.label(table.region),
        },
        summary=f"RD {distinguisher} RT {target}",
        origin=table.router.path,
    )


def _gateway(table: _Table, segment: Segment) -> Resource:
    number = _MAC_PREFIX + table.drawn.number("gateway-mac", f"{table.owner}/{segment.name}")
    return Resource(
        table.address("gateway", table.router.name, segment.name),
        {
            "name": domain_name(table.tenant, segment.name),
            "vrf": table.name,
            "bridge-domain": domain_name(table.tenant, segment.name),
            "address": segment.gateway,
            "prefix-length": segment.network.prefixlen,
            "mac-address": ":".join(f"{octet:02x}" for octet in number.to_bytes(6, "big")),
        },
        {
            table.address("vrf", table.router.name): "contains",
            table.address("attachment", segment.name): "answers in",
        },
        summary=f"{segment.gateway}/{segment.network.prefixlen}",
        origin=table.router.path,
    )


def _route(table: _Table, segment: Segment, interconnect: Interconnect) -> Resource:
    target = min(segment.regions)
    return Resource(
        table.address("vpn-route", table.router.name, segment.name),
        {
            "vrf": table.name,
            "prefix": str(segment.network),
            "path": path_name(target, interconnect.protection),
            "label": table.label(target),
        },
        {
            table.address("vrf", table.router.name): "contains",
            path_address(table.service, table.region, target, interconnect.protection): "rides",
        },
        summary=f"{segment.network} by {target}",
        origin=interconnect.path,
        transaction=transaction_of(table.tenant, interconnect),
    )


RULE = Rule("routing", _demands, _contribute, ("vrf", "gateway", "vpn-route"))
