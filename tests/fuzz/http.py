"""RESTCONF as a whole: any request gets an answer that is no fault of the server, in a form that can be read."""

import asyncio
import json
from functools import cache

from lxml import etree

from tests.fuzz.ground import seeds
from tests.support.restconf import Client, Reply, by_name, called, orchard_backend
from vtnmd.northbound.restconf.context import Context

_PATCH = "application/yang-patch+json"
REQUESTS, PATCHES = seeds("http"), seeds("patch")
_MOST_COMMITS = 200


class _Server:
    """An application that is begun anew now and then, so that what was committed does not pile up."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.client = self._new()

    def _new(self) -> Client:
        return Client(Context(orchard_backend(), by_name), self.runner.run)

    def ask(self, method: str, target: bytes, headers: dict[str, str], body: bytes) -> Reply:
        running = self.client.context.backend.running
        if running.current.number > _MOST_COMMITS:
            self.runner.run(running.aclose())
            self.client = self._new()
        return self.runner.run(called(self.client.app, method, target, headers, body))


@cache
def _server() -> _Server:
    return _Server()


def request(octets: bytes) -> None:
    """A request in lines: method and target, headers, an empty line, the body."""
    head, _, body = octets.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    method, _, target = first.partition(b" ")
    if target.startswith(b"/restconf/streams"):
        return  # goes on until the client leaves
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    _sound(_server().ask(method.decode("latin-1"), target, headers, body))


def yang_patch(octets: bytes) -> None:
    """A patch of a list."""
    kind = "application/yang-patch+xml" if octets.lstrip().startswith(b"<") else _PATCH
    _sound(_server().ask("PATCH", b"/restconf/data/orchard:tasks", {"content-type": kind}, octets))


def _sound(reply: Reply) -> None:
    assert reply.status < 500, reply
    kind, body = reply.headers.get("content-type", ""), reply.body
    if body and "gzip" not in reply.headers.get("content-encoding", ""):
        if kind.endswith("json"):
            json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        elif kind.endswith("xml"):
            etree.fromstring(body)


def _no_constant(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")
