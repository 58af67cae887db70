"""What clients of a service may know of the resources that it comes to: the numbers, addresses and ids they can use. Pure.

Nothing is told of how a region or the backbone is built: neither interfaces and paths nor names of endpoints' own things.
"""

from collections.abc import Callable, Iterator, Mapping

from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json

Fact = tuple[str, list[str]]
"""A name, and its values."""

_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "vlan-map": ("vlan",),
    "port-map": ("node", "port", "vlan"),
    "attachment": ("vlan", "mtu", "committed", "peak"),
    "pseudowire": ("in-label", "out-label"),
    "vrf": ("route-distinguisher", "import-targets", "export-targets", "label"),
    "gateway": ("address", "mac-address"),
    "vpn-route": ("prefix", "label"),
}
"""Kind → properties that are told as they are."""


def facts_of(entry: Applied) -> Json:
    """The list `fact` of a resource, by name."""
    told = _TELLERS.get(entry.resource.address.kind, _members)
    return [{"name": name, "value": values} for name, values in sorted(told(entry)) if values]


def _members(entry: Applied) -> Iterator[Fact]:
    properties = entry.resource.properties
    for name in _MEMBERS.get(entry.resource.address.kind, ()):
        value = properties.get(name)
        if value is not None:
            yield name, [str(each) for each in (value if isinstance(value, list) else [value])]


def _networks(entry: Applied) -> Iterator[Fact]:
    """Ids of a VTN's networks and subnets in the cloud, by segment."""
    for kind in ("network", "subnet"):
        for segment in entry.resource.properties["segments"]:
            yield f"{kind}/{segment['name']}", _attribute(entry, f"{kind}-{segment['name']}")


def _servers(entry: Applied) -> Iterator[Fact]:
    for server in entry.resource.properties["servers"]:
        yield f"id/{server['name']}", _attribute(entry, f"server-{server['name']}")
        yield f"address/{server['name']}", [port["address"] for port in server["ports"]]


def _attribute(entry: Applied, name: str) -> list[str]:
    value = entry.attributes.get(name)
    return [str(value)] if value is not None else []


_TELLERS: Mapping[str, Callable[[Applied], Iterator[Fact]]] = {"network": _networks, "workload": _servers}
