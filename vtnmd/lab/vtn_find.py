"""How the RPCs of a simulated VTN Manager find what they are about, and how they refuse."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_state import State, VBridge, VInterface, VTerminal, Vtn, with_vtn

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


def bad(message: str) -> RpcError:
    """The input is wrong."""
    return RpcError("bad-element", "BADREQUEST", message)


def missing(what: str) -> RpcError:
    """The input lacks something."""
    return RpcError("missing-element", "BADREQUEST", f"{what} cannot be null")


def absent(what: str, path: object) -> RpcError:
    """There is no such thing."""
    return RpcError("data-missing", "NOTFOUND", f"{path}: {what} does not exist.")


def conflict(message: str) -> RpcError:
    """Something else is in the way."""
    return RpcError("data-exists", "CONFLICT", message)


def name_of(kind: str, name: str | None, *, find: bool) -> str:
    """A legal name. With `find`, a name that nothing can have is one that nothing has."""
    if name is None:
        raise missing(f"{kind} name")
    if _NAME.fullmatch(name) is None:
        raise absent(kind, name) if find else bad(f"{kind} name is invalid")
    return name


def node_of(node: str) -> str:
    """A legal node id."""
    matched = _NODE.fullmatch(node)
    if matched is None or int(matched[1]) > _LARGEST_DATAPATH_ID:
        raise bad(f"Invalid node ID: {node}")
    return node


def port_id_of(port_id: str) -> str:
    """A legal number of a port."""
    if not (port_id.isdecimal() and 0 < int(port_id) <= _LARGEST_PORT):
        raise bad(f"Invalid port ID: {port_id}")
    return port_id


def existing(held: Mapping[str, T], name: str, kind: str, path: str, label: str = "") -> T:
    if name not in held:
        raise absent(kind, f"{label or kind}:{path}")
    return held[name]


def current_of(held: Mapping[str, T], name: str, given: Json, kind: str, path: str, label: str = "") -> T | None:
    """What an update finds, checked against update-mode and operation."""
    refuse_removal(given)
    mode = given.get("update-mode", "UPDATE")
    if mode == "MODIFY":
        return existing(held, name, kind, path, label)
    if mode == "CREATE" and name in held:
        raise conflict(f"{label or kind}:{path}: {kind} already exists.")
    return held.get(name)


def refuse_removal(given: Json) -> None:
    """Updates know the operations SET and ADD."""
    if given.get("operation") == "REMOVE":
        raise bad("Invalid operation type: REMOVE")


def base_of(default: T, current: T | None, given: Json, **kept: object) -> T:
    """Where members that the input leaves out come from: what is there (ADD), or the defaults beside what is `kept` (SET)."""
    if current is not None and given.get("operation", "ADD") == "ADD":
        return current
    return replace(default, **kept)  # type: ignore[type-var]


def status_of(before: object | None, after: object) -> Json:
    if before is None:
        return {"status": "CREATED"}
    return {} if before == after else {"status": "CHANGED"}


def without(held: Mapping[str, T], name: str) -> Mapping[str, T]:
    return {other: value for other, value in held.items() if other != name}


def find_vtn(state: State, given: Json) -> tuple[str, Vtn]:
    name = name_of("VTN", given.get("tenant-name"), find=True)
    return name, existing(state.vtns, name, "VTN", name)


@dataclass(frozen=True, slots=True)
class Holder:
    """Where interfaces are: a vBridge or a vTerminal, by `kind`."""

    tenant: str
    kind: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.tenant}/{self.name}"

    def label(self, interface: str) -> str:
        """How messages call an interface in it."""
        return f"{self.kind}-IF:{self.path}/{interface}"


def holder_names(given: Json) -> Holder:
    """The vBridge or, where none is named, the vTerminal of the input."""
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    if "bridge-name" not in given and "terminal-name" in given:
        return Holder(tenant, "vTerminal", name_of("vTerminal", given.get("terminal-name"), find=True))
    return Holder(tenant, "vBridge", name_of("vBridge", given.get("bridge-name"), find=True))


def held_by(state: State, holder: Holder) -> VBridge | VTerminal:
    vtn = existing(state.vtns, holder.tenant, "VTN", holder.tenant)
    if holder.kind == "vTerminal":
        return existing(vtn.terminals, holder.name, holder.kind, holder.path)
    return existing(vtn.bridges, holder.name, holder.kind, holder.path)


def find_bridge(state: State, given: Json) -> tuple[str, str, VBridge]:
    tenant = name_of("VTN", given.get("tenant-name"), find=True)
    name = name_of("vBridge", given.get("bridge-name"), find=True)
    vtn = existing(state.vtns, tenant, "VTN", tenant)
    return tenant, name, existing(vtn.bridges, name, "vBridge", f"{tenant}/{name}")


def find_interface(state: State, given: Json) -> tuple[Holder, str, VInterface]:
    holder = holder_names(given)
    name = name_of("vInterface", given.get("interface-name"), find=True)
    held = held_by(state, holder)
    return holder, name, existing(held.interfaces, name, "vInterface", f"{holder.path}/{name}", f"{holder.kind}-IF")


def with_held(state: State, holder: Holder, held: VBridge | VTerminal) -> State:
    """The state with another vBridge or vTerminal in its place."""
    vtn = state.vtns[holder.tenant]
    if isinstance(held, VTerminal):
        return with_vtn(state, holder.tenant, replace(vtn, terminals={**vtn.terminals, holder.name: held}))
    return with_vtn(state, holder.tenant, replace(vtn, bridges={**vtn.bridges, holder.name: held}))


def with_interface(state: State, holder: Holder, name: str, interface: VInterface) -> State:
    held = held_by(state, holder)
    return with_held(state, holder, replace(held, interfaces={**held.interfaces, name: interface}))
