"""The simulated Heat's REST handlers: Orchestration API v1 over the stacks of one cloud."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_state import CloudState
from vtnmd.lab.hot import read_template
from vtnmd.lab.hot_functions import HotError
from vtnmd.lab.keystone import PROJECT_ID
from vtnmd.lab.stacks import Made, SimulatedStack, Stacks

_LONGEST_TAG = 80
_PARTS = frozenset({"resources", "template", "outputs"})

_FAULTS: Mapping[str, tuple[int, str, str]] = {
    "EntityNotFound": (404, "Not Found", "The resource could not be found."),
    "StackExists": (409, "Conflict", "There was a conflict when trying to complete your request."),
}
_MALFORMED = (
    400,
    "Bad Request",
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
)


def heat_error(error: HotError) -> Response:
    """The body and status of a refusal."""
    code, title, explanation = _FAULTS.get(error.kind, _MALFORMED)
    told = {"type": error.kind, "traceback": None, **({"message": str(error)} if str(error) else {})}
    return JSONResponse({"code": code, "title": title, "explanation": explanation, "error": told}, code)


async def no_such_path(request: Request, _: Exception) -> Response:
    return _told(request, 404, "The resource could not be found.<br /><br />\n\n\n")


async def no_such_method(_: Request, __: Exception) -> Response:
    told = {"type": "HTTPMethodNotAllowed", "traceback": None, "message": _MALFORMED[2]}
    return JSONResponse({"code": 405, "title": "Method Not Allowed", "explanation": _MALFORMED[2], "error": told}, 405)


class HeatApi:
    """One handler for each operation. Handlers raise HotError for what Heat refuses."""

    def __init__(self, stacks: Stacks, cloud: CloudState) -> None:
        self._stacks = stacks
        self._cloud = cloud

    async def versions(self, request: Request) -> Response:
        link = {"rel": "self", "href": f"{request.url.scheme}://{request.url.netloc}/heat-api/v1/"}
        return JSONResponse({"versions": [{"id": "v1.0", "status": "CURRENT", "links": [link]}]}, 300)

    async def build_info(self, _: Request) -> Response:
        return JSONResponse({"api": {"revision": "simulated"}, "engine": {"revision": "simulated"}})

    async def validate(self, request: Request) -> Response:
        template = read_template(_given(await _body(request)), self._cloud.exists)
        return JSONResponse({"Description": template.description, "Parameters": {}, "Environment": {"parameters": {}}})

    async def list(self, request: Request) -> Response:
        query = request.query_params
        found = [stack for stack in reversed(self._stacks.live()) if query.get("name") in {None, stack.name}]
        if "tags" in query:
            found = [stack for stack in found if set(query["tags"].split(",")) <= set(stack.tags)]
        if "marker" in query:
            ids = [stack.id for stack in found]
            found = found[ids.index(query["marker"]) + 1 :] if query["marker"] in ids else []
        if "limit" in query:
            found = found[: _whole(query["limit"], "limit")]
        return JSONResponse({"stacks": [_summary(request, stack) for stack in found]})

    async def create(self, request: Request) -> Response:
        body = await _body(request)
        if "stack_name" not in body:
            raise HotError("HTTPBadRequest", "No stack name specified")
        if body.get("disable_rollback") is False:
            raise HotError("StackValidationFailed", "The simulated Heat cannot roll back")
        stack = self._stacks.create(PROJECT_ID, body["stack_name"], _given(body), _tags(body), _timeout(body))
        return JSONResponse({"stack": {"id": stack.id, "links": [_link(request, stack)]}}, 201)

    async def look_up(self, request: Request) -> Response:
        """Redirect from a name to the canonical URL."""
        return _redirect(request, self._stacks.find(request.path_params["name"]))

    async def show(self, request: Request) -> Response:
        if request.path_params["id"] in _PARTS:
            return _redirect(request, self._stacks.find(request.path_params["name"]), request.path_params["id"])
        stack = self._stack(request)
        body = {
            **_summary(request, stack),
            "parameters": {"OS::stack_name": stack.name, "OS::stack_id": stack.id, "OS::project_id": stack.project},
            "template_description": stack.template.description,
            "notification_topics": [],
            "capabilities": [],
            "disable_rollback": True,
            "timeout_mins": stack.timeout,
        }
        wanted = request.query_params.get("resolve_outputs", "true").lower() == "true"
        if wanted and stack.status != "DELETE_COMPLETE":
            body["outputs"] = self._stacks.outputs(stack)
        return JSONResponse({"stack": body})

    async def update(self, request: Request) -> Response:
        """PUT replaces everything; PATCH keeps the template and tags that it does not name."""
        stack, body = self._stack(request), await _body(request)
        patch = request.method == "PATCH"
        template = stack.given if patch and "template" not in body else _given(body)
        tags = stack.tags if patch and "tags" not in body else _tags(body)
        self._stacks.update(stack, template, tags, _timeout(body))
        return _told(request, 202, "The request is accepted for processing.<br /><br />\n\n\n")

    async def delete(self, request: Request) -> Response:
        self._stacks.delete(self._stack(request))
        return Response(status_code=204)

    async def template(self, request: Request) -> Response:
        return JSONResponse(self._stack(request).given)

    async def outputs(self, request: Request) -> Response:
        outputs = self._stacks.outputs(self._stack(request))
        return JSONResponse({"outputs": [{key: output[key] for key in ("output_key", "description")} for output in outputs]})

    async def output(self, request: Request) -> Response:
        key = request.path_params["key"]
        found = [output for output in self._stacks.outputs(self._stack(request)) if output["output_key"] == key]
        if not found:
            raise HotError("EntityNotFound", f"Specified output key {key} not found.")
        return JSONResponse({"output": found[0]})

    async def resources(self, request: Request) -> Response:
        stack = self._stack(request)
        return JSONResponse({"resources": [_resource(name, made) for name, made in stack.told().items()]})

    async def resource(self, request: Request) -> Response:
        stack, name = self._stack(request), request.path_params["key"]
        if name not in stack.made:
            raise HotError("EntityNotFound", f"The Resource ({name}) could not be found in Stack {stack.name}.")
        return JSONResponse({"resource": _resource(name, stack.made[name])})

    def _stack(self, request: Request) -> SimulatedStack:
        name, identity = request.path_params["name"], request.path_params["id"]
        stack = self._stacks.known(identity)
        if stack is None or stack.name != name:
            raise HotError("EntityNotFound", f"The Stack ({name}) could not be found.")
        return stack


async def _body(request: Request) -> Any:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise HotError("HTTPBadRequest", "The request body is not JSON.") from None
    if not isinstance(body, dict):
        raise HotError("HTTPBadRequest", _MALFORMED[2])
    for parameter in body.get("parameters") or ():
        raise HotError("UnknownUserParameter", f"The Parameter ({parameter}) was not defined in template.")
    for member in ("environment", "files", "template_url"):
        if body.get(member):
            raise HotError("HTTPBadRequest", f"The simulated Heat takes no {member}")
    return body


def _given(body: Mapping[str, Json]) -> Json:
    if body.get("template") is None:
        raise HotError("HTTPBadRequest", "No template specified")
    if isinstance(body["template"], list):
        raise HotError("HTTPBadRequest", _MALFORMED[2])
    return body["template"]


def _tags(body: Mapping[str, Json]) -> tuple[str, ...]:
    """Tags come as one text with commas; anything else is an AttributeError in real Heat, answered 400."""
    given = body.get("tags")
    if given is None:
        return ()
    if not isinstance(given, str):
        raise HotError("AttributeError", "")
    tags = tuple(given.split(","))
    for tag in tags:
        if len(tag) > _LONGEST_TAG:
            raise HotError("HTTPBadRequest", f'Invalid tag, "{tag}" is longer than {_LONGEST_TAG} characters')
    return tags


def _timeout(body: Mapping[str, Json]) -> int:
    minutes = _whole(body.get("timeout_mins") or 60, "timeout_mins")
    if minutes < 0:
        message = f"Value '{minutes}' is invalid for 'timeout_mins' which only accepts non-negative integer."
        raise HotError("HTTPBadRequest", message)
    return minutes


def _whole(value: Json, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise HotError("HTTPBadRequest", f"Only integer is acceptable by '{name}'.") from None


def _redirect(request: Request, stack: SimulatedStack, part: str = "") -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    location = _link(request, stack)["href"] + (f"/{part}" if part else "") + query
    where = f'The resource was found at <a href="{location}">{location}</a>;\nyou should be redirected automatically.\n\n'
    return _told(request, 302, where, {"Location": location})


def _told(request: Request, code: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer without data: JSON for whoever asks for that, an HTML page for everybody else."""
    title = HTTPStatus(code).phrase
    status = f"{code} {title}"
    if "application/json" in request.headers.get("Accept", ""):
        return JSONResponse({"message": message, "code": status, "title": title}, code, headers)
    page = f"<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {message}\n </body>\n</html>"
    return HTMLResponse(page, code, headers)


def _link(request: Request, stack: SimulatedStack) -> dict[str, str]:
    root = f"{request.url.scheme}://{request.url.netloc}/heat-api/v1/{stack.project}"
    return {"rel": "self", "href": f"{root}/stacks/{quote(stack.name, safe='')}/{stack.id}"}


def _summary(request: Request, stack: SimulatedStack) -> dict[str, Json]:
    return {
        "id": stack.id,
        "links": [_link(request, stack)],
        "project": stack.project,
        "stack_name": stack.name,
        "description": stack.template.description,
        "stack_status": stack.status,
        "stack_status_reason": stack.reason,
        "creation_time": stack.created,
        "updated_time": stack.updated,
        "deletion_time": None,
        "stack_owner": None,
        "parent": None,
        "stack_user_project_id": stack.project,
        "tags": list(stack.tags) or None,
    }


def _resource(name: str, made: Made) -> Json:
    return {
        "resource_name": name,
        "logical_resource_id": name,
        "physical_resource_id": made.id,
        "resource_type": made.definition.type,
        "resource_status": made.status,
        "resource_status_reason": made.reason,
        "required_by": [],
        "links": [],
    }
