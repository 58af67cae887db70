"""get, get-config (RFC 6241 sections 7.1 and 7.7) and get-data (RFC 8526): selected as JSON, then written as XML."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from vtnmd.datastore.aside import is_large
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE
from vtnmd.datastore.tree import Tree
from vtnmd.domain.commit import SERVICES
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content, ServerSession
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.netconf.filters import Filter, exhausted, filter_of, subtree, xpath
from vtnmd.northbound.netconf.rendering import Fragments, render
from vtnmd.northbound.netconf.requests import Desk, Request
from vtnmd.northbound.operational import joined, state_of
from vtnmd.yang.defaults import added, with_defaults
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.paring import at_most, configuration_only, state_only, trimmed
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath_filter import MODEST_WORK, MUCH_WORK

WITH_DEFAULTS = "ietf-netconf-with-defaults:with-defaults"
NMDA = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"

_MANY = 64
"""How many services are looked at on the event loop; more are looked at in a thread."""

_EVERYTHING = Filter()


class Mode(StrEnum):
    """How defaults are told (RFC 6243 section 3). `explicit` is the basic mode."""

    EXPLICIT = "explicit"
    REPORT_ALL = "report-all"
    TAGGED = "report-all-tagged"
    TRIM = "trim"


@dataclass(frozen=True, slots=True)
class View:
    """What is wanted of a datastore. `config`: configuration only, or state only; None for both. `depth` 0: all levels."""

    filter: Filter | None = None
    mode: Mode = Mode.EXPLICIT
    config: bool | None = None
    depth: int = 0


async def get_config(desk: Desk, request: Request) -> Content:
    tree = tree_of(desk, request.session, request.parameters.datastore("source"))
    view = View(_filter(desk, request), _mode(request))
    return _data(await content(desk, tree, view, request.authority))


async def get(desk: Desk, request: Request) -> Content:
    view = View(_filter(desk, request), _mode(request))
    state = await _state(desk, view)
    return _data(await content(desk, desk.backend.running.current, view, request.authority, state))


async def get_data(desk: Desk, request: Request) -> Content:
    """RFC 8526 section 3.1.1. In `operational`, defaults in use are there (RFC 8342 section 5.3)."""
    values, schema = request.parameters.values, desk.backend.schema
    name = values["datastore"].rpartition(":")[2]
    selection: Filter | None = None
    if "subtree-filter" in request.parameters.elements:
        selection = subtree(schema, request.parameters.elements["subtree-filter"])
    elif "xpath-filter" in values:
        place = next(element for element in request.element if str(element.tag).endswith("}xpath-filter"))
        selection = xpath(schema, place.text or "", place)
    depth = values.get("max-depth", 0)
    view = View(
        selection,
        Mode(values.get("with-defaults", "explicit")),
        values.get("config-filter"),
        int(depth) if depth != "unbounded" else 0,
    )
    state: Mapping[str, Json] | None = None
    if name == "operational":
        if "with-defaults" in values:
            raise Refused(Fault("invalid-value", "operational has the defaults in use, whatever is asked for", "protocol"))
        view = View(view.filter, Mode.REPORT_ALL, view.config, view.depth)
        state = await _state(desk, view)
    tree = tree_of(desk, request.session, name)
    pieces = await content(desk, tree, view, request.authority, state)
    return (f'<data xmlns="{NMDA}">'.encode(), *pieces, b"</data>")


def tree_of(desk: Desk, session: ServerSession, name: str) -> Tree:
    """What a datastore holds. Raises Refused for one that is not there."""
    if name == CANDIDATE:
        return desk.candidate_of(session).tree
    if name in {"running", "intended", "operational"}:
        return desk.backend.running.current
    raise Refused(Fault("invalid-value", f"there is no datastore {name}", "protocol"))


async def content(desk: Desk, tree: Tree, view: View, authority: Authority, state: Mapping[str, Json] | None = None) -> list[bytes]:
    """What a view shows of a configuration, and of state, as pieces of XML. Raises Refused.

    What takes long is done in a thread. A filter that takes very long is refused.
    """
    services = (view.filter or _EVERYTHING).services
    show = partial(_content, _Shown(desk.backend.schema, tree, authority, state, desk.fragments), view)
    many = (len(tree.services) if services is None else len(services)) > _MANY
    if not many:
        configuration = _configuration(tree, view)
        if not is_large(configuration):
            with contextlib.suppress(Exhausted):
                return show(configuration, MODEST_WORK)
    try:
        return await asyncio.to_thread(lambda: show(_configuration(tree, view), MUCH_WORK))
    except Exhausted:
        raise exhausted() from None


@dataclass(frozen=True, slots=True)
class _Shown:
    """What there is to look at, and what of it may be seen."""

    schema: Schema
    tree: Tree
    authority: Authority
    state: Mapping[str, Json] | None
    fragments: Fragments


def _content(shown: _Shown, view: View, configuration: dict[str, Json], work: float) -> list[bytes]:
    """Raises Refused, and Exhausted where the filter takes more than `work`."""
    schema, tree, authority, state = shown.schema, shown.tree, shown.authority, shown.state
    whole = joined(configuration, state, schema.root) if state else configuration
    document = whole
    if view.mode in {Mode.REPORT_ALL, Mode.TAGGED}:
        document = _narrowed(with_defaults(schema, whole), view.filter)
    if not authority.unbounded:
        # After the defaults, which would stand in for what is hidden.
        document = authority.readable(document)
    if view.config is not None:
        document = (configuration_only if view.config else state_only)(document, schema.root)
    if view.filter is not None:
        document = view.filter.select(document, schema.root, work)
    if view.mode is Mode.TRIM:
        document = trimmed(document, schema.root)
    if view.depth:
        document = at_most(document, schema.root, view.depth)
    marks = frozenset(added(document, whole, schema.root)) if view.mode is Mode.TAGGED else ()
    return render(schema, document, tree, shown.fragments, marks)


def _configuration(tree: Tree, view: View) -> dict[str, Json]:
    selection = view.filter or _EVERYTHING
    document = tree.document(selection.services)
    return _narrowed(document, selection)


def _narrowed(document: dict[str, Json], selection: Filter | None) -> dict[str, Json]:
    members = selection.members if selection is not None else None
    return document if members is None else {member: value for member, value in document.items() if member in members}


async def _state(desk: Desk, view: View) -> Mapping[str, Json]:
    members: Collection[str] | None = view.filter.members if view.filter is not None else None
    return await state_of(desk.backend.providers, members)


def _filter(desk: Desk, request: Request) -> Filter | None:
    element = request.parameters.elements.get("filter")
    return filter_of(desk.backend.schema, element) if element is not None else None


def _mode(request: Request) -> Mode:
    return Mode(request.parameters.values.get(WITH_DEFAULTS, "explicit"))


def _data(pieces: list[bytes]) -> Content:
    return (b"<data>", *pieces, b"</data>")


__all__ = ["NMDA", "SERVICES", "WITH_DEFAULTS", "Mode", "View", "content", "get", "get_config", "get_data", "tree_of"]
