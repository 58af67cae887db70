"""Event streams: replay, what comes after it, filters, who may hear, and how they end."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.restconf import NOW, Bounds, Client, orchard
from vtnmd.domain.tree import Json
from vtnmd.northbound.streams import Event

STREAM = "/restconf/streams/NETCONF/json"


class Listener:
    """One subscription that a test listens to."""

    def __init__(self) -> None:
        self.status = 0
        self.octets = b""
        self.ended = False
        self.gone = asyncio.Event()
        self.heard = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.octets += message.get("body", b"")
        self.ended |= message["type"] == "http.response.body" and not message.get("more_body", False)
        self.heard.set()

    @property
    def told(self) -> list[Json]:
        lines = [line for line in self.octets.split(b"\n\n") if line.startswith(b"data: ")]
        return [json.loads(line[6:])["ietf-restconf:notification"] for line in lines]

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self.heard.clear()
            await asyncio.wait_for(self.heard.wait(), 10)


def scope(query: str = "", user: str = "ann", path: str = STREAM) -> dict[str, Any]:
    headers = [(b"user", user.encode()), (b"accept", b"text/event-stream")]
    return {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers, "client": None}


def publish(client: Client, degrees: int) -> None:
    client.context.backend.streams.publish("orchard:frost", {"degrees": degrees})


def degrees(listener: Listener) -> list[int]:
    return [each["orchard:frost"]["degrees"] for each in listener.told]


def test_what_was_and_what_comes_each_once() -> None:
    async def work(client: Client) -> None:
        publish(client, 1)
        listener = Listener()
        task = asyncio.ensure_future(client.app(scope("start-time=2027-01-15T08:00:00Z"), listener.receive, listener.send))
        await listener.until(lambda: listener.status == 200)
        publish(client, 2)
        publish(client, 3)
        await listener.until(lambda: len(listener.told) == 3)
        listener.gone.set()
        await task
        assert degrees(listener) == [1, 2, 3]
        assert listener.told[0]["eventTime"] == "2027-01-15T08:00:00Z"
        assert not client.context.backend.streams._subscribers["NETCONF"]

    with orchard() as client:
        assert client.context.backend.streams.clock() == NOW
        client.run(work(client))


def test_a_stop_time_ends_it() -> None:
    async def work(client: Client) -> None:
        publish(client, 1)
        client.context.backend.streams.clock.now += 60  # type: ignore[attr-defined]  # the clock of the test
        publish(client, 2)
        listener = Listener()
        query = "start-time=2027-01-15T08:00:00Z&stop-time=2027-01-15T08:00:30Z"
        await client.app(scope(query), listener.receive, listener.send)
        assert degrees(listener) == [1]
        assert listener.ended

    with orchard() as client:
        client.run(work(client))


def test_who_may_not_hear_is_not_told_and_filters_leave_out() -> None:
    def filter_of(text: str) -> Callable[[Event], bool]:
        if text != "cold":
            raise ValueError("no XPath")
        return lambda event: event.content["degrees"] < 0

    async def work(client: Client) -> None:
        for each in (3, -4):
            publish(client, each)
        for user, expected in (("ann", [-4]), ("eve", [])):
            listener = Listener()
            query = "start-time=2027-01-15T08:00:00Z&stop-time=2027-01-15T08:00:30Z&filter=cold"
            client.context.backend.streams.clock.now = NOW + 60  # type: ignore[attr-defined]  # the clock of the test
            await client.app(scope(query, user), listener.receive, listener.send)
            assert degrees(listener) == expected

    with orchard({"eve": Bounds(frozenset({"orchard:frost"}))}, filter_of=filter_of) as client:
        client.run(work(client))
        assert client.ask("GET", "/streams/NETCONF/json?filter=warm").status == 400
        capabilities = client.ask("GET", "/data/ietf-restconf-monitoring:restconf-state/capabilities").body
        assert b"filter:1.0" in capabilities


def test_a_quiet_stream_is_kept_alive() -> None:
    async def work(client: Client) -> None:
        listener = Listener()
        task = asyncio.ensure_future(client.app(scope(), listener.receive, listener.send))
        await listener.until(lambda: listener.octets.count(b": \n\n") >= 3)
        listener.gone.set()
        await task

    with orchard(keep_alive=0.01) as client:
        client.run(work(client))


def test_events_in_xml() -> None:
    async def work(client: Client) -> None:
        publish(client, 1)
        client.context.backend.streams.clock.now += 60  # type: ignore[attr-defined]  # the clock of the test
        listener = Listener()
        query = "start-time=2027-01-15T08:00:00Z&stop-time=2027-01-15T08:00:30Z"
        await client.app(scope(query, path="/restconf/streams/NETCONF/xml"), listener.receive, listener.send)
        assert (
            b'data: <notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">'
            b"<eventTime>2027-01-15T08:00:00Z</eventTime>"
            b'<frost xmlns="urn:vtnmd:test:orchard"><degrees>1</degrees></frost></notification>\n\n' in listener.octets
        )

    with orchard() as client:
        client.run(work(client))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start-time=yesterday", 400),
        ("start-time=2027-02-30T00:00:00Z", 400),
        ("start-time=2999-01-01T00:00:00Z", 400),
        ("stop-time=2027-01-15T08:00:00Z", 400),
        ("start-time=2027-01-15T08:00:00Z&stop-time=2027-01-15T07:00:00Z", 400),
        ("filter=x", 400),
        ("depth=1", 400),
    ],
)
def test_wrong_parameters(query: str, status: int) -> None:
    with orchard() as client:
        assert client.ask("GET", f"/streams/NETCONF/json?{query}").status == status


def test_other_streams_and_types_are_not_there() -> None:
    with orchard() as client:
        assert client.ask("GET", "/streams/OTHER/json").status == 404
        assert client.ask("GET", "/streams/NETCONF/yaml").status == 404
        assert client.ask("POST", "/streams/NETCONF/json").status == 405
        assert client.ask("GET", "/streams/NETCONF/json", accept="application/yang-data+json").status == 406
