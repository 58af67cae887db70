"""A simulated OpenDaylight controller with the VTN Manager: its RESTCONF (draft-02) on loopback.

`POST /restconf/operations/<module>:<rpc>` and `GET /restconf/operational/vtn:vtns…` behave as those of the genuine one; see
`vtnmd.lab.vtn_state` for what is simulated. Bodies are JSON; XML is not understood.
"""

import base64
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtnmd.domain.tree import Json
from vtnmd.lab import vtn_state
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.lab.vtn_state import EDGE_SWITCH, PortMap, RpcError, State, Switches, Transition, VBridge, VInterface, VlanMap, Vtn
from vtnmd.lab.vtn_tree import PathError, cut, find, operational_tree

_STATUS = {"data-missing": 404, "data-exists": 409, "operation-failed": 500}
"""HTTP status of an error-tag; 400 for all others."""

_ROOTS = "/restconf/operational/{path:path}"


async def start_vtn_manager(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    login: tuple[str, str] = ("admin", "admin"),
    switches: Switches = EDGE_SWITCH,
    certificate: Certificate | None = None,
    state_file: Path | None = None,
) -> LabServer:
    """Start a controller. The server's `url` ends before `/restconf`; what it holds survives in `state_file` where one is given."""
    manager = _VtnManager(login, switches, state_file)
    server = LabServer(manager.application(), manager.held, certificate)
    await server.start(host, port)
    return server


class Malformed(Exception):
    """The body does not fit the RPC's input; RESTCONF refuses it before the VTN Manager sees it."""


def _text(value: Json) -> str:
    if isinstance(value, bool | dict | list | None):
        raise Malformed("expected a string")
    return str(value)


def _named(value: Json) -> str:
    """A string that has a first character (`length 1..max`)."""
    if not _text(value):
        raise Malformed("Supplied value does not match any of the allowed lengths.")
    return _text(value)


def _boolean(value: Json) -> bool:
    if str(value).lower() not in {"true", "false"}:
        raise Malformed(f"Invalid value '{value}' for boolean type. Allowed values are 'true' and 'false'")
    return str(value).lower() == "true"


def _within(low: int, high: int) -> Callable[[Json], int]:
    def number(value: Json) -> int:
        try:
            given = int(_text(value))
        except ValueError:
            raise Malformed(f'For input string: "{value}"') from None
        if not low <= given <= high:
            raise Malformed(f"Value '{given}'  is not in required range [[{low}‥{high}]]")
        return given

    return number


def _one_of(*names: str) -> Callable[[Json], str]:
    def chosen(value: Json) -> str:
        if value not in names:
            raise Malformed(f"Invalid value '{value}' for enum type. Allowed values are: [{', '.join(names)}]")
        return str(value)

    return chosen


def _texts(value: Json) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


_Leaves = Mapping[str, Callable[[Json], Any]]

_BRIDGE: _Leaves = {"tenant-name": _text, "bridge-name": _text}
_INTERFACE: _Leaves = {**_BRIDGE, "router-name": _text, "terminal-name": _text, "interface-name": _text}
_UPDATE: _Leaves = {
    "update-mode": _one_of("UPDATE", "CREATE", "MODIFY"),
    "operation": _one_of("SET", "ADD", "REMOVE"),
    "description": _text,
}
_VLAN: _Leaves = {"node": _text, "vlan-id": _within(0, 4095)}
_TIMEOUTS: _Leaves = {"idle-timeout": _within(0, 65535), "hard-timeout": _within(0, 65535)}

_RPCS: Mapping[str, tuple[_Leaves, Transition]] = {
    "vtn:update-vtn": ({"tenant-name": _text, **_UPDATE, **_TIMEOUTS}, vtn_state.update_vtn),
    "vtn:remove-vtn": ({"tenant-name": _text}, vtn_state.remove_vtn),
    "vtn-vbridge:update-vbridge": ({**_BRIDGE, **_UPDATE, "age-interval": _within(10, 1000000)}, vtn_state.update_vbridge),
    "vtn-vbridge:remove-vbridge": (_BRIDGE, vtn_state.remove_vbridge),
    "vtn-vinterface:update-vinterface": ({**_INTERFACE, **_UPDATE, "enabled": _boolean}, vtn_state.update_vinterface),
    "vtn-vinterface:remove-vinterface": (_INTERFACE, vtn_state.remove_vinterface),
    "vtn-port-map:set-port-map": ({**_INTERFACE, **_VLAN, "port-id": _text, "port-name": _named}, vtn_state.set_port_map),
    "vtn-port-map:remove-port-map": (_INTERFACE, vtn_state.remove_port_map),
    "vtn-vlan-map:add-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_state.add_vlan_map),
    "vtn-vlan-map:get-vlan-map": ({**_BRIDGE, **_VLAN}, vtn_state.get_vlan_map),
    "vtn-vlan-map:remove-vlan-map": ({**_BRIDGE, "map-ids": _texts}, vtn_state.remove_vlan_map),
}
_MODULES = frozenset(name.partition(":")[0] for name in _RPCS) | {"vtn-version"}
_VERSION = {"api-version": 2, "bundle-version": {"major": 0, "minor": 6, "micro": 0, "qualifier": "Carbon"}}


