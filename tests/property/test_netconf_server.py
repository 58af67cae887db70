"""Whatever a client sends, the server answers in XML or ends the session: no traceback, no hang."""

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.test_netconf import DEPOT
from tests.unit.northbound.netconf.conftest import depot
from vtnmd.netconf.framing import Deframer, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, parse_xml, to_octets
from vtnmd.netconf.server import ServerSession, serve_session
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.backend import User
from vtnmd.northbound.netconf.handler import Sessions
from vtnmd.northbound.netconf.monitoring import capabilities_of, monitoring_providers
from vtnmd.northbound.netconf.requests import Desk

HELLO = frame(to_octets(Hello((BASE_1_0, BASE_1_1))), chunked=False)
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
EVENTS = "urn:ietf:params:xml:ns:netconf:notification:1.0"
NMDA = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"

PARTIAL = "urn:ietf:params:xml:ns:netconf:partial-lock:1.0"
WITH_DEFAULTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults"
DATASTORES = "urn:ietf:params:xml:ns:yang:ietf-datastores"
ACTION = "urn:ietf:params:xml:ns:yang:1"

INSIDE = {
    "": ("office", "office", "yard", "yard", "gate", "queue", "clock", "frob"),
    "office": (
        *("title", "staff", "mood", "limit", "weight", "closed", "stamp", "doors", "badge", "phone"),
        "meter",
        "stove",
        "alarm",
        "notes",
    ),
    "alarm": ("code",),
    "notes": ("line", "title"),
    "gate": ("opens", "closes"),
    "yard": ("bay", "bay", "truck", "gang"),
    "bay": ("number", "number", "number", "size", "paved", "remark", "crane", "slot", "taken", "sweep"),
    "slot": ("label", "label", "depth"),
    "truck": ("country", "plate", "bay", "seat"),
    "gang": ("name", "works-at"),
    "queue": ("job",),
    "job": ("id", "id", "task"),
    "clock": ("ticks",),
}
TEXTS = ("", "1", "1", "2", "hq", "a", "x" * 40, "0", "-1", "é", "d:large", "large", "true", "calm", "]]&gt;]]&gt;", "1.5", " 1 ")
ATTRIBUTES = (
    *("",) * 12,
    *(f' nc:operation="{name}"' for name in ("delete", "create", "remove", "replace", "merge", "none", "frob")),
    ' yang:insert="first"',
    ' yang:insert="before" yang:key="[d:id=\'a\']"',
    ' yang:insert="after" yang:value="1"',
    ' wd:default="true"',
    ' xmlns="urn:nobody"',
    ' xmlns=""',
)
SCOPE = (
    f'xmlns:d="{DEPOT}" xmlns:nc="{BASE}" xmlns:yang="urn:ietf:params:xml:ns:yang:1" xmlns:ds="{DATASTORES}" '
    'xmlns:wd="urn:ietf:params:xml:ns:netconf:default:1.0"'
)
EXPRESSIONS = (
    "/d:office",
    "//d:bay[d:number = 1]",
    "/",
    "count(/d:yard)",
    "//d:bay[",
    "/d:office/d:title | //d:slot/..",
    "//*",
    "1",
    "",
)


@st.composite
def data(draw: st.DrawFn, above: str = "") -> str:
    """An element of the module, or nearly one."""
    name = draw(st.sampled_from(INSIDE[above]))
    inner = draw(st.lists(data(name), max_size=4)) if name in INSIDE and name else []
    scope = "" if above else f' xmlns="{DEPOT}"'
    attributes = draw(st.sampled_from(ATTRIBUTES))
    scope = "" if "xmlns=" in attributes else scope
    return f"<{name}{scope}{attributes}>{''.join(inner) or draw(st.sampled_from(TEXTS))}</{name}>"


CONTENT = st.lists(data(), max_size=3).map("".join)
STORE = st.sampled_from((*("<running/>", "<candidate/>") * 4, "<startup/>", ""))
WORD = st.sampled_from(
    ("merge", "replace", "none", "set", "test-only", "test-then-set", "trim", "report-all", "report-all-tagged", "1", "frob")
)
FILTER = st.one_of(
    CONTENT.map(lambda text: f'<filter type="subtree">{text}</filter>'),
    st.sampled_from(EXPRESSIONS).map(lambda text: f'<filter type="xpath" select="{text}"/>'),
    st.sampled_from(("", "", '<filter type="x"/>', "<filter/>")),
)


def tagged(name: str, texts: st.SearchStrategy[str], namespace: str = "") -> st.SearchStrategy[str]:
    """An element around a text, or nothing where an operation can do without."""
    scope = f' xmlns="{namespace}"' if namespace else ""
    around = texts.map(lambda text: f"<{name}{scope}>{text}</{name}>")
    return around if name in {"source", "target", "config", "select", "words"} else st.one_of(st.just(""), around)


