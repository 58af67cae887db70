"""How the RPCs for VTNs, vBridges, interfaces and their maps change what a simulated VTN Manager holds.

Plain functions from state and input to new state and output. Behaviour follows the genuine VTN Manager 0.6.0 (OpenDaylight Carbon)
as recorded in tests/contract/recordings, errors included.
"""

from collections.abc import Iterator
from dataclasses import replace

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_find import (
    Holder,
    bad,
    base_of,
    conflict,
    current_of,
    existing,
    find_bridge,
    find_interface,
    find_vtn,
    held_by,
    holder_names,
    missing,
    name_of,
    node_of,
    port_id_of,
    status_of,
    with_held,
    with_interface,
    without,
)
from vtnmd.lab.vtn_state import PortMap, State, VBridge, VInterface, VlanMap, Vtn, is_active, with_bridge, with_vtn


def update_vtn(state: State, given: Json) -> tuple[State, Json]:
    name = name_of("VTN", given.get("tenant-name"), find=given.get("update-mode") == "MODIFY")
    current = current_of(state.vtns, name, given, "VTN", name)
    base = base_of(Vtn(), current, given, **(_held_by_vtn(current) if current else {}))
    vtn = replace(
        base,
        description=given.get("description", base.description),
        idle_timeout=given.get("idle-timeout", base.idle_timeout),
        hard_timeout=given.get("hard-timeout", base.hard_timeout),
    )
    if 0 < vtn.hard_timeout <= vtn.idle_timeout:
        raise bad("idle-timeout must be less than hard-timeout.")
    return replace(state, vtns={**state.vtns, name: vtn}), status_of(current, vtn)


def remove_vtn(state: State, given: Json) -> tuple[State, Json]:
    name, _ = find_vtn(state, given)
    return replace(state, vtns=without(state.vtns, name)), None


def update_vbridge(state: State, given: Json) -> tuple[State, Json]:
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    name = name_of("vBridge", given.get("bridge-name"), find=given.get("update-mode") == "MODIFY")
    vtn = existing(state.vtns, tenant, "VTN", tenant)
    current = current_of(vtn.bridges, name, given, "vBridge", f"{tenant}/{name}")
    base = base_of(VBridge(), current, given, **(_held_by_bridge(current) if current else {}))
    bridge = replace(
        base,
        description=given.get("description", base.description),
        age_interval=given.get("age-interval", base.age_interval),
    )
    return with_bridge(state, tenant, name, bridge), status_of(current, bridge)


def remove_vbridge(state: State, given: Json) -> tuple[State, Json]:
    tenant, name, _ = find_bridge(state, given)
    vtn = state.vtns[tenant]
    return with_vtn(state, tenant, replace(vtn, bridges=without(vtn.bridges, name))), None


def update_vinterface(state: State, given: Json) -> tuple[State, Json]:
    holder = holder_names(given)
    name = name_of("vInterface", given.get("interface-name"), find=given.get("update-mode") == "MODIFY")
    held = held_by(state, holder)
    current = current_of(held.interfaces, name, given, "vInterface", f"{holder.path}/{name}", f"{holder.kind}-IF")
    if current is None and holder.kind == "vTerminal" and held.interfaces:
        raise conflict("vTerminal can have only one interface")
    base = base_of(VInterface(), current, given, **(_held_by_interface(current) if current else {}))
    interface = replace(
        base,
        description=given.get("description", base.description),
        enabled=given.get("enabled", base.enabled),
    )
    return with_interface(state, holder, name, interface), status_of(current, interface)


def remove_vinterface(state: State, given: Json) -> tuple[State, Json]:
    holder, name, _ = find_interface(state, given)
    held = held_by(state, holder)
    return with_held(state, holder, replace(held, interfaces=without(held.interfaces, name))), None


def set_port_map(state: State, given: Json) -> tuple[State, Json]:
    holder_names(given)
    name_of("vInterface", given.get("interface-name"), find=True)
    if "node" not in given:
        raise missing("Node")
    port_map = PortMap(node_of(given["node"]), given.get("port-id"), given.get("port-name"), given.get("vlan-id", 0))
    if port_map.port_id is None and port_map.port_name is None:
        raise bad("Target port name or ID must be specified")
    if port_map.port_id is not None:
        port_id_of(port_map.port_id)
    asking, name, interface = find_interface(state, given)
    if port_map == interface.port_map:
        return state, {}
    for holder, other in _port_holders(state, port_map):
        if (holder, other) != (asking, name):
            raise conflict(f"Specified port is mapped to {holder.label(other)}")
    output = {"status": "CHANGED" if interface.port_map else "CREATED"}
    return with_interface(state, asking, name, replace(interface, port_map=port_map)), output


def remove_port_map(state: State, given: Json) -> tuple[State, Json]:
    holder, name, interface = find_interface(state, given)
    if interface.port_map is None:
        return state, {}
    return with_interface(state, holder, name, replace(interface, port_map=None)), {"status": "REMOVED"}


def add_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    tenant, name = name_of("VTN", given.get("tenant-name"), find=True), name_of("vBridge", given.get("bridge-name"), find=True)
    vlan_map = VlanMap(node_of(given["node"]) if "node" in given else None, given.get("vlan-id", 0))
    _, _, bridge = find_bridge(state, given)
    for other_tenant, vtn in state.vtns.items():
        for other_name, other in vtn.bridges.items():
            if vlan_map in other.vlan_maps:
                here = (other_tenant, other_name) == (tenant, name)
                vlan = f"VLAN({vlan_map.node or ''}@{vlan_map.vlan_id})"
                message = "Already mapped to this vBridge" if here else f"{vlan} is mapped to vBridge:{other_tenant}/{other_name}"
                raise conflict(message)
    changed = replace(bridge, vlan_maps=(*bridge.vlan_maps, vlan_map))
    return with_bridge(state, tenant, name, changed), _vlan_map_output(state, vlan_map)


def get_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    _, _, bridge = find_bridge(state, given)
    vlan_map = VlanMap(given.get("node"), given.get("vlan-id", 0))
    return state, _vlan_map_output(state, vlan_map) if vlan_map in bridge.vlan_maps else {}


def remove_vlan_map(state: State, given: Json) -> tuple[State, Json]:
    """Without ids every map of the bridge goes."""
    tenant, name, bridge = find_bridge(state, given)
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


def _held_by_vtn(vtn: Vtn) -> dict[str, object]:
    """What an update leaves alone."""
    return {name: getattr(vtn, name) for name in ("bridges", "terminals", "filters", "path_maps")}


def _held_by_bridge(bridge: VBridge) -> dict[str, object]:
    return {name: getattr(bridge, name) for name in ("interfaces", "vlan_maps", "mac_map", "input_filters", "output_filters")}


def _held_by_interface(interface: VInterface) -> dict[str, object]:
    return {name: getattr(interface, name) for name in ("port_map", "input_filters", "output_filters")}


def _port_holders(state: State, wanted: PortMap) -> Iterator[tuple[Holder, str]]:
    """The interfaces that the port and VLAN are mapped to; a port that the controller does not see is held by nobody."""
    port = wanted.port(state.switches)
    for tenant, vtn in state.vtns.items():
        for kind, held in (("vBridge", vtn.bridges), ("vTerminal", vtn.terminals)):
            for holder_name, holder in held.items():
                for name, interface in holder.interfaces.items():
                    there = interface.port_map
                    same = there is not None and (there.node, there.vlan_id) == (wanted.node, wanted.vlan_id)
                    if there is not None and same and port is not None and there.port(state.switches) == port:
                        yield Holder(tenant, kind, holder_name), name
