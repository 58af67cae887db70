"""HTTP/1.1 by uvicorn, with heads bounded in size and time, and the certificate that a client showed told to the application."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vtnmd.northbound.restconf.requests import PEER_CERTIFICATE

MAX_HEAD = 65_536
"""Octets of the target and of all headers together."""
HEAD_SECONDS = 20.0
KEEP_ALIVE_SECONDS = 30


class Protocol(HttpToolsProtocol):
    """What stands before uvicorn's own handling of a connection. A head that is too large is answered with 400."""

    _size = 0
    _late: asyncio.TimerHandle | None = None
    _certificate: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        self._certificate = secured.getpeercert(binary_form=True) if secured is not None else None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0
        if self._certificate is not None:
            scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # an extension of ours
            scope["extensions"] = {PEER_CERTIFICATE: self._certificate}
        if self._late is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_is_there()
        super().on_headers_complete()

    def _count(self, octets: int) -> None:
        self._size += octets
        if self._size > MAX_HEAD:
            raise ValueError("the head of the request is too large")

    def _wait_for_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_there(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def options() -> dict[str, Any]:
    """Arguments of `uvicorn.Config` beside the address and the TLS files."""
    return {
        "http": Protocol,
        "ws": "none",
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    }
