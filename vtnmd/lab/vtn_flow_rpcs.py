"""The RPCs for flow conditions and flow filters of a simulated VTN Manager; see `vtnmd.lab.vtn_rpcs`."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network, ip_network
from typing import Any, TypeVar

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_find import (
    RpcError,
    absent,
    bad,
    find_bridge,
    find_interface,
    find_vtn,
    missing,
    name_of,
    refuse_removal,
    status_of,
    with_interface,
    without,
)
from vtnmd.lab.vtn_state import Listed, State, VBridge, VInterface, with_bridge, with_vtn

T = TypeVar("T", VBridge, VInterface)

_IPV4 = 0x0800
_LARGEST_ETHER_TYPE = 0xFFFF
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}
_FILTERS = ("vtn-drop-filter", "vtn-pass-filter", "vtn-redirect-filter")
_MAC_ACTIONS = {"vtn-set-dl-src-action": "VTNSetDlSrcAction", "vtn-set-dl-dst-action": "VTNSetDlDstAction"}
_ADDRESS_ACTIONS = {"vtn-set-inet-src-action": "VTNSetInetSrcAction", "vtn-set-inet-dst-action": "VTNSetInetDstAction"}
_NUMBER_ACTIONS = {
    "vtn-set-vlan-pcp-action": "vlan-pcp",
    "vtn-set-inet-dscp-action": "dscp",
    "vtn-set-port-src-action": "port",
    "vtn-set-port-dst-action": "port",
    "vtn-set-icmp-type-action": "type",
    "vtn-set-icmp-code-action": "code",
}
"""Actions that write a number, 0 where none is given."""


def set_flow_condition(state: State, given: Json) -> tuple[State, Json]:
    if "name" not in given:
        raise missing("Flow condition name")
    refuse_removal(given)
    name = given["name"]
    before = state.conditions.get(name)
    if before is None and given.get("present"):
        raise absent("Flow condition", name)
    matches = {match["index"]: match for match in (before or ()) if given.get("operation", "ADD") == "ADD"}
    for match in given.get("vtn-flow-match", ()):
        matches[match["index"]] = _joined(matches.get(match["index"], {}), _match(match))
    after = tuple(matches[index] for index in sorted(matches))
    return replace(state, conditions={**state.conditions, name: after}), status_of(before, after)


def remove_flow_condition(state: State, given: Json) -> tuple[State, Json]:
    if "name" not in given:
        raise missing("Flow condition name")
    if given["name"] not in state.conditions:
        raise absent("Flow condition", given["name"])
    return replace(state, conditions=without(state.conditions, given["name"])), None


def clear_flow_condition(state: State, _given: Json) -> tuple[State, Json]:
    return replace(state, conditions={}), {"status": "REMOVED"} if state.conditions else {}


def _joined(before: Json, added: Json) -> Json:
    """A match with what is added to it; each was checked by itself."""
    both = {name: {**before[name], **added[name]} for name in before.keys() & added.keys() if isinstance(added[name], dict)}
    return {**before, **added, **both}


def _match(given: Json) -> Json:
    """A match as it is read: what it implies stands in it."""
    ether, inet = dict(given.get("vtn-ether-match", {})), dict(given.get("vtn-inet-match", {}))
    if ether.get("ether-type", 0) > _LARGEST_ETHER_TYPE:
        raise bad(f"Invalid Ethernet type: {ether['ether-type']}")
    if "vlan-pcp" in ether and not ether.get("vlan-id"):
        raise bad("VLAN priority requires a valid VLAN ID.")
    for leaf in ("source-address", "destination-address"):
        if leaf in ether:
            ether[leaf] = ether[leaf].lower()
    for leaf in ("source-network", "destination-network"):
        if leaf in inet:
            inet[leaf] = _network(inet[leaf])
    ranges = {name: _range(value) for name, value in given.items() if name.endswith("-range")}
    icmp = {name: value for name, value in given.items() if name.startswith("icmp-")}
    for kind in {name.partition("-")[0] for name in (*ranges, *icmp)}:
        _imply(inet, "protocol", _PROTOCOLS[kind], "IP protocol conflict: proto={}, expected={}")
    if inet:
        _imply(ether, "ether-type", _IPV4, "Ethernet type conflict: type={:#x}, expected={:#x}")
    found = {"index": given["index"], "vtn-ether-match": ether, "vtn-inet-match": inet, **ranges, **icmp}
    return {name: value for name, value in found.items() if value != {}}


def _imply(match: dict[str, Any], leaf: str, value: int, message: str) -> None:
    if match.setdefault(leaf, value) != value:
        raise bad(message.format(match[leaf], value))


def _network(text: str) -> str:
    network = ip_network(text, strict=False)
    if not isinstance(network, IPv4Network):
        raise bad(f"Unsupported IP prefix: {text}")
    return str(network)


def _range(given: Json) -> Json:
    if "port-from" not in given:
        raise missing("port-from")
    first, last = given["port-from"], given.get("port-to", given["port-from"])
    if last < first:
        raise bad(f"Invalid port range: from={first}, to={last}")
    return {"port-from": first, "port-to": last}


def set_flow_filter(state: State, given: Json) -> tuple[State, Json]:
    wanted = given.get("vtn-flow-filter", ())
    if not wanted:
        raise RpcError("missing-element", "BADREQUEST", "At least one flow filter must be specified.")
    held = _filters(state, given)
    before = {entry["index"]: entry for entry in held or ()}
    added = {entry["index"]: _filter(entry, given) for entry in wanted}
    results = [{"index": index, **status_of(before.get(index), entry)} for index, entry in added.items()]
    return _with_filters(state, given, tuple({**before, **added}.values())), {"flow-filter-result": results}


def remove_flow_filter(state: State, given: Json) -> tuple[State, Json]:
    """Without indices every filter goes, and the list with it."""
    held = _filters(state, given) or ()
    there = {entry["index"] for entry in held}
    wanted = list(dict.fromkeys(given.get("indices") or there))
    results = [{"index": index, **({"status": "REMOVED"} if index in there else {})} for index in wanted]
    left = tuple(entry for entry in held if entry["index"] not in wanted) if given.get("indices") else None
    changed = state if _filters(state, given) is None else _with_filters(state, given, left)
    return changed, {"flow-filter-result": results} if results else {}


def _filters(state: State, given: Json) -> Listed:
    """The list of filters that the input is about."""
    member = "output_filters" if given.get("output") else "input_filters"
    match _target(given):
        case "interface":
            held: Listed = getattr(find_interface(state, given)[2], member)
        case "bridge":
            held = getattr(find_bridge(state, given)[2], member)
        case _:
            held = find_vtn(state, given)[1].filters
    return held


def _with_filters(state: State, given: Json, filters: Listed) -> State:
    match _target(given):
        case "interface":
            holder, name, interface = find_interface(state, given)
            return with_interface(state, holder, name, _with_directed(interface, given, filters))
        case "bridge":
            tenant, name, bridge = find_bridge(state, given)
            return with_bridge(state, tenant, name, _with_directed(bridge, given, filters))
        case _:
            tenant, vtn = find_vtn(state, given)
            return with_vtn(state, tenant, replace(vtn, filters=filters))


def _with_directed(held: T, given: Json, filters: Listed) -> T:
    return replace(held, output_filters=filters) if given.get("output") else replace(held, input_filters=filters)


def _target(given: Json) -> str:
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    if "interface-name" in given:
        if "bridge-name" not in given and "terminal-name" not in given:
            raise missing("Virtual bridge name")
        return "interface"
    if "bridge-name" in given:
        return "bridge"
    if "terminal-name" in given:
        raise bad(f"vTerminal:{tenant}/{given['terminal-name']}: vTerminal does not support flow filter.")
    return "vtn"


def _filter(given: Json, place: Json) -> Json:
    """A filter as it is read."""
    if "condition" not in given:
        raise missing("Flow condition name")
    kind = next((kind for kind in _FILTERS if kind in given), None)
    if kind is None:
        raise missing("vtn-flow-filter-type")
    found = {"index": given["index"], "condition": given["condition"], kind: given[kind]}
    if kind == "vtn-redirect-filter":
        found[kind] = _redirect(given[kind], place)
    actions = {action["order"]: _action(action) for action in given.get("vtn-flow-action", ())}
    return found | ({"vtn-flow-action": list(actions.values())} if actions else {})


def _redirect(given: Json, place: Json) -> Json:
    destination = given.get("redirect-destination")
    if not destination:
        raise missing("redirect-destination")
    holder = "bridge-name" if "bridge-name" in destination else "terminal-name"
    if holder not in destination:
        raise bad(f"Unexpected virtual node path: {destination}")
    kind = "vBridge" if holder == "bridge-name" else "vTerminal"
    found = {
        holder: name_of(kind, destination[holder], find=False),
        "interface-name": name_of("vInterface", destination.get("interface-name"), find=False),
    }
    if found.items() <= place.items():
        raise bad(f"Self redirection is not allowed: {kind}-IF:{place['tenant-name']}/{'/'.join(found.values())}")
    return {"output": bool(given.get("output")), "redirect-destination": found}


def _action(given: Json) -> Json:
    names = [name for name in given if name != "order"]
    if not names:
        raise missing("vtn-action")
    (name,) = names
    value: Mapping[str, Any] = given[name]
    if name in _MAC_ACTIONS:
        _check_mac(_MAC_ACTIONS[name], value.get("address"))
    elif name in _ADDRESS_ACTIONS:
        if "ipv6-address" in value:
            raise RpcError("operation-failed", "INTERNALERROR", f"Unsupported IP address: {value['ipv6-address']}")
        if not value.get("ipv4-address", "").endswith("/32"):
            raise bad(f"{_ADDRESS_ACTIONS[name]}: Netmask cannot be specified: {value.get('ipv4-address')}")
    elif name in _NUMBER_ACTIONS:
        value = {_NUMBER_ACTIONS[name]: value.get(_NUMBER_ACTIONS[name], 0)}
    else:
        raise bad(f"Unsupported vtn-action: {name}")
    return {"order": given["order"], name: dict(value)}


def _check_mac(action: str, address: str | None) -> None:
    if address is None:
        raise missing(f"{action}: address")
    if address.lower() == "ff:ff:ff:ff:ff:ff":
        raise bad(f"{action}: Broadcast address cannot be specified.")
    if address == "00:00:00:00:00:00":
        raise bad(f"{action}: Zero cannot be specified.")
    if int(address[:2], 16) & 1:
        raise bad(f"{action}: Multicast address cannot be specified: {address}")
