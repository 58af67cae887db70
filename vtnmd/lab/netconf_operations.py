"""The NETCONF operations of a simulated device on its datastores (RFC 6241 sections 7 and 8, RFC 6022 section 3.1)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.lab import netconf_discovery as discovery
from vtnmd.lab.netconf_datastores import CANDIDATE, RUNNING, Confirmation, Datastores
from vtnmd.netconf.messages import Rpc, RpcError
from vtnmd.netconf.operations import MONITORING
from vtnmd.netconf.server import RpcFailed, ServerSession
from vtnmd.netconf.xmltree import BASE
from vtnmd.yang.edit import Operation
from vtnmd.yang.filter import subtree_filter

_DEFAULT_CONFIRM_TIMEOUT = 600
"""Seconds (RFC 6241 section 8.4.5)."""

_NOT_DIRECTLY = RpcError("operation-failed", "cannot write to this configuration directly", "protocol", app_tag="no-access")

Content = Sequence[etree._Element]  # noqa: SLF001 - lxml has no other name for the type


class Operations:
    """The operations of the device on its datastores."""

    def __init__(self, stores: Datastores) -> None:
        self.stores = stores
        self._sessions: dict[int, ServerSession] = {}
        self._timer: asyncio.TimerHandle | None = None

    def capabilities(self) -> Sequence[str]:
        return discovery.capabilities(self.stores.schema)

    def opened(self, session: ServerSession) -> None:
        self._sessions[session.id] = session

    def closed(self, session: ServerSession) -> None:
        self._sessions.pop(session.id, None)
        self.stores.end(session.id)
        if self.stores.pending is None:
            self.disarm()

    async def handle(self, session: ServerSession, rpc: Rpc) -> Content:
        operation = _OPERATIONS.get(str(rpc.operation.tag))
        if operation is None:
            bad = ({"tag": f"{{{BASE}}}bad-element", "children": [rpc.name.localname]},)
            raise RpcFailed(RpcError("unknown-element", "definition not found", "rpc", info=bad))
        return operation(self, session, rpc.operation)

    def disarm(self) -> None:
        """Forget the time-out of a confirmed commit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def get_config(self, _: ServerSession, operation: etree._Element) -> Content:
        document = self.stores.held[self._datastore(operation, "source")]
        return [self._data(document, operation)]

    def get(self, _: ServerSession, operation: etree._Element) -> Content:
        return [self._data({**self.stores.held[RUNNING], **discovery.state(self.stores.schema)}, operation)]

    def edit_config(self, session: ServerSession, operation: etree._Element) -> Content:
        if self._datastore(operation, "target") == RUNNING:
            raise RpcFailed(_NOT_DIRECTLY)
        default = _choice(operation, "default-operation", ("merge", "replace", "none"))
        test_option = _choice(operation, "test-option", ("test-then-set", "set", "test-only"))
        _choice(operation, "error-option", ("stop-on-error", "continue-on-error", "rollback-on-error"))
        changed = self.stores.changed(CANDIDATE, _child(operation, "config"), Operation(default))
        if test_option != "set":
            self.stores.check(changed)
        if test_option != "test-only":
            self.stores.write_candidate(changed, session.id)
        return ()

    def copy_config(self, session: ServerSession, operation: etree._Element) -> Content:
        if self._datastore(operation, "target") == RUNNING:
            raise RpcFailed(_NOT_DIRECTLY)
        self.stores.write_candidate(self._source(operation), session.id)
        return ()

    def validate(self, _: ServerSession, operation: etree._Element) -> Content:
        self.stores.check(self._source(operation))
        return ()

    def lock(self, session: ServerSession, operation: etree._Element) -> Content:
        self.stores.lock(self._datastore(operation, "target"), session.id)
        return ()

    def unlock(self, session: ServerSession, operation: etree._Element) -> Content:
        self.stores.unlock(self._datastore(operation, "target"), session.id)
        return ()

    def discard_changes(self, session: ServerSession, _: etree._Element) -> Content:
        self.stores.write_candidate(self.stores.held[RUNNING], session.id)
        return ()

    def commit(self, session: ServerSession, operation: etree._Element) -> Content:
        confirmed = operation.find(f"{{{BASE}}}confirmed") is not None
        seconds = _number(operation, "confirm-timeout", _DEFAULT_CONFIRM_TIMEOUT)
        persist, persist_id = _text(operation, "persist"), _text(operation, "persist-id")
        self.stores.commit(session.id, Confirmation(confirmed, persist, persist_id))
        self.disarm()
        if self.stores.pending is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.stores.roll_back)
        return ()

    def cancel_commit(self, session: ServerSession, operation: etree._Element) -> Content:
        self.stores.cancel(session.id, _text(operation, "persist-id"))
        self.disarm()
        return ()

    def close_session(self, session: ServerSession, _: etree._Element) -> Content:
        session.leaving = True
        return ()

    def kill_session(self, session: ServerSession, operation: etree._Element) -> Content:
        other = self._sessions.get(_number(operation, "session-id", 0))
        if other is None or other is session:
            raise RpcFailed(RpcError("invalid-value", "invalid value", "protocol", app_tag="data-invalid"))
        other.cut()
        return ()

    def get_schema(self, _: ServerSession, operation: etree._Element) -> Content:
        identifier, version = (operation.findtext(f"{{{MONITORING}}}{leaf}", "").strip() for leaf in ("identifier", "version"))
        data = etree.Element(f"{{{MONITORING}}}data", nsmap={"ncm": MONITORING})
        data.text = discovery.module_text(self.stores.schema, identifier, version)
        return [data]

    def _data(self, document: Json, operation: etree._Element) -> etree._Element:
        elements = self.stores.xml(document)
        selection = operation.find(f"{{{BASE}}}filter")
        if selection is not None:
            if selection.get("type", "subtree") != "subtree":
                raise RpcFailed(RpcError("operation-not-supported", "only subtree filters are supported", "protocol"))
            elements = subtree_filter(elements, selection)
        data = etree.Element(f"{{{BASE}}}data", nsmap={"nc": BASE})
        data.extend(elements)
        return data

    def _datastore(self, operation: etree._Element, role: str) -> str:
        """The datastore that a source or target names."""
        holder = _child(operation, role)
        for name in (RUNNING, CANDIDATE):
            if holder.find(f"{{{BASE}}}{name}") is not None:
                return name
        names = " ".join(etree.QName(element).localname for element in holder if isinstance(element.tag, str))
        bad = ({"tag": f"{{{BASE}}}bad-element", "children": [names or role]},)
        raise RpcFailed(RpcError("unknown-element", f"no datastore {names}", "protocol", app_tag="data-invalid", info=bad))

    def _source(self, operation: etree._Element) -> Json:
        """The document that a source names or holds."""
        config = operation.find(f"{{{BASE}}}source/{{{BASE}}}config")
        if config is None:
            return self.stores.held[self._datastore(operation, "source")]
        return self.stores.changed(RUNNING, config, Operation.REPLACE)


