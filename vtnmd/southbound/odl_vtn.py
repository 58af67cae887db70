"""OpenDaylight's VTN Manager, spoken to by the RPCs and the operational tree of its RESTCONF (draft-bierman-netconf-restconf-02).

The forms of payloads and reads stand in docs/architecture.md, "Endpoint kind odl". The Manager answers an RPC once its data store
holds the result, so nothing is polled.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import quote

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Tree
from vtnmd.southbound.asking import at_once, filled, hold_to
from vtnmd.southbound.http import Answer, HttpServer
from vtnmd.southbound.json_compare import NO_KEYS, differences
from vtnmd.southbound.odl_compare import find_strangers, leaf, lists_of, select
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, Observed, Rejected, Resolve

_GONE = "data-missing"
_CODES = {"data-exists": "VTN-E101", "data-missing": "VTN-E102"}
_PATH_CHARACTERS = "/:.,;=@~%+-_!$*'()"


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> "VtnManager":
    """A driver for an inventory entry of kind `odl`. Opens nothing before it is used."""
    return VtnManager(HttpServer(endpoint, "odl", secrets))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first error of a RESTCONF answer (draft-02 section 7.1); empty where the answer holds none."""

    type: str
    tag: str
    app_tag: str
    message: str


class VtnManager:
    """Driver for one VTN Manager."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        """Make the calls of the payload in order, then read back. Rejected where the Manager does not hold what was asked for."""
        try:
            await self._make_calls(request.payload, resolve)
            observed = await self._read_back(request, resolve)
        except EndpointError as error:
            raise _addressed(error, request) from None
        return {address: seen.attributes for address, seen in observed.items() if seen.attributes}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Nothing stays pending here: what was taken takes effect."""

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        """One GET for each different path of `reads`."""
        told = {address: filled(read, resolve, self._server.name) for address, read in reads.items()}
        wanted = {address: read.get("absent", read) for address, read in told.items()}
        bodies = await at_once(self._get, {read["path"] for read in wanted.values()})
        return {address: _observe(read, bodies[read["path"]]) for address, read in wanted.items()}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """One GET for each node that a list of `reads` hangs from."""
        wanted, familiar = (lists_of(read.get("absent", read) for read in self._filled(group, resolve)) for group in (reads, known))
        bodies = await at_once(self._get, {place.path for place in wanted})
        return find_strangers(wanted, familiar, bodies)

    async def hello(self) -> str:
        """Log in and give name and version of the VTN Manager."""
        answer = await self._call({"rpc": "vtn-version:get-manager-version", "input": {}}, reads=True)
        output = _output(answer)
        bundle = output.get("bundle-version", {})
        numbers = ".".join(
            str(bundle[part]) for part in ("major", "minor", "micro", "qualifier") if bundle.get(part) not in {None, ""}
        )
        if answer.status == HTTPStatus.OK and numbers:
            return f"VTN Manager {numbers}, API version {output.get('api-version', 'unknown')}"
        await self._root("vtn:vtns")
        return "VTN Manager, version unknown"

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _make_calls(self, payload: Tree, resolve: Resolve) -> None:
        for call in (payload or {}).get("calls", ()):
            await self._make(filled(call, resolve, self._server.name))

    async def _make(self, call: Json) -> None:
        """One call, unless it has taken effect already."""
        unless = call.get("unless")
        if unless and unless["output"] in _output(self._accepted(unless, await self._call(unless, reads=True))):
            return
        answer = await self._call(call)
        if call.get("gone") and answer.status == HTTPStatus.NOT_FOUND and _refusal(answer).tag == _GONE:
            return
        output = _output(self._accepted(call, answer))
        expected = call.get("expect-output")
        if expected and expected not in output:
            raise Rejected(
                Diagnostic(
                    "VTN-E104",
                    f"{self._server.name}: {call['rpc']} answered without {expected}",
                    detail=json.dumps(output)[:2000],
                    hint="look at what the VTN Manager holds, and whether it is of a supported version",
                )
            )

    async def _call(self, call: Json, *, reads: bool = False) -> Answer:
        return await self._server.send("POST", f"operations/{_quoted(call['rpc'])}", {"input": call["input"]}, reads=reads)

    def _accepted(self, call: Json, answer: Answer) -> Answer:
        """The answer of a call that succeeded; raises for any other."""
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer
        raise self._refused(call["rpc"], answer)

    def _refused(self, what: str, answer: Answer) -> EndpointError:
        """What an answer of class 4xx means."""
        refusal = _refusal(answer)
        if not refusal.tag or refusal.tag == "unknown-element":
            # A controller that is starting answers so until its modules are loaded, and so does one that lacks them.
            return Busy(
                Diagnostic(
                    "VTN-E014",
                    f"{self._server.name}: {self._server.url} answers HTTP {answer.status} to {what}: no VTN Manager (yet)",
                    detail=refusal.message,
                    hint="if it is not starting, check that url ends in /restconf and that odl-vtn-manager-rest is installed",
                )
            )
        return Rejected(
            Diagnostic(
                _CODES.get(refusal.tag, "VTN-E103"),
                f"{self._server.name}: {what}: {refusal.message or refusal.tag}",
                detail=f"HTTP {answer.status}, error-tag {refusal.tag}, error-app-tag {refusal.app_tag or '(none)'}",
                hint=_HINTS.get(
                    refusal.tag, "the request does not suit this version of the VTN Manager; see the payload with --payload"
                ),
            )
        )

    async def _get(self, path: str) -> Json:
        """The JSON at an operational path, None where there is nothing."""
        answer = await self._server.send("GET", f"operational/{_quoted(path)}", reads=True)
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer.body
        refusal = _refusal(answer)
        if answer.status == HTTPStatus.NOT_FOUND and refusal.tag == _GONE and refusal.type == "application":
            await self._root(path.partition("/")[0])
            return None
        raise self._refused(path, answer)

    def _filled(self, reads: Iterable[Tree], resolve: Resolve) -> Iterator[Json]:
        return (found for read in reads if (found := filled(read, resolve, self._server.name)))

    async def _root(self, tree: str) -> None:
        """Raise Busy unless the whole tree is there: while the Manager starts, all of it is missing, which is no absence."""
        answer = await self._server.send("GET", f"operational/{_quoted(tree)}?depth=1", reads=True)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._refused(tree, replace(answer, body=None))

    async def _read_back(self, request: Request, resolve: Resolve) -> Mapping[Address, Observed]:
        """What the Manager holds of a request that carries its `read`."""
        read = (request.payload or {}).get("read")
        if read is None:
            return {}
        observed = await self.read({request.changes[0]: read}, resolve)
        hold_to(read, observed, self._server.name, "VTN-E104")
        return observed


