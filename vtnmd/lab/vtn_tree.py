"""The operational trees of a simulated VTN Manager, and how its RESTCONF finds a node in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_state import Listed, MacMap, State, VBridge, VInterface, VlanMap, VTerminal, Vtn, is_active


class PathError(Exception):
    """A path leads nowhere: HTTP status and the parts of a RESTCONF error."""

    def __init__(self, status: int, error_type: str, tag: str, message: str) -> None:
        super().__init__(message)
        self.status, self.type, self.tag, self.message = status, error_type, tag, message


@dataclass(frozen=True, slots=True)
class _Node:
    """A container, or a list where `key` names its key leaf. Members that are missing from `children` are leaves of `leaves`."""

    children: Mapping[str, "_Node"] = field(default_factory=dict)
    leaves: frozenset[str] = frozenset()
    key: str = ""


def _leaves(*names: str) -> _Node:
    return _Node(leaves=frozenset(names))


_FILTERS = _Node({"vtn-flow-filter": _Node({"vtn-flow-action": _Node(key="order")}, frozenset({"index", "condition"}), "index")})
_PATH_MAPS = _Node({"vtn-path-map": _Node(leaves=frozenset({"index", "condition", "policy"}), key="index")})
_HOSTS = _Node({"vlan-host-desc-list": _Node(leaves=frozenset({"host"}), key="host")})
_VINTERFACE = _Node(
    {
        "vinterface-config": _leaves("description", "enabled"),
        "vinterface-status": _leaves("state", "entity-state", "mapped-port"),
        "port-map-config": _leaves("node", "port-id", "port-name", "vlan-id"),
        "vinterface-input-filter": _FILTERS,
        "vinterface-output-filter": _FILTERS,
    },
    frozenset({"name"}),
    "name",
)
_VLAN_MAP = _Node(
    {"vlan-map-config": _leaves("node", "vlan-id"), "vlan-map-status": _leaves("active")},
    frozenset({"map-id"}),
    "map-id",
)
_VBRIDGE = _Node(
    {
        "vbridge-config": _leaves("description", "age-interval"),
        "bridge-status": _leaves("state", "path-faults"),
        "vinterface": _VINTERFACE,
        "vlan-map": _VLAN_MAP,
        "mac-map": _Node({"mac-map-config": _Node({"allowed-hosts": _HOSTS, "denied-hosts": _HOSTS}), "mac-map-status": _Node()}),
        "vbridge-input-filter": _FILTERS,
        "vbridge-output-filter": _FILTERS,
    },
    frozenset({"name"}),
    "name",
)
_VTERMINAL = _Node(
    {"vterminal-config": _leaves("description"), "bridge-status": _leaves("state", "path-faults"), "vinterface": _VINTERFACE},
    frozenset({"name"}),
    "name",
)
_VTN = _Node(
    {
        "vtenant-config": _leaves("description", "idle-timeout", "hard-timeout"),
        "vbridge": _VBRIDGE,
        "vterminal": _VTERMINAL,
        "vtn-input-filter": _FILTERS,
        "vtn-path-maps": _PATH_MAPS,
    },
    frozenset({"name"}),
    "name",
)
_CONDITION = _Node({"vtn-flow-match": _Node(leaves=frozenset({"index"}), key="index")}, frozenset({"name"}), "name")
_POLICY = _Node(
    {"vtn-path-cost": _Node(leaves=frozenset({"port-desc", "cost"}), key="port-desc")}, frozenset({"id", "default-cost"}), "id"
)
_ROOT = _Node(
    {
        "vtn:vtns": _Node({"vtn": _VTN}),
        "vtn-flow-condition:vtn-flow-conditions": _Node({"vtn-flow-condition": _CONDITION}),
        "vtn-path-policy:vtn-path-policies": _Node({"vtn-path-policy": _POLICY}),
        "vtn-path-map:global-path-maps": _PATH_MAPS,
    }
)


def operational_tree(state: State) -> Json:
    """Everything, by the qualified names of the top containers; a list without entries is left out."""
    conditions = [
        {"name": name, **_present(**{"vtn-flow-match": list(matches)})} for name, matches in sorted(state.conditions.items())
    ]
    return {
        "vtn:vtns": _present(vtn=[_vtn(state, name, vtn) for name, vtn in state.vtns.items()]),
        "vtn-flow-condition:vtn-flow-conditions": _present(**{"vtn-flow-condition": conditions}),
        "vtn-path-policy:vtn-path-policies": _present(
            **{"vtn-path-policy": [{"id": number, **policy} for number, policy in sorted(state.policies.items())]}
        ),
        "vtn-path-map:global-path-maps": _present(**{"vtn-path-map": list(state.path_maps)}),
    }


def find(state: State, segments: list[str]) -> Json:
    """What a GET of these decoded path segments, such as `vtn:vtns` first, answers. Raises PathError where there is nothing."""
    node, found, name = _ROOT, operational_tree(state), ""
    left = list(segments)
    while left:
        name = left.pop(0)
        found = found.get(name) if found is not None else None
        if name in node.leaves:
            raise PathError(
                400, "protocol", "invalid-value", f'URI has bad format. Node "{name}" must be Container or List yang type.'
            )
        if name not in node.children:
            tag = "invalid-value" if node is _ROOT else "unknown-element"
            raise PathError(400, "protocol", tag, f'"{name}" in URI was not found in parent data node')
        node = node.children[name]
        if node.key:
            if not left:
                raise PathError(404, "protocol", "data-missing", f'Missing key for list "{name}".')
            key = left.pop(0)
            found = next((entry for entry in found or () if str(entry[node.key]) == key), None)
    if found is None:
        message = "Request could not be completed because the relevant data model content does not exist "
        raise PathError(404, "application", "data-missing", message)
    return {name.rpartition(":")[2]: [found] if node.key else found}


def cut(tree: Json, depth: int) -> Json:
    """The tree down to `depth` levels, the top one counted as the first."""
    if isinstance(tree, list):
        return [cut(entry, depth) for entry in tree]
    if not isinstance(tree, dict):
        return tree
    return {name: cut(value, depth - 1) for name, value in tree.items() if depth > 0 or not isinstance(value, dict | list)}


def _vtn(state: State, name: str, vtn: Vtn) -> Json:
    return {
        "name": name,
        "vtenant-config": _present(
            **{"description": vtn.description, "idle-timeout": vtn.idle_timeout, "hard-timeout": vtn.hard_timeout}
        ),
        **_present(
            **{
                "vbridge": [_vbridge(state, inner, bridge) for inner, bridge in vtn.bridges.items()],
                "vterminal": [_vterminal(state, inner, terminal) for inner, terminal in vtn.terminals.items()],
                "vtn-input-filter": _listed("vtn-flow-filter", vtn.filters),
                "vtn-path-maps": _listed("vtn-path-map", vtn.path_maps),
            }
        ),
    }


def _listed(name: str, entries: Listed) -> Json:
    """The container of a list; it stays when its last entry is removed by name."""
    return None if entries is None else _present(**{name: list(entries)})


def _vbridge(state: State, name: str, bridge: VBridge) -> Json:
    interfaces = [_vinterface(state, inner, interface) for inner, interface in bridge.interfaces.items()]
    vlan_maps = [_vlan_map(state, vlan_map) for vlan_map in bridge.vlan_maps]
    return {
        "name": name,
        "vbridge-config": _present(**{"description": bridge.description, "age-interval": bridge.age_interval}),
        "bridge-status": {"state": _bridge_state(state, bridge), "path-faults": 0},
        **_present(
            **{
                "vinterface": interfaces,
                "vlan-map": vlan_maps,
                "mac-map": _mac_map(bridge.mac_map),
                "vbridge-input-filter": _listed("vtn-flow-filter", bridge.input_filters),
                "vbridge-output-filter": _listed("vtn-flow-filter", bridge.output_filters),
            }
        ),
    }


def _vterminal(state: State, name: str, terminal: VTerminal) -> Json:
    interfaces = [_vinterface(state, inner, interface) for inner, interface in terminal.interfaces.items()]
    return {
        "name": name,
        "vterminal-config": _present(description=terminal.description),
        "bridge-status": {"state": _state_of(_interfaces_up(state, terminal)), "path-faults": 0},
        **_present(vinterface=interfaces),
    }


def _mac_map(mac_map: MacMap | None) -> Json:
    """Its status is empty: hosts are mapped when they send, and nobody sends here."""
    if mac_map is None:
        return None
    hosts = {
        name: {"vlan-host-desc-list": [{"host": host} for host in sorted(held)]}
        for name, held in (("allowed-hosts", mac_map.allowed), ("denied-hosts", mac_map.denied))
        if held
    }
    return {"mac-map-config": hosts, "mac-map-status": {}}


def _bridge_state(state: State, bridge: VBridge) -> str:
    """UP when every map that is in force is, UNKNOWN without any. A MAC map is in force once a host was seen."""
    ups = [is_active(state, vlan_map) for vlan_map in bridge.vlan_maps] + ([False] if bridge.mac_map else [])
    return _state_of([*ups, *_interfaces_up(state, bridge)])


def _interfaces_up(state: State, holder: VBridge | VTerminal) -> list[bool]:
    """Whether each enabled interface with a port map is up."""
    return [
        _states(state, interface)[0] == "UP" for interface in holder.interfaces.values() if interface.enabled and interface.port_map
    ]


def _state_of(ups: list[bool]) -> str:
    return ("UP" if all(ups) else "DOWN") if ups else "UNKNOWN"


def _vlan_map(state: State, vlan_map: VlanMap) -> Json:
    return {
        "map-id": vlan_map.map_id,
        "vlan-map-config": _present(**{"node": vlan_map.node, "vlan-id": vlan_map.vlan_id}),
        "vlan-map-status": {"active": is_active(state, vlan_map)},
    }


def _vinterface(state: State, name: str, interface: VInterface) -> Json:
    condition, entity = _states(state, interface)
    port_map = interface.port_map
    port = port_map.port(state.switches) if port_map else None
    mapped = f"{port_map.node}:{port.id}" if port_map and port else None
    return {
        "name": name,
        "vinterface-config": _present(description=interface.description, enabled=interface.enabled),
        "vinterface-status": _present(**{"state": condition, "entity-state": entity, "mapped-port": mapped}),
        **_present(
            **{
                "port-map-config": _port_map(interface),
                "vinterface-input-filter": _listed("vtn-flow-filter", interface.input_filters),
                "vinterface-output-filter": _listed("vtn-flow-filter", interface.output_filters),
            }
        ),
    }


def _port_map(interface: VInterface) -> Json:
    held = interface.port_map
    if held is None:
        return None
    return _present(**{"node": held.node, "port-id": held.port_id, "port-name": held.port_name, "vlan-id": held.vlan_id})


def _states(state: State, interface: VInterface) -> tuple[str, str]:
    """State of a vInterface and of the port that it is mapped to."""
    port = interface.port_map.port(state.switches) if interface.port_map else None
    entity = "UP" if port else "UNKNOWN"
    if not interface.enabled:
        return "DOWN", entity
    if interface.port_map is None:
        return "UNKNOWN", entity
    return "UP" if port and port.edge else "DOWN", entity


def _present(**members: Json) -> Json:
    """The members that have a value; empty lists count as none."""
    return {name: value for name, value in members.items() if value is not None and value != []}
