"""How a simulated controller reads the body of an RPC, with the freedoms that the genuine parser takes.

Numbers and booleans may come as strings, strings as numbers, a leaf as a list of one, null as an empty string, and names with the
prefix of their module.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.lab import vtn_rpcs
from vtnmd.lab.vtn_rpcs import RpcError, Transition

_Leaves = Mapping[str, Callable[[Json], Any]]


class Malformed(Exception):
    """The body does not fit the RPC's input; RESTCONF refuses it before the VTN Manager sees it."""


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


def _text(value: Json) -> str:
    if isinstance(value, list) and len(value) == 1:
        return _text(value[0])
    if isinstance(value, dict | list):
        raise Malformed("expected a simple value")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _named(value: Json) -> str:
    """A string of `length 1..max`."""
    if not _text(value):
        raise Malformed("String does not match allowed lengths")
    return _text(value)


def _boolean(value: Json) -> bool:
    given = _text(value).lower()
    if given not in {"true", "false"}:
        raise Malformed(f"Invalid value '{given}' for boolean type. Allowed values are 'true' and 'false'")
    return given == "true"


def _within(low: int, high: int) -> Callable[[Json], int]:
    def number(value: Json) -> int:
        try:
            given = int(_text(value))
        except ValueError:
            raise Malformed("Incorrect lexical representation of integer value") from None
        if not low <= given <= high:
            raise Malformed(f"Value '{given}'  is not in required range [[{low}‥{high}]]")
        return given

    return number


def _one_of(*names: str) -> Callable[[Json], str]:
    def chosen(value: Json) -> str:
        given = _text(value)
        if given not in names:
            raise Malformed(f"Invalid value '{given}' for enum type. Allowed values are: [{', '.join(names)}]")
        return given

    return chosen


def _texts(value: Json) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


_BRIDGE: _Leaves = {"tenant-name": _text, "bridge-name": _text}
_INTERFACE: _Leaves = {**_BRIDGE, "router-name": _text, "terminal-name": _text, "interface-name": _text}
_UPDATE: _Leaves = {
    "update-mode": _one_of("UPDATE", "CREATE", "MODIFY"),
    "operation": _one_of("SET", "ADD", "REMOVE"),
    "description": _text,
}
_VLAN: _Leaves = {"node": _text, "vlan-id": _within(0, 4095)}
_TIMEOUTS: _Leaves = {"idle-timeout": _within(0, 65535), "hard-timeout": _within(0, 65535)}

RPCS: Mapping[str, tuple[_Leaves, Transition]] = {
    "vtn:update-vtn": ({"tenant-name": _text, **_UPDATE, **_TIMEOUTS}, vtn_rpcs.update_vtn),
    "vtn:remove-vtn": ({"tenant-name": _text}, vtn_rpcs.remove_vtn),
    "vtn-vbridge:update-vbridge": ({**_BRIDGE, **_UPDATE, "age-interval": _within(10, 1000000)}, vtn_rpcs.update_vbridge),
    "vtn-vbridge:remove-vbridge": (_BRIDGE, vtn_rpcs.remove_vbridge),
    "vtn-vinterface:update-vinterface": ({**_INTERFACE, **_UPDATE, "enabled": _boolean}, vtn_rpcs.update_vinterface),
    "vtn-vinterface:remove-vinterface": (_INTERFACE, vtn_rpcs.remove_vinterface),
    "vtn-port-map:set-port-map": ({**_INTERFACE, **_VLAN, "port-id": _text, "port-name": _named}, vtn_rpcs.set_port_map),
    "vtn-port-map:remove-port-map": (_INTERFACE, vtn_rpcs.remove_port_map),
    "vtn-vlan-map:add-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_rpcs.add_vlan_map),
    "vtn-vlan-map:get-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_rpcs.get_vlan_map),
    "vtn-vlan-map:remove-vlan-map": ({**_BRIDGE, "map-ids": _texts}, vtn_rpcs.remove_vlan_map),
    "vtn-version:get-manager-version": ({}, vtn_rpcs.get_manager_version),
}
"""Each RPC: how its leaves are read, and what it does."""

MODULES = frozenset(name.partition(":")[0] for name in RPCS)