def operation(name: str, *parts: st.SearchStrategy[str], namespace: str = BASE) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: f'<{name} xmlns="{namespace}">{"".join(found)}</{name}>')


CONFIG = tagged("config", CONTENT)
MODE = tagged("with-defaults", WORD, WITH_DEFAULTS)
NAMED = st.sampled_from(("ds:running", "ds:candidate", "ds:operational", "ds:startup", "x:running")).map(
    lambda name: f"<datastore>{name}</datastore>"
)
OPERATIONS = (
    operation("get-config", tagged("source", STORE), FILTER, MODE),
    operation("get", FILTER, MODE),
    operation("edit-config", tagged("target", STORE), tagged("default-operation", WORD), tagged("test-option", WORD), CONFIG),
    operation("copy-config", tagged("target", STORE), tagged("source", st.one_of(STORE, CONFIG)), MODE),
    operation("validate", tagged("source", st.one_of(STORE, CONFIG))),
    operation(
        "commit",
        tagged("confirmed", st.just("")),
        tagged("confirm-timeout", WORD),
        tagged("persist", WORD),
        tagged("persist-id", WORD),
    ),
    operation("cancel-commit", tagged("persist-id", WORD)),
    operation("lock", tagged("target", STORE)),
    operation("unlock", tagged("target", STORE)),
    operation("discard-changes"),
    operation("delete-config", tagged("target", STORE)),
    operation("kill-session", tagged("session-id", WORD)),
    operation("get-schema", tagged("identifier", WORD), tagged("format", WORD), namespace=MONITORING),
    operation("create-subscription", FILTER, tagged("stream", WORD), tagged("startTime", WORD), namespace=EVENTS),
    operation(
        "get-data",
        NAMED,
        tagged("subtree-filter", CONTENT),
        tagged("xpath-filter", st.sampled_from(EXPRESSIONS)),
        tagged("max-depth", WORD),
        namespace=NMDA,
    ),
    operation("edit-data", NAMED, tagged("default-operation", WORD), CONFIG, namespace=NMDA),
    operation("partial-lock", tagged("select", st.sampled_from(EXPRESSIONS)), namespace=PARTIAL),
    operation("partial-unlock", tagged("lock-id", WORD), namespace=PARTIAL),
    operation("call-out", tagged("words", WORD), tagged("times", WORD), namespace=DEPOT),
    operation("action", CONTENT, namespace=ACTION),
    operation("frob", CONTENT),
)


def operations() -> st.SearchStrategy[str]:
    return st.one_of(*OPERATIONS).map(lambda text: f'<rpc xmlns="{BASE}" message-id="1" {SCOPE}>{text}</rpc>')


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A message with some octets changed."""
    octets = bytearray(draw(operations()).encode())
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(octets) - 1))
        octets[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(octets)


class Line:
    """Both ends of a channel, the client's words said in advance."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.heard = b""

    async def read(self, n: int = -1, /) -> bytes:
        octets, self.said = self.said[:n], self.said[n:]
        return octets

    def write(self, data: bytes, /) -> None:
        self.heard += data

    async def drain(self) -> None:
        await asyncio.sleep(0)


async def talk(said: bytes) -> list[Any]:
    """The messages that the server answers with."""
    backend = depot()
    desk = Desk(backend, capabilities_of(backend.schema))
    backend.providers = {**backend.providers, **monitoring_providers(desk)}
    sessions = Sessions(desk)
    line = Line(HELLO + said)
    async with asyncio.timeout(20):
        await serve_session(line, line, ServerSession(1, "ann", lambda: None, identity=User("ann")), sessions, limit=1_000_000)
        await sessions.drained()
    await backend.confirmations.aclose()
    await backend.running.aclose()
    deframer = Deframer()
    deframer.feed(line.heard)
    found = [parse_xml(deframer.next_message() or b"")]
    deframer.chunked = True
    while (octets := deframer.next_message()) is not None:
        found.append(parse_xml(octets))
    return found


def quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(operations(), min_size=1, max_size=6))
def test_every_request_is_answered(caplog: pytest.LogCaptureFixture, asked: list[str]) -> None:
    found = asyncio.run(talk(b"".join(frame(each.encode(), chunked=True) for each in asked)))
    replies = [each for each in found if each.tag == f"{{{BASE}}}rpc-reply"]
    assert len(replies) == len(asked)
    quiet(caplog)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(broken(), min_size=1, max_size=4))
def test_broken_messages_are_answered(caplog: pytest.LogCaptureFixture, asked: list[bytes]) -> None:
    asyncio.run(talk(b"".join(frame(each or b" ", chunked=True) for each in asked)))
    quiet(caplog)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_octets_do(caplog: pytest.LogCaptureFixture, said: bytes) -> None:
    asyncio.run(talk(said))
    quiet(caplog)
