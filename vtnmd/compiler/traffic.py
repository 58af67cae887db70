"""How a service's traffic is treated, as typed values: the entries of `vtnmd-traffic` in the words that the rules use."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Protocol, TypeVar

from vtnmd.domain.tree import Json

Path = tuple[str | int, ...]


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def path(self) -> Path: ...


T = TypeVar("T", bound=_Named)

MODULE = "vtnmd-traffic"


@dataclass(frozen=True, slots=True)
class FlowCondition:
    """Which packets are meant. `matches` are the entries of the Intent by index, in the form that is read back."""

    name: str
    matches: tuple[Json, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """What links cost. `costs` maps each region to (default cost, ((node, port, cost), …)), the links sorted."""

    name: str
    costs: Mapping[str, tuple[int, tuple[tuple[str, str, int], ...]]]
    path: Path


@dataclass(frozen=True, slots=True)
class PathMap:
    """Leads the packets of a condition by a policy, empty for the fewest hops. `regions` are those where it holds for all VTNs.

    `timeouts` are (idle, hard) in seconds.
    """

    name: str
    index: int
    condition: str
    policy: str
    timeouts: tuple[int, int] | None
    regions: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Terminal:
    """A port of the fabric that packets are redirected to. `node`, `port` and `vlan` are as those of an attachment."""

    name: str
    description: str
    region: str
    node: str
    port: str
    vlan: int
    enabled: bool
    filtered_by: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """What is done with the packets of a condition. `rewrite` maps what is written into them to values.

    A filter that redirects names the terminal or the attachment that it redirects to.
    """

    name: str
    index: int
    outgoing: bool
    condition: str
    action: str
    terminal: str
    attachment: str
    enters: bool
    rewrite: Mapping[str, Json]
    path: Path


@dataclass(frozen=True, slots=True)
class MacMap:
    """Hosts as `MAC@VLAN`, sorted, in small letters."""

    allowed: tuple[str, ...]
    denied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the VTNs of a service share, by name."""

    conditions: Mapping[str, FlowCondition] = field(default_factory=dict)
    policies: Mapping[str, PathPolicy] = field(default_factory=dict)
    path_maps: Mapping[str, PathMap] = field(default_factory=dict)

    def regions_of(self, path_map: PathMap, regions: Collection[str]) -> tuple[str, ...]:
        """Those of the regions where the map can be: its policy is made for them."""
        policy = self.policies.get(path_map.policy)
        return tuple(sorted(region for region in regions if policy is None or region in policy.costs))


NO_TRAFFIC = Traffic()


@dataclass(frozen=True, slots=True)
class VtnTraffic:
    """What treats the traffic of one VTN. `filtered_by` and `path_maps` are names of what acts on all of it."""

    terminals: Mapping[str, Terminal] = field(default_factory=dict)
    filters: Mapping[str, FlowFilter] = field(default_factory=dict)
    filtered_by: tuple[str, ...] = ()
    path_maps: tuple[str, ...] = ()


NO_VTN_TRAFFIC = VtnTraffic()


def read_traffic(service: Json, path: Path) -> Traffic:
    """`service` is the Intent's entry at `path`, defaults filled in."""
    conditions = (
        FlowCondition(entry["name"], tuple(_match(match) for match in sorted(entry.get("match", []), key=_index)), at)
        for entry, at in _entries(service, path, "flow-condition")
    )
    policies = (
        PathPolicy(entry["name"], {region["name"]: _costs(region) for region in entry["region"]}, at)
        for entry, at in _entries(service, path, "path-policy")
    )
    path_maps = (_path_map(entry, at) for entry, at in _entries(service, path, "path-map"))
    return Traffic(_by_name(conditions), _by_name(policies), _by_name(path_maps))


def read_vtn_traffic(vtn: Json, path: Path) -> VtnTraffic:
    """`vtn` is the entry at `path`."""
    terminals = (_terminal(entry, at) for entry, at in _entries(vtn, path, "terminal"))
    filters = (_filter(entry, at) for entry, at in _entries(vtn, path, "flow-filter"))
    return VtnTraffic(_by_name(terminals), _by_name(filters), filtered_by(vtn), tuple(vtn.get(f"{MODULE}:path-map", ())))


