"""A simulated RESTCONF server on loopback: a subset of RFC 8040 with YANG Patch (RFC 8072), over YANG modules, or draft 02 of it.

Data resources are containers and list entries; bodies are JSON. Entity tags follow from the content. What is written is validated
as a whole. Draft 02 has its configuration below `/restconf/config`, keys in segments of their own, and neither tags nor patches.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vtnmd.domain.tree import Json
from vtnmd.lab.faults import FaultKind
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.lab.restconf_data import Refused, Step, resource_at, steps_of, tag_of, with_resource
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema

_DATA, _PATCH = "application/yang-data+json", "application/yang-patch+json"
_HOST_META = '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="restconf" href="{}"/></XRD>'
_CAPABILITIES = {
    "ietf-restconf-monitoring:capabilities": {
        "capability": [
            "urn:ietf:params:restconf:capability:defaults:1.0?basic-mode=explicit",
            "urn:ietf:params:restconf:capability:yang-patch:1.0",
        ]
    }
}
_MONITORING = "ietf-restconf-monitoring:restconf-state/capabilities"


class _Anything(PathConvertor):
    """The rest of a path, line feeds included: keys of entries may hold them."""

    regex = "(?s:.*)"


register_url_convertor("anything", _Anything())


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server speaks: `root` is where its API begins, `draft` says whether it is that of draft 02."""

    root: str = "/restconf"
    draft: bool = False
    patches: bool = True
    tags: bool = True


async def start_restconf_server(
    schema: Schema,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    login: tuple[str, str] = ("admin", "admin"),
    behaviour: Behaviour | None = None,
    certificate: Certificate | None = None,
) -> "RestconfLabServer":
    """Start a server that holds nothing. Its `url` has no path."""
    server = RestconfLabServer(_RestconfServer(schema, login, behaviour or Behaviour()), certificate)
    await server.start(host, port)
    return server


class RestconfLabServer(LabServer):
    """A running server."""

    def __init__(self, simulated: "_RestconfServer", certificate: Certificate | None) -> None:
        super().__init__(simulated.application(), lambda: simulated.document, certificate)
        self._simulated = simulated
        simulated.ignores = lambda: self.fault.kind is FaultKind.IGNORE

    def put_back(self, document: Json) -> None:
        """Hold another configuration."""
        self._simulated.document = document


