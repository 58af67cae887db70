"""A simulated OpenDaylight controller with the VTN Manager: its RESTCONF (draft-02) on loopback.

`POST /restconf/operations/<module>:<rpc>` and `GET /restconf/operational/vtn:vtns…` behave as those of the genuine one; see
`vtnmd.lab.vtn_rpcs` for what is simulated. Bodies are JSON: XML is refused with 415 and 406, where the genuine one speaks it.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vtnmd.domain.tree import Json
from vtnmd.lab.faults import FaultKind
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.lab.vtn_find import RpcError
from vtnmd.lab.vtn_input import MODULES, RPCS, read_input, transition
from vtnmd.lab.vtn_leaves import Malformed
from vtnmd.lab.vtn_state import EDGE_SWITCH, State, Switches
from vtnmd.lab.vtn_state_file import load, save
from vtnmd.lab.vtn_tree import PathError, cut, find, operational_tree

_STATUS = {"data-missing": 404, "data-exists": 409, "operation-failed": 500}
"""HTTP status of an error-tag; 400 for all others."""

_JSON = "application/json"
_BODIES = frozenset({_JSON, "application/yang.data+json", "application/yang.operation+json"})
_XML_BODIES = frozenset({"application/xml", "text/xml", "application/yang.data+xml", "application/yang.operation+xml"})
_ACCEPTED = _BODIES | {"*/*", "application/*"}


async def start_vtn_manager(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    login: tuple[str, str] = ("admin", "admin"),
    switches: Switches = EDGE_SWITCH,
    certificate: Certificate | None = None,
    state_file: Path | None = None,
) -> "VtnManagerServer":
    """Start a controller. The server's `url` ends before `/restconf`; what it holds survives in `state_file` where one is given."""
    manager = _VtnManager(login, switches, state_file)
    server = VtnManagerServer(manager, certificate)
    await server.start(host, port)
    return server


class VtnManagerServer(LabServer):
    """A running controller."""

    def __init__(self, manager: "_VtnManager", certificate: Certificate | None) -> None:
        super().__init__(manager.application(), manager.held, certificate)
        self._manager = manager
        manager.ignores = lambda: self.fault.kind is FaultKind.IGNORE

    def keep(self) -> State:
        """What the controller holds, for `put_back`."""
        return self._manager.state

    def put_back(self, kept: State) -> None:
        """Hold what was kept."""
        self._manager.keep(kept)


