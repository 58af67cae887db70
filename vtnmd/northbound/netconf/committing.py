"""commit and cancel-commit (RFC 6241 sections 8.3 and 8.4), locks (sections 7.5 and 7.6), partial locks (RFC 5717)."""

from collections.abc import Callable

from lxml import etree

from vtnmd.datastore.aside import sized
from vtnmd.datastore.confirmed import Wait
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE, RUNNING
from vtnmd.datastore.running import Edit, Guard
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES, Origin, Part, service_part
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content
from vtnmd.northbound.netconf.events import confirmed_commit, identifier_value
from vtnmd.northbound.netconf.filters import exhausted
from vtnmd.northbound.netconf.monitoring import time_text
from vtnmd.northbound.netconf.requests import Desk, Request, origin_of
from vtnmd.yang.convert import elements_of, to_xml
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instances import Exhausted, Instance
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath_filter import Selection, XPathProblem

_LABEL, _COMMENT, _DRY_RUN = (f"vtnmd-orchestration:{name}" for name in ("label", "comment", "dry-run"))


async def commit(desk: Desk, request: Request) -> Content:
    """Make the candidate running; confirm what waits to be confirmed, or wait once more."""
    backend, session = desk.backend, request.session
    candidate = desk.candidate_of(session)
    confirmations = backend.confirmations
    async with desk.turn(session):
        backend.locks.check(desk.candidate_name(session), session.id)
        confirmations.check(session.id, request.text("persist-id"))
        extends = confirmations.pending is not None
        origin = origin_of(session, request.text(_LABEL), request.text(_COMMENT))
        guard = _guard(desk, request)
        edit = sized(candidate.onto, large=candidate.is_large)
        if _DRY_RUN in request.values:
            return await _preview(desk, request, edit, origin, guard)
        if "confirmed" in request.values:
            wait = Wait(int(request.parameters.values["confirm-timeout"]), request.text("persist"))
            await confirmations.commit(edit, origin, wait, writer=request.authority, guard=guard)
            candidate.discard()
            confirmed_commit(backend, session.id, "extend" if extends else "start", wait.seconds)
            return ()
        await backend.running.commit(edit, origin, writer=request.authority, guard=guard)
        candidate.discard()
        if extends:
            await confirmations.confirm()
            confirmed_commit(backend, session.id, "complete")
    return ()


async def _preview(desk: Desk, request: Request, edit: Edit, origin: Origin, guard: Guard) -> Content:
    """What the commit would come to."""
    backend = desk.backend
    if backend.preview is None:
        raise Refused(Fault("operation-not-supported", "this server offers no dry run", "protocol"))
    before, changes = backend.running.head, await backend.running.judged(edit, writer=request.authority, guard=guard)
    told = await backend.preview(before, changes, origin)
    return to_xml(backend.schema, told, node=request.node.operations["output"])


def _guard(desk: Desk, request: Request) -> Callable[[Tree, Changes], None]:
    def guard(_: Tree, changes: Changes) -> None:
        desk.backend.locks.check(RUNNING, request.session.id, changes)

    return guard


async def cancel_commit(desk: Desk, request: Request) -> Content:
    await desk.backend.confirmations.cancel(request.session.id, request.text("persist-id"))
    return ()


async def lock(desk: Desk, request: Request) -> Content:
    """Section 7.5 tells when a lock must not be granted."""
    backend, session = desk.backend, request.session
    name = _target(request)
    if name == CANDIDATE:
        candidate = desk.candidate_of(session)
        name = desk.candidate_name(session)
        if candidate.is_modified and name not in backend.locks.whole:
            raise _denied("the candidate has changes; commit or discard them", desk.edited_by if name == CANDIDATE else session.id)
    pending = backend.confirmations.pending
    if name == RUNNING and pending is not None and pending.session != session.id:
        raise _denied(f"a confirmed commit of session {pending.session} is pending", pending.session)
    backend.locks.lock(name, session.id)
    desk.locked_since[name] = backend.running.clock()
    return ()


def _denied(message: str, holder: int) -> Refused:
    return Refused(Fault("lock-denied", message, "protocol", info=(("session-id", str(holder)),)))


async def unlock(desk: Desk, request: Request) -> Content:
    """What was changed in the candidate and not committed goes with its lock (section 8.3.5.2)."""
    name = _target(request)
    session = request.session
    if name != CANDIDATE:
        desk.backend.locks.unlock(name, session.id)
        return ()
    desk.backend.locks.unlock(desk.candidate_name(session), session.id)
    desk.candidate_of(session).discard()
    return ()


def _target(request: Request) -> str:
    name = request.parameters.datastore("target")
    if name not in {RUNNING, CANDIDATE}:
        raise Refused(Fault("invalid-value", f"{name} cannot be locked", "protocol"))
    return name


async def partial_lock(desk: Desk, request: Request) -> Content:
    """RFC 5717 section 2.4.1. What is locked are the parts of running that hold the selected nodes."""
    backend, schema, session = desk.backend, desk.backend.schema, request.session
    pending = backend.confirmations.pending
    if pending is not None and pending.session != session.id:
        raise _denied(f"a confirmed commit of session {pending.session} is pending", pending.session)
    held = backend.running.current.document()
    document: Json = held if request.authority.unbounded else request.authority.readable(held)
    found = [instance for element in elements_of(request.element) for instance in _selected(schema, document, element)]
    if not found:
        raise Refused(Fault("operation-failed", "nothing is selected", "protocol"))
    number = backend.locks.lock_parts({_part(document, instance) for instance in found}, session.id)
    nodes = list(dict.fromkeys(_value(schema, document, instance) for instance in found))
    texts = request.parameters.values["select"]
    desk.partial_locks[number] = {"select": texts, "locked-node": nodes, "locked-time": time_text(backend.running.clock())}
    return to_xml(schema, {"lock-id": number, "locked-node": nodes}, node=request.node.operations["output"])


def _selected(schema: Schema, document: Json, element: etree._Element) -> list[Instance]:
    try:
        return Selection(schema, element.text or "", element.nsmap).nodes(document, schema.root)
    except XPathProblem as problem:
        raise Refused(Fault("invalid-value", str(problem), "protocol")) from None
    except Exhausted:
        raise exhausted() from None


def _part(document: Json, instance: Instance) -> Part:
    """The part that holds an instance. Raises Refused for what holds several."""
    path = instance.path
    if not path or (path[0] == SERVICES and len(path) < len((SERVICES, SERVICE, 0))):
        raise Refused(Fault("invalid-value", "services are locked one by one, or with all of running by lock", "protocol"))
    if path[0] == SERVICES:
        return service_part(document[SERVICES][SERVICE][path[2]][SERVICE_KEY])
    return str(path[0])


def _value(schema: Schema, document: Json, instance: Instance) -> str:
    return str(identifier_value(schema, instance_identifier(schema, document, instance.path)))


async def partial_unlock(desk: Desk, request: Request) -> Content:
    number = int(request.parameters.values["lock-id"])
    desk.backend.locks.unlock_parts(number, request.session.id)
    desk.partial_locks.pop(number, None)
    return ()
