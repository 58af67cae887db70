"""Each router becomes a VRF and gateways on the PE routers, and VPN routes to the other regions of its interconnect (RFC 4364)."""

from collections.abc import Iterator

from vtnmd.compiler.service import Interconnect, Router, Segment, Service, Vtn
from vtnmd.compiler.transforms.circuits import domain_name
from vtnmd.compiler.transforms.names import address_of, vtn_name
from vtnmd.compiler.transforms.paths import path_address, path_name
from vtnmd.compiler.transforms.rule import Rule
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


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn, router in _routers(service):
        interconnect = vtn.interconnect_of(router.name)
        for region in _regions(vtn, router):
            yield _table(service, vtn, router, region, drawn)
            for name in router.segments:
                segment = vtn.segments[name]
                if region in segment.regions:
                    yield _gateway(service, vtn, router, segment, region, drawn)
                elif interconnect:
                    yield _route(service, vtn, router, interconnect, segment, region, drawn)


def _table(service: Service, vtn: Vtn, router: Router, region: str, drawn: Allocations) -> Resource:
    tenant, owner = vtn_name(service, vtn, drawn), _owner(service, vtn, router)
    administrator = service.inventory.backbone["route-distinguisher"]["administrator"]
    distinguisher = f"{administrator}:{drawn.number('route-distinguisher', f'{owner}/{region}')}"
    target = f"{administrator}:{drawn.number('route-target', owner)}"
    return Resource(
        address_of(service, region, "netconf", "vrf", tenant, router.name),
        {
            "name": f"{tenant}.{router.name}",
            "route-distinguisher": distinguisher,
            "import-targets": [target],
            "export-targets": [target],
            "label": drawn.number("label", f"vrf/{owner}/{region}"),
        },
        summary=f"RD {distinguisher} RT {target}",
        origin=router.path,
    )


def _gateway(service: Service, vtn: Vtn, router: Router, segment: Segment, region: str, drawn: Allocations) -> Resource:
    tenant = vtn_name(service, vtn, drawn)
    number = _MAC_PREFIX + drawn.number("gateway-mac", f"{_owner(service, vtn, router)}/{segment.name}")
    return Resource(
        address_of(service, region, "netconf", "gateway", tenant, router.name, segment.name),
        {
            "name": domain_name(tenant, segment.name),
            "vrf": f"{tenant}.{router.name}",
            "bridge-domain": domain_name(tenant, segment.name),
            "address": segment.gateway,
            "prefix-length": segment.network.prefixlen,
            "mac-address": ":".join(f"{octet:02x}" for octet in number.to_bytes(6, "big")),
        },
        {
            address_of(service, region, "netconf", "vrf", tenant, router.name): "contains",
            address_of(service, region, "netconf", "attachment", tenant, segment.name): "answers in",
        },
        summary=f"{segment.gateway}/{segment.network.prefixlen}",
        origin=router.path,
    )


def _route(
    service: Service, vtn: Vtn, router: Router, interconnect: Interconnect, segment: Segment, region: str, drawn: Allocations
) -> Resource:
    tenant = vtn_name(service, vtn, drawn)
    target = min(segment.regions)
    return Resource(
        address_of(service, region, "netconf", "vpn-route", tenant, router.name, segment.name),
        {
            "vrf": f"{tenant}.{router.name}",
            "prefix": str(segment.network),
            "path": path_name(target, interconnect.protection),
            "label": drawn.number("label", f"vrf/{_owner(service, vtn, router)}/{target}"),
        },
        {
            address_of(service, region, "netconf", "vrf", tenant, router.name): "contains",
            path_address(service, region, target, interconnect.protection): "rides",
        },
        summary=f"{segment.network} by {target}",
        origin=interconnect.path,
    )


RULE = Rule("routing", _demands, _contribute)
