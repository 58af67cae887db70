"""YANG Patch (RFC 8072): an ordered list of edits, all or none, with a status for the edit that is to blame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from vtnmd.datastore.aside import worked
from vtnmd.datastore.edits import ResourceEdit
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.answers import Answer, errors_element, errors_json, json_octets, typed, xml_octets
from vtnmd.northbound.restconf.bodies import datastore_in, datastore_in_xml, json_body, judged, judged_xml, malformed, xml_body
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.editing import Asked, carry_out, is_large_body, key_in_place, value_for
from vtnmd.northbound.restconf.media import Encoding, sent_patch
from vtnmd.northbound.restconf.queries import EDIT, insert, parameters, wrong
from vtnmd.northbound.restconf.refusals import Refusal, of_refused
from vtnmd.northbound.restconf.requests import Request
from vtnmd.northbound.restconf.stores import Store
from vtnmd.northbound.restconf.targets import Target
from vtnmd.yang.amend import ABSENT
from vtnmd.yang.api_path import PathProblem, Step, identifier_of, parse_path
from vtnmd.yang.convert import elements_of
from vtnmd.yang.schema import Schema

NAMESPACE = "urn:ietf:params:xml:ns:yang:ietf-yang-patch"
PATCH, STATUS = "ietf-yang-patch:yang-patch", "ietf-yang-patch:yang-patch-status"
MAX_EDITS = 10_000

_VALUED = frozenset({"create", "insert", "merge", "replace"})
_PLACED = frozenset({"insert", "move"})
_OPERATIONS = _VALUED | _PLACED | {"delete", "remove"}
_LEAVES = frozenset({"edit-id", "operation", "target", "point", "where"})


@dataclass(frozen=True, slots=True)
class PatchEdit:
    """One edit as it was sent; `value` is what JSON holds, or a tuple of elements, not judged yet; None for none."""

    id: str
    operation: str
    target: str
    point: str | None
    where: str
    value: Any


@dataclass(frozen=True, slots=True)
class Patch:
    id: str
    comment: str
    edits: Sequence[PatchEdit]


async def yang_patch(context: Context, request: Request, target: Target, store: Store) -> Answer:
    """Carry a patch out: 200 with its status, or the status of what is wrong with it. Raises Refusal for no patch, VtnmdError."""
    given = parameters(request.query, EDIT)
    encoding = sent_patch(request.headers.get(b"content-type")) or Encoding.JSON
    told = request.encoding  # before anything is done: what is refused with 406 is not made
    body = await request.body()
    large = is_large_body(body)
    patch = await worked(lambda: _patch(body, encoding), large=large)
    schema = context.backend.schema
    edits: list[ResourceEdit] = []
    try:
        await worked(lambda: edits.extend(_edit(schema, target, each) for each in patch.edits), large=large)
        asked = Asked(target, edits, must_exist=bool(target.steps), comment=patch.comment, large=large)
        answer = await carry_out(context, request, store, asked, given)
    except Refused as refused:
        refusal = of_refused(refused)
        blamed = patch.edits[refused.edit].id if refused.edit is not None and edits else None
    except Refusal as error:
        refusal, blamed = error, None
        if error.status in {412, 404}:
            raise
    else:
        return answer if answer.status == 200 else Answer(200, _status(schema, patch.id, told), (typed(told), *answer.headers))
    if len(edits) < len(patch.edits):
        blamed = patch.edits[len(edits)].id
    return Answer(refusal.status, _status(schema, patch.id, told, refusal.faults, blamed), (typed(told),))


# What was sent


def _patch(octets: bytes, encoding: Encoding) -> Patch:
    """Raises Refusal (400)."""
    if not octets.strip():
        raise malformed("a YANG Patch is wanted")
    members = _json_members(octets) if encoding is Encoding.JSON else _xml_members(octets)
    identity, comment, listed = members.get("patch-id"), members.get("comment", ""), members.get("edit", [])
    unknown = members.keys() - {"patch-id", "comment", "edit"}
    if unknown:
        raise wrong(f"a YANG Patch has no {min(unknown)}", "unknown-element")
    if not isinstance(identity, str):
        raise wrong("a YANG Patch wants its patch-id", "missing-element")
    if not isinstance(comment, str) or not isinstance(listed, list) or len(listed) > MAX_EDITS:
        raise wrong(f"comment is a text, edit a list of at most {MAX_EDITS}")
    edits = [_patch_edit(each) for each in listed]
    if len({edit.id for edit in edits}) != len(edits):
        raise wrong("two edits have one edit-id", "bad-element")
    return Patch(identity, comment, edits)


def _json_members(octets: bytes) -> dict[str, Json]:
    body = json_body(octets)
    if not isinstance(body, dict) or list(body) != [PATCH] or not isinstance(body[PATCH], dict):
        raise malformed(f"{PATCH} is wanted, and nothing beside it")
    return _local(body[PATCH])


def _local(members: dict[str, Json]) -> dict[str, Json]:
    """Names of the module of YANG Patch without it."""
    return {name.removeprefix("ietf-yang-patch:"): value for name, value in members.items()}


def _xml_members(octets: bytes) -> dict[str, Json]:
    root: Any = xml_body(octets)
    if root.tag != f"{{{NAMESPACE}}}yang-patch":
        raise malformed(f"the element yang-patch of {NAMESPACE} is wanted")
    return _of_element(root, {"edit"})


def _of_element(parent: etree._Element, lists: set[str]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for child in elements_of(parent):
        name = etree.QName(child)
        local = name.localname if name.namespace == NAMESPACE else str(child.tag)
        if local in lists:
            result.setdefault(local, []).append(_of_element(child, set()))
        elif local in result:
            raise wrong(f"{local} stands twice", "bad-element")
        else:
            result[local] = tuple(elements_of(child)) if local == "value" else child.text or ""
    return result


def _patch_edit(members: Json) -> PatchEdit:
    if not isinstance(members, dict):
        raise wrong("an edit is an object")
    members = _local(members)
    unknown = members.keys() - _LEAVES - {"value"}
    if unknown:
        raise wrong(f"an edit has no {min(unknown)}", "unknown-element")
    if any(not isinstance(members.get(name, ""), str) for name in _LEAVES):
        raise wrong("the leaves of an edit are texts")
    missing = [name for name in ("edit-id", "operation", "target") if name not in members]
    if missing:
        raise wrong(f"an edit wants its {missing[0]}", "missing-element")
    operation = members["operation"]
    if operation not in _OPERATIONS:
        raise wrong(f"operation is one of {', '.join(sorted(_OPERATIONS))}")
    if ("value" in members) != (operation in _VALUED):
        wants = "wants a" if operation in _VALUED else "takes no"
        raise wrong(f"{operation} {wants} value", "missing-element" if operation in _VALUED else "unknown-element")
    if operation not in _PLACED and ("where" in members or "point" in members):
        raise wrong(f"where and point are not for {operation}", "unknown-element")
    where = members.get("where", "last")
    return PatchEdit(members["edit-id"], operation, members["target"], members.get("point"), where, members.get("value"))


# What it means


def _edit(schema: Schema, target: Target, edit: PatchEdit) -> ResourceEdit:
    """Raises Refusal (400), Refused."""
    steps = _steps(schema, target, edit.target)
    if not steps:
        return _whole(schema, edit)
    node = steps[-1].node
    if steps[-1].key is None:
        raise wrong(f"{edit.target} is all of a list: name one of its entries")
    if not node.config:
        raise wrong(f"{edit.target} is state")
    if edit.operation in {"delete", "remove"} and key_in_place(steps) is not None:
        raise wrong(f"{edit.target} is a key and goes with its entry")
    place = None
    if edit.operation in _PLACED:
        if not (node.repeated and node.ordered_by_user):
            raise wrong(f"{edit.operation} is for entries that users order; {node.name} is not")
        place = insert(schema, edit.where, edit.point, target.text, node)
    return ResourceEdit(edit.operation, steps, ABSENT if edit.value is None else _value(schema, steps, edit.value), place)


def _whole(schema: Schema, edit: PatchEdit) -> ResourceEdit:
    """An edit of the datastore that is patched, whose target is `/` (RFC 8072 section 2.3). Raises Refusal (400), Refused."""
    if edit.operation not in {"merge", "replace"}:
        raise wrong(f"{edit.operation} is not for a whole datastore")
    is_xml = isinstance(edit.value, tuple)
    value = datastore_in_xml(schema, list(edit.value)) if is_xml else datastore_in(schema, edit.value)
    return ResourceEdit(edit.operation, (), value)


def _steps(schema: Schema, target: Target, offset: str) -> tuple[Step, ...]:
    """Of a path that is relative to the resource that is patched."""
    try:
        return parse_path(schema, f"{target.text}/{offset.lstrip('/')}")
    except PathProblem as problem:
        raise wrong(f"target: {problem}") from None


def _value(schema: Schema, steps: tuple[Step, ...], value: Any) -> Json:
    parent = steps[-2].node if len(steps) > 1 else schema.root
    path = identifier_of(schema, steps[:-1])
    members = judged_xml(schema, list(value), parent, path) if isinstance(value, tuple) else judged(schema, value, parent, path)
    return value_for(steps, members)


# What became of it


def _status(schema: Schema, patch_id: str, encoding: Encoding, faults: Sequence[Fault] = (), blamed: str | None = None) -> bytes:
    """The patch's status: ok, or errors of one edit or of all."""
    if encoding is Encoding.JSON:
        status: dict[str, Json] = {"patch-id": patch_id}
        errors = {"error": errors_json(schema, faults)}
        if not faults:
            status["ok"] = [None]
        elif blamed is None:
            status["errors"] = errors
        else:
            status["edit-status"] = {"edit": [{"edit-id": blamed, "errors": errors}]}
        return json_octets({STATUS: status})
    root = etree.Element(f"{{{NAMESPACE}}}yang-patch-status", nsmap=_PLAIN)
    _child(root, "patch-id").text = patch_id
    if not faults:
        _child(root, "ok")
        return xml_octets(root)
    parent = root
    if blamed is not None:
        parent = _child(_child(root, "edit-status"), "edit")
        _child(parent, "edit-id").text = blamed
    errors_element(faults, _child(parent, "errors"))
    return xml_octets(root)


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")


_PLAIN: dict[Any, str] = {None: NAMESPACE}
