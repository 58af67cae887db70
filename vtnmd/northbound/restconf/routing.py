"""Which resource a path is, and which of its methods is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from vtnmd.northbound.restconf import editing, patching
from vtnmd.northbound.restconf.answers import Answer, typed
from vtnmd.northbound.restconf.calling import act, invoke, operation_named, operations_octets
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.discovery import api, module_text, version
from vtnmd.northbound.restconf.events import streaming, subscription
from vtnmd.northbound.restconf.media import ACCEPT_PATCH, DATA, PATCH, sent_encoding, sent_patch
from vtnmd.northbound.restconf.queries import NONE, parameters
from vtnmd.northbound.restconf.reading import NO_CACHE, Source, read
from vtnmd.northbound.restconf.refusals import Headers, absent, not_allowed
from vtnmd.northbound.restconf.requests import Receive, Request, Send
from vtnmd.northbound.restconf.stores import CandidateStore, Store
from vtnmd.northbound.restconf.targets import Target

READ_ONLY = ("GET", "HEAD", "OPTIONS")
CALL = ("POST", "OPTIONS")
ACCEPTED = (b"accept-patch", ACCEPT_PATCH.encode())
_DATASTORES = "ietf-datastores:"


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that goes on until it ends itself or the client goes away."""

    run: Callable[[Receive, Send], Awaitable[None]]


async def route(context: Context, request: Request) -> Answer | Streamed:
    """Raises Refusal, Refused, VtnmdError, Gone."""
    root, path = context.root, request.path
    if path != root and not path.startswith(f"{root}/"):
        raise absent(path)
    head, _, rest = path[len(root) + 1 :].partition("/")
    schema = context.backend.schema
    match head:
        case "data":
            store = Store(context.backend, f"{root}/data")
            return await _resource(context, request, rest, store, Source(store.tree, with_state=True))
        case "ds":
            return await _datastore(context, request, rest)
        case "operations" if rest:
            operation = operation_named(schema, unquote(rest))
            return (
                _options(CALL)
                if request.method == "OPTIONS"
                else await _post_only(request, lambda: invoke(context, request, operation))
            )
        case "operations":
            return _fixed(request, lambda: operations_octets(schema, request.encoding))
        case "" if not rest:
            return _read_only(request) or api(schema, request)
        case "yang-library-version" if not rest:
            parameters(request.query, NONE)
            return _read_only(request) or version(schema, request.encoding)
        case "streams" if rest:
            return _read_only(request) or Streamed(streaming(context, request, subscription(context, request, rest)))
        case "modules" if rest:
            text = _read_only(request)
            return text or Answer(200, module_text(schema, unquote(rest)), ((b"content-type", b"application/yang"), NO_CACHE))
    raise absent(path)


def _fixed(request: Request, octets: Callable[[], bytes]) -> Answer:
    parameters(request.query, NONE)
    return _read_only(request) or Answer(200, octets(), (typed(request.encoding), NO_CACHE))


def _read_only(request: Request) -> Answer | None:
    """The answer where GET is not what is asked. Raises Refusal (405)."""
    if request.method == "OPTIONS":
        return _options(READ_ONLY)
    if request.method not in READ_ONLY:
        raise not_allowed(request.method, READ_ONLY)
    return None


async def _post_only(request: Request, work: Callable[[], Awaitable[Answer]]) -> Answer:
    if request.method != "POST":
        raise not_allowed(request.method, CALL)
    return await work()


def _options(methods: tuple[str, ...]) -> Answer:
    headers: Headers = ((b"allow", ", ".join(methods).encode()),)
    if "PATCH" in methods:
        headers = (*headers, ACCEPTED)
    return Answer(200, b"", headers)


async def _datastore(context: Context, request: Request, rest: str) -> Answer:
    """A datastore by its name (RFC 8527 section 3.1)."""
    name, _, below = rest.partition("/")
    backend, url = context.backend, f"{context.root}/ds/{name}"
    match unquote(name).removeprefix(_DATASTORES):
        case "running":
            store = Store(backend, url)
            return await _resource(context, request, below, store, Source(store.tree, with_state=False))
        case "candidate":
            candidate = CandidateStore(backend, url)
            return await _resource(context, request, below, candidate, Source(candidate.tree, with_state=False))
        case "intended":
            return await _resource(context, request, below, None, Source(backend.running.current, with_state=False))
        case "operational":
            return await _resource(context, request, below, None, Source(backend.running.current, with_state=True, complete=True))
    raise absent(f"datastore {name}")


def methods_of(target: Target, *, writable: bool) -> tuple[str, ...]:
    """The methods of a data resource."""
    if target.is_action:
        return CALL
    if not writable or not target.is_configuration or target.is_whole_list:
        return READ_ONLY
    if not target.steps:
        return ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH")
    if target.node.type is not None or not target.node.children:
        return ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
    return ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


async def _resource(context: Context, request: Request, path: str, store: Store | None, source: Source) -> Answer:
    target = context.target(path)
    methods = methods_of(target, writable=store is not None)
    method = request.method
    if method not in methods:
        raise not_allowed(method, methods)
    if method == "OPTIONS":
        return _options(methods)
    if target.is_action:
        return await act(context, request, target)
    if method in {"GET", "HEAD"}:
        remember = type(store) is Store
        return await read(context, request, target, source, remember=remember)
    assert store is not None
    if method == "PATCH":
        return await _patch(context, request, target, store)
    return await _EDITS[method](context, request, target, store)


async def _patch(context: Context, request: Request, target: Target, store: Store) -> Answer:
    header = request.headers.get(b"content-type")
    if header is not None and sent_encoding(header) is not None:
        return await editing.patch(context, request, target, store)
    if header is not None and sent_patch(header) is not None:
        return await patching.yang_patch(context, request, target, store)
    raise replace(editing.unsupported(*DATA.values(), *PATCH.values()), headers=(ACCEPTED,))  # RFC 5789 section 2.2


_EDITS = {"POST": editing.post, "PUT": editing.put, "DELETE": editing.delete}
