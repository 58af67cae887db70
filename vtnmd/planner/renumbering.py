"""Renumbering: a prefix that servers hold addresses of stays as it is."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.intent import Intent
from vtnmd.domain.tree import Json

Path = tuple[str | int, ...]
_HINT = "take its workloads off the segment and apply; then change the prefix and put them back"


def check_prefixes(before: Intent | None, after: Intent, former: Mapping[Path, str]) -> tuple[Diagnostic, ...]:
    """VTN-P012 for each segment with servers whose prefix would change. `former` maps paths in `after` to names in `before`.

    Heat replaces a subnet whose prefix changes, and Neutron keeps a subnet from going while a port has an address of it: the stack
    of the networks would fail halfway, and nothing but the removal of the service would lead on from there.
    """
    return tuple(_held(before.service, after, former)) if before else ()


def _held(before: Json, after: Intent, former: Mapping[Path, str]) -> Iterator[Diagnostic]:
    known = {vtn["name"]: vtn for vtn in before.get("vtn", ())}
    for at, vtn in enumerate(after.service.get("vtn", ())):
        place = ("vtnmd-vtn:services", "service", 0, "vtn", at)
        old = known.get(former.get(place, vtn["name"]), {})
        prefixes = {segment["name"]: segment["cidr"] for segment in old.get("segment", ())}
        inhabited = {name for workload in old.get("vtnmd-workload:workload", ()) for name in workload.get("segment", ())}
        for position, segment in enumerate(vtn.get("segment", ())):
            path = (*place, "segment", position)
            name, cidr = former.get(path, segment["name"]), segment["cidr"]
            if name in inhabited and name in prefixes and not _same(prefixes[name], cidr):
                held = f"servers hold addresses of {prefixes[name]}"
                summary = f"the prefix of segment {segment['name']} cannot become {cidr}: {held}"
                yield Diagnostic("VTN-P012", summary, after.source((*path, "cidr")), hint=_HINT)


def _same(one: str, other: str) -> bool:
    return ip_network(one, strict=False) == ip_network(other, strict=False)
