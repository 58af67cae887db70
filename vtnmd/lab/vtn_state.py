"""What a simulated VTN Manager holds, as frozen values. Names and defaults are those of the YANG modules vtn and vtn-*."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a switch that the controller sees. `edge` is false for one that leads to another switch."""

    id: str
    name: str
    edge: bool = True


Switches = Mapping[str, tuple[Port, ...]]
"""The ports of each switch by its node id, such as `openflow:1`."""

EDGE_SWITCH: Switches = {"openflow:1": tuple(Port(str(number), f"s1-eth{number}") for number in range(1, 9))}
"""One switch with eight ports that hosts can be at."""


@dataclass(frozen=True, slots=True)
class PortMap:
    """Which VLAN of which port is mapped; the port is named by id, by name, or by both."""

    node: str
    port_id: str | None
    port_name: str | None
    vlan_id: int

    def port(self, switches: Switches) -> Port | None:
        """The port that it means, if the controller sees one."""
        for port in switches.get(self.node, ()):
            if self.port_id in {None, port.id} and self.port_name in {None, port.name}:
                return port
        return None


Listed = tuple[Json, ...] | None
"""Entries as they are read, by index; None where there never was one, or all of them were removed at once."""


@dataclass(frozen=True, slots=True)
class VInterface:
    description: str | None = None
    enabled: bool = True
    port_map: PortMap | None = None
    input_filters: Listed = None
    output_filters: Listed = None


@dataclass(frozen=True, slots=True)
class VTerminal:
    description: str | None = None
    interfaces: Mapping[str, VInterface] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MacMap:
    """Hosts as `MAC@VLAN`."""

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VlanMap:
    """A VLAN of one switch, or of all where `node` is None."""

    node: str | None
    vlan_id: int

    @property
    def map_id(self) -> str:
        return f"{self.node or 'ANY'}.{self.vlan_id}"


@dataclass(frozen=True, slots=True)
class VBridge:
    description: str | None = None
    age_interval: int = 600
    interfaces: Mapping[str, VInterface] = field(default_factory=dict)
    vlan_maps: tuple[VlanMap, ...] = ()
    mac_map: MacMap | None = None
    input_filters: Listed = None
    output_filters: Listed = None


@dataclass(frozen=True, slots=True)
class Vtn:
    description: str | None = None
    idle_timeout: int = 300
    hard_timeout: int = 0
    bridges: Mapping[str, VBridge] = field(default_factory=dict)
    terminals: Mapping[str, VTerminal] = field(default_factory=dict)
    filters: Listed = None
    path_maps: Listed = None


@dataclass(frozen=True, slots=True)
class State:
    """All that one VTN Manager holds, and the switches that it sees.

    `conditions` maps names to matches, `policies` ids to what is read of them beside the id; `path_maps` are those of all VTNs.
    """

    vtns: Mapping[str, Vtn] = field(default_factory=dict)
    switches: Switches = field(default_factory=dict)
    conditions: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    policies: Mapping[int, Json] = field(default_factory=dict)
    path_maps: tuple[Json, ...] = ()


def is_active(state: State, vlan_map: VlanMap) -> bool:
    """Whether the map reaches any switch port that hosts can be at."""
    return vlan_map.node is None or any(port.edge for port in state.switches.get(vlan_map.node, ()))


def with_vtn(state: State, tenant: str, vtn: Vtn) -> State:
    return replace(state, vtns={**state.vtns, tenant: vtn})


def with_bridge(state: State, tenant: str, name: str, bridge: VBridge) -> State:
    vtn = state.vtns[tenant]
    return with_vtn(state, tenant, replace(vtn, bridges={**vtn.bridges, name: bridge}))
