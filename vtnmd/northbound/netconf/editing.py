"""Edits and copies of datastores, and their validation (RFC 6241 sections 7.2 to 7.4, 8.3 and 8.6, RFC 8526 section 3.1.2)."""

from collections.abc import Callable

from lxml import etree

from vtnmd.datastore.aside import Large, has_many, sized, worked
from vtnmd.datastore.edits import edit_config as edited
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE, RUNNING
from vtnmd.datastore.tree import Changes, Tree, difference, document_of
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content
from vtnmd.northbound.netconf.explicit import without_tags
from vtnmd.northbound.netconf.reading import WITH_DEFAULTS, Mode, tree_of
from vtnmd.northbound.netconf.requests import Desk, Request, has_own_candidate, origin_of
from vtnmd.yang.convert import stray_text
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.edit import Operation
from vtnmd.yang.paring import trimmed

Edit = Callable[[Tree], Changes]


async def edit_config(desk: Desk, request: Request) -> Content:
    """Every edit is all or nothing, whatever the error-option."""
    values = request.parameters.values
    config = request.parameters.elements["config"]
    edit = _edit(desk, config, values["default-operation"])
    await _write(desk, request, request.parameters.datastore("target"), edit, values.get("test-option", "test-then-set"))
    return ()


async def edit_data(desk: Desk, request: Request) -> Content:
    values = request.parameters.values
    name = values["datastore"].rpartition(":")[2]
    if name not in {RUNNING, CANDIDATE}:
        raise Refused(Fault("invalid-value", f"{name} cannot be edited", "protocol"))
    edit = _edit(desk, request.parameters.elements["config"], values.get("default-operation", "merge"))
    await _write(desk, request, name, edit, "test-then-set")
    return ()


def _edit(desk: Desk, config: etree._Element, default: str) -> Edit:
    schema = desk.backend.schema
    _refuse_text(config)
    if has_many(config):
        return Large(lambda tree: edited(schema, tree, without_tags(schema, config), Operation(default)))
    elements = without_tags(schema, config)
    return lambda tree: edited(schema, tree, elements, Operation(default))


async def copy_config(desk: Desk, request: Request) -> Content:
    source, target = (request.parameters.datastore(role) for role in ("source", "target"))
    if source == target:
        raise Refused(Fault("invalid-value", "source and target are the same datastore", "protocol"))
    await _write(desk, request, target, _copy(desk, request, source), "test-then-set" if target == RUNNING else "set")
    return ()


def _copy(desk: Desk, request: Request, source: str) -> Edit:
    schema = desk.backend.schema
    if source == "config":
        config = without_tags(schema, _config(request))
        large = any(map(has_many, config))
        return sized(lambda tree: edited(schema, tree, config, Operation.REPLACE), large=large)
    held = tree_of(desk, request.session, source).document()
    mode = Mode(request.parameters.values.get(WITH_DEFAULTS, "explicit"))
    document: Json = with_defaults(schema, held) if mode in {Mode.REPORT_ALL, Mode.TAGGED} else held
    if not request.authority.unbounded:
        document = request.authority.readable(document)
    if mode is Mode.TRIM:
        document = trimmed(document, schema.root)
    return lambda tree: difference(tree, document, None)


def _config(request: Request) -> list[etree._Element]:
    """The content of the config element in a source."""
    holder = request.element.find("{*}source/{*}config")
    if holder is None:
        return []
    _refuse_text(holder)
    return list(holder)


def _refuse_text(config: etree._Element) -> None:
    if stray_text(config):
        raise Refused(Fault("bad-element", "config holds elements and no text", "protocol", info=(("bad-element", "config"),)))


async def delete_config(_desk: Desk, request: Request) -> Content:
    """Running and candidate cannot be deleted (section 7.4), and there is nothing else."""
    name = request.parameters.datastore("target")
    raise Refused(Fault("invalid-value", f"{name} cannot be deleted", "protocol"))


async def validate(desk: Desk, request: Request) -> Content:
    """Running is valid: nothing else gets in."""
    running = desk.backend.running
    values = request.parameters.values
    name = request.parameters.datastore("source") if "source" in values else ""
    if name == "config":
        await running.judged(_copy(desk, request, name))
    elif name == CANDIDATE:
        candidate = desk.candidate_of(request.session)
        await running.judged(sized(candidate.onto, large=candidate.is_large))
    return ()


async def discard_changes(desk: Desk, request: Request) -> Content:
    async with desk.turn(request.session):
        desk.backend.locks.check(desk.candidate_name(request.session), request.session.id)
        desk.candidate_of(request.session).discard()
    return ()


async def _write(desk: Desk, request: Request, target: str, edit: Edit, test: str) -> None:
    """Make an edit in a datastore, after a test or without, or only test it. Raises Refused."""
    if target == RUNNING:
        await _write_running(desk, request, edit, test)
        return
    async with desk.turn(request.session):
        await _write_candidate(desk, request, edit, test)


async def _write_running(desk: Desk, request: Request, edit: Edit, test: str) -> None:
    backend, session = desk.backend, request.session

    def guard(_: Tree, changes: Changes) -> None:
        backend.locks.check(RUNNING, session.id, changes)

    if test == "test-only":
        await backend.running.judged(edit, writer=request.authority, guard=guard)
    else:
        await backend.running.commit(edit, origin_of(session), writer=request.authority, guard=guard)


async def _write_candidate(desk: Desk, request: Request, edit: Edit, test: str) -> None:
    backend, session = desk.backend, request.session
    candidate = desk.candidate_of(session)
    backend.locks.check(desk.candidate_name(session), session.id)
    tree, held = candidate.tree, dict(candidate.changes)
    changes = await worked(lambda: _changes(desk, request, edit, tree), large=isinstance(edit, Large))
    if test != "set":
        wanted = {**held, **changes}
        large = isinstance(edit, Large) or candidate.is_large
        await backend.running.judged(
            sized(lambda head: {part: value for part, value in wanted.items() if head.held(part).value != value}, large=large)
        )
    backend.locks.check(desk.candidate_name(session), session.id)
    now = candidate.tree
    if held != candidate.changes or any(now.held(part).value is not tree.held(part).value for part in changes):
        raise Refused(Fault("in-use", "other clients have changed the same meanwhile; try again", "protocol"))
    if test != "test-only":
        candidate.edit(changes)
        desk.edited_by = desk.edited_by if has_own_candidate(session) else session.id


def _changes(desk: Desk, request: Request, edit: Edit, tree: Tree) -> Changes:
    """What an edit changes in a candidate, as far as the user may."""
    changes = edit(tree)
    if changes and not request.authority.unbounded:
        before = {part: tree.held(part).value for part in changes}
        request.authority.check_write(document_of(before), document_of(changes))
    return desk.backend.running.prepare(tree, changes)
