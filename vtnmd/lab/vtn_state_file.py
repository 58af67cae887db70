"""What a simulated VTN Manager holds, kept in a file."""

import json
import os
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_state import Listed, MacMap, PortMap, State, Switches, VBridge, VInterface, VlanMap, VTerminal, Vtn


def save(path: Path, state: State) -> None:
    """Replace the file in one step, so that a kill leaves the old or the new one. Switches are not kept."""
    held = {name: value for name, value in asdict(state).items() if name != "switches"}
    handle, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(held, file, default=sorted)
    Path(written).replace(path)


def load(path: Path | None, switches: Switches) -> State:
    """What the file holds; nothing where there is none."""
    if path is None or not path.exists():
        return State(switches=switches)
    held = json.loads(path.read_text(encoding="utf-8"))
    return State(
        {name: _vtn(vtn) for name, vtn in held["vtns"].items()},
        switches,
        {name: tuple(matches) for name, matches in held["conditions"].items()},
        {int(number): policy for number, policy in held["policies"].items()},
        tuple(held["path_maps"]),
    )


def _vtn(data: Json) -> Vtn:
    return replace(
        Vtn(**data),
        bridges={name: _bridge(bridge) for name, bridge in data["bridges"].items()},
        terminals={name: VTerminal(terminal["description"], _interfaces(terminal)) for name, terminal in data["terminals"].items()},
        filters=_listed(data["filters"]),
        path_maps=_listed(data["path_maps"]),
    )


def _bridge(data: Json) -> VBridge:
    mac_map = data["mac_map"]
    return replace(
        VBridge(**data),
        vlan_maps=tuple(VlanMap(**vlan_map) for vlan_map in data["vlan_maps"]),
        interfaces=_interfaces(data),
        mac_map=MacMap(frozenset(mac_map["allowed"]), frozenset(mac_map["denied"])) if mac_map else None,
        input_filters=_listed(data["input_filters"]),
        output_filters=_listed(data["output_filters"]),
    )


def _interfaces(holder: Json) -> dict[str, VInterface]:
    return {name: _interface(interface) for name, interface in holder["interfaces"].items()}


def _interface(data: Json) -> VInterface:
    return replace(
        VInterface(**data),
        port_map=PortMap(**data["port_map"]) if data["port_map"] else None,
        input_filters=_listed(data["input_filters"]),
        output_filters=_listed(data["output_filters"]),
    )


def _listed(entries: list[Json] | None) -> Listed:
    return None if entries is None else tuple(entries)
