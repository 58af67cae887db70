"""Requests, and their bodies taken in within limits of size and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from vtnmd.domain.commit import Origin
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import User
from vtnmd.northbound.restconf.media import Encoding, wanted_encoding
from vtnmd.northbound.restconf.queries import wrong
from vtnmd.northbound.restconf.refusals import refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PEER_CERTIFICATE = "vtnmd.peer-certificate"
"""The extension of the scope that holds the certificate of a client, DER."""

LABEL, COMMENT = b"x-vtnmd-label", b"x-vtnmd-comment"
_TEXT_LENGTH = 1024
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: octets of its body and of its target, seconds until its body is there."""

    body: int = 16 * 1024 * 1024
    target: int = 8192
    seconds: float = 30.0


class Gone(Exception):
    """The client has gone away."""


@dataclass(slots=True, eq=False)
class Request:
    """One request of an authenticated user. `path` and `query` are percent-encoded as they came; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    client: str
    user: User
    authority: Authority
    receive: Receive
    limits: Limits
    _encoding: Encoding | None = field(default=None)

    @property
    def encoding(self) -> Encoding:
        """Of the answer. Raises Refusal (406)."""
        if self._encoding is None:
            self._encoding = wanted_encoding(self.headers.get(b"accept"), self.headers.get(b"content-type"))
        return self._encoding

    @property
    def origin(self) -> Origin:
        """Who edits, and the label and comment that the request gives the commit. Raises Refusal (400)."""
        label, comment = _text(self.headers, LABEL), _text(self.headers, COMMENT)
        return Origin(self.user.name, "restconf", self.client, 0, label, comment, self.user.groups, self.user.tenants)

    async def body(self) -> bytes:
        """The whole body. Raises Refusal (413, 408), Gone."""
        try:
            return await asyncio.wait_for(self._body(), self.limits.seconds)
        except TimeoutError:
            raise refusal(408, "operation-failed", "the body did not arrive in time", "transport", "", CLOSE) from None

    async def _body(self) -> bytes:
        length = self.headers.get(b"content-length", b"")
        announced = int(length[:_DIGITS]) if length.isdigit() else 0
        parts: list[bytes] = []
        size = 0
        while max(size, announced) <= self.limits.body:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            parts.append(part)
            size += len(part)
            if size <= self.limits.body and not message.get("more_body", False):
                return b"".join(parts)
        raise refusal(413, "too-big", f"a body has at most {self.limits.body} octets", "transport", "", CLOSE)


CLOSE = ((b"connection", b"close"),)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    given = headers.get(name, b"")
    try:
        text = given.decode("utf-8")
    except UnicodeDecodeError:
        raise wrong(f"{name.decode()} is no UTF-8") from None
    if len(text) > _TEXT_LENGTH or not text.isprintable():
        raise wrong(f"{name.decode()} is one line of at most {_TEXT_LENGTH} characters")
    return text
