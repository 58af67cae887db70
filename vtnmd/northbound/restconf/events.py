"""Event streams as server-sent events, with replay (RFC 8040 section 6)."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.answers import json_octets, xml_octets
from vtnmd.northbound.restconf.context import Context, EventFilter
from vtnmd.northbound.restconf.media import Encoding, negotiate
from vtnmd.northbound.restconf.monitoring import date_and_time
from vtnmd.northbound.restconf.queries import FOLLOW, parameters, wrong
from vtnmd.northbound.restconf.refusals import absent, refusal
from vtnmd.northbound.restconf.requests import Receive, Request, Send
from vtnmd.northbound.streams import Event, Following
from vtnmd.yang.convert import to_xml
from vtnmd.yang.schema import Schema

NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0"
_EVENT_STREAM = "text/event-stream"
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_PAUSE = b": \n\n"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client of a stream wants to be told. Times are in seconds since the epoch."""

    stream: str
    encoding: Encoding
    start: float | None
    stop: float | None
    passes: EventFilter


def subscription(context: Context, request: Request, rest: str) -> Subscription:
    """What is asked for by `streams/NAME/ENCODING`. Raises Refusal (404, 406, 400)."""
    name, _, encoding = rest.partition("/")
    if name not in context.backend.streams.descriptions or encoding not in tuple(Encoding):
        raise absent(f"stream {rest}")
    if negotiate(request.headers.get(b"accept", b"*/*"), {_EVENT_STREAM: 1.0}) is None:
        raise refusal(406, "invalid-value", f"events are told as {_EVENT_STREAM}", "protocol")
    given = parameters(request.query, FOLLOW)
    start, stop = (seconds(given[which]) if which in given else None for which in ("start-time", "stop-time"))
    now = context.backend.streams.clock()
    if start is not None and start > now:
        raise wrong("start-time lies ahead")
    if stop is not None and start is None:
        raise wrong("stop-time goes with start-time")
    if start is not None and stop is not None and stop <= start:
        raise wrong("stop-time has to be after start-time")
    return Subscription(name, Encoding(encoding), start, stop, _filter(context, given.get("filter")))


def _filter(context: Context, text: str | None) -> EventFilter:
    if text is None:
        return lambda _event: True
    if context.filter_of is None:
        raise wrong("this server takes no filter")
    try:
        return context.filter_of(text)
    except ValueError as error:
        raise wrong(f"filter: {error}") from None


def seconds(text: str) -> float:
    """Of a date-and-time (RFC 6991). Raises Refusal (400)."""
    try:
        if _DATE_AND_TIME.fullmatch(text):
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        pass
    raise wrong(f"{text} is no date and time")


def streaming(context: Context, request: Request, asked: Subscription) -> Callable[[Receive, Send], Any]:
    """Sends the events until the stop time, the client goes away, or it is too slow."""

    async def run(receive: Receive, send: Send) -> None:
        headers = [(b"content-type", _EVENT_STREAM.encode()), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        streams = context.backend.streams
        following = streams.follow(asked.stream)
        replayed = [] if asked.start is None else streams.replay(asked.start, asked.stop, asked.stream)
        work = asyncio.ensure_future(_tell(context, request, asked, _events(context, asked, replayed, following), send))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            following.close()
            for each in (work, gone):
                each.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    return run


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _tell(context: Context, request: Request, asked: Subscription, events: AsyncIterator[Event | None], send: Send) -> None:
    await send(_part(_PAUSE))
    async for event in events:
        if event is None:
            await send(_part(_PAUSE))
        elif _may_hear(context, request, event) and asked.passes(event):
            await send(_part(event_octets(context.backend.schema, event, asked.encoding)))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _part(octets: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": octets, "more_body": True}


def _may_hear(context: Context, request: Request, event: Event) -> bool:
    """By the rules as they are now."""
    return context.backend.authority_of(request.user).may_receive(event.member)


async def _events(
    context: Context, asked: Subscription, replayed: list[Event], following: Following
) -> AsyncIterator[Event | None]:
    """What is kept, then what happens; None where nothing has happened for a while."""
    streams = context.backend.streams
    for event in replayed:
        yield event
    while True:
        wait = context.keep_alive if asked.stop is None else min(context.keep_alive, asked.stop - streams.clock())
        try:
            found = await asyncio.wait_for(following.queue.get(), max(wait, 0.0))
        except TimeoutError:
            if asked.stop is not None and streams.clock() >= asked.stop:
                return
            yield None
            continue
        if found is None or (asked.stop is not None and found.time > asked.stop):
            return
        yield found


def event_octets(schema: Schema, event: Event, encoding: Encoding) -> bytes:
    """One event of a stream: a notification in lines of data."""
    if encoding is Encoding.JSON:
        told = {"eventTime": date_and_time(event.time), event.member: event.content}
        return b"data: " + json_octets({"ietf-restconf:notification": told}) + b"\n\n"
    root = etree.Element(f"{{{NOTIFICATION}}}notification", nsmap=_PLAIN)
    etree.SubElement(root, f"{{{NOTIFICATION}}}eventTime").text = date_and_time(event.time)
    root.append(_event_element(schema, event.member, event.content))
    lines = xml_octets(root).split(b"\n")
    return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"


def _event_element(schema: Schema, member: str, content: Json) -> etree._Element:
    module, _, name = member.partition(":")
    namespace = schema.modules[module].namespace
    declared: dict[Any, str] = {None: namespace}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=declared)
    node = schema.root.operations.get(member)
    if node is not None:
        element.extend(to_xml(schema, content, node=node))
    return element


_PLAIN: dict[Any, str] = {None: NOTIFICATION}
