"""What a service uses of others: their segments, on which its attachments and servers are.

A shared segment is compiled here as its own service compiles it, so that both contribute the same resources under the same names
and numbers: it stands as long as one of them wants it. What its service makes of it besides, such as how it is stretched, is left
to that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vtnmd.compiler.lasting_names import give_lasting_names
from vtnmd.compiler.service import Attachment, Guest, Service, SharedSegment, Vtn
from vtnmd.compiler.service_reading import read_service
from vtnmd.compiler.traffic import NO_TRAFFIC, NO_VTN_TRAFFIC
from vtnmd.compiler.transforms import RULES
from vtnmd.compiler.transforms.names import guest_name
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.commit import SERVICE, SERVICES
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.tree import Json

_PORTS = "fabric_ports"
_HOSTED = frozenset({"vtns", "fabric_segments", _PORTS, "network_stacks"})
"""The rules by which a shared segment and what is on it are made."""


@dataclass(frozen=True, slots=True)
class _Use:
    """A VTN's use of a segment of another service, which is called `segment` there."""

    user: Vtn
    key: str
    shared: SharedSegment
    segment: str


def find_hosts(service: Service, others: Mapping[str, Json], taken: Allocations) -> Service:
    """The service with those whose segments it uses, and its attachments on these moved there.

    `service` has its lasting names, `others` are the entries of services that it refers to, `taken` is all that any service holds.
    What is not among `others` is left out: validation has refused it.
    """
    names = {shared.service for vtn in service.vtns for shared in vtn.shared.values()} & others.keys()
    if not names:
        return service
    hosts: list[Service] = []
    guests: dict[str, dict[str, Guest]] = {vtn.name: {} for vtn in service.vtns}
    for name in sorted(names):
        host, uses = _host(service, name, others[name], taken)
        hosts.append(host)
        for vtn in host.vtns:
            for use in uses[vtn.name]:
                guests[use.user.name][use.key] = Guest(host, vtn, vtn.segments[use.segment])
    vtns = tuple(replace(vtn, guests=guests[vtn.name], attachments=_own_attachments(vtn)) for vtn in service.vtns)
    return replace(service, vtns=vtns, hosts=tuple(hosts))


def _own_attachments(vtn: Vtn) -> tuple[Attachment, ...]:
    return tuple(each for each in vtn.attachments if each.segment not in vtn.shared)


def _host(service: Service, name: str, entry: Json, taken: Allocations) -> tuple[Service, Mapping[str, Sequence[_Use]]]:
    """A service that shares segments, with the VTNs that are used, and who uses what of each of these."""
    read = read_service(entry, service.inventory)
    lasting = give_lasting_names(read, Intent(name, {SERVICES: {SERVICE: [entry]}}), taken).service
    uses: dict[str, list[_Use]] = {}
    vtns: list[Vtn] = []
    for stated, vtn in zip(read.vtns, lasting.vtns, strict=True):
        called = dict(zip(stated.segments, vtn.segments, strict=True))
        here = [
            _Use(user, key, shared, called[shared.segment])
            for user in service.vtns
            for key, shared in user.shared.items()
            if (shared.service, shared.vtn) == (name, stated.name) and shared.segment in called
        ]
        if here:
            uses[vtn.name] = here
            vtns.append(_host_vtn(service, vtn, here))
    return replace(lasting, vtns=tuple(vtns), classes={}, traffic=NO_TRAFFIC), uses


def _host_vtn(service: Service, vtn: Vtn, uses: Sequence[_Use]) -> Vtn:
    """The VTN with its segments and nothing on them but attachments and workloads of those who use them."""
    origins = {use.segment: use.shared.path for use in reversed(uses)}
    path = uses[0].shared.path
    return replace(
        vtn,
        segments={
            name: replace(segment, path=origins.get(name, path), mac_maps={}, filtered_by=())
            for name, segment in vtn.segments.items()
        },
        routers={},
        attachments=tuple(
            replace(each, name=guest_name(service, use.user, each.name), segment=use.segment)
            for use in uses
            for each in use.user.attachments
            if each.segment == use.key
        ),
        interconnects=(),
        workloads=tuple(each for use in uses for each in use.user.workloads if use.key in each.shared),
        path=path,
        traffic=NO_VTN_TRAFFIC,
        shared={},
    )


def host_demands(service: Service) -> Iterator[Demand]:
    """What is drawn for shared segments and what is on them."""
    for host in service.hosts:
        yield from (demand for rule in RULES if rule.name in _HOSTED for demand in rule.demands(host))


def host_resources(service: Service, drawn: Allocations, own: Iterable[Resource]) -> tuple[Resource, ...]:
    """What the service contributes of others: its attachments there, and all that these and its `own` resources need."""
    made: dict[Address, Resource] = {}
    waiting = [edge.target for resource in own for edge in resource.edges()]
    for host in service.hosts:
        for rule in RULES:
            for resource in rule.contribute(host, drawn) if rule.name in _HOSTED else ():
                made[resource.address] = resource
                if rule.name == _PORTS:
                    waiting.append(resource.address)
    found: dict[Address, Resource] = {}
    while waiting:
        address = waiting.pop()
        if address in made and address not in found:
            found[address] = made[address]
            waiting.extend(edge.target for edge in made[address].edges())
    return tuple(found.values())
