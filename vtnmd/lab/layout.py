"""What a lab is made of: its regions, ports, files and backbone. Pure; nothing here starts or writes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from vtnmd.domain.tree import Json

HOST = "127.0.0.1"
USER = "admin"
CUSTOMER_PORT = "ge-0/0/1"
ENDPOINTS = ("odl", "pe", "heat", "probe")
SECRETS = ("odl", "heat", "probe")
_NAMES = ("east", "west", "north", "south")
_TRANSIT = ("p1", "p2", "p3")
_FIRST_ADJACENCY_LABEL = 16001
_PORTS_PER_REGION = 100


@dataclass(frozen=True, slots=True)
class Lab:
    """`regions` simulated regions on ports from `base_port` on, with everything on file below `folder`.

    `families` are (region, family) of PE routers that are of another family than vtnmd's own.
    """

    folder: Path
    regions: tuple[str, ...]
    base_port: int
    families: tuple[tuple[str, str], ...] = ()

    def family(self, region: str) -> str:
        """Of the region's PE router; empty for vtnmd's own."""
        return dict(self.families).get(region, "")

    def port(self, region: str, endpoint: str) -> int:
        """East's VTN Manager listens on the base port and one, west's a hundred above, and so on."""
        return self.base_port + _PORTS_PER_REGION * self.regions.index(region) + ENDPOINTS.index(endpoint) + 1

    def ports(self, region: str) -> Mapping[str, int]:
        return {endpoint: self.port(region, endpoint) for endpoint in ENDPOINTS}

    def control_port(self, region: str) -> int:
        """Where the lab itself talks to the region's process."""
        return self.port(region, ENDPOINTS[-1]) + 1

    def all_ports(self, region: str) -> Mapping[str, int]:
        return {**self.ports(region), "control": self.control_port(region)}

    def url(self, region: str, endpoint: str) -> str:
        """The root of an HTTP endpoint's API."""
        path = {"odl": "/restconf", "heat": "/identity/v3"}.get(endpoint, "")
        return f"https://{HOST}:{self.port(region, endpoint)}{path}"

    def secret(self, region: str, endpoint: str) -> Path:
        """The file that holds the password of `USER`."""
        return self.folder / "secrets" / f"{region}-{endpoint}"

    def file(self, name: str) -> Path:
        return self.folder / name

    def node(self, region: str) -> str:
        """The PE router of the region, as the backbone calls it."""
        return f"pe-{region}"

    def backbone(self) -> Json:
        """Three transit nodes that are joined to each other, and PE routers each joined to two of them.

        So there is a second way between any two regions that shares no link and no transit node with the first.
        """
        nodes = [{"name": self.node(region), "region": region} for region in self.regions]
        pairs = [("p1", "p2"), ("p1", "p3"), ("p2", "p3")]
        for index, region in enumerate(self.regions):
            pairs += [(self.node(region), _TRANSIT[(index + step) % 3]) for step in (0, 1)]
        labels = count(_FIRST_ADJACENCY_LABEL)
        links = [{"a": a, "b": b, "label-a": next(labels), "label-b": next(labels)} for a, b in pairs]
        return {
            "node": [*nodes, *({"name": name} for name in _TRANSIT)],
            "link": links,
            "label-range": {"start": 100000, "end": 199999},
            "route-distinguisher": {"administrator": 65000},
        }


def region_names(number: int) -> tuple[str, ...]:
    """east, west, north, south, region-5, region-6 …"""
    names = (*_NAMES, *(f"region-{position}" for position in range(len(_NAMES) + 1, number + 1)))
    return tuple(islice(names, number))
