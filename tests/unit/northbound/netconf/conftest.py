"""A server over a backend in memory, with the module of the conformance cases."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.conformance.test_netconf import MODULE, clock, heard, swept
from tests.support.netconf import make_key
from tests.support.northbound import Doors, new_backend, nothing
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.northbound.backend import Backend
from vtnmd.northbound.netconf.serving import serve_netconf


@pytest.fixture(scope="session")
def host_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private SSH key of a server."""
    path = tmp_path_factory.mktemp("ssh") / "host-key"
    make_key(path)
    return path


@pytest.fixture(scope="session")
def client_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A private SSH key of the user admin, and the public one."""
    path = tmp_path_factory.mktemp("ssh") / "client-key"
    return path, make_key(path)


def depot() -> Backend:
    """An empty depot that can be asked everything."""
    procedures = {"depot:call-out": heard, "depot:rest": nothing, "/depot:yard/bay/sweep": swept}
    backend = new_backend(MODULE, procedures=procedures)
    backend.providers = {"depot:clock": clock}
    return backend


class Served:
    """A server on a loop of its own, for clients that block. The user is admin with the password admin."""

    def __init__(self, host_key: Path, public_key: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.host, self.port = "127.0.0.1", 0
        self._doors = Doors({"admin": "admin"}, {"admin": public_key})
        self._host_key = host_key
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        backend = depot()
        server = await serve_netconf(backend, ServerSettings(self.host, 0, self._host_key, self._doors))
        self.port = server.port
        self._ready.set()
        await self._over.wait()
        await server.aclose()
        await backend.running.aclose()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._over is not None
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def served(host_key: Path, client_key: tuple[Path, str]) -> Iterator[Served]:
    with Served(host_key, client_key[1]) as server:
        yield server
