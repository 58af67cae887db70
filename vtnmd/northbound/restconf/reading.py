"""GET and HEAD of data resources (RFC 8040 section 4.3, RFC 8527 section 3.2)."""

from collections.abc import Collection
from dataclasses import dataclass

from vtnmd.datastore.aside import is_large, worked
from vtnmd.datastore.tree import Tree
from vtnmd.domain.tree import Json
from vtnmd.northbound.operational import joined, state_of
from vtnmd.northbound.restconf.answers import Answer, typed
from vtnmd.northbound.restconf.caching import Cached
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.discovery import located
from vtnmd.northbound.restconf.media import Encoding
from vtnmd.northbound.restconf.preconditions import asks, changed_at, digest, http_date, is_unchanged, tag_of
from vtnmd.northbound.restconf.queries import Content, Reading, reading
from vtnmd.northbound.restconf.refusals import Headers, absent
from vtnmd.northbound.restconf.requests import Request
from vtnmd.northbound.restconf.targets import Target, document_for, seen
from vtnmd.northbound.restconf.writing_out import resource_octets
from vtnmd.yang.api_path import ABSENT, resource_at
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.paring import WithDefaults, at_most, configuration_only, picked, state_only, tagged, trimmed

NO_CACHE = (b"cache-control", b"no-cache")
VARY = (b"vary", b"accept, accept-encoding, authorization")
_LARGE = 2000
"""So many services are written in a thread, for it takes long."""


@dataclass(frozen=True, slots=True)
class Source:
    """A datastore as it is read: its configuration, whether state stands beside it, and whether defaults are told unasked."""

    tree: Tree
    with_state: bool
    complete: bool = False


@dataclass(frozen=True, slots=True)
class _Retrieval:
    """One GET: where from, how much of it, which state stands beside it (None: nobody provides any), how defaults are told."""

    context: Context
    request: Request
    target: Target
    source: Source
    how: Reading
    state: dict[str, Json] | None
    defaults: WithDefaults | None


async def read(context: Context, request: Request, target: Target, source: Source, *, remember: bool) -> Answer:
    """The answer to GET. Raises Refusal (404 for what is not there or may not be read, 400, 412)."""
    how = reading(request.query, target.node)
    state = await _state(context, target, source, how)
    defaults = how.defaults or (WithDefaults.REPORT_ALL if source.complete else None)
    retrieval = _Retrieval(context, request, target, source, how, state, defaults)
    shown = await worked(lambda: _shown(retrieval), large=_takes_long(context, source.tree, target))
    configured, body, tag, time = shown.configured, shown.body, shown.tag, shown.time
    headers: Headers = (typed(request.encoding), (b"etag", f'"{tag}"'.encode()), NO_CACHE, VARY)
    if configured is not ABSENT:
        headers = (*headers, (b"last-modified", http_date(changed_at(source.tree, target))))
    if remember and target.part and time is not None and configured is not ABSENT:
        held, number = source.tree.held(target.part), source.tree.number
        context.cache.put(request, Cached(target.part, held, number, request.authority, tag, time, body, headers))
    return conditional(request, tag, time, body, headers)


def conditional(request: Request, tag: str, time: float | None, body: bytes, headers: Headers) -> Answer:
    """The body, or 304 where the client has it. Raises Refusal (412)."""
    if asks(request.headers) and is_unchanged(request.headers, tag, time):
        return Answer(304, b"", tuple(each for each in headers if each[0] != b"content-type"))
    return Answer(200, body, headers)


async def _state(context: Context, target: Target, source: Source, how: Reading) -> dict[str, Json] | None:
    """The state of the members that are read; None where nobody provides any."""
    if not source.with_state or how.content is Content.CONFIG:
        return None
    wanted: Collection[str]
    if target.steps:
        wanted = [target.steps[0].node.member]
    else:
        wanted = list(context.backend.providers) if how.fields is None else list(how.fields)
    if not any(member in context.backend.providers for member in wanted):
        return None
    return located(await state_of(context.backend.providers, wanted), context.root)


def _value(retrieval: _Retrieval) -> tuple[Json, Json, Json]:
    """What is told of a resource, the metadata of a leaf (None for none), and the configuration of the resource as the user sees it
    (ABSENT for what has none). Raises Refusal (404).
    """
    target, authority, defaults = retrieval.target, retrieval.request.authority, retrieval.defaults
    document = seen(retrieval.source.tree, target, authority)
    configured = resource_at(document, target.steps) if target.is_configuration else ABSENT
    if retrieval.state is None and not _needs_all(defaults):
        explicit, complete = configured, ABSENT
        if not target.is_configuration:
            explicit = resource_at(document, target.steps)
        found = explicit
    else:
        explicit, complete = _completed(retrieval)
        found = complete if _needs_all(defaults) else explicit
    if found is ABSENT and defaults is None and target.node.terminal and target.node.default is not None:
        found = complete if complete is not ABSENT else _completed(retrieval)[1]  # RFC 8040 section 3.5.4
    if found is ABSENT or (found == {} and target.node.implied and not authority.unbounded):
        raise absent(target.name)  # what may not be seen is not told from what is empty
    pared = _pared(found, explicit, target, retrieval.how, defaults)
    if pared is ABSENT:
        raise absent(target.name)
    return pared, _mark(found, explicit, target, defaults), configured


