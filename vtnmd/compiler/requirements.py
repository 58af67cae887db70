"""What a service needs of the inventory, checked before any rule runs, so that rules may take it for granted."""

from collections.abc import Callable, Iterator

from vtnmd.compiler.backbone import ways
from vtnmd.compiler.images import fitting_flavor, fitting_image
from vtnmd.compiler.service import Interconnect, Path, Service, Vtn
from vtnmd.compiler.transforms.paths import member_pairs
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, Span, in_order

_KINDS = {
    "odl": "VTN Manager (odl)",
    "netconf": "PE router (netconf)",
    "heat": "Heat (heat)",
    "restconf": "RESTCONF server (restconf)",
}

Place = Callable[[Path], Span | None]


def check_requirements(service: Service, place: Place) -> tuple[Diagnostic, ...]:
    """Everything that the inventory lacks, and warnings. `place` gives the source of an instance of the Intent.

    Codes: VTN-I001 region, VTN-I002 endpoint, VTN-I003 ambiguous endpoint, VTN-I012 route distinguishers, VTN-I020 to VTN-I024
    backbone, VTN-I030 flavor, VTN-I031 image, VTN-G010 segment not joined, VTN-G011 flow condition or path policy without effect.
    """
    checks = (_check_endpoints, _check_distinguishers, _check_ways, _check_servers, _check_joined, _check_used)
    found: list[Diagnostic] = []
    for check in checks:
        found.extend(diagnostic.at(place(path)) for path, diagnostic in check(service))
        if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
            break
    return in_order(found)


