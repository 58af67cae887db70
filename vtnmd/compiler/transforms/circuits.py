"""Each segment that meets the backbone becomes, per region, a bridge domain and an attachment circuit on the PE router."""

from collections.abc import Iterator

from vtnmd.compiler.service import Interconnect, Service
from vtnmd.compiler.transforms.names import address_of, transaction_of, vlan, vtn_name
from vtnmd.compiler.transforms.rule import Rule, no_demands
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Json

_BURST_PER_RATE = 10
"""A policer lets a tenth of a second of the peak rate pass at once: below that TCP does not reach the rate."""


def domain_name(vtn: str, segment: str) -> str:
    """The name of the segment's bridge domain, the same on every PE router."""
    return f"{vtn}.{segment}"


def _contribute(service: Service, drawn: Allocations) -> Iterator[Resource]:
    for vtn in service.vtns:
        tenant = vtn_name(service, vtn, drawn)
        for segment in vtn.segments.values():
            if not vtn.meets_backbone(segment.name):
                continue
            shaping = vtn.shaping_of(segment.name)
            for region in segment.regions:
                yield Resource(
                    address_of(service, region, "netconf", "attachment", tenant, segment.name),
                    {
                        "name": domain_name(tenant, segment.name),
                        "mtu": segment.mtu,
                        "interface": service.endpoint(region, "netconf").settings["customer-port"],
                        "vlan": vlan(service, vtn, segment.name, region, drawn),
                        **_treatment(service, shaping),
                    },
                    summary=_summary(shaping),
                    origin=shaping.path if shaping else segment.path,
                    transaction=transaction_of(tenant, shaping),
                )


def _treatment(service: Service, shaping: Interconnect | None) -> Json:
    """The members `class`, `committed`, `peak` and `burst`, as far as the interconnect asks for them."""
    treatment: dict[str, Json] = {}
    if shaping and shaping.qos_class:
        dscp, priority = shaping.marks or service.classes[shaping.qos_class]
        treatment["class"] = {"name": shaping.qos_class, "dscp": dscp, "priority": priority}
    if shaping and shaping.bandwidth:
        committed, peak = shaping.bandwidth
        treatment |= {"committed": committed, "peak": peak, "burst": max(peak // _BURST_PER_RATE, 1)}
    return treatment


def _summary(shaping: Interconnect | None) -> str:
    if not shaping:
        return ""
    rates = f"{_megabits(shaping.bandwidth[0])}–{_megabits(shaping.bandwidth[1])} Mbit/s" if shaping.bandwidth else ""
    return " ".join(part for part in (rates, shaping.qos_class) if part)


def _megabits(kilobits: int) -> str:
    return f"{kilobits / 1000:g}"


RULE = Rule("circuits", no_demands, _contribute, ("attachment",))
