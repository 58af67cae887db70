"""RESTCONF and NETCONF listen: on which addresses, with which keys, until they are told to end."""

import asyncio
import contextlib
import errno
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.netconf.server import Patience
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.northbound.access.tls import own_certificate, own_host_key, server_context
from vtnmd.northbound.deployment import Deployment
from vtnmd.northbound.netconf.serving import serve_netconf
from vtnmd.northbound.restconf import monitoring
from vtnmd.northbound.restconf.app import Restconf
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.filtering import xpath_filters
from vtnmd.northbound.restconf.transport import options

LARGEST = 16 * 1024 * 1024
"""Octets of a NETCONF message; those of a body of RESTCONF are as many."""
_PATIENCE = Patience(hello=30.0)
_PARTING = 2
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 leaves the choice to the system."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM. Without a certificate the server makes one of its own; `clients` are authorities that vouch for clients."""

    certificate: Path | None = None
    key: Path | None = None
    clients: Path | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be served where; None is not. `tls` None: RESTCONF in clear text, for loopback and for proxies on this machine."""

    restconf: Address | None = None
    netconf: Address | None = None
    tls: Tls | None = Tls()

    @property
    def anything(self) -> bool:
        return self.restconf is not None or self.netconf is not None


@dataclass(frozen=True, slots=True)
class Listening:
    """Where it listens; empty where it does not."""

    restconf: str = ""
    netconf: str = ""


@contextlib.asynccontextmanager
async def listening(deployment: Deployment, offer: Offer, folder: Path) -> AsyncIterator[Listening]:
    """Serve until the block ends; keys that are not given are made in `folder`. Raises Invalid (VTN-U015, VTN-A001, VTN-A002)."""
    async with contextlib.AsyncExitStack() as stack:
        netconf = restconf = ""
        if offer.netconf is not None:
            netconf = await stack.enter_async_context(_netconf(deployment, offer.netconf, folder))
        if offer.restconf is not None:
            restconf = await stack.enter_async_context(_restconf(deployment, offer.restconf, offer.tls, folder))
        yield Listening(restconf, netconf)


@contextlib.asynccontextmanager
async def _netconf(deployment: Deployment, address: Address, folder: Path) -> AsyncIterator[str]:
    settings = ServerSettings(address.host, address.port, own_host_key(folder), deployment.doors, LARGEST, patience=_PATIENCE)
    try:
        server = await serve_netconf(deployment.backend, settings)
    except OSError as error:
        raise _taken(address, error) from None
    try:
        yield str(Address(server.host, server.port))
    finally:
        await server.aclose()


@contextlib.asynccontextmanager
async def _restconf(deployment: Deployment, address: Address, tls: Tls | None, folder: Path) -> AsyncIterator[str]:
    backend = deployment.backend
    context = Context(backend, deployment.doors, preview=backend.preview, filter_of=xpath_filters(backend.schema))
    backend.providers = {**backend.providers, monitoring.MEMBER: monitoring.provider(context)}
    found = None if tls is None else _context(tls, folder, address.host)
    async with answering(Restconf(context), address, found) as where:
        yield f"{'http' if tls is None else 'https'}://{where}/restconf"


@contextlib.asynccontextmanager
async def answering(app: Any, address: Address, tls: ssl.SSLContext | None = None) -> AsyncIterator[Address]:
    """Have an ASGI application answer until the block ends; gives where. Raises Invalid (VTN-U015)."""
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        log_level="critical",  # what cannot be done is told by a diagnostic
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_PARTING,
        **options(),
    )
    server = _Server(config)
    config.load()
    config.ssl = tls
    working = asyncio.get_running_loop().create_task(server.serve())
    try:
        await server.begun.wait()
        if not server.started:
            raise _taken(address, server.problem)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Address(address.host, port)
    finally:
        server.should_exit = True
        await asyncio.gather(working, return_exceptions=True)


def _context(tls: Tls, folder: Path, host: str) -> ssl.SSLContext:
    if tls.certificate is None:
        return server_context(*own_certificate(folder, host), tls.clients)
    return server_context(tls.certificate, tls.key or tls.certificate, tls.clients)


def _taken(address: Address, error: BaseException | None) -> Invalid:
    number = error.errno if isinstance(error, OSError) else None
    hint = "another program listens there already" if number in {None, errno.EADDRINUSE} else os.strerror(number or 0)
    return Invalid(Diagnostic("VTN-U015", f"{address} cannot be listened on", hint=hint))


class _Server(uvicorn.Server):
    """Leaves signals to the process that it is a part of, and does not end that where it cannot listen.

    `begun` is set once it listens, or `problem` says why it does not.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()
        self.problem: BaseException | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: Any = None) -> None:
        try:
            await super().startup(sockets)
        except (OSError, SystemExit) as error:
            self.problem, self.should_exit = error.__context__ or error, True
        self.begun.set()
