"""The ASGI application: who asks, for what, and how the answer goes out."""

import asyncio
import gzip
import math
from collections.abc import Mapping

from vtnmd.datastore.faults import Refused
from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.northbound.restconf.answers import Answer, refused
from vtnmd.northbound.restconf.context import Context, Unauthorized
from vtnmd.northbound.restconf.discovery import HOST_META, host_meta
from vtnmd.northbound.restconf.media import Encoding, wanted_encoding
from vtnmd.northbound.restconf.reading import conditional
from vtnmd.northbound.restconf.refusals import Refusal, of_failure, of_refused, refusal
from vtnmd.northbound.restconf.requests import PEER_CERTIFICATE, Gone, Receive, Request, Scope, Send
from vtnmd.northbound.restconf.routing import Streamed, route

_COMPRESSED = 8192
"""Answers of so many octets are compressed where the client takes that."""
_IN_THREAD = 256 * 1024


class Restconf:
    """An ASGI 3 application. It answers HTTP and takes nothing else; lifespan messages are answered for servers that send them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._data = f"{context.root}/data/".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            raise ValueError(f"{scope['type']} is not spoken here")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        head = scope["method"] == "HEAD"
        try:
            found = await self._found(scope, headers, receive)
        except Gone:
            return
        if isinstance(found, Streamed):
            await found.run(receive, send)
            return
        await _send(send, await _compressed(found, headers), head=head)

    async def _found(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> "Answer | Streamed":
        context = self.context
        encoding: Encoding | None = None
        try:
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            if len(raw) + len(scope["query_string"]) > context.limits.target:
                raise refusal(414, "too-big", "the target is too long", "transport")
            path, query = raw.decode("latin-1"), scope["query_string"].decode("latin-1")
            if path.startswith(HOST_META):
                return host_meta(context.root, scope["method"], path, headers.get(b"accept"))
            request = await self._request(scope, headers, receive, path, query)
            if scope["method"] in {"GET", "HEAD"}:
                cached = context.cache.get(request, context.backend.running.current)
                if cached is not None:
                    return conditional(request, cached.tag, cached.time, cached.body, cached.headers)
            return await route(context, request)
        except Refusal as error:
            found = error
        except Refused as error:
            found = of_refused(error)
        except VtnmdError as error:
            found = of_failure(error)
        except RecursionError:
            found = refusal(400, "malformed-message", "the request is nested too deeply", "rpc")
        try:
            encoding = wanted_encoding(headers.get(b"accept"), headers.get(b"content-type"))
        except Refusal:
            encoding = Encoding.JSON
        return refused(context.backend.schema, found, encoding)

    async def _request(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, path: str, query: str) -> Request:
        """Of a user who has proved to be one. Raises Refusal (401, 429, 503)."""
        context = self.context
        address = scope["client"][0] if scope.get("client") else ""
        certificate: bytes = (scope.get("extensions") or {}).get(PEER_CERTIFICATE, b"")
        user = await context.authenticate(headers, address, certificate)
        if isinstance(user, Unauthorized):
            raise unauthorized(user)
        authority = context.backend.authority_of(user)
        return Request(scope["method"], path, query, headers, address, user, authority, receive, context.limits)


def unauthorized(found: Unauthorized) -> Refusal:
    if found.retry_after:
        wait = (b"retry-after", str(math.ceil(found.retry_after)).encode())
        if found.outage:
            return refusal(503, "operation-failed", found.outage, "protocol", "", (wait,))
        return refusal(429, "access-denied", "too many attempts; wait", "protocol", "", (wait,))
    challenges = tuple((b"www-authenticate", each.encode()) for each in found.challenges)
    return refusal(401, "access-denied", "who are you?", "protocol", "", challenges)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """By lower-case name; what stands several times is one list."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        found[name] = f"{found[name].decode('latin-1')}, {value.decode('latin-1')}".encode("latin-1") if name in found else value
    return found


async def _compressed(answer: Answer, headers: Mapping[bytes, bytes]) -> Answer:
    """The answer with a compressed body where that is worth it and accepted."""
    if len(answer.body) < _COMPRESSED or not accepts_gzip(headers.get(b"accept-encoding", b"")):
        return answer
    if len(answer.body) >= _IN_THREAD:
        body = await asyncio.to_thread(gzip.compress, answer.body, 1)
    else:
        body = gzip.compress(answer.body, 1)
    return Answer(answer.status, body, (*answer.headers, (b"content-encoding", b"gzip")))


def accepts_gzip(header: bytes) -> bool:
    """Whether an Accept-Encoding takes gzip (RFC 9110 section 12.5.3)."""
    for each in header.lower().split(b","):
        name, _, quality = each.partition(b";")
        if name.strip() in {b"gzip", b"x-gzip", b"*"}:
            return quality.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


async def _send(send: Send, answer: Answer, *, head: bool) -> None:
    headers = list(answer.headers)
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
