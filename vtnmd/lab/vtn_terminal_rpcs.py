"""The RPCs for vTerminals and MAC maps of a simulated VTN Manager; see `vtnmd.lab.vtn_rpcs`."""

from collections.abc import Iterable
from dataclasses import replace

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_find import (
    bad,
    base_of,
    conflict,
    current_of,
    existing,
    find_bridge,
    name_of,
    status_of,
    without,
)
from vtnmd.lab.vtn_state import MacMap, State, VTerminal, with_bridge, with_vtn

_NO_HOST = "00:00:00:00:00:00"
_ALL_HOSTS = "ff:ff:ff:ff:ff:ff"
_LARGEST_VLAN = 4095


def update_vterminal(state: State, given: Json) -> tuple[State, Json]:
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    name = name_of("vTerminal", given.get("terminal-name"), find=given.get("update-mode") == "MODIFY")
    vtn = existing(state.vtns, tenant, "VTN", tenant)
    current = current_of(vtn.terminals, name, given, "vTerminal", f"{tenant}/{name}")
    base = base_of(VTerminal(), current, given, interfaces=current.interfaces if current else {})
    terminal = replace(base, description=given.get("description", base.description))
    return with_vtn(state, tenant, replace(vtn, terminals={**vtn.terminals, name: terminal})), status_of(current, terminal)


def remove_vterminal(state: State, given: Json) -> tuple[State, Json]:
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    name = name_of("vTerminal", given.get("terminal-name"), find=True)
    vtn = existing(state.vtns, tenant, "VTN", tenant)
    existing(vtn.terminals, name, "vTerminal", f"{tenant}/{name}")
    return with_vtn(state, tenant, replace(vtn, terminals=without(vtn.terminals, name))), None


def set_mac_map(state: State, given: Json) -> tuple[State, Json]:
    """A map without hosts is none."""
    tenant, name, bridge = find_bridge(state, given)
    allowed, denied = (frozenset(given.get(part, ())) for part in ("allowed-hosts", "denied-hosts"))
    _check_hosts(allowed, denied)
    before = bridge.mac_map or MacMap()
    match given.get("operation", "ADD"):
        case "SET":
            after = MacMap(allowed, denied)
        case "ADD":
            after = MacMap(before.allowed | allowed, before.denied | denied)
        case _:
            after = MacMap(before.allowed - allowed, before.denied - denied)
    _check_conflicts(state, (tenant, name), after.allowed)
    kept = after if after != MacMap() else None
    changed = with_bridge(state, tenant, name, replace(bridge, mac_map=kept))
    if kept is None:
        return changed, {"status": "REMOVED"} if bridge.mac_map else {}
    return changed, status_of(bridge.mac_map, kept)


def _check_hosts(allowed: Iterable[str], denied: Iterable[str]) -> None:
    for host in (*sorted(allowed), *sorted(denied)):
        mac, _, vlan = host.partition("@")
        if int(vlan) > _LARGEST_VLAN:
            raise bad(f"Invalid VLAN ID in vlan-host-desc: {host}")
        if mac == _ALL_HOSTS:
            raise bad(f"Broadcast address cannot be specified: {mac}")
        if mac == _NO_HOST:
            raise bad(f"Zero MAC address cannot be specified: {mac}")
        if mac and int(mac[:2], 16) & 1:
            raise bad(f"Multicast address cannot be specified: {mac}")
    for host in denied:
        if host.startswith("@"):
            raise bad(f"MAC address cannot be null in denied host set: vlan={host[1:]}")


def _check_conflicts(state: State, here: tuple[str, str], allowed: frozenset[str]) -> None:
    macs = [host.partition("@")[0] for host in sorted(allowed) if not host.startswith("@")]
    for mac in macs:
        if macs.count(mac) > 1:
            raise conflict(f"Already mapped to this vBridge: {mac}")
    for tenant, vtn in state.vtns.items():
        for name, bridge in vtn.bridges.items():
            shared = allowed & bridge.mac_map.allowed if bridge.mac_map and (tenant, name) != here else ()
            for host in shared:
                raise conflict(f"Host({host}) is already mapped to MAC-map:{tenant}/{name}")
