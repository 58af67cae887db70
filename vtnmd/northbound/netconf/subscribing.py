"""Event notifications (RFC 5277): create-subscription, and the task that sends what happens to the session."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content, ServerSession
from vtnmd.northbound.netconf.filters import Filter, filter_of
from vtnmd.northbound.netconf.monitoring import time_text
from vtnmd.northbound.netconf.requests import Desk, Request, user_of
from vtnmd.northbound.streams import Event
from vtnmd.yang.convert import to_xml
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.select import criteria_of
from vtnmd.yang.xpath_filter import WORK_FOR_EVENT

_log = logging.getLogger(__name__)

EVENTS = "urn:ietf:params:xml:ns:netconf:notification:1.0"
_REPLAY_COMPLETE, _COMPLETE = "nc-notifications:replayComplete", "nc-notifications:notificationComplete"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a session wants to hear. Times are seconds since the epoch; without `start` nothing is replayed."""

    stream: str
    start: float | None = None
    stop: float | None = None
    filter: Filter | None = None


async def create_subscription(desk: Desk, request: Request) -> Content:
    """RFC 5277 section 2.1.1. One at a time for each session."""
    running = desk.subscriptions.get(request.session.id)
    if running is not None and not running.done():
        raise Refused(Fault("operation-failed", "this session has a subscription already", "protocol"))
    wanted = _subscription(desk, request)
    streams = desk.backend.streams
    kept = streams.replay(wanted.start, wanted.stop, wanted.stream) if wanted.start is not None else None
    sending = _send(desk, request.session, wanted, kept, streams.follow(wanted.stream))
    desk.subscriptions[request.session.id] = asyncio.get_running_loop().create_task(sending)
    request.session.lasting = True
    return ()


def _subscription(desk: Desk, request: Request) -> Subscription:
    values = request.parameters.values
    stream = request.text("stream")
    if stream not in desk.backend.streams.descriptions:
        raise Refused(Fault("invalid-value", f"there is no stream {stream}", info=(("bad-element", "stream"),)))
    start, stop = (_seconds(values[name]) if name in values else None for name in ("startTime", "stopTime"))
    if stop is not None and start is None:
        raise Refused(Fault("missing-element", "stopTime needs a startTime", "protocol", info=(("bad-element", "startTime"),)))
    if start is not None and start > desk.backend.streams.clock():
        raise Refused(Fault("bad-element", "startTime is in the future", "protocol", info=(("bad-element", "startTime"),)))
    if start is not None and stop is not None and stop < start:
        raise Refused(Fault("bad-element", "stopTime is before startTime", "protocol", info=(("bad-element", "stopTime"),)))
    element = request.parameters.elements.get("filter")
    selection = filter_of(desk.backend.schema, element) if element is not None else None
    if selection is not None and selection.xpath is None and element is not None:
        selection = Filter(criteria_of(desk.backend.schema, element, notifications_of(desk.backend.schema)))
    return Subscription(stream, start, stop, selection)


@lru_cache(16)
def notifications_of(schema: Schema) -> SchemaNode:
    """A root whose children are the notifications, for filters to look at events as at data."""
    children = {member: node for member, node in schema.root.operations.items() if node.kind is Kind.NOTIFICATION}
    lookup = {(node.name, node.module): node for node in children.values()}
    return SchemaNode(Kind.ROOT, "", "", "", (), children=children, lookup=lookup)


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise Refused(Fault("invalid-value", f"{text} is no date and time", "protocol")) from None


async def _send(
    desk: Desk, session: ServerSession, wanted: Subscription, kept: list[Event] | None, follow: AsyncIterable[Event]
) -> None:
    """Send what is kept and what comes, until the subscription or the session is over."""
    with contextlib.suppress(OSError):  # the session notices by itself that its connection is gone
        if kept is not None:
            for event in kept:
                await _tell(desk, session, wanted, event)
            await _tell_of_itself(desk, session, _REPLAY_COMPLETE)
        if await _follow(desk, session, wanted, follow):
            await _tell_of_itself(desk, session, _COMPLETE)
            session.lasting = False
        else:
            session.cut()  # too slow to be told everything


async def _follow(desk: Desk, session: ServerSession, wanted: Subscription, follow: AsyncIterable[Event]) -> bool:
    """Tell of events from now on, up to the stop time; false where the subscriber was too slow."""
    left = None if wanted.stop is None else max(0.0, wanted.stop - desk.backend.streams.clock())
    try:
        async with asyncio.timeout(left):
            async for event in follow:
                await _tell(desk, session, wanted, event)
    except TimeoutError:
        return True
    return False


async def _tell_of_itself(desk: Desk, session: ServerSession, member: str) -> None:
    """Tell how the subscription stands; nobody is kept from that (RFC 8341 section 3.4.6)."""
    await session.notify(notification(desk.backend.schema, Event(member, {}, desk.backend.streams.clock())))


async def _tell(desk: Desk, session: ServerSession, wanted: Subscription, event: Event) -> None:
    """Send an event if the session may have it and wants it (RFC 8341 section 3.4.6)."""
    if not desk.backend.authority_of(user_of(session)).may_receive(event.member):
        return
    schema = desk.backend.schema
    try:
        told = {event.member: event.content}
        if wanted.filter is not None and not wanted.filter.select(told, notifications_of(schema), WORK_FOR_EVENT):
            return
        octets = notification(schema, event)
    except (Refused, Exhausted):
        return  # an expression that yields no nodes of this event, or looks at it over and over
    except Exception:  # noqa: BLE001 -- one event that is not as its module says must not end the subscription
        _log.exception("%s cannot be told", event.member)
        return
    await session.notify(octets)


def notification(schema: Schema, event: Event) -> bytes:
    """The XML of a notification message (RFC 5277 section 4)."""
    default: Any = {None: EVENTS}
    root = etree.Element(f"{{{EVENTS}}}notification", nsmap=default)
    etree.SubElement(root, f"{{{EVENTS}}}eventTime").text = time_text(event.time)
    root.append(event_element(schema, event.member, event.content))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def event_element(schema: Schema, member: str, content: Json) -> etree._Element:
    """The element of an event's content."""
    node = schema.root.operations[member]
    namespace = schema.modules[node.module].namespace
    default: Any = {None: namespace}
    element = etree.Element(f"{{{namespace}}}{node.name}", nsmap=default)
    element.extend(to_xml(schema, content, node=node))
    return element