_OPERATIONS: Mapping[str, Callable[[Operations, ServerSession, etree._Element], Content]] = {
    f"{{{BASE}}}get": Operations.get,
    f"{{{BASE}}}get-config": Operations.get_config,
    f"{{{BASE}}}edit-config": Operations.edit_config,
    f"{{{BASE}}}copy-config": Operations.copy_config,
    f"{{{BASE}}}validate": Operations.validate,
    f"{{{BASE}}}lock": Operations.lock,
    f"{{{BASE}}}unlock": Operations.unlock,
    f"{{{BASE}}}discard-changes": Operations.discard_changes,
    f"{{{BASE}}}commit": Operations.commit,
    f"{{{BASE}}}cancel-commit": Operations.cancel_commit,
    f"{{{BASE}}}close-session": Operations.close_session,
    f"{{{BASE}}}kill-session": Operations.kill_session,
    f"{{{MONITORING}}}get-schema": Operations.get_schema,
}


def _child(operation: etree._Element, name: str) -> etree._Element:
    child = operation.find(f"{{{BASE}}}{name}")
    if child is None:
        raise RpcFailed(RpcError("data-missing", f"{name} is missing", "protocol"))
    return child


def _text(operation: etree._Element, name: str) -> str:
    return (operation.findtext(f"{{{BASE}}}{name}") or "").strip()


def _number(operation: etree._Element, name: str, default: int) -> int:
    text = _text(operation, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**32):
        raise RpcFailed(RpcError("invalid-value", f"{name} is a positive number", "protocol", app_tag="data-invalid"))
    return int(text)


def _choice(operation: etree._Element, name: str, allowed: tuple[str, ...]) -> str:
    """One of the values allowed, the first where the parameter is absent."""
    text = _text(operation, name) or allowed[0]
    if text not in allowed:
        raise RpcFailed(RpcError("invalid-value", f"{name} is one of {', '.join(allowed)}", "protocol", app_tag="data-invalid"))
    return text