_HINTS = {
    "data-exists": "find out who holds it there, and remove it or take another value",
    "data-missing": "apply again: what it builds on was removed behind vtnmd's back",
}


def _addressed(error: EndpointError, request: Request) -> EndpointError:
    """The same error, naming the resource that it is about."""
    return type(error)(replace(error.diagnostic, address=str(request.changes[0])))


def _quoted(path: str) -> str:
    return quote(path, safe=_PATH_CHARACTERS, errors="surrogatepass")


def _output(answer: Answer) -> Mapping[str, Json]:
    """The output of an RPC; empty for one that answers nothing."""
    body = answer.body
    output = body.get("output") if isinstance(body, dict) else None
    return output if isinstance(output, dict) else {}


def _refusal(answer: Answer) -> Refusal:
    match answer.body:
        case {"errors": {"error": [{**error}, *_]}}:
            return Refusal(*(str(error.get(f"error-{part}", "")) for part in ("type", "tag", "app-tag", "message")))
        case _:
            return Refusal("", "", "", "")


def _observe(read: Json, body: Json) -> Observed:
    """Compare what a GET brought with what its READ expects."""
    found = select(body, read.get("select", ()))
    if found is None:
        return Observed(present=False)
    attributes = {name: value for name, path in read.get("attributes", {}).items() if (value := leaf(found, path)) is not None}
    return Observed(True, attributes, dict(differences(read.get("expect", {}), found, keys=read.get("keys", NO_KEYS))))