def filtered_by(entry: Json) -> tuple[str, ...]:
    """The filters that act on an entry of another module."""
    return tuple(entry.get(f"{MODULE}:filtered-by", ()))


def read_mac_map(region: Json) -> MacMap | None:
    """The MAC map of a region of a segment."""
    entry = region.get(f"{MODULE}:mac-map")
    if entry is None:
        return None
    return MacMap(*(tuple(sorted(host.lower() for host in entry.get(part, ()))) for part in ("allowed", "denied")))


def named_traffic(traffic: Traffic, lasting: Mapping[Path, str]) -> Traffic:
    """The same by the names that `lasting` gives for paths, references included."""
    conditions, policies = _renamed(traffic.conditions, lasting), _renamed(traffic.policies, lasting)
    return Traffic(
        {conditions[name]: replace(each, name=conditions[name]) for name, each in traffic.conditions.items()},
        {policies[name]: replace(each, name=policies[name]) for name, each in traffic.policies.items()},
        {
            name: replace(each, condition=conditions[each.condition], policy=policies.get(each.policy, ""))
            for name, each in traffic.path_maps.items()
        },
    )


def named_vtn_traffic(
    traffic: VtnTraffic, lasting: Mapping[Path, str], shared: Traffic, attachments: Mapping[str, str]
) -> VtnTraffic:
    """As `named_traffic`. `shared` is the service's, by the names of the Intent; `attachments` maps them to lasting ones."""
    conditions, terminals = _renamed(shared.conditions, lasting), _renamed(traffic.terminals, lasting)
    return replace(
        traffic,
        terminals={terminals[name]: replace(each, name=terminals[name]) for name, each in traffic.terminals.items()},
        filters={
            name: replace(
                each,
                condition=conditions[each.condition],
                terminal=terminals.get(each.terminal, ""),
                attachment=attachments.get(each.attachment, ""),
            )
            for name, each in traffic.filters.items()
        },
    )


def _renamed(values: Mapping[str, T], lasting: Mapping[Path, str]) -> Mapping[str, str]:
    return {name: lasting.get(value.path, name) for name, value in values.items()}


def _by_name(values: Iterable[T]) -> Mapping[str, T]:
    return {value.name: value for value in values}


def _entries(parent: Json, path: Path, member: str) -> Iterator[tuple[Json, Path]]:
    name = f"{MODULE}:{member}"
    return ((entry, (*path, name, index)) for index, entry in enumerate(parent.get(name, ())))


def _index(entry: Json) -> int:
    return int(entry["index"])


def _match(entry: Json) -> Json:
    """The entry as the VTN Manager reads it back: MAC addresses in small letters, prefixes without the bits beyond their length."""
    return {name: _canonical(name, value) for name, value in entry.items()}


def _canonical(name: str, value: Json) -> Json:
    if name.endswith("-mac"):
        return value.lower()
    return str(ip_network(value, strict=False)) if name in ("source", "destination") and "/" in value else value


def _costs(region: Json) -> tuple[int, tuple[tuple[str, str, int], ...]]:
    links = sorted((link["node"], link["port"], link["cost"]) for link in region.get("link", ()))
    return region["default-cost"], tuple(links)


def _path_map(entry: Json, path: Path) -> PathMap:
    timeouts = (entry["idle-timeout"], entry["hard-timeout"]) if "idle-timeout" in entry else None
    return PathMap(
        entry["name"],
        entry["index"],
        entry["condition"],
        entry.get("policy", ""),
        timeouts,
        tuple(entry.get("region", ())),
        path,
    )


def _terminal(entry: Json, path: Path) -> Terminal:
    return Terminal(
        entry["name"],
        entry.get("description", ""),
        entry["region"],
        entry["node"],
        entry["port"],
        entry["vlan"],
        entry["enabled"],
        tuple(entry.get("filtered-by", ())),
        path,
    )


def _filter(entry: Json, path: Path) -> FlowFilter:
    return FlowFilter(
        entry["name"],
        entry["index"],
        entry["direction"] == "out",
        entry["condition"],
        entry["action"],
        entry.get("terminal", ""),
        entry.get("attachment", ""),
        entry["enters"],
        _match(entry.get("set", {})),
        path,
    )
