"""What the lab builds, read from the inventory that vtnmd works with: PE routers, transit nodes, links and their labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.commands import LabError

_DEFAULT_LINK_MTU = 2000
"""As in the YANG module vtnmd-inventory."""
_LONGEST_DEVICE_NAME = 15
"""Linux: IFNAMSIZ holds 16 bytes, the last of them zero."""


@dataclass(frozen=True, slots=True)
class Site:
    """A region: `node` is its PE router's name in the backbone, `number` counts regions from 1."""

    region: str
    node: str
    customer_port: str
    number: int


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a backbone link. `label` is the adjacency label that `near` holds for it; addresses are those of both ends."""

    near: str
    far: str
    label: int | None
    mtu: int
    address: str
    far_address: str

    @property
    def name(self) -> str:
        """The network device, unique within its node's namespace."""
        return f"{self.near}-{self.far}"


@dataclass(frozen=True, slots=True)
class Backbone:
    """`ports` holds two for each link, one after the other."""

    sites: tuple[Site, ...]
    transit: tuple[str, ...]
    ports: tuple[Port, ...]

    def ports_of(self, node: str) -> tuple[Port, ...]:
        return tuple(port for port in self.ports if port.near == node)

    def site(self, region: str) -> Site:
        """Raises LabError where there is no such region."""
        for site in self.sites:
            if site.region == region:
                return site
        raise LabError(f"there is no region {region}; there are {', '.join(site.region for site in self.sites)}")

    def link(self, a: str, b: str) -> Port:
        """The end at `a` of the link between two nodes. Raises LabError where there is none."""
        for port in self.ports:
            if (port.near, port.far) == (a, b):
                return port
        raise LabError(f"there is no link between {a} and {b}")


def read_inventory(file: Path) -> Backbone:
    """Read an inventory in the YAML form of examples/*/inventory.yaml. Raises LabError where the lab cannot be built from it."""
    try:
        inventory = yaml.safe_load(file.read_text(encoding="utf-8"))["inventory"]
        backbone = inventory["backbone"]
        sites = tuple(_site(number, region, backbone) for number, region in enumerate(inventory["region"], 1))
        heads = {site.node for site in sites}
        transit = tuple(node["name"] for node in backbone["node"] if node["name"] not in heads)
        ports = tuple(port for number, link in enumerate(backbone.get("link", []), 1) for port in _ports(number, link))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise LabError(f"{file} is no inventory with regions and a backbone: {type(error).__name__} {error}") from error
    _refuse_long_names(ports)
    return Backbone(sites, transit, ports)


def _site(number: int, region: dict[str, Any], backbone: dict[str, Any]) -> Site:
    name = region["name"]
    router = next((endpoint["netconf"] for endpoint in region["endpoint"] if "netconf" in endpoint), None)
    if router is None:
        raise LabError(f"region {name} has no PE router")
    nodes = [node["name"] for node in backbone["node"] if node.get("region") == name]
    node = router.get("backbone-node", nodes[0] if len(nodes) == 1 else None)
    if node is None:
        raise LabError(f"region {name} has {len(nodes) or 'no'} backbone nodes: name one in the PE router's backbone-node")
    return Site(name, node, router["customer-port"], number)


def _ports(number: int, link: dict[str, Any]) -> Iterator[Port]:
    a, b, mtu = link["a"], link["b"], link.get("mtu", _DEFAULT_LINK_MTU)
    ends = [f"02:6c:00:00:{number:02x}:{end:02x}" for end in (1, 2)]
    yield Port(a, b, link.get("label-a"), mtu, ends[0], ends[1])
    yield Port(b, a, link.get("label-b"), mtu, ends[1], ends[0])


def _refuse_long_names(ports: tuple[Port, ...]) -> None:
    for port in ports:
        if len(port.name) > _LONGEST_DEVICE_NAME:
            raise LabError(f"{port.name} is too long for a network device: give backbone nodes shorter names")
