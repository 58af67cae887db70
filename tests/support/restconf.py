"""RESTCONF without sockets: an application over a module of one's own, and a client that calls it."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from tests.memory_log import MemoryLog
from vtnmd.assets import YANG_MODELS
from vtnmd.datastore.confirmed import Confirmations
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Running
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.procedures import Call
from vtnmd.northbound.procedures import Step as Place
from vtnmd.northbound.restconf.app import Restconf
from vtnmd.northbound.restconf.context import Context, Unauthorized
from vtnmd.northbound.restconf.monitoring import MEMBER, provider
from vtnmd.northbound.schema import ABSENT_FEATURES, OWN_FORM, modules_served
from vtnmd.northbound.streams import Streams
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema, load_schema

ORCHARD = Path(__file__).resolve().parent.parent / "conformance" / "restconf"
JSON, XML = "application/yang-data+json", "application/yang-data+xml"
NOW = 1_800_000_000.0


def orchard_schema() -> Schema:
    """The module of the conformance cases beside everything that vtnmd serves."""
    return load_schema((*modules_served(), "orchard"), (YANG_MODELS, OWN_FORM, ORCHARD), ABSENT_FEATURES)


@dataclass(slots=True)
class Clock:
    """Goes on only when it is told to."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Bounds:
    """An authority that hides top-level members, may write none of `fixed`, and calls nothing where `idle`."""

    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    idle: bool = False
    unbounded: bool = False
    bound: bool = False

    def owns(self, service: Json) -> bool:
        return not self.bound

    def readable(self, document: Json, root: SchemaNode | None = None) -> Json:
        assert root is None
        return {member: value for member, value in document.items() if member not in self.hidden}

    def may_read(self, member: str) -> bool:
        return member not in self.hidden

    def check_write(self, before: Json, after: Json) -> None:
        touched = {member for member in {*before, *after} if before.get(member) != after.get(member)} & self.fixed
        if touched:
            raise Refused(Fault("access-denied", f"{min(touched)} is not yours"))

    def check_execute(self, operation: SchemaNode, _target: tuple[Place, ...] = (), _document: Json = None) -> None:
        if self.idle:
            raise Refused(Fault("access-denied", f"{operation.name} may not be called", "protocol"))

    def may_receive(self, member: str) -> bool:
        return member not in self.hidden


EVERYTHING = Bounds(unbounded=True)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def error(self) -> Json:
        """The first error."""
        return self.json["ietf-restconf:errors"]["error"][0]


async def harvest(call: Call) -> Json:
    return {"basket": [f"{call.input['row']} {number}" for number in range(call.input["baskets"])]}


async def prune(call: Call) -> Json:
    return {"branches": call.input["centimetres"]}


async def nothing(_call: Call) -> Json:
    return {}


async def weather() -> Json:
    return {"degrees": 21, "hour": [{"rain": 3}, {"rain": 0}]}


async def ripeness() -> Json:
    return {"row": [{"name": "a", "ripe": True}]}


def orchard_backend(authorities: Mapping[str, Authority] | None = None, *, with_state: bool = True) -> Backend:
    """The backend of an orchard, whose rows have state where `with_state` says so."""
    schema, log, clock = orchard_schema(), MemoryLog(), Clock()
    running = Running(schema, log, clock)
    running.load()
    known = authorities or {}
    backend = Backend(
        schema,
        running,
        Confirmations(running, log),
        Streams(clock),
        lambda user: known.get(user.name, EVERYTHING),
        procedures={
            "orchard:harvest": harvest,
            "orchard:rest": nothing,
            "/orchard:rows/row/prune": prune,
            "/orchard:rows/row/look": nothing,
        },
    )
    if with_state:
        backend.providers = {"orchard:weather": weather, "orchard:rows": ripeness}
    return backend


async def by_name(headers: Mapping[bytes, bytes], _client: str, _certificate: bytes) -> User | Unauthorized:
    """The header `user` names the user; nobody is none."""
    name = headers.get(b"user", b"ann").decode()
    return Unauthorized() if name == "nobody" else Unauthorized(retry_after=7) if name == "guesser" else User(name)


@dataclass(slots=True)
class Client:
    """Calls the application on a loop of its own, one request after the other. Paths are below the root of the API."""

    context: Context
    run: Callable[[Any], Any]
    app: Restconf = field(init=False)

    def __post_init__(self) -> None:
        self.app = Restconf(self.context)
        providers = dict(self.context.backend.providers)
        self.context.backend.providers = {**providers, MEMBER: provider(self.context)}

    def ask(self, method: str, path: str, body: Json | bytes = None, **headers: str) -> Reply:
        """A body that is no octets is sent as JSON. `content_type` and the like name headers."""
        reply: Reply = self.run(self.answer(method, path, body, **headers))
        return reply

    async def answer(self, method: str, path: str, body: Json | bytes = None, **headers: str) -> Reply:
        octets = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        if body is not None:
            named.setdefault("content-type", JSON)
        target = path if path.startswith("/.well-known") else self.context.root + path
        return await called(self.app, method, target.encode("utf-8"), named, octets)


async def called(app: Restconf, method: str, target: bytes, headers: Mapping[str, str], octets: bytes) -> Reply:
    """One request as an ASGI server gives it, and the whole answer."""
    path, _, query = target.partition(b"?")
    sent: list[dict[str, Any]] = []
    parts = [octets[:10], octets[10:]] if len(octets) > 10 else [octets]

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("utf-8")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
    }
    await app(scope, receive, send)
    told = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))


@contextmanager
def orchard(authorities: Mapping[str, Authority] | None = None, *, with_state: bool = True, **settings: Any) -> Iterator[Client]:
    """A client of a new orchard."""
    with asyncio.Runner() as runner:
        backend = orchard_backend(authorities, with_state=with_state)
        client = Client(Context(backend, by_name, **settings), runner.run)
        yield client
        runner.run(backend.running.aclose())
