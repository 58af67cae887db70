"""Serves an ASGI application on loopback inside the running event loop, with faults on request.

Every server answers two paths of the lab beside those of its application, whatever fault is set: `GET /lab/held` gives what it
holds, and `POST /lab/fault` with `{"kind": …, "seconds": …, "status": …}` sets a fault. `refuse` is set by `LabServer.set_fault`
alone, for nobody could take it back over a port that nobody listens on.
"""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from vtnmd.domain.tree import Json
from vtnmd.lab.faults import NO_FAULT, Fault, FaultKind, FaultSwitch, fault_from_json

_LOGGERS = ("uvicorn.error", "uvicorn.access")

_GARBAGE: list[Message] = [
    {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", b"4")]},
    {"type": "http.response.body", "body": b"\x00<{\xff", "more_body": False},
]


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files that a server proves itself with."""

    certificate: Path
    key: Path


class LabServer:
    """One running server. `url` is its root, `host` and `port` are where it listens."""

    def __init__(self, application: ASGIApp, held: Callable[[], Json], certificate: Certificate | None) -> None:
        self.held = held
        self._faults = FaultSwitch()
        self._application = _FaultGate(application, held, self._faults)
        self._certificate = certificate
        self._listener: socket.socket | None = None
        self._serving: tuple[uvicorn.Server, asyncio.Task[None]] | None = None
        self.host, self.port = "", 0

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://{self.host}:{self.port}"

    @property
    def fault(self) -> Fault:
        return self._faults.current

    async def start(self, host: str, port: int) -> None:
        """Listen on `host` and `port`; 0 lets the system choose. Raises OSError where that cannot be."""
        self._listener = _bound(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        await self._serve()

    async def set_fault(self, fault: Fault) -> None:
        """Put a fault in force; NO_FAULT heals. Exchanges that an earlier fault holds are dropped."""
        self._faults.set(fault)
        if fault.kind is FaultKind.REFUSE:
            await self._stop_serving()
            # A socket that is bound and does not listen keeps the port and has the system refuse connections.
            self._listener = _bound(self.host, self.port)
        elif self._serving is None:
            await self._serve()

    async def aclose(self) -> None:
        """Stop, dropping what is under way."""
        self._faults.set(NO_FAULT)
        await self._stop_serving()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _serve(self) -> None:
        config = uvicorn.Config(
            self._application,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=self._certificate.certificate if self._certificate else None,
            ssl_keyfile=self._certificate.key if self._certificate else None,
        )
        server = _Server(config)
        assert self._listener is not None
        task = asyncio.create_task(server.serve(sockets=[self._listener]))
        self._serving = (server, task)
        await server.ready(task)

    async def _stop_serving(self) -> None:
        if self._serving is not None:
            (server, task), self._serving = self._serving, None
            # Closing would wait for each client's part in closing TLS.
            for transport in list(self._application.transports):
                transport.abort()
            server.should_exit = True
            await task
        if self._listener is not None:
            self._listener.close()
            self._listener = None


class _Server(uvicorn.Server):
    """Leaves the signals of the process alone, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._listening = asyncio.Event()
        for name in _LOGGERS:
            # Cut-off answers are made on purpose here, and uvicorn reports each as an error.
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    async def ready(self, serving: "asyncio.Task[None]") -> None:
        listening = asyncio.create_task(self._listening.wait())
        await asyncio.wait({listening, serving}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if serving.done():
            serving.result()


class _Protocol(H11Protocol):
    """Tells the gate of its transport, and each request of the one that it came by, so that both can be cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
        self._gate().transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._gate().transports.discard(self.transport)

    def _gate(self) -> "_FaultGate":
        assert isinstance(self.config.app, _FaultGate)
        return self.config.app


class _FaultGate:
    """Stands before an application and spoils exchanges as the switch says."""

    def __init__(self, application: ASGIApp, held: Callable[[], Json], faults: FaultSwitch) -> None:
        self._application = application
        self._held = held
        self._faults = faults
        self.transports: set[asyncio.Transport] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/lab/"):
            answer = await self._lab(Request(scope, receive))
            await answer(scope, receive, send)
            return
        fault = self._faults.current
        request = await Request(scope, receive).body()
        match fault.kind:
            case FaultKind.NONE | FaultKind.IGNORE:  # what to ignore is for the application to know
                await self._application(scope, _replay(request), send)
            case FaultKind.BLACKHOLE:
                await self._faults.changed()
                _cut(scope)
            case FaultKind.STATUS:
                await Response(status_code=fault.status)(scope, receive, send)
            case _:
                await self._answer_wrongly(fault, scope, request, send)

    async def _answer_wrongly(self, fault: Fault, scope: Scope, request: bytes, send: Send) -> None:
        """Carry the request out and spoil its answer."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._application(scope, _replay(request), keep)
        if fault.kind is FaultKind.SLOW:
            await self._faults.changed(fault.seconds)
            if self._faults.current is not fault:
                _cut(scope)
                return
        elif fault.kind is FaultKind.GARBAGE:
            messages = _GARBAGE
        elif fault.kind is FaultKind.HALF:
            messages = _half(messages)
        else:
            _cut(scope)
            return
        for message in messages:
            await send(message)

    async def _lab(self, request: Request) -> Response:
        if request.method == "GET" and request.url.path == "/lab/held":
            return JSONResponse(self._held())
        if request.method != "POST" or request.url.path != "/lab/fault":
            return Response(status_code=404)
        try:
            fault = fault_from_json(json.loads(await request.body()))
        except (KeyError, TypeError, ValueError, AttributeError):
            return Response("expected kind, seconds and status of a fault\n", 400)
        if fault.kind is FaultKind.REFUSE:
            return Response("refuse is set where the simulator runs, not over HTTP\n", 400)
        self._faults.set(fault)
        return JSONResponse(fault.to_json())


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol asyncio takes the socket for something else than TCP and leaves Nagle's algorithm on: 40 ms an answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _replay(body: bytes) -> Receive:
    """The request's body, read before, for the application."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _cut(scope: Scope) -> None:
    transport: Any = scope["state"]["transport"]
    transport.abort()


def _half(messages: list[Message]) -> list[Message]:
    """Half of the body under the length of the whole; uvicorn closes the connection over an answer that does not end."""
    start, *bodies = messages
    body = b"".join(message.get("body", b"") for message in bodies) or b"{}"
    headers = [header for header in start["headers"] if header[0] != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    return [
        {**start, "headers": [*headers, length]},
        {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True},
    ]
