"""The cases beside this file, each on a server of its own over SSH.

A case is a list of steps: `ask` an operation, `edit` the candidate with `options`, `read` a datastore by `filter` with `defaults`,
`send` a message as it stands; the reply is ok unless `data` (XPath → text or number of nodes) or `error` says otherwise.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.support.netconf_peer import Closed, Peer, peer
from tests.support.northbound import PERMISSIVE, Doors, Rules, done, echo, new_backend, nothing
from vtnmd.domain.models import Models
from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.backend import Backend
from vtnmd.northbound.netconf.requests import PRIVATE_CANDIDATE
from vtnmd.northbound.netconf.serving import NetconfServer, serve_netconf
from vtnmd.northbound.procedures import Call

FOLDER = Path(__file__).parent / "netconf"
MODULE = Models({"yang/depot.yang": (FOLDER / "depot.yang").read_text(encoding="utf-8")})
DEPOT = "urn:vtnmd:test:depot"
SCOPE = f'xmlns="{DEPOT}" xmlns:d="{DEPOT}" xmlns:nc="{BASE}" xmlns:yang="urn:ietf:params:xml:ns:yang:1"'
NAMESPACES = {
    "nc": BASE,
    "d": DEPOT,
    "wd": "urn:ietf:params:xml:ns:netconf:default:1.0",
    "nmda": "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda",
    "ev": "urn:ietf:params:xml:ns:netconf:notification:1.0",
}
WITH_DEFAULTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults"
MOMENT = 0.05

Case = dict[str, Any]
Step = dict[str, Any]


def cases() -> list[Any]:
    found = [
        (path.stem, case) for path in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return [pytest.param(case, id=f"{area}: {case['name']}") for area, case in found]


async def clock() -> Json:
    return {"ticks": 42, "pulse": [{"value": 1}]}


async def yard() -> Json:
    return {"bay": [{"number": 1, "taken": True}]}


async def heard(call: Call) -> dict[str, Any]:
    return {
        "heard": (await echo(Call(call.name, {"text": call.input["words"], "times": call.input["times"]}, call.origin)))["line"]
    }


async def swept(call: Call) -> dict[str, Any]:
    return {"swept": (await done(call))["done"]}


class Run:
    """One case while it is run."""

    def __init__(self, backend: Backend, server: NetconfServer) -> None:
        self.backend = backend
        self.server = server
        self.peers: dict[str, Peer] = {}

    async def session(self, name: str) -> Peer:
        if name not in self.peers:
            user = "joe" if name == "joe" else "admin"
            capabilities = (BASE_1_0, BASE_1_1, *((PRIVATE_CANDIDATE,) if name == "private" else ()))
            self.peers[name] = await peer(self.server.host, self.server.port, user, user, capabilities)
        return self.peers[name]

    async def step(self, step: Step) -> None:
        at = await self.session(step.get("session", "a"))
        for name, act in ACTS.items():
            if name in step:
                await act(self, at, step)
                return
        raise AssertionError(f"nothing to do in {step}")

    async def ask(self, at: Peer, step: Step) -> None:
        judge(await at.ask(step["ask"]), step)

    async def edit(self, at: Peer, step: Step) -> None:
        config = f"<config>{scoped(step['edit'])}</config>"
        judge(await at.ask(f"<edit-config><target><candidate/></target>{step.get('options', '')}{config}</edit-config>"), step)

    async def read(self, at: Peer, step: Step) -> None:
        judge(await at.ask(reading(step["read"], step)), step)

    async def until(self, at: Peer, step: Step) -> None:
        async with asyncio.timeout(20):
            while unlike(await at.ask(reading(step["until"], step)), step["data"]):  # noqa: ASYNC110 - the server does it
                await asyncio.sleep(MOMENT)

    async def send(self, at: Peer, step: Step) -> None:
        at.send(step["send"])
        judge(await at.reply(), step)

    async def hello(self, at: Peer, step: Step) -> None:
        assert not unlike(at.hello, step["hello"])

    async def wait(self, _: Peer, step: Step) -> None:
        await asyncio.sleep(step["wait"])

    async def drop(self, _: Peer, step: Step) -> None:
        self.peers.pop(step["drop"]).connection.abort()

    async def closed(self, _: Peer, step: Step) -> None:
        gone = self.peers.pop(step["closed"])
        with pytest.raises(Closed):
            await gone.receive()

    async def kill(self, at: Peer, step: Step) -> None:
        victim = (await self.session(step["kill"])).number
        judge(await at.ask(f"<kill-session><session-id>{victim}</session-id></kill-session>"), step)

    async def event(self, _: Peer, step: Step) -> None:
        self.backend.streams.publish(step["event"]["member"], step["event"]["content"])

    async def notice(self, at: Peer, step: Step) -> None:
        """One that fits; the next one has to where the step says so."""
        while problem := unlike(found := await at.notice(), step["notice"]):
            assert "next" not in step, f"{problem}: {shown(found)}"


ACTS: Mapping[str, Callable[[Run, Peer, Step], Awaitable[None]]] = {
    name: getattr(Run, name)
    for name in ("ask", "edit", "read", "until", "send", "hello", "wait", "drop", "closed", "kill", "event", "notice")
}


def scoped(text: str) -> str:
    """XML of the module, with the namespaces declared on each top-level element that has none of its own."""
    holder = etree.fromstring(f"<holder {SCOPE}>{text}</holder>")
    return "".join(etree.tostring(child, encoding="unicode") for child in holder)


def reading(datastore: str, step: Step) -> str:
    chosen = f"<filter>{scoped(step['filter'])}</filter>" if "filter" in step else ""
    mode = f'<with-defaults xmlns="{WITH_DEFAULTS}">{step["defaults"]}</with-defaults>' if "defaults" in step else ""
    return f"<get-config><source><{datastore}/></source>{chosen}{mode}</get-config>"


def judge(reply: etree._Element, step: Step) -> None:
    """Fail where a reply is not what the step wants."""
    errors = reply.findall("nc:rpc-error", NAMESPACES)
    if "error" in step:
        problems = [wrong(error, step["error"]) for error in errors]
        assert errors, f"no error: {shown(reply)}"
        assert not all(problems), f"{problems}: {shown(reply)}"
    else:
        assert not errors, shown(reply)
        if "data" in step:
            assert not unlike(reply, step["data"]), f"{unlike(reply, step['data'])}: {shown(reply)}"
        else:
            assert reply.find("nc:ok", NAMESPACES) is not None, shown(reply)


def wrong(error: etree._Element, wanted: Mapping[str, Any]) -> str:
    """What is wrong with an rpc-error; empty where it is as wanted."""
    for name in ("type", "tag", "app-tag"):
        text = (error.findtext(f"nc:error-{name}", "", NAMESPACES) or "").strip()
        if name in wanted and text != wanted[name]:
            return f"error-{name} is {text!r}"
    for name in ("path", "message"):
        text = error.findtext(f"nc:error-{name}", "", NAMESPACES) or ""
        if str(wanted.get(name, "")) not in text:
            return f"error-{name} is {text!r}"
    info = error.find("nc:error-info", NAMESPACES)
    told = "" if info is None else etree.tostring(info, encoding="unicode")
    missing = [name for name in wanted.get("info", ()) if name not in told]
    return f"error-info lacks {missing}" if missing else ""


def unlike(element: etree._Element, wanted: Mapping[str, Any]) -> str:
    """What an element does not hold; empty where it is as wanted."""
    for expression, expected in wanted.items():
        found: Any = element.getroottree().xpath(expression, namespaces=NAMESPACES)
        if isinstance(expected, int):
            if len(found) != expected:
                return f"{expression} leads to {len(found)} nodes"
        elif not found or "".join(found[0].itertext()).strip() != expected:
            return f"{expression} is {[''.join(node.itertext()) for node in found]}"
    return ""


def shown(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")


async def run(case: Case, host_key: Path) -> None:
    rules = Rules(**{name: frozenset(members) for name, members in case.get("rules", {}).items()})
    procedures = {"depot:call-out": heard, "depot:rest": nothing, "/depot:yard/bay/sweep": swept}
    backend = new_backend(MODULE, procedures=procedures, authority_of=lambda user: rules if user.name == "joe" else PERMISSIVE)
    backend.providers = {"depot:clock": clock, "depot:yard": yard}
    doors = Doors({"admin": "admin", "joe": "joe"})
    server = await serve_netconf(backend, ServerSettings("127.0.0.1", 0, host_key, doors))
    running = Run(backend, server)
    try:
        if "given" in case:
            await running.step({"edit": case["given"]})
            await running.step({"ask": "<commit/>"})
        for step in case["steps"]:
            await running.step(step)
    finally:
        for each in running.peers.values():
            each.connection.abort()
        await server.aclose()
        with contextlib.suppress(Exception):
            await backend.running.aclose()


@pytest.mark.parametrize("case", cases())
def test_case(case: Case, host_key: Path) -> None:
    asyncio.run(run(case, host_key))
