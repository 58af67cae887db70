"""A server that speaks RESTCONF (RFC 8040), or draft 02 of it as older controllers do.

The forms of payloads and reads stand in docs/architecture.md, "Endpoint kind restconf". Where the server gives entity tags, a
resource is written only if it is still what was read of it (RFC 8040 section 3.5.2); several resources are written together by a
YANG Patch (RFC 8072) where the server offers it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Tree
from vtnmd.southbound.asking import at_once, filled, hold_to
from vtnmd.southbound.http import NO_HEADERS, Answer, HttpServer
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, Observed, Resolve
from vtnmd.southbound.restconf_errors import changed_meanwhile, is_absence, refused
from vtnmd.southbound.restconf_paths import DEFAULT_ROOT, DIALECTS, HOST_META, RFC_8040, has_path, read_host_meta
from vtnmd.southbound.restconf_reads import observe, strangers_among, wanted_lists

_ATTEMPTS = 3
"""How often a resource whose entity tag changes without its content is written again."""

_CAPABILITIES = "ietf-restconf-monitoring:restconf-state/capabilities"
_YANG_PATCH = "urn:ietf:params:restconf:capability:yang-patch:1.0"


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> "RestconfServer":
    """A driver for an inventory entry of kind `restconf`. Opens nothing before it is used."""
    return RestconfServer(HttpServer(endpoint, "restconf", secrets), endpoint["restconf"].get("style", "rfc8040"))


class RestconfServer:
    """Driver for one RESTCONF server."""

    def __init__(self, server: HttpServer, style: str) -> None:
        self._server = server
        self._dialect = DIALECTS[style]
        self._root: str | None = "" if has_path(server.url) else None if self._dialect is RFC_8040 else DEFAULT_ROOT
        self._patches: bool | None = None if self._dialect is RFC_8040 else False
        self._seen: dict[str, Answer] = {}
        """What was last read at a path, by which the next write there is bounded."""

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        """Write or remove what the payload names, then read back. Rejected where the server does not hold what was asked for."""
        try:
            edits = filled((request.payload or {}).get("edits", []), resolve, self._server.name)
            if len(edits) > 1 and await self._offers_patches():
                await self._patch(edits, request.id)
            else:
                for edit in edits:
                    await self._edit(edit)
            observed = await self._read_back(request, resolve)
        except EndpointError as error:
            raise type(error)(replace(error.diagnostic, address=str(request.changes[0]))) from None
        return {address: seen.attributes for address, seen in observed.items() if seen.attributes}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Nothing stays pending here: what was taken is in force."""

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        """One GET for each different path of `reads`."""
        told = {address: filled(read, resolve, self._server.name) for address, read in reads.items()}
        wanted = {address: read.get("absent", read) for address, read in told.items()}
        bodies = await self._get_all({each["path"] for read in wanted.values() for each in read["resources"]})
        return {address: observe(read, bodies) for address, read in wanted.items()}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """One GET for each node that a list of `reads` stands in."""
        wanted, familiar = (
            wanted_lists((read.get("absent", read) for read in self._filled(group, resolve)), self._dialect)
            for group in (reads, known)
        )
        bodies = await self._get_all({place.path for place in wanted})
        return strangers_among(wanted, familiar, bodies)

    async def hello(self) -> str:
        """Log in and tell what the server says of itself."""
        if self._dialect is not RFC_8040:
            answer = await self._send("GET", "modules")
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise refused(self._server.name, "modules", answer)
            return f"RESTCONF, draft 02, at {self._server.url}"
        answer = await self._send("GET", "yang-library-version")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refused(self._server.name, "yang-library-version", answer)
        version = next(iter(answer.body.values()), "") if isinstance(answer.body, dict) else ""
        return f"RESTCONF at {self._server.url}/{self._root}".rstrip("/") + (f", YANG library {version}" if version else "")

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _edit(self, edit: Json) -> None:
        """Put one resource there or remove it, if it still is what was read of it."""
        path = edit["path"]
        held = self._seen.pop(path, None) or await self._get(path)
        for _ in range(_ATTEMPTS):
            if "body" not in edit and held.body is None:
                return
            answer = await self._data("PUT" if "body" in edit else "DELETE", path, edit.get("body"), _only_if(held))
            if answer.status != HTTPStatus.PRECONDITION_FAILED:
                self._accept(path, answer, removes="body" not in edit)
                return
            now = await self._unchanged(path, held)
            if now.etag == held.etag:  # the status is also that of a configuration that is refused (RFC 8040 section 7)
                raise refused(self._server.name, path, answer)
            held = now
        raise self._restless(path)

    async def _patch(self, edits: Sequence[Json], patch_id: str) -> None:
        """All edits together, if none of their resources was changed since it was read (RFC 8072)."""
        expected = {edit["path"]: self._seen.pop(edit["path"], None) for edit in edits}
        body = {"ietf-yang-patch:yang-patch": {"patch-id": patch_id, "edit": [_patch_edit(*each) for each in enumerate(edits)]}}
        before: str | None = None
        for _ in range(_ATTEMPTS):
            tag = (await self._data("GET", "?depth=1")).etag
            for path, held in expected.items():
                expected[path] = await self._unchanged(path, held) if held else await self._get(path)
            condition = {"If-Match": tag} if tag else {}
            answer = await self._data("PATCH", "", body, {"Content-Type": "application/yang-patch+json", **condition})
            if answer.status != HTTPStatus.PRECONDITION_FAILED or tag == before:
                self._accept("the YANG Patch", answer)
                return
            before = tag
        raise self._restless("the datastore")

    async def _unchanged(self, path: str, held: Answer) -> Answer:
        """What is at the path now. Rejected where that is not what was read before."""
        now = await self._get(path)
        if now.body != held.body:
            raise changed_meanwhile(self._server.name, path, now.body)
        return now

    def _restless(self, path: str) -> Busy:
        summary = f"{self._server.name}: {path} gets a new entity tag whenever it is to be written"
        return Busy(Diagnostic("VTN-E014", summary, hint="it will be tried again; somebody else is at work there"))

    async def _offers_patches(self) -> bool:
        """Whether the server says that it takes YANG Patches; asked once."""
        if self._patches is None:
            answer = await self._data("GET", _CAPABILITIES)
            held = answer.body if answer.status < HTTPStatus.BAD_REQUEST and isinstance(answer.body, dict) else {}
            listed = next((value for value in held.values() if isinstance(value, dict)), {}).get("capability", [])
            self._patches = any(str(each).startswith(_YANG_PATCH) for each in listed)
        return self._patches

    def _accept(self, what: str, answer: Answer, *, removes: bool = False) -> None:
        if answer.status >= HTTPStatus.BAD_REQUEST and not (removes and is_absence(answer)):
            raise refused(self._server.name, what, answer)

    async def _get(self, path: str) -> Answer:
        """What is at the path, with None for a body where nothing is."""
        answer = await self._data("GET", path + self._dialect.content)
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer
        if is_absence(answer):
            return Answer(answer.status, None)
        raise refused(self._server.name, path, answer)

    def _filled(self, reads: Iterable[Tree], resolve: Resolve) -> Iterator[Json]:
        return (found for read in reads if (found := filled(read, resolve, self._server.name)))

    async def _get_all(self, paths: Iterable[str]) -> Mapping[str, Json]:
        found = await at_once(self._get, paths)
        self._seen |= found
        return {path: answer.body for path, answer in found.items()}

    async def _data(self, method: str, path: str, body: Json = None, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        """One request to the datastore."""
        typed = {"Content-Type": self._dialect.media_type} if body is not None else {}
        where = f"{self._dialect.data}/{path}" if path and not path.startswith("?") else self._dialect.data + path
        return await self._send(method, where, body, {**typed, **headers})

    async def _send(self, method: str, path: str, body: Json = None, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        """One request below the root of the API, which is found out first where the URL of the inventory does not say it."""
        if self._root is None:
            asked = {"Accept": "application/xrd+xml"}
            found = await self._server.send("GET", HOST_META, reads=True, headers=asked, parse=read_host_meta)
            stated = found.body if found.status < HTTPStatus.BAD_REQUEST else None
            self._root = (stated or DEFAULT_ROOT).strip("/")
        sent = {"Accept": self._dialect.media_type, **headers}
        return await self._server.send(method, f"{self._root}/{path}", body, reads=method == "GET", headers=sent)

    async def _read_back(self, request: Request, resolve: Resolve) -> Mapping[Address, Observed]:
        """What the server holds of a request that carries its `read`."""
        read = (request.payload or {}).get("read")
        if read is None:
            return {}
        observed = await self.read({request.changes[0]: read}, resolve)
        hold_to(read, observed, self._server.name, "VTN-E504")
        return observed


def _only_if(held: Answer) -> Mapping[str, str]:
    """The precondition that a resource is still what was read; none where the server gave no entity tag."""
    if held.body is None:
        return {"If-None-Match": "*"}
    return {"If-Match": held.etag} if held.etag else {}


def _patch_edit(index: int, edit: Json) -> Json:
    target = {"edit-id": str(index + 1), "target": f"/{edit['path']}"}
    return {**target, "operation": "replace", "value": edit["body"]} if "body" in edit else {**target, "operation": "remove"}