class _VtnManager:
    """The RESTCONF edge: authentication, paths, bodies and errors around the state."""

    def __init__(self, login: tuple[str, str], switches: Switches, state_file: Path | None) -> None:
        self._credentials = base64.b64encode(":".join(login).encode()).decode()
        self._state_file = state_file
        self._state = State(_loaded(state_file), switches)

    def held(self) -> Json:
        return {f"vtn:{name}": tree for name, tree in operational_tree(self._state).items()}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/restconf/operations/{rpc}", self._guarded(self._operation), methods=["POST"]),
                Route(_ROOTS, self._guarded(self._operational), methods=["GET"]),
            ]
        )

    def _guarded(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "basic" or credentials.strip() != self._credentials:
                return Response(status_code=401, headers={"WWW-Authenticate": 'BASIC realm="application"'})
            result: Response = await answer(request)
            return result

        return guarded

    async def _operation(self, request: Request) -> Response:
        name = request.path_params["rpc"]
        if name.partition(":")[0] not in _MODULES:
            return _unknown_module(name)
        body = await request.body()
        if name == "vtn-version:get-manager-version":
            return _answer({"output": _VERSION}, "operation")
        if name not in _RPCS:
            return _error(400, "protocol", "invalid-value", f'URI has bad format. "{name}" was not found in parent data node.')
        if "json" not in request.headers.get("content-type", ""):
            return _error(400, "protocol", "invalid-value", "Content must be empty.")
        leaves, transition = _RPCS[name]
        try:
            given = _input(body, leaves)
            changed, output = transition(self._state, given)
        except Malformed as error:
            return _error(400, "protocol", "malformed-message", f"Error parsing input: {error}")
        except RpcError as error:
            return _error(_STATUS.get(error.tag, 400), "application", error.tag, error.message, error.app_tag)
        self._keep(changed)
        return _answer(None if output is None else {"output": output}, "operation")

    async def _operational(self, request: Request) -> Response:
        segments = [unquote(segment) for segment in request.scope["raw_path"].decode().split("/")[3:] if segment]
        module, _, name = segments[0].partition(":") if segments else ("", "", "")
        if module not in _MODULES:
            return _unknown_module(segments[0] if segments else "")
        try:
            found = find(self._state, [name, *segments[1:]])
        except PathError as error:
            return _error(error.status, error.type, error.tag, error.message)
        depth = request.query_params.get("depth", "unbounded")
        if depth != "unbounded":
            if not depth.isdecimal() or int(depth) < 1:
                return _error(400, "protocol", "invalid-value", f"Invalid depth parameter: {depth}")
            found = cut(found, int(depth))
        return _answer(found, "data")

    def _keep(self, changed: State) -> None:
        if changed == self._state:
            return
        self._state = changed
        if self._state_file is not None:
            _save(self._state_file, changed.vtns)


def _input(body: bytes, leaves: _Leaves) -> Json:
    """The checked members of `input`. Numbers and booleans may come as strings, as the genuine parser takes them."""
    if not body:
        raise RpcError("missing-element", "BADREQUEST", "RPC input cannot be null")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None
    given = document.get("input") if isinstance(document, dict) and len(document) == 1 else None
    if not isinstance(given, dict):
        raise Malformed("expected input and nothing else")
    for name in given:
        if name not in leaves:
            raise Malformed(f"Schema node with name {name} wasn't found under input.")
    return {name: leaves[name](value) for name, value in given.items()}


def _answer(body: Json, kind: str) -> Response:
    content = b"" if body is None else json.dumps(body).encode()
    return Response(content, media_type=f"application/yang.{kind}+json")


def _error(status: int, error_type: str, tag: str, message: str, app_tag: str = "") -> Response:
    error = {"error-type": error_type, "error-tag": tag, "error-message": message}
    if app_tag:
        error |= {"error-app-tag": app_tag, "error-info": "<severity>error</severity>"}
    return JSONResponse({"errors": {"error": [error]}}, status)


def _unknown_module(name: str) -> Response:
    return _error(400, "protocol", "unknown-element", f"The module named '{name.partition(':')[0]}' does not exist.")


def _save(path: Path, vtns: Mapping[str, Vtn]) -> None:
    """Replace the file in one step, so that a kill leaves the old or the new one."""
    handle, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({name: asdict(vtn) for name, vtn in vtns.items()}, file)
    Path(written).replace(path)


def _loaded(path: Path | None) -> Mapping[str, Vtn]:
    if path is None or not path.exists():
        return {}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {name: _vtn(vtn) for name, vtn in held.items()}


def _vtn(data: Json) -> Vtn:
    return replace(Vtn(**data), bridges={name: _bridge(bridge) for name, bridge in data["bridges"].items()})


def _bridge(data: Json) -> VBridge:
    return replace(
        VBridge(**data),
        vlan_maps=tuple(VlanMap(**vlan_map) for vlan_map in data["vlan_maps"]),
        interfaces={name: _interface(interface) for name, interface in data["interfaces"].items()},
    )


def _interface(data: Json) -> VInterface:
    return replace(VInterface(**data), port_map=PortMap(**data["port_map"]) if data["port_map"] else None)
