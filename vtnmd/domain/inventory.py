"""Inventory: what the provider has, as YANG instance data of `vtnmd-inventory`, and the questions that the compiler asks of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.allocations import Pool
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.tree import Json, digest

ROOT = "vtnmd-inventory:inventory"
DEFAULT_FAMILIES: Mapping[str, str] = {
    "odl": "vtn-manager",
    "netconf": "vtnmd-pe",
    "heat": "heat",
    "restconf": "restconf",
    "probe": "http",
}
LONGEST_ODL_NAME = 31
_MAC_NUMBERS = 0xFFFFFF
_PATH_POLICIES = (1, 3)
"""Those of one VTN Manager that have a number of their own."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One controller, cloud, router or probe agent. `settings` is the container of its kind, defaults filled in.

    `timeout` is in seconds, `rate` in requests per second, 0 where it is not limited.
    """

    region: str
    name: str
    kind: str
    family: str
    timeout: int
    concurrency: int
    settings: Json
    rate: int = 0

    @property
    def id(self) -> str:
        return f"{self.region}/{self.name}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """`document` is `{"vtnmd-inventory:inventory": …}` with defaults filled in and absolute paths; treat it as read-only."""

    document: Json
    sources: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, compare=False)

    @property
    def digest(self) -> str:
        return digest(self.document)

    @property
    def _content(self) -> Json:
        """Empty where there is no inventory."""
        return self.document.get(ROOT, {})

    @property
    def regions(self) -> Mapping[str, Json]:
        """The entries of the list `region`, by name."""
        return {region["name"]: region for region in self._content.get("region", [])}

    @property
    def backbone(self) -> Json:
        return self._content.get("backbone", {})

    @property
    def approvals(self) -> int:
        """How many users other than its author must approve a plan before it is applied."""
        return int(self._content.get("approvals", 0))

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in the order of the document."""
        for region in self._content.get("region", []):
            for entry in region.get("endpoint", []):
                kind = next(kind for kind in DEFAULT_FAMILIES if kind in entry)
                yield Endpoint(
                    region["name"],
                    entry["name"],
                    kind,
                    entry.get("family", DEFAULT_FAMILIES[kind]),
                    entry["timeout"],
                    1 if kind == "netconf" else entry["concurrency"],
                    entry[kind],
                    entry.get("rate", 0),
                )

    def pools(self) -> Mapping[str, Pool]:
        """The pools of numbers and names that the inventory declares, and those that every inventory has."""
        pools = [
            Pool("name/odl", longest=LONGEST_ODL_NAME),
            Pool("name/odl-condition", longest=LONGEST_ODL_NAME),
            Pool("gateway-mac", ((1, _MAC_NUMBERS),)),
        ]
        for name, region in self.regions.items():
            pools.append(Pool(f"path-policy/{name}", (_PATH_POLICIES,)))
            if "vlan-range" in region:
                pools.append(Pool(f"vlan/{name}", (_bounds(region["vlan-range"]),)))
        if "label-range" in self.backbone:
            pools.append(Pool("label", (_bounds(self.backbone["label-range"]),)))
        if "route-distinguisher" in self.backbone:
            numbers = (_bounds(self.backbone["route-distinguisher"]),)
            pools += [Pool("route-distinguisher", numbers), Pool("route-target", numbers)]
        return {pool.name: pool for pool in pools}


def _bounds(entry: Json) -> tuple[int, int]:
    return entry["start"], entry["end"]