def _check_endpoints(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    for (region, kind), (path, why) in _wanted(service).items():
        here = service.candidates.get((region, kind), ())
        if region not in service.inventory.regions:
            known = ", ".join(sorted(service.inventory.regions)) or "none"
            yield path, Diagnostic("VTN-I001", f"the inventory has no region {region}", hint=f"regions of this inventory: {known}")
        elif not here:
            yield (
                path,
                Diagnostic(
                    "VTN-I002",
                    f"region {region} has no {_KINDS[kind]}, which {why} needs",
                    hint=f"add an endpoint of kind {kind} to region {region} in the inventory",
                ),
            )
        elif len(here) > 1 and kind != "probe":
            names = ", ".join(endpoint.name for endpoint in here)
            yield (
                path,
                Diagnostic(
                    "VTN-I003",
                    f"region {region} has {len(here)} endpoints of kind {kind} ({names}) and nothing says which {why} uses",
                    hint="keep one endpoint of each kind per region",
                ),
            )


def _wanted(service: Service) -> dict[tuple[str, str], tuple[Path, str]]:
    """(region, endpoint kind) → who needs it first."""
    wanted: dict[tuple[str, str], tuple[Path, str]] = {}
    for vtn in service.vtns:
        for segment in vtn.segments.values():
            for index, region in enumerate(segment.regions):
                at = (*segment.path, "region", index, "name")
                wanted.setdefault((region, "odl"), (at, f"segment {segment.name}"))
                if vtn.meets_backbone(segment.name):
                    wanted.setdefault((region, "netconf"), (at, f"segment {segment.name}"))
        for region, at, name in _used_elsewhere(vtn):
            wanted.setdefault((region, "odl"), (at, f"segment {name}"))
        for workload in vtn.workloads:
            for index, region in enumerate(workload.regions):
                wanted.setdefault((region, "heat"), ((*workload.path, "region", index), f"workload {workload.name}"))
    for path_map in service.traffic.path_maps.values():
        for index, region in enumerate(path_map.regions):
            at = (*path_map.path, "region", index)
            wanted.setdefault((region, "odl"), (at, f"path map {path_map.name}"))
    return wanted


def _used_elsewhere(vtn: Vtn) -> Iterator[tuple[str, Path, str]]:
    """Where the VTN uses segments of other services, where that is said, and what it calls them."""
    for shared in vtn.shared.values():
        yield from ((region, (*shared.path, "region", index, "name"), shared.name) for index, region in enumerate(shared.regions))


def _check_distinguishers(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    if "route-distinguisher" not in service.inventory.backbone:
        for vtn in service.vtns:
            for router in vtn.routers.values():
                yield (
                    router.path,
                    Diagnostic(
                        "VTN-I012",
                        f"router {router.name} needs route distinguishers and the inventory has none",
                        hint="add backbone/route-distinguisher to the inventory",
                    ),
                )


def _check_ways(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    for vtn in service.vtns:
        for interconnect in vtn.interconnects:
            room: list[int] = []
            for source, target in member_pairs(vtn, interconnect):
                try:
                    found = ways(service.inventory, source, target, interconnect.protection)
                except Invalid as problem:
                    yield from ((interconnect.path, diagnostic) for diagnostic in problem.diagnostics)
                else:
                    room += [way.payload_mtu for way in found if way]
            yield from _check_mtu(vtn, interconnect, min(room, default=0))


def _check_mtu(vtn: Vtn, interconnect: Interconnect, room: int) -> Iterator[tuple[Path, Diagnostic]]:
    names = interconnect.segments or vtn.routers[interconnect.router].segments
    for segment in (vtn.segments[name] for name in names):
        if room and segment.mtu > room:
            yield (
                (*segment.path, "mtu"),
                Diagnostic(
                    "VTN-I024",
                    f"mtu {segment.mtu} of segment {segment.name} does not fit through the backbone",
                    hint=f"the backbone in this inventory carries at most {room}",
                ),
            )


def _check_servers(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    for vtn in service.vtns:
        for workload in vtn.workloads:
            for region in workload.regions:
                settings = service.endpoint(region, "heat").settings
                for server in workload.body["servers"]:
                    if fitting_flavor(settings, server["flavor"]) is None:
                        yield workload.path, _no_fit("VTN-I030", "flavor", server["name"], server["flavor"], region)
                    if fitting_image(settings, server["image"]) is None:
                        yield workload.path, _no_fit("VTN-I031", "image", server["name"], server["image"], region)


def _no_fit(code: str, what: str, server: str, wanted: dict[str, object], region: str) -> Diagnostic:
    asked = ", ".join(f"{name} {value}" for name, value in sorted(wanted.items()) if value) or "anything"
    return Diagnostic(
        code,
        f"no {what} of region {region} fits server {server}, which asks for {asked}",
        hint=f"add a fitting {what} to the region's Heat endpoint in the inventory, or ask for less",
    )


def _check_joined(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    for vtn in service.vtns:
        for segment in vtn.segments.values():
            if len(segment.regions) > 1 and vtn.stretch_of(segment.name) is None:
                yield (
                    segment.path,
                    Diagnostic(
                        "VTN-G010",
                        f"segment {segment.name} is in {len(segment.regions)} regions and no interconnect joins them",
                        hint="add an interconnect of kind mpls-l2vpn that names the segment",
                        severity=Severity.WARNING,
                    ),
                )


def _check_used(service: Service) -> Iterator[tuple[Path, Diagnostic]]:
    """What filters and path maps select packets with, and lead them by, is made only where one of them asks for it."""
    traffic = service.traffic
    filters = [each for vtn in service.vtns for each in vtn.traffic.filters.values()]
    conditions = {each.condition for each in filters} | {each.condition for each in traffic.path_maps.values()}
    policies = {each.policy for each in traffic.path_maps.values()}
    for what, entries, used in (("flow condition", traffic.conditions, conditions), ("path policy", traffic.policies, policies)):
        for name in sorted(entries.keys() - used):
            yield (
                entries[name].path,
                Diagnostic(
                    "VTN-G011",
                    f"the {what} {name} has no effect: nothing asks for it",
                    hint=f"name it in a {'flow filter or path map' if what == 'flow condition' else 'path map'}, or take it away",
                    severity=Severity.WARNING,
                ),
            )
