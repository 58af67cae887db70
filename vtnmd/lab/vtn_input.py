"""The RPCs of a simulated controller: how the body of each is read (`vtnmd.lab.vtn_leaves`), and what it does.

Numbers and booleans may come as strings, strings as numbers, a leaf as a list of one, null as an empty string, and names with the
prefix of their module.
"""

import json
from collections.abc import Mapping

from vtnmd.domain.tree import Json
from vtnmd.lab import vtn_flow_rpcs, vtn_path_rpcs, vtn_rpcs, vtn_terminal_rpcs
from vtnmd.lab.vtn_find import RpcError, Transition
from vtnmd.lab.vtn_leaves import (
    Leaves,
    Malformed,
    Reader,
    boolean,
    container,
    entries,
    matching,
    named,
    one_of,
    several,
    text,
    texts,
    within,
)


def read_input(rpc: str, body: bytes) -> Json:
    """The checked members of `input`. Raises Malformed, or RpcError where there is no input and the RPC wants one."""
    leaves, _ = RPCS[rpc]
    if not body:
        if not leaves:
            return {}
        raise RpcError("missing-element", "BADREQUEST", "RPC input cannot be null")
    try:
        document = json.loads(body, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None
    module = rpc.partition(":")[0]
    if not isinstance(document, dict) or [_local(name, module) for name in document] != ["input"]:
        raise Malformed("expected input and nothing else")
    (given,) = document.values()
    given = {} if given == [] else given
    if not isinstance(given, dict):
        raise Malformed("input is not a simple type")
    members = {_local(name, module): value for name, value in given.items()}
    for name in members:
        if name not in leaves:
            raise Malformed(f"Schema node with name {name} wasn't found under input.")
    return {name: leaves[name](value) for name, value in members.items()}


def transition(rpc: str) -> Transition:
    """What the RPC does. Raises KeyError where there is no such RPC."""
    return RPCS[rpc][1]


def _no_duplicates(pairs: list[tuple[str, Json]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed("Duplicate name in JSON input.")
    return members


def _local(name: str, module: str) -> str:
    return name.removeprefix(f"{module}:")


_BRIDGE: Leaves = {"tenant-name": text, "bridge-name": text}
_INTERFACE: Leaves = {**_BRIDGE, "router-name": text, "terminal-name": text, "interface-name": text}
_UPDATE: Leaves = {
    "update-mode": one_of("UPDATE", "CREATE", "MODIFY"),
    "operation": one_of("SET", "ADD", "REMOVE"),
    "description": text,
}
_VLAN: Leaves = {"node": text, "vlan-id": within(0, 4095)}
_TIMEOUTS: Leaves = {"idle-timeout": within(0, 65535), "hard-timeout": within(0, 65535)}

_TERMINAL: Leaves = {"tenant-name": text, "terminal-name": text}

_NAME = matching("[a-zA-Z0-9][a-zA-Z0-9_]*", 1, 31)
_HOSTS = several(matching("([0-9a-f]{2}(:[0-9a-f]{2}){5})?@[0-9]+"))
_MAC = matching("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")
_OCTET = "([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_IPV4_PREFIX = matching(rf"({_OCTET}\.){{3}}{_OCTET}/([0-9]|[12][0-9]|3[0-2])")
_IPV6_PREFIX = matching(r"[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/([0-9]|[0-9]{2}|1[01][0-9]|12[0-8])")
_BYTE, _INDEX, _INDEXES = within(0, 255), within(1, 65535), several(within(-(2**31), 2**31 - 1))
_INT64 = 2**63 - 1
_RANGE = container({"port-from": within(0, 65535), "port-to": within(0, 65535)})


def _prefix(value: Json) -> str:
    """A union of IPv4 and IPv6 prefixes."""
    reader: Reader = _IPV6_PREFIX if ":" in text(value) else _IPV4_PREFIX
    found: str = reader(value)
    return found


_MATCH = container(
    {
        "index": _INDEX,
        "vtn-ether-match": container(
            {
                "source-address": _MAC,
                "destination-address": _MAC,
                "ether-type": within(0, 2**32 - 1),
                "vlan-id": within(0, 4095),
                "vlan-pcp": within(0, 7),
            }
        ),
        "vtn-inet-match": container(
            {"source-network": _prefix, "destination-network": _prefix, "protocol": _BYTE, "dscp": within(0, 63)}
        ),
        "tcp-source-range": _RANGE,
        "tcp-destination-range": _RANGE,
        "udp-source-range": _RANGE,
        "udp-destination-range": _RANGE,
        "icmp-type": _BYTE,
        "icmp-code": _BYTE,
    },
    frozenset({"tcp-source-range", "tcp-destination-range"}),
    frozenset({"udp-source-range", "udp-destination-range"}),
    frozenset({"icmp-type", "icmp-code"}),
)

_ADDRESS = container({"ipv4-address": _IPV4_PREFIX, "ipv6-address": _IPV6_PREFIX})
_ACTIONS: Leaves = {
    "vtn-drop-action": container({}),
    "vtn-pop-vlan-action": container({}),
    "vtn-push-vlan-action": container({"vlan-type": text}),
    "vtn-set-dl-src-action": container({"address": _MAC}),
    "vtn-set-dl-dst-action": container({"address": _MAC}),
    "vtn-set-vlan-id-action": container({"vlan-id": within(1, 4095)}),
    "vtn-set-vlan-pcp-action": container({"vlan-pcp": within(0, 7)}),
    "vtn-set-inet-src-action": _ADDRESS,
    "vtn-set-inet-dst-action": _ADDRESS,
    "vtn-set-inet-dscp-action": container({"dscp": within(0, 63)}),
    "vtn-set-port-src-action": container({"port": within(0, 65535)}),
    "vtn-set-port-dst-action": container({"port": within(0, 65535)}),
    "vtn-set-icmp-type-action": container({"type": _BYTE}),
    "vtn-set-icmp-code-action": container({"code": _BYTE}),
}
_ACTION = container({"order": within(-(2**31), 2**31 - 1), **_ACTIONS}, *(frozenset({name}) for name in _ACTIONS))

_KINDS: Leaves = {
    "vtn-drop-filter": container({}),
    "vtn-pass-filter": container({}),
    "vtn-redirect-filter": container({"redirect-destination": container(_INTERFACE), "output": boolean}),
}
_FILTER = container(
    {"index": _INDEX, "condition": _NAME, "vtn-flow-action": entries("order", _ACTION), **_KINDS},
    *(frozenset({name}) for name in _KINDS),
)

_COST = container({"port-desc": matching(".+,.*,.*"), "cost": within(1, _INT64)})
_PATH_MAP = container({"index": _INDEX, "condition": _NAME, "policy": within(0, 3), **_TIMEOUTS})
_SET: Leaves = {"operation": one_of("SET", "ADD", "REMOVE"), "present": boolean}

RPCS: Mapping[str, tuple[Leaves, Transition]] = {
    "vtn:update-vtn": ({"tenant-name": text, **_UPDATE, **_TIMEOUTS}, vtn_rpcs.update_vtn),
    "vtn:remove-vtn": ({"tenant-name": text}, vtn_rpcs.remove_vtn),
    "vtn-vbridge:update-vbridge": ({**_BRIDGE, **_UPDATE, "age-interval": within(10, 1000000)}, vtn_rpcs.update_vbridge),
    "vtn-vbridge:remove-vbridge": (_BRIDGE, vtn_rpcs.remove_vbridge),
    "vtn-vinterface:update-vinterface": ({**_INTERFACE, **_UPDATE, "enabled": boolean}, vtn_rpcs.update_vinterface),
    "vtn-vinterface:remove-vinterface": (_INTERFACE, vtn_rpcs.remove_vinterface),
    "vtn-port-map:set-port-map": ({**_INTERFACE, **_VLAN, "port-id": text, "port-name": named}, vtn_rpcs.set_port_map),
    "vtn-port-map:remove-port-map": (_INTERFACE, vtn_rpcs.remove_port_map),
    "vtn-vlan-map:add-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_rpcs.add_vlan_map),
    "vtn-vlan-map:get-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_rpcs.get_vlan_map),
    "vtn-vlan-map:remove-vlan-map": ({**_BRIDGE, "map-ids": texts}, vtn_rpcs.remove_vlan_map),
    "vtn-vterminal:update-vterminal": ({**_TERMINAL, **_UPDATE}, vtn_terminal_rpcs.update_vterminal),
    "vtn-vterminal:remove-vterminal": (_TERMINAL, vtn_terminal_rpcs.remove_vterminal),
    "vtn-mac-map:set-mac-map": (
        {**_BRIDGE, "operation": _UPDATE["operation"], "allowed-hosts": _HOSTS, "denied-hosts": _HOSTS},
        vtn_terminal_rpcs.set_mac_map,
    ),
    "vtn-flow-condition:set-flow-condition": (
        {"name": _NAME, "vtn-flow-match": entries("index", _MATCH), **_SET},
        vtn_flow_rpcs.set_flow_condition,
    ),
    "vtn-flow-condition:remove-flow-condition": ({"name": text}, vtn_flow_rpcs.remove_flow_condition),
    "vtn-flow-condition:clear-flow-condition": ({}, vtn_flow_rpcs.clear_flow_condition),
    "vtn-flow-filter:set-flow-filter": (
        {**_INTERFACE, "output": boolean, "vtn-flow-filter": entries("index", _FILTER)},
        vtn_flow_rpcs.set_flow_filter,
    ),
    "vtn-flow-filter:remove-flow-filter": (
        {**_INTERFACE, "output": boolean, "indices": _INDEXES},
        vtn_flow_rpcs.remove_flow_filter,
    ),
    "vtn-path-policy:set-path-policy": (
        {"id": within(1, 3), "default-cost": within(0, _INT64), "vtn-path-cost": entries("port-desc", _COST), **_SET},
        vtn_path_rpcs.set_path_policy,
    ),
    "vtn-path-policy:remove-path-policy": ({"id": within(-(2**31), 2**31 - 1)}, vtn_path_rpcs.remove_path_policy),
    "vtn-path-policy:clear-path-policy": ({}, vtn_path_rpcs.clear_path_policy),
    "vtn-path-map:set-path-map": ({"tenant-name": text, "path-map-list": entries("", _PATH_MAP)}, vtn_path_rpcs.set_path_map),
    "vtn-path-map:remove-path-map": ({"tenant-name": text, "map-index": _INDEXES}, vtn_path_rpcs.remove_path_map),
    "vtn-path-map:clear-path-map": ({"tenant-name": text}, vtn_path_rpcs.clear_path_map),
    "vtn-version:get-manager-version": ({}, vtn_rpcs.get_manager_version),
}
"""Each RPC: how its leaves are read, and what it does."""

MODULES = frozenset(name.partition(":")[0] for name in RPCS)
