"""POST, PUT, PATCH and DELETE of data resources (RFC 8040 sections 4.4 to 4.7), and how edits become commits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vtnmd.datastore.aside import sized, worked
from vtnmd.datastore.edits import ResourceEdit, edit_resources, exists
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.running import Committed
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.restconf.answers import Answer, json_octets, typed
from vtnmd.northbound.restconf.bodies import datastore_of, malformed, members_of
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.media import DATA, Encoding, sent_encoding
from vtnmd.northbound.restconf.preconditions import asks, changed_at, check_edit, http_date, tag_of
from vtnmd.northbound.restconf.queries import CREATE, EDIT, parameters, place, wrong
from vtnmd.northbound.restconf.refusals import Headers, Refusal, absent, refusal
from vtnmd.northbound.restconf.requests import Request
from vtnmd.northbound.restconf.stores import Store
from vtnmd.northbound.restconf.targets import Target, document_for, seen
from vtnmd.yang.amend import ABSENT, Insert
from vtnmd.yang.api_path import Step, entry_steps, identifier_of, path_text, resource_at
from vtnmd.yang.nodes import SchemaNode

DRY_RUN = "native"
_LARGE = 256 * 1024


@dataclass(slots=True)
class Asked:
    """What a request wants done, and what was found out when it was last tried. `must_exist`: else it is answered 404.

    `about` is the resource whose tag is told afterwards, where it is not the target.
    """

    target: Target
    edits: Sequence[ResourceEdit]
    must_exist: bool
    about: Target | None = None
    comment: str = ""
    created: bool = False
    large: bool = False


async def post(context: Context, request: Request, target: Target, store: Store) -> Answer:
    """Create a child of a resource. Raises Refusal, Refused."""
    given = parameters(request.query, CREATE)
    body = await request.body()
    node, steps, value = await worked(lambda: _child(context, request, target, body), large=is_large_body(body))
    where = place(context.backend.schema, given, "", node)
    edit = ResourceEdit("create", steps, value, where)
    path = path_text(steps)
    asked = Asked(target, [edit], must_exist=True, about=context.target(path), large=is_large_body(body))
    answer = await carry_out(context, request, store, asked, given)
    if answer.status == 200:
        return answer
    return Answer(201, b"", ((b"location", f"{store.url}/{path}".encode()), *answer.headers))


async def put(context: Context, request: Request, target: Target, store: Store) -> Answer:
    """Create or replace a resource. Raises Refusal, Refused."""
    given = parameters(request.query, CREATE)
    body = await request.body()
    value = await worked(lambda: _resource(context, request, target, body), large=is_large_body(body))
    where = place(context.backend.schema, given, "", target.node)
    edit = ResourceEdit("replace", target.steps, value, where)
    return await carry_out(context, request, store, Asked(target, [edit], must_exist=False, large=is_large_body(body)), given)


async def patch(context: Context, request: Request, target: Target, store: Store) -> Answer:
    """Merge a body into a resource that is there. Raises Refusal, Refused."""
    given = parameters(request.query, EDIT)
    body = await request.body()
    value = await worked(lambda: _resource(context, request, target, body), large=is_large_body(body))
    edit = ResourceEdit("merge", target.steps, value)
    asked = Asked(target, [edit], must_exist=True, large=is_large_body(body))
    answer = await carry_out(context, request, store, asked, given)
    return answer if answer.status == 200 else replace(answer, status=204)


async def delete(context: Context, request: Request, target: Target, store: Store) -> Answer:
    """Raises Refusal, Refused."""
    given = parameters(request.query, EDIT)
    if target.is_whole_list:
        raise wrong(f"{target.name} is all of a list: name one of its entries")
    if key_in_place(target.steps) is not None:
        raise wrong(f"{target.name} is a key and goes with its entry")
    edit = ResourceEdit("delete", target.steps)
    answer = await carry_out(context, request, store, Asked(target, [edit], must_exist=True), given)
    return answer if answer.status == 200 else Answer(204)


# Bodies


def is_large_body(body: bytes) -> bool:
    """Whether it takes long to read."""
    return len(body) > _LARGE


def _child(context: Context, request: Request, target: Target, body: bytes) -> tuple[SchemaNode, tuple[Step, ...], Json]:
    """The one child that a body holds: its node, steps and value."""
    schema = context.backend.schema
    if target.is_whole_list or target.node.type is not None:
        raise wrong(f"{target.name} has no children that could be created")
    members = members_of(schema, body, _encoding(request), target.node, identifier_of(schema, target.steps))
    if len(members) != 1:
        raise malformed("one child is wanted")
    member, value = next(iter(members.items()))
    node = target.node.children[member]
    if not node.repeated:
        return node, (*target.steps, Step(node)), value
    entry = _only(value, node)
    return node, entry_steps((*target.steps, Step(node, None)), entry), entry


def _resource(context: Context, request: Request, target: Target, body: bytes) -> Json:
    """The value that a body gives the target itself."""
    schema = context.backend.schema
    if not target.steps:
        return datastore_of(schema, body, _encoding(request))
    if target.is_whole_list:
        raise wrong(f"{target.name} is all of a list: name one of its entries")
    parent = target.steps[-2].node if len(target.steps) > 1 else schema.root
    members = members_of(schema, body, _encoding(request), parent, identifier_of(schema, target.steps[:-1]))
    return value_for(target.steps, members)


def value_for(steps: tuple[Step, ...], members: Mapping[str, Json]) -> Json:
    """The value for a resource from the one member that a body holds. Raises Refusal (400) where it is about something else."""
    last = steps[-1]
    if list(members) != [last.node.member]:
        raise wrong(f"the body holds no {last.node.name}, or something beside it")
    value = members[last.node.member]
    if not last.key:
        if key_in_place(steps) not in {None, last.node.type and last.node.type.canonical(value)}:
            raise wrong(f"{last.node.name} is a key and cannot change")
        return value
    entry = _only(value, last.node)
    if entry_steps((*steps[:-1], replace(last, key=None)), entry)[-1].key != last.key:
        raise wrong(f"the body is about another {last.node.name} than the path")
    return entry


def key_in_place(steps: tuple[Step, ...]) -> str | None:
    """The canonical value of a leaf that is a key of the entry it stands in; None for any other resource."""
    if len(steps) < 2 or not steps[-2].key or steps[-1].node.member not in steps[-2].node.keys:
        return None
    return steps[-2].key[steps[-2].node.keys.index(steps[-1].node.member)]


def _only(entries: list[Json], node: SchemaNode) -> Json:
    if len(entries) != 1:
        raise wrong(f"one {node.name} is wanted, not {len(entries)}")
    return entries[0]


def _encoding(request: Request) -> Encoding:
    """Of the body. Raises Refusal (415)."""
    header = request.headers.get(b"content-type")
    found = sent_encoding(header) if header is not None else None
    if found is None:
        raise unsupported(*DATA.values())
    return found


def unsupported(*types: str) -> Refusal:
    """A body of a type that is not taken."""
    return refusal(415, "invalid-value", f"the body has to be {' or '.join(types)}", "protocol")


# Commits


async def carry_out(context: Context, request: Request, store: Store, asked: Asked, given: Mapping[str, str]) -> Answer:
    """Commit edits, or tell what they would do; 201 where the target is new, else 204. Raises Refusal, Refused, VtnmdError."""
    edit = sized(_edit(context, request, asked), large=asked.large)
    if "dry-run" in given:
        return await _preview(context, request, store, edit, given["dry-run"])
    origin = request.origin
    origin = replace(origin, comment=origin.comment or asked.comment)
    try:
        committed = await store.commit(edit, origin, request.authority)
    except Refused as refused:
        if asked.must_exist and _is_hidden(refused, store.tree, asked.target, request.authority):
            raise absent(asked.target.name) from None
        raise
    return Answer(201 if asked.created else 204, b"", told(committed, asked.about or asked.target, request.authority))


def _is_hidden(refused: Refused, tree: Tree, target: Target, authority: Authority) -> bool:
    """Whether an edit is refused of a resource that the user may not even see, so that it is as if there were none."""
    denied = all(fault.tag == "access-denied" for fault in refused.faults)
    return denied and bool(target.steps) and not exists(seen(tree, target, authority), target.steps)


def _edit(context: Context, request: Request, asked: Asked) -> Callable[[Tree], Changes]:
    schema, target = context.backend.schema, asked.target

    def edit(tree: Tree) -> Changes:
        document = document_for(tree, target)
        there = exists(document, target.steps)
        asked.created = not there
        if asks(request.headers):
            _check(request, tree, target)
        if asked.must_exist and not there and not _stands_in(document, target, asked):
            raise absent(target.name)
        return edit_resources(schema, tree, asked.edits)

    return edit


def _stands_in(document: Json, target: Target, asked: Asked) -> bool:
    """Whether a resource that holds nothing can be the target all the same: a container by its parent, a leaf by its default."""
    if asked.edits[0].operation == "delete":
        return False
    if target.node.implied or not target.steps:
        return resource_at(document, target.steps) is not ABSENT
    has_default = target.node.terminal and target.node.default is not None and not target.steps[-1].key
    return has_default and resource_at(document, target.steps[:-1]) is not ABSENT


def _check(request: Request, tree: Tree, target: Target) -> None:
    """The preconditions, by what the user sees. Raises Refusal (412)."""
    value = resource_at(seen(tree, target, request.authority), target.steps)
    if value == {} and target.node.implied:
        value = ABSENT if b"if-none-match" in request.headers else value
    tag = tag_of(tree, target, request.authority, value) if value is not ABSENT else ""
    check_edit(request.headers, value, tag, changed_at(tree, target))


async def _preview(context: Context, request: Request, store: Store, edit: Callable[[Tree], Changes], kind: str) -> Answer:
    if kind != DRY_RUN or context.preview is None:
        raise wrong(f"dry-run is {DRY_RUN}" if context.preview else "this server offers no dry-run")
    before, changes = await store.check(edit, request.authority)
    return Answer(200, json_octets(await context.preview(before, changes, request.origin)), (typed(Encoding.JSON),))


def told(committed: Committed, target: Target, authority: Authority) -> Headers:
    """The tag and time of a resource after a commit, so that the next edit can depend on it."""
    if not target.part:
        return ()
    value = resource_at(seen(committed.after, target, authority), target.steps)
    if value is ABSENT:
        return ()
    tag = tag_of(committed.after, target, authority, value)
    return (b"etag", f'"{tag}"'.encode()), (b"last-modified", http_date(changed_at(committed.after, target)))


__all__ = ["Asked", "Insert", "carry_out", "delete", "patch", "post", "put", "told", "unsupported", "value_for"]
