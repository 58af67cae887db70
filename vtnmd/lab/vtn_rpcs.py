"""How each RPC of a simulated VTN Manager changes what it holds: plain functions from state and input to new state and output.

Behaviour follows the genuine VTN Manager 0.6.0 (OpenDaylight Carbon) as recorded in tests/contract/recordings, errors included.
vTerminals, MAC maps, flow filters, path maps and policies are outside the simulation: there are none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_state import (
    PortMap,
    State,
    VBridge,
    VInterface,
    VlanMap,
    Vtn,
    is_active,
    with_bridge,
    with_interface,
    with_vtn,
)

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_]{0,30}")
_NODE = re.compile(r"openflow:(0|[1-9][0-9]{0,19})")
_LARGEST_DATAPATH_ID = 2**64 - 1
_LARGEST_PORT = 0xFFFFFF00  # OFPP_MAX of OpenFlow 1.3

T = TypeVar("T")


class RpcError(Exception):
    """An RPC fails: error-tag, error-app-tag and error-message of its answer."""

    def __init__(self, tag: str, app_tag: str, message: str) -> None:
        super().__init__(message)
        self.tag, self.app_tag, self.message = tag, app_tag, message


Transition = Callable[[State, Json], tuple[State, Json]]
"""From a state and the checked input of an RPC to the new state and the output; None where the RPC has no output."""


def update_vtn(state: State, given: Json) -> tuple[State, Json]:
    name = _name("VTN", given.get("tenant-name"), find=given.get("update-mode") == "MODIFY")
    current = _current(state.vtns, name, given, "VTN", name)
    base = _base(Vtn(), current, given, bridges=current.bridges if current else {})
    vtn = replace(
        base,
        description=given.get("description", base.description),
        idle_timeout=given.get("idle-timeout", base.idle_timeout),
        hard_timeout=given.get("hard-timeout", base.hard_timeout),
    )
    if 0 < vtn.hard_timeout <= vtn.idle_timeout:
        raise RpcError("bad-element", "BADREQUEST", "idle-timeout must be less than hard-timeout.")
    return replace(state, vtns={**state.vtns, name: vtn}), _status(current, vtn)


def remove_vtn(state: State, given: Json) -> tuple[State, Json]:
    name, _ = _find_vtn(state, given)
    return replace(state, vtns=_without(state.vtns, name)), None


def update_vbridge(state: State, given: Json) -> tuple[State, Json]:
    tenant = _name("VTN", given.get("tenant-name"), find=True)
    name = _name("vBridge", given.get("bridge-name"), find=given.get("update-mode") == "MODIFY")
    vtn = _existing(state.vtns, tenant, "VTN", tenant)
    current = _current(vtn.bridges, name, given, "vBridge", f"{tenant}/{name}")
    kept = {"interfaces": current.interfaces, "vlan_maps": current.vlan_maps} if current else {}
    base = _base(VBridge(), current, given, **kept)
    bridge = replace(
        base,
        description=given.get("description", base.description),
        age_interval=given.get("age-interval", base.age_interval),
    )
    return with_bridge(state, tenant, name, bridge), _status(current, bridge)


def remove_vbridge(state: State, given: Json) -> tuple[State, Json]:
    tenant, name, _ = _find_bridge(state, given)
    vtn = state.vtns[tenant]
    return with_vtn(state, tenant, replace(vtn, bridges=_without(vtn.bridges, name))), None


def update_vinterface(state: State, given: Json) -> tuple[State, Json]:
    tenant, bridge_name = _bridge_names(given)
    name = _name("vInterface", given.get("interface-name"), find=given.get("update-mode") == "MODIFY")
    _, _, bridge = _find_bridge(state, given)
    current = _current(bridge.interfaces, name, given, "vInterface", f"{tenant}/{bridge_name}/{name}")
    base = _base(VInterface(), current, given, port_map=current.port_map if current else None)
    interface = replace(
        base,
        description=given.get("description", base.description),
        enabled=given.get("enabled", base.enabled),
    )
    return with_interface(state, (tenant, bridge_name, name), interface), _status(current, interface)


def remove_vinterface(state: State, given: Json) -> tuple[State, Json]:
    (tenant, bridge_name, name), _ = _find_interface(state, given)
    bridge = state.vtns[tenant].bridges[bridge_name]
    return with_bridge(state, tenant, bridge_name, replace(bridge, interfaces=_without(bridge.interfaces, name))), None


def set_port_map(state: State, given: Json) -> tuple[State, Json]:
    path = _interface_names(given)
    if "node" not in given:
        raise RpcError("missing-element", "BADREQUEST", "Node cannot be null")
    port_map = PortMap(_node(given["node"]), given.get("port-id"), given.get("port-name"), given.get("vlan-id", 0))
    if port_map.port_id is None and port_map.port_name is None:
        raise RpcError("bad-element", "BADREQUEST", "Target port name or ID must be specified")
    if port_map.port_id is not None and not (port_map.port_id.isdecimal() and 0 < int(port_map.port_id) <= _LARGEST_PORT):
        raise RpcError("bad-element", "BADREQUEST", f"Invalid port ID: {port_map.port_id}")
    _, interface = _find_interface(state, given)
    if port_map == interface.port_map:
        return state, {}
    holder = _port_holder(state, port_map, path)
    if holder:
        raise RpcError("data-exists", "CONFLICT", f"Specified port is mapped to vBridge-IF:{'/'.join(holder)}")
    output = {"status": "CHANGED" if interface.port_map else "CREATED"}
    return with_interface(state, path, replace(interface, port_map=port_map)), output


def remove_port_map(state: State, given: Json) -> tuple[State, Json]:
    path, interface = _find_interface(state, given)
    if interface.port_map is None:
        return state, {}
    return with_interface(state, path, replace(interface, port_map=None)), {"status": "REMOVED"}


def add_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    tenant, name = _bridge_path(given)
    vlan_map = VlanMap(_node(given["node"]) if "node" in given else None, given.get("vlan-id", 0))
    _, _, bridge = _find_bridge(state, given)
    for other_tenant, vtn in state.vtns.items():
        for other_name, other in vtn.bridges.items():
            if vlan_map in other.vlan_maps:
                here = (other_tenant, other_name) == (tenant, name)
                vlan = f"VLAN({vlan_map.node or ''}@{vlan_map.vlan_id})"
                message = "Already mapped to this vBridge" if here else f"{vlan} is mapped to vBridge:{other_tenant}/{other_name}"
                raise RpcError("data-exists", "CONFLICT", message)
    changed = replace(bridge, vlan_maps=(*bridge.vlan_maps, vlan_map))
    return with_bridge(state, tenant, name, changed), _vlan_map_output(state, vlan_map)


def get_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    _, _, bridge = _find_bridge(state, given)
    vlan_map = VlanMap(given.get("node"), given.get("vlan-id", 0))
    return state, _vlan_map_output(state, vlan_map) if vlan_map in bridge.vlan_maps else {}


def remove_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    """Without ids every map of the bridge goes."""
    tenant, name, bridge = _find_bridge(state, given)
    held = {vlan_map.map_id for vlan_map in bridge.vlan_maps}
    wanted = list(dict.fromkeys(given.get("map-ids") or [vlan_map.map_id for vlan_map in bridge.vlan_maps]))
    results = [{"map-id": map_id, "status": "REMOVED"} if map_id in held else {"map-id": map_id} for map_id in wanted]
    left = tuple(vlan_map for vlan_map in bridge.vlan_maps if vlan_map.map_id not in wanted)
    changed = with_bridge(state, tenant, name, replace(bridge, vlan_maps=left))
    return changed, {"remove-vlan-map-result": results} if results else {}


def get_manager_version(state: State, _given: Json) -> tuple[State, Json]:
    """The version that the simulation follows."""
    return state, {"api-version": 2, "bundle-version": {"major": 0, "minor": 6, "micro": 0, "qualifier": "Carbon"}}


def _vlan_map_output(state: State, vlan_map: VlanMap) -> Json:
    return {"map-id": vlan_map.map_id, "active": is_active(state, vlan_map)}


def _name(kind: str, name: str | None, *, find: bool) -> str:
    """A legal name. With `find`, a name that nothing can have is one that nothing has."""
    if name is None:
        raise RpcError("missing-element", "BADREQUEST", f"{kind} name cannot be null")
    if _NAME.fullmatch(name) is None:
        if find:
            raise RpcError("data-missing", "NOTFOUND", f"{name}: {kind} does not exist.")
        raise RpcError("bad-element", "BADREQUEST", f"{kind} name is invalid")
    return name


def _node(node: str) -> str:
    matched = _NODE.fullmatch(node)
    if matched is None or int(matched[1]) > _LARGEST_DATAPATH_ID:
        raise RpcError("bad-element", "BADREQUEST", f"Invalid node ID: {node}")
    return node


_LABELS = {"VTN": "VTN", "vBridge": "vBridge", "vInterface": "vBridge-IF"}


def _existing(held: Mapping[str, T], name: str, kind: str, path: str) -> T:
    if name not in held:
        raise RpcError("data-missing", "NOTFOUND", f"{_LABELS[kind]}:{path}: {kind} does not exist.")
    return held[name]


def _current(held: Mapping[str, T], name: str, given: Json, kind: str, path: str) -> T | None:
    """What an update finds, checked against update-mode and operation."""
    if given.get("operation") == "REMOVE":
        raise RpcError("bad-element", "BADREQUEST", "Invalid operation type: REMOVE")
    mode = given.get("update-mode", "UPDATE")
    if mode == "MODIFY":
        return _existing(held, name, kind, path)
    if mode == "CREATE" and name in held:
        raise RpcError("data-exists", "CONFLICT", f"{_LABELS[kind]}:{path}: {kind} already exists.")
    return held.get(name)


def _base(default: T, current: T | None, given: Json, **kept: object) -> T:
    """Where members that the input leaves out come from: what is there (ADD), or the defaults beside what is `kept` (SET)."""
    if current is not None and given.get("operation", "ADD") == "ADD":
        return current
    return replace(default, **kept)  # type: ignore[type-var]


def _status(before: object | None, after: object) -> Json:
    if before is None:
        return {"status": "CREATED"}
    return {} if before == after else {"status": "CHANGED"}


def _find_vtn(state: State, given: Json) -> tuple[str, Vtn]:
    name = _name("VTN", given.get("tenant-name"), find=True)
    return name, _existing(state.vtns, name, "VTN", name)


def _bridge_path(given: Json) -> tuple[str, str]:
    tenant = _name("VTN", given.get("tenant-name"), find=True)
    return tenant, _name("vBridge", given.get("bridge-name"), find=True)


def _bridge_names(given: Json) -> tuple[str, str]:
    """As `_bridge_path`, where a terminal may be named in place of a bridge."""
    if "bridge-name" in given:
        return _bridge_path(given)
    tenant = _name("VTN", given.get("tenant-name"), find=True)
    terminal = _name("vTerminal", given.get("terminal-name"), find=True)
    raise RpcError("data-missing", "NOTFOUND", f"vTerminal:{tenant}/{terminal}: vTerminal does not exist.")


def _interface_names(given: Json) -> tuple[str, str, str]:
    return *_bridge_names(given), _name("vInterface", given.get("interface-name"), find=True)


def _find_bridge(state: State, given: Json) -> tuple[str, str, VBridge]:
    tenant, name = _bridge_path(given)
    vtn = _existing(state.vtns, tenant, "VTN", tenant)
    return tenant, name, _existing(vtn.bridges, name, "vBridge", f"{tenant}/{name}")


def _find_interface(state: State, given: Json) -> tuple[tuple[str, str, str], VInterface]:
    path = _interface_names(given)
    _, _, bridge = _find_bridge(state, given)
    return path, _existing(bridge.interfaces, path[2], "vInterface", "/".join(path))


def _port_holder(state: State, wanted: PortMap, asking: tuple[str, str, str]) -> tuple[str, str, str] | None:
    """The interface that the port and VLAN are mapped to already; a port that the controller does not see is held by nobody."""
    port = wanted.port(state.switches)
    if port is None:
        return None
    for tenant, vtn in state.vtns.items():
        for bridge_name, bridge in vtn.bridges.items():
            for name, interface in bridge.interfaces.items():
                held = interface.port_map
                same = held is not None and (held.node, held.vlan_id) == (wanted.node, wanted.vlan_id)
                path = (tenant, bridge_name, name)
                if held is not None and same and path != asking and held.port(state.switches) == port:
                    return path
    return None


def _without(held: Mapping[str, T], name: str) -> Mapping[str, T]:
    return {other: value for other, value in held.items() if other != name}