def _mark(found: Json, explicit: Json, target: Target, defaults: WithDefaults | None) -> Json:
    """What tells that a leaf is there by default, where that is asked for (RFC 8040 section 4.8.9, RFC 7952 section 5.2)."""
    if defaults is not WithDefaults.TAGGED or not target.node.terminal or target.steps[-1].key:
        return None
    member = target.node.member
    before = {} if explicit is ABSENT else {member: explicit}
    return tagged(before, {member: found}, _holder(target.node)).get(f"@{member}")


def _needs_all(defaults: WithDefaults | None) -> bool:
    return defaults in {WithDefaults.REPORT_ALL, WithDefaults.TAGGED}


def _completed(retrieval: _Retrieval) -> tuple[Json, Json]:
    """The resource with its state, without defaults and with them. Defaults come before access rules, which hide them too."""
    schema, target, authority = retrieval.context.backend.schema, retrieval.target, retrieval.request.authority
    document = retrieval.source.tree.document(target.services)
    document = joined(document, retrieval.state, schema.root) if retrieval.state else document
    complete = with_defaults(schema, document)
    if target.steps:
        member = target.steps[0].node.member
        document = {member: document[member]} if member in document else {}
        complete = {member: complete[member]} if member in complete else {}
    if not authority.unbounded:
        document, complete = authority.readable(document), authority.readable(complete)
    return resource_at(document, target.steps), resource_at(complete, target.steps)


def _pared(found: Json, explicit: Json, target: Target, how: Reading, defaults: WithDefaults | None) -> Json:
    node = target.node
    if node.terminal or node.kind in {Kind.ANYDATA, Kind.ANYXML}:
        return _pared_leaf(found, target, how, defaults)
    if not target.is_whole_list:
        return _pared_object(found, {} if explicit is ABSENT else explicit, node, how, defaults)
    before = {} if explicit is ABSENT else explicit
    holder = _holder(node)
    complete = _marked({node.member: found}, {node.member: before} if before else {}, holder, defaults)[node.member]
    entries = [_pared_object(entry, entry, node, how, None) for entry in complete]
    return [entry for entry in entries if entry] if how.content is Content.NONCONFIG and node.config else entries


def _holder(node: SchemaNode) -> SchemaNode:
    """An object that holds a list and nothing else."""
    return SchemaNode(Kind.CONTAINER, "", node.module, "", (), children={node.member: node})


def _pared_leaf(found: Json, target: Target, how: Reading, defaults: WithDefaults | None) -> Json:
    node = target.node
    if (how.content is Content.NONCONFIG and node.config) or (how.content is Content.CONFIG and not node.config):
        return ABSENT
    if defaults is WithDefaults.TRIM and node.terminal and not target.steps[-1].key:
        holder = _holder(node)
        return trimmed({node.member: found}, holder).get(node.member, ABSENT)
    return found


def _pared_object(found: Json, explicit: Json, node: SchemaNode, how: Reading, defaults: WithDefaults | None) -> Json:
    members = _marked(found, explicit, node, defaults)
    if how.content is Content.CONFIG:
        members = configuration_only(members, node) if node.config else ABSENT
    elif how.content is Content.NONCONFIG:
        members = state_only(members, node) if node.config else members
    if members is not ABSENT and how.fields is not None:
        members = picked(members, node, how.fields)
    return members if members is ABSENT or how.depth > _DEEPEST else at_most(members, node, how.depth - 1)


_DEEPEST = 1000


def _marked(found: Json, explicit: Json, node: SchemaNode, defaults: WithDefaults | None) -> Json:
    if defaults is WithDefaults.TRIM:
        return trimmed(found, node)
    return tagged(explicit, found, node) if defaults is WithDefaults.TAGGED else found


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is answered, and of what; `configured` is the configuration as the user sees it, ABSENT for what has none."""

    configured: Json
    body: bytes
    tag: str
    time: float | None


def _shown(retrieval: _Retrieval) -> _Shown:
    """Raises Refusal (404, 400)."""
    value, mark, configured = _value(retrieval)
    body = resource_octets(retrieval.context.backend.schema, retrieval.target, value, retrieval.request.encoding, mark)
    return _Shown(configured, body, *_tagged(retrieval, configured, body))


def _takes_long(context: Context, tree: Tree, target: Target) -> bool:
    if not target.part:
        return len(context.backend.running.current.services) > _LARGE or is_large(document_for(tree, target))
    return is_large(tree.held(target.part).value)


def _tagged(retrieval: _Retrieval, configured: Json, body: bytes) -> tuple[str, float | None]:
    """The tag of the representation, and when it changed last; None where more than configuration is in it: nobody knows.

    Last-Modified is told of the configuration all the same (RFC 8040 section 3.4.1.1), and no client is answered 304 by it.
    """
    request, target, tree = retrieval.request, retrieval.target, retrieval.source.tree
    if configured is ABSENT:
        return f".{digest(body)}", None
    tag = tag_of(tree, target, request.authority, configured)
    plain = retrieval.state is None and not _needs_all(retrieval.defaults)
    time = changed_at(tree, target) if plain else None
    if plain and not request.query:
        return (tag if request.encoding is Encoding.JSON else f"{tag}.x"), time
    return f"{tag}.{digest(body)}", time