@dataclass(slots=True)
class _RestconfServer:
    """The HTTP edge around a configuration."""

    schema: Schema
    login: tuple[str, str]
    behaviour: Behaviour
    document: Json = field(default_factory=dict)
    ignores: Callable[[], bool] = lambda: False

    def application(self) -> Starlette:
        root, data = self.behaviour.root, "config" if self.behaviour.draft else "data"
        routes = [
            Route(f"{root}/{data}/{{path:anything}}", self._guarded(self._resource), methods=["GET", "PUT", "DELETE"]),
            Route(f"{root}/modules", self._guarded(self._modules), methods=["GET"]),
        ]
        if not self.behaviour.draft:
            routes += [
                Route("/.well-known/host-meta", self._host_meta, methods=["GET"]),
                Route(f"{root}/data", self._guarded(self._datastore), methods=["GET", "PATCH"]),
                Route(f"{root}/yang-library-version", self._guarded(self._library), methods=["GET"]),
            ]
        return Starlette(routes=routes)

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """`answer` for who has logged in, with refusals in the form of RESTCONF."""
        credentials = base64.b64encode(":".join(self.login).encode()).decode()

        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization", "") != f"Basic {credentials}":
                return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="restconf"'})
            try:
                return await answer(request)
            except Refused as refusal:
                return self._answer({"ietf-restconf:errors": {"error": [refusal.error]}}, refusal.status)

        return guarded

    async def _host_meta(self, _request: Request) -> Response:
        return Response(_HOST_META.format(self.behaviour.root), media_type="application/xrd+xml")

    async def _library(self, _request: Request) -> Response:
        return self._answer({"ietf-restconf:yang-library-version": "2019-01-04"})

    async def _modules(self, _request: Request) -> Response:
        return self._answer({"modules": {"module": [{"name": name} for name in sorted(self.schema.modules)]}})

    async def _datastore(self, request: Request) -> Response:
        if request.method == "GET":
            return self._answer({"ietf-restconf:data": {}}, tag=self.document)
        return await self._patch(request)

    async def _resource(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1").partition("?")[0].removeprefix(self.behaviour.root).split("/", 2)[2]
        if path == _MONITORING and self.behaviour.patches:
            return self._answer(_CAPABILITIES)
        steps = steps_of(self.schema, path, keys_in_segment=not self.behaviour.draft)
        held = resource_at(self.document, steps)
        if request.method == "GET":
            if held is None:
                raise Refused("data-missing", "nothing is there", status=404)
            return self._answer(_body(steps, held), tag=held)
        self._require(request, held)
        if request.method == "DELETE":
            if held is None:
                raise Refused("data-missing", "nothing is there", status=404)
            self._write(with_resource(self.document, steps, None))
            return Response(status_code=204)
        value = _value(steps, _json(await request.body()))
        self._write(with_resource(self.document, steps, value))
        return Response(status_code=204 if held is not None else 201)

    async def _patch(self, request: Request) -> Response:
        """All edits or none (RFC 8072 section 2)."""
        if not self.behaviour.patches or request.headers.get("content-type") != _PATCH:
            raise Refused("operation-not-supported", "no such media type", status=415)
        self._require(request, self.document)
        patch = _json(await request.body()).get("ietf-yang-patch:yang-patch", {})
        changed = self.document
        for edit in patch.get("edit", []):
            steps = steps_of(self.schema, edit["target"], keys_in_segment=True)
            changed = with_resource(changed, steps, _value(steps, edit["value"]) if edit["operation"] == "replace" else None)
        self._write(changed)
        return self._answer({"ietf-yang-patch:yang-patch-status": {"patch-id": patch.get("patch-id", ""), "ok": [None]}})

    def _require(self, request: Request, held: Json) -> None:
        """Raise unless the preconditions hold (RFC 9110 section 13.1)."""
        if not self.behaviour.tags or self.behaviour.draft:
            return
        wanted, refused = request.headers.get("if-match"), request.headers.get("if-none-match")
        if (wanted and (held is None or wanted not in {"*", tag_of(held)})) or (refused == "*" and held is not None):
            raise Refused("operation-failed", "precondition failed", status=412)

    def _write(self, document: Json) -> None:
        violations = validate(self.schema, document)
        if violations:
            first = violations[0]
            raise Refused(first.error_tag, first.message, app_tag=first.app_tag)
        if not self.ignores():
            self.document = document

    def _answer(self, body: Json, status: int = 200, *, tag: Json = None) -> Response:
        tagged = tag is not None and self.behaviour.tags and not self.behaviour.draft
        headers = {"ETag": tag_of(tag)} if tagged else {}
        media_type = "application/json" if self.behaviour.draft else _DATA
        return Response(json.dumps(body).encode(), status, headers, media_type)


def _body(steps: list[Step], held: Json) -> Json:
    node = steps[-1].node
    return {f"{node.module}:{node.name}": [held] if node.keys else held}


def _value(steps: list[Step], body: Json) -> Json:
    """The object in a body that is written at the steps. Raises Refused where it is another one's."""
    last = steps[-1]
    value = next(iter(body.values()), None) if isinstance(body, dict) and len(body) == 1 else None
    if last.node.keys:
        value = value[0] if isinstance(value, list) and len(value) == 1 else None
        if not isinstance(value, dict) or not last.is_entry(value):
            raise Refused("invalid-value", "the body is not the entry that the path names", error_type="protocol")
    if not isinstance(value, dict):
        raise Refused("malformed-message", "the body is no data resource", error_type="protocol")
    return value


def _json(content: bytes) -> Json:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Refused("malformed-message", "the body is no JSON", error_type="protocol") from None