class _VtnManager:
    """The RESTCONF edge: authentication, paths, bodies and errors around the state."""

    def __init__(self, login: tuple[str, str], switches: Switches, state_file: Path | None) -> None:
        self._credentials = base64.b64encode(":".join(login).encode()).decode()
        self._state_file = state_file
        self.ignores: Callable[[], bool] = lambda: False
        self.state = load(state_file, switches)

    def held(self) -> Json:
        return {name: tree for name, tree in operational_tree(self.state).items() if tree or name == "vtn:vtns"}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/restconf/operations/{rpc:path}", self._guarded(self._operation), methods=["POST"]),
                Route("/restconf/operations/{rpc:path}", self._guarded(_no_operations), methods=["GET"]),
                Route("/restconf/operational/{path:path}", self._guarded(self._operational), methods=["GET"]),
                Route("/restconf/config/{path:path}", self._guarded(self._config), methods=["GET"]),
            ]
        )

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """`answer` for who has logged in and takes JSON."""

        async def guarded(request: Request) -> Response:
            scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "basic" or credentials.strip() != self._credentials:
                return Response(status_code=401, headers={"WWW-Authenticate": 'BASIC realm="application"'})
            if _ACCEPTED.isdisjoint(_media_types(request.headers.get("accept", "*/*"))):
                return Response("<html>Not Acceptable</html>", 406, media_type="text/html")
            return await answer(request)

        return guarded

    async def _operation(self, request: Request) -> Response:
        rpc = request.path_params["rpc"]
        refusal = _wrong_name(rpc) or (_wrong_media_type(request) if await request.body() else None)
        if refusal is not None:
            return refusal
        if rpc not in RPCS:
            return _error(400, "protocol", "invalid-value", f'URI has bad format. "{rpc}" was not found in parent data node.')
        try:
            changed, output = transition(rpc)(self.state, read_input(rpc, await request.body()))
        except Malformed as error:
            return _error(400, "protocol", "malformed-message", f"Error parsing input: {error}")
        except RpcError as error:
            return _error(_STATUS.get(error.tag, 400), "application", error.tag, error.message, error.app_tag)
        if not self.ignores():
            self.keep(changed)
        return _answer(request, None if output is None else {"output": output}, "application/yang.operation+json")

    async def _operational(self, request: Request) -> Response:
        return self._read(request, self.state)

    async def _config(self, request: Request) -> Response:
        """The VTN Manager keeps its configuration in the operational tree; this one is empty."""
        refusal = _wrong_name(_segments(request)[0])
        return refusal or _error(404, "application", "data-missing", "the relevant data model content does not exist ")

    def _read(self, request: Request, state: State) -> Response:
        first, *others = _segments(request)
        refusal = _wrong_name(first)
        if refusal is not None:
            return refusal
        depth = request.query_params.get("depth", "unbounded")
        if depth != "unbounded" and (not depth.isdecimal() or int(depth) < 1):
            return _error(400, "protocol", "invalid-value", f"Invalid depth parameter: {depth}")
        try:
            found = find(state, [first, *others])
        except PathError as error:
            return _error(error.status, error.type, error.tag, error.message)
        return _answer(request, found if depth == "unbounded" else cut(found, int(depth)), "application/yang.data+json")

    def keep(self, changed: State) -> None:
        """Hold this from now on."""
        if changed == self.state:
            return
        self.state = changed
        if self._state_file is not None:
            save(self._state_file, changed)


async def _no_operations(_request: Request) -> Response:
    return _error(400, "protocol", "invalid-value", "URI has bad format. The URI of an operation takes POST.")


def _segments(request: Request) -> list[str]:
    """What follows `/restconf/<tree>/` in the path, decoded; one empty segment at least."""
    raw = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return [unquote(segment) for segment in raw.split("/")[3:] if segment] or [""]


def _media_types(header: str) -> set[str]:
    return {part.partition(";")[0].strip().lower() for part in header.split(",")}


def _wrong_name(name: str) -> Response | None:
    """The refusal of a first path segment that names no module."""
    module, colon, _ = name.partition(":")
    if not colon:
        return _error(400, "protocol", "invalid-value", 'First node in URI has to be in format "moduleName:nodeName"')
    if module not in MODULES:
        return _error(400, "protocol", "unknown-element", f"The module named '{module}' does not exist.")
    return None


def _wrong_media_type(request: Request) -> Response | None:
    """The refusal of a body that is not read. The genuine one fails over a type that ends in `+json` and that it does not know."""
    (given,) = _media_types(request.headers.get("content-type", ""))
    if given in _BODIES:
        return None
    if given in _XML_BODIES:
        return Response("the simulated controller reads JSON only\n", 415)
    if given.endswith("+json"):
        return Response("<html>Server Error</html>", 500, media_type="text/html")
    return _error(400, "protocol", "invalid-value", "Content must be empty.")


def _answer(request: Request, body: Json, otherwise: str) -> Response:
    """`body` as application/json where that is asked for by name, else as the media type of the draft."""
    asked = _JSON in _media_types(request.headers.get("accept", ""))
    return Response(b"" if body is None else json.dumps(body).encode(), media_type=_JSON if asked else otherwise)


def _error(status: int, error_type: str, tag: str, message: str, app_tag: str = "") -> Response:
    error = {"error-type": error_type, "error-tag": tag, "error-message": message}
    if app_tag:
        error |= {"error-app-tag": app_tag, "error-info": "<severity>error</severity>"}
    return Response(json.dumps({"errors": {"error": [error]}}).encode(), status, media_type=_JSON)
