"""What the server does with its sessions: they come and go, and ask for operations that are looked up, allowed and carried out."""

import asyncio
import logging
from collections.abc import Mapping

from lxml import etree

from vtnmd.datastore.candidate import Candidate
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE
from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.netconf.messages import Rpc, RpcError
from vtnmd.netconf.server import Content, Ending, RpcFailed, ServerSession
from vtnmd.northbound.backend import SessionInfo
from vtnmd.northbound.netconf import committing, editing, monitoring, reading, subscribing
from vtnmd.northbound.netconf.events import session_ended, session_started
from vtnmd.northbound.netconf.faults import failed
from vtnmd.northbound.netconf.invoking import ACTION, invoke, invoke_action
from vtnmd.northbound.netconf.parameters import read_parameters
from vtnmd.northbound.netconf.requests import Desk, Operation, Request, has_own_candidate, user_of
from vtnmd.yang.nodes import Kind, SchemaNode

_log = logging.getLogger(__name__)


class Sessions:
    """The handler of a NETCONF server over one backend."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._killed: dict[int, int] = {}
        self._endings: set[asyncio.Task[None]] = set()

    def capabilities(self) -> tuple[str, ...]:
        return self._desk.capabilities

    def opened(self, session: ServerSession) -> None:
        desk, backend = self._desk, self._desk.backend
        desk.sessions[session.id] = session
        user = user_of(session)
        info = SessionInfo(
            session.id, "netconf", user.name, session.client, backend.running.clock(), lambda: self._kill(session, 0)
        )
        backend.sessions[session.id] = info
        desk.totals.in_sessions += 1
        if has_own_candidate(session):
            desk.candidates[session.id] = Candidate(lambda: backend.running.current)
        session_started(backend, session)

    def closed(self, session: ServerSession) -> None:
        """May be called twice: a session that is killed is over before its connection is."""
        desk, backend = self._desk, self._desk.backend
        if desk.sessions.pop(session.id, None) is None:
            return
        self._count(session)
        subscription = desk.subscriptions.pop(session.id, None)
        if subscription is not None:
            subscription.cancel()
        if CANDIDATE in backend.locks.end(session.id):
            backend.candidate.discard()
        for number in desk.partial_locks.keys() - backend.locks.partial.keys():
            del desk.partial_locks[number]
        desk.candidates.pop(session.id, None)
        desk.turns.pop(session.id, None)
        ending = asyncio.get_running_loop().create_task(self._end(session))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end(self, session: ServerSession) -> None:
        backend = self._desk.backend
        await backend.confirmations.session_ended(session.id)
        backend.sessions.pop(session.id, None)
        session_ended(backend, session, self._killed.pop(session.id, 0))

    def _count(self, session: ServerSession) -> None:
        totals = self._desk.totals
        totals.dropped_sessions += session.ending is not Ending.CLOSED
        totals.in_rpcs += session.in_rpcs
        totals.in_bad_rpcs += session.in_bad_rpcs
        totals.out_rpc_errors += session.out_rpc_errors
        totals.out_notifications += session.out_notifications

    def _kill(self, session: ServerSession, by: int) -> None:
        session.ending = Ending.KILLED
        self._killed[session.id] = by
        self.closed(session)
        session.cut()

    async def drained(self) -> None:
        """Wait until all that ended sessions leave behind is done."""
        while self._endings:
            await asyncio.gather(*self._endings, return_exceptions=True)

    async def handle(self, session: ServerSession, rpc: Rpc) -> Content:
        try:
            return await self._handle(session, rpc)
        except (Refused, VtnmdError) as error:
            raise failed(error) from None
        except Exception:  # noqa: BLE001 -- whatever went wrong, the client has to hear of it
            # A fault of ours ends one request, not the session of the client.
            _log.exception("%s failed", rpc.name.localname)
            raise RpcFailed(RpcError("operation-failed", "an error within the server; it has been logged")) from None

    async def _handle(self, session: ServerSession, rpc: Rpc) -> Content:
        desk = self._desk
        authority = desk.backend.authority_of(user_of(session))
        if rpc.operation.tag == ACTION:
            return await invoke_action(desk, session, rpc.operation, authority)
        node = self._node(rpc.operation)
        if node.member == "ietf-netconf:close-session":
            read_parameters(desk.backend.schema, rpc.operation, node)
            session.leaving = True
            return ()
        operation = _OPERATIONS.get(node.member)
        is_kill = node.member == "ietf-netconf:kill-session"
        if operation is None and not is_kill:
            return await invoke(desk, session, rpc.operation, node, authority)
        authority.check_execute(node)
        parameters = read_parameters(desk.backend.schema, rpc.operation, node)
        request = Request(session, node, rpc.operation, parameters, authority)
        return self._kill_session(request) if operation is None else await operation(desk, request)

    def _node(self, element: etree._Element) -> SchemaNode:
        schema = self._desk.backend.schema
        name = etree.QName(element)
        module = schema.namespaces.get(name.namespace or "")
        node = schema.root.operations.get(f"{module}:{name.localname}")
        if node is not None and node.kind is Kind.RPC:
            return node
        if module is None:
            info = (("bad-element", name.localname), ("bad-namespace", name.namespace or ""))
            raise Refused(Fault("unknown-namespace", f"no operation {name.localname} is known", "protocol", info=info))
        raise Refused(Fault("operation-not-supported", f"there is no operation {name.localname}", "protocol"))

    def _kill_session(self, request: Request) -> Content:
        """RFC 6241 section 7.9. What the session has locked or not confirmed is taken back at once."""
        number = int(request.parameters.values["session-id"])
        known = self._desk.backend.sessions.get(number)
        if known is None or number == request.session.id:
            raise Refused(Fault("invalid-value", "that is no other session", "protocol"))
        session = self._desk.sessions.get(number)
        if session is None:
            known.cut()
        else:
            self._kill(session, request.session.id)
        return ()


_OPERATIONS: Mapping[str, Operation] = {
    "ietf-netconf:get": reading.get,
    "ietf-netconf:get-config": reading.get_config,
    "ietf-netconf:edit-config": editing.edit_config,
    "ietf-netconf:copy-config": editing.copy_config,
    "ietf-netconf:delete-config": editing.delete_config,
    "ietf-netconf:validate": editing.validate,
    "ietf-netconf:discard-changes": editing.discard_changes,
    "ietf-netconf:commit": committing.commit,
    "ietf-netconf:cancel-commit": committing.cancel_commit,
    "ietf-netconf:lock": committing.lock,
    "ietf-netconf:unlock": committing.unlock,
    "ietf-netconf-partial-lock:partial-lock": committing.partial_lock,
    "ietf-netconf-partial-lock:partial-unlock": committing.partial_unlock,
    "ietf-netconf-nmda:get-data": reading.get_data,
    "ietf-netconf-nmda:edit-data": editing.edit_data,
    "ietf-netconf-monitoring:get-schema": monitoring.get_schema,
    "notifications:create-subscription": subscribing.create_subscription,
}
