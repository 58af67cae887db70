"""Users that are bound to tenants: what they see and edit beside what rules say.

A group with the leaf-list `vtnmd-access:tenant` binds its users, and so does a token of Keystone. A service is theirs if all its
VTNs have one of their tenants. Of a service in which others have VTNs too they see the name and their own VTNs, and change nothing.
Of the inventory they see the names of regions. They may ask how a service of theirs stands, whether it drifted and whether its
packets arrive, and have it applied again. Rules cannot give them more of services and inventory; of the rest, rules give them what
they may have.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES
from vtnmd.domain.tree import Json
from vtnmd.northbound.nacm.decisions import Default
from vtnmd.northbound.nacm.rules import Access
from vtnmd.northbound.nacm.writing import Denied
from vtnmd.yang.nodes import SchemaNode

INVENTORY = "vtnmd-inventory:inventory"
_OURS = "vtnmd-"
_DISCOVERY = frozenset({
    "ietf-yang-library:yang-library",
    "ietf-yang-library:modules-state",
    "ietf-restconf-monitoring:restconf-state",
})  # fmt: skip
_OF_SERVICES, _ON_THEIRS = "vtnmd-orchestration", frozenset({"status", "check", "probe", "apply"})
"""Operations that look themselves whether the service that they are asked of is theirs."""
_MONITORING, _SESSIONS = "ietf-netconf-monitoring:netconf-state", "sessions"

Tenants = frozenset[str]


def bound_default(otherwise: Default) -> Default:
    """What holds for bound users where no rule matches; services and inventory hold what is theirs only when this is asked."""

    def default(node: SchemaNode, access: Access) -> bool:
        top = node.path[0] if node.path else ""
        if top == SERVICES:
            return True
        if access is Access.EXEC and node.module == _OF_SERVICES and node.name in _ON_THEIRS:
            return True
        if access is Access.EXEC:
            return not node.module.startswith(_OURS) and otherwise(node, access)
        discovery = top in _DISCOVERY or (top == _MONITORING and _SESSIONS not in node.path)
        return access is Access.READ and (not top or top == INVENTORY or (discovery and otherwise(node, access)))

    return default


def is_theirs(service: Json, tenants: Tenants) -> bool:
    """Whether all VTNs of a service, and at least one, have one of the tenants."""
    vtns = service.get("vtn", ())
    return bool(vtns) and all(vtn.get("tenant") in tenants for vtn in vtns)


def in_sight(document: Mapping[str, Json], tenants: Tenants) -> Mapping[str, Json]:
    """A document from the root without the services and the inventory of others."""
    parts: dict[str, Callable[[Any], Json]] = {
        SERVICES: lambda services: _services(services, tenants),
        INVENTORY: _inventory,
    }
    return {member: parts[member](value) if member in parts else value for member, value in document.items()}


def part_in_sight(document: Mapping[str, Json], root: SchemaNode, tenants: Tenants) -> Mapping[str, Json]:
    """The same of an object at `root`; below a service or the inventory nothing, for whose it is cannot be seen there."""
    top, *below = root.path
    if top == INVENTORY:
        return {} if below else _inventory(document)
    if top != SERVICES:
        return document
    if not below:
        return _services(document, tenants)
    return (service_in_sight(document, tenants) or {}) if below == [SERVICE] else {}


def _services(services: Mapping[str, Json], tenants: Tenants) -> dict[str, Json]:
    seen = (service_in_sight(service, tenants) for service in services.get(SERVICE, ()))
    return {SERVICE: found} if (found := [service for service in seen if service is not None]) else {}


def service_in_sight(service: Json, tenants: Tenants) -> Json:
    """What is seen of a service; None for nothing."""
    if is_theirs(service, tenants):
        return service
    own = [vtn for vtn in service.get("vtn", ()) if vtn.get("tenant") in tenants]
    return {SERVICE_KEY: service.get(SERVICE_KEY), "vtn": own} if own else None


def _inventory(inventory: Mapping[str, Json]) -> dict[str, Json]:
    return {"region": [{"name": region["name"]} for region in inventory["region"]]} if "region" in inventory else {}


def out_of_bounds(before: Mapping[str, Json], after: Mapping[str, Json], tenants: Tenants) -> Iterator[Denied]:
    """What bound users edit that is not theirs: services by what they were and by what they become, and the inventory."""
    known, wanted = (_by_name(document) for document in (before, after))
    for name, (index, service) in wanted.items():
        former = known[name][1] if name in known else None
        if service is former or service == former:
            continue
        if not is_theirs(service, tenants) or (former is not None and not is_theirs(former, tenants)):
            yield Denied(Access.UPDATE if former is not None else Access.CREATE, (SERVICES, SERVICE, index))
    for name, (index, service) in known.items():
        if name not in wanted and not is_theirs(service, tenants):
            yield Denied(Access.DELETE, (SERVICES, SERVICE, index))
    if before.get(INVENTORY) != after.get(INVENTORY):
        yield Denied(Access.UPDATE if INVENTORY in after else Access.DELETE, (INVENTORY,))


def _by_name(document: Mapping[str, Json]) -> dict[str, tuple[int, Json]]:
    services = document.get(SERVICES, {}).get(SERVICE, ())
    return {service[SERVICE_KEY]: (index, service) for index, service in enumerate(services)}
