"""A simulated PE router: a NETCONF server over SSH whose configuration is an instance of real YANG modules.

It offers candidate, validate, confirmed-commit 1.1, rollback-on-error (every edit is all or nothing) and get-schema, and answers as
RFC 6241 says or, where that leaves a choice, as yuma123 netconfd 2.13 does.
"""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vtnmd.assets import YANG_MODELS
from vtnmd.domain.tree import Json
from vtnmd.lab.faults import NO_FAULT, Fault, FaultKind, FaultSwitch
from vtnmd.lab.netconf_datastores import RUNNING, Datastores
from vtnmd.lab.netconf_discovery import STATE_MODULES
from vtnmd.lab.netconf_operations import Content, Operations
from vtnmd.lab.netconf_untyped import UntypedDatastores
from vtnmd.netconf.messages import Rpc, RpcError
from vtnmd.netconf.server import RpcFailed, ServerSession
from vtnmd.netconf.session import Writer
from vtnmd.netconf.ssh_server import Listener, ServerSettings, listen
from vtnmd.yang.schema import load_schema

OWN_MODULES = ("vtnmd-pe",)
"""Of vtnmd's own family."""

_CHANGING = frozenset({"edit-config", "copy-config", "commit", "cancel-commit"})
_GARBAGE = b"\x00<{\xff"


async def start_netconf_device(
    settings: ServerSettings,
    *,
    modules: tuple[str, ...] = OWN_MODULES,
    search: tuple[Path, ...] = (YANG_MODELS,),
    state_file: Path | None = None,
) -> "SimulatedDevice":
    """A device that listens. With `state_file` its running configuration outlives it. Without modules it holds what it is given.

    Raises OSError where it cannot listen, Invalid where the modules are wrong.
    """
    schema = load_schema((*modules, *STATE_MODULES), search)
    saved = _Saved(state_file)
    stores = Datastores if modules else UntypedDatastores
    device = SimulatedDevice(settings, stores(schema, saved.read(), saved.write))
    await device.start()
    return device


@dataclass(frozen=True, slots=True)
class _Saved:
    """The running configuration in a file; nowhere where there is none."""

    file: Path | None

    def read(self) -> Json:
        return json.loads(self.file.read_text(encoding="utf-8")) if self.file and self.file.exists() else {}

    def write(self, document: Json) -> None:
        if self.file:
            scratch = self.file.with_name(self.file.name + ".new")
            scratch.write_text(json.dumps(document), encoding="utf-8")
            scratch.replace(self.file)


class SimulatedDevice:
    """One running device. `host` and `port` are where it listens."""

    def __init__(self, settings: ServerSettings, stores: Datastores) -> None:
        self._settings = settings
        self._operations = Operations(stores)
        self._faults = FaultSwitch()
        self._listener: Listener | None = None
        self._placeholder: socket.socket | None = None
        self.host, self.port = settings.host, settings.port

    def held(self) -> Json:
        """The running configuration, RFC 7951."""
        return self._operations.stores.held[RUNNING]

    def keep(self) -> Json:
        """What the device holds, for `put_back`."""
        return self.held()

    def put_back(self, kept: Json) -> None:
        """Hold what was kept; a confirmed commit that waits is forgotten."""
        self._operations.disarm()
        self._operations.stores.put_back(kept)

    @property
    def fault(self) -> Fault:
        return self._faults.current

    async def start(self) -> None:
        handler = _Faulty(self._operations, self._faults)
        settings = replace(self._settings, port=self.port)
        self._give_up_port()
        self._listener = await listen(settings, handler, lambda writer, session: _FaultyWriter(writer, session, self._faults))
        self.port = self._listener.port

    async def set_fault(self, fault: Fault) -> None:
        """Put a fault in force; NO_FAULT heals. Sessions that an earlier fault holds are cut."""
        self._faults.set(fault)
        if fault.kind is FaultKind.REFUSE:
            await self._stop()
            self._keep_port()
        elif self._listener is None:
            await self.start()

    async def aclose(self) -> None:
        """Stop, cutting every session."""
        self._faults.set(NO_FAULT)
        await self._stop()
        self._give_up_port()
        self._operations.disarm()

    def _keep_port(self) -> None:
        """A socket that is bound and does not listen keeps the port and has the system refuse connections."""
        self._placeholder = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._placeholder.bind((self.host, self.port))

    def _give_up_port(self) -> None:
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None

    async def _stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.aclose()


class _Faulty:
    """The operations, but for what a fault keeps from being carried out."""

    def __init__(self, operations: Operations, faults: FaultSwitch) -> None:
        self._operations = operations
        self._faults = faults
        self.capabilities = operations.capabilities
        self.opened = operations.opened
        self.closed = operations.closed

    async def handle(self, session: ServerSession, rpc: Rpc) -> Content:
        if self._faults.current.kind is FaultKind.BLACKHOLE:
            await self._faults.changed()
            session.cut()
        elif self._faults.current.kind is FaultKind.STATUS:
            raise RpcFailed(RpcError("resource-denied", "the device cannot serve requests now"))
        elif self._faults.current.kind is FaultKind.IGNORE and rpc.name.localname in _CHANGING:
            return ()
        return await self._operations.handle(session, rpc)


class _FaultyWriter:
    """A channel that spoils what is sent while a fault says so."""

    def __init__(self, writer: Writer, session: ServerSession, faults: FaultSwitch) -> None:
        self._writer = writer
        self._session = session
        self._faults = faults
        self._octets = b""

    def write(self, data: bytes, /) -> None:
        self._octets += data

    async def drain(self) -> None:
        octets, self._octets = self._octets, b""
        fault = self._faults.current
        if fault.kind is FaultKind.SLOW:
            await self._faults.changed(fault.seconds)
        spoiled = _SPOILED.get(fault.kind)
        self._writer.write(spoiled(octets) if spoiled else octets)
        await self._writer.drain()
        if spoiled:
            self._session.cut()


_SPOILED: Mapping[FaultKind, Callable[[bytes], bytes]] = {
    FaultKind.GARBAGE: lambda _: _GARBAGE,
    FaultKind.HALF: lambda octets: octets[: len(octets) // 2],
    FaultKind.DROP_AFTER: lambda _: b"",
}
