"""Query parameters (RFC 8040 section 4.8): parsed, and refused where they are not known, not wanted, or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from vtnmd.northbound.restconf.refusals import Refusal, refusal
from vtnmd.yang.api_path import PathProblem, Step, parse_path
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.ordering import Insert
from vtnmd.yang.paring import Fields, FieldsProblem, WithDefaults, parse_fields
from vtnmd.yang.schema import Schema

READ = frozenset({"content", "depth", "fields", "with-defaults"})
CREATE = frozenset({"insert", "point", "dry-run"})
EDIT = frozenset({"dry-run"})
FOLLOW = frozenset({"filter", "start-time", "stop-time"})
NONE: frozenset[str] = frozenset()

_UNBOUNDED = 65_536


class Content(StrEnum):
    """RFC 8040 section 4.8.1."""

    ALL = "all"
    CONFIG = "config"
    NONCONFIG = "nonconfig"


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a resource is read."""

    content: Content = Content.ALL
    depth: int = _UNBOUNDED
    fields: Fields | None = None
    defaults: WithDefaults | None = None

    @property
    def is_whole(self) -> bool:
        return self.depth == _UNBOUNDED and self.fields is None


def wrong(message: str, tag: str = "invalid-value") -> Refusal:
    return refusal(400, tag, message, "protocol")


def parameters(query: str, allowed: frozenset[str]) -> Mapping[str, str]:
    """The parameters, decoded. Raises Refusal (400) for one that is not allowed here, or stands twice."""
    found: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        name, value = _decoded(name), _decoded(value)
        if name not in allowed:
            raise wrong(f"the query parameter {name} is not for this request")
        if name in found:
            raise wrong(f"the query parameter {name} stands twice")
        found[name] = value
    return found


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise wrong("the query is no UTF-8") from None


def reading(query: str, node: SchemaNode) -> Reading:
    """What the parameters of GET ask for, at a schema node. Raises Refusal (400)."""
    return _reading(query, node) if query else WHOLE


WHOLE = Reading()


@lru_cache(512)
def _reading(query: str, node: SchemaNode) -> Reading:
    given = parameters(query, READ)
    fields = None
    if "fields" in given:
        try:
            fields = parse_fields(given["fields"], node)
        except FieldsProblem as problem:
            raise wrong(str(problem)) from None
    defaults = WithDefaults(_one_of(given, "with-defaults", tuple(WithDefaults))) if "with-defaults" in given else None
    content = Content(_one_of(given, "content", tuple(Content)))
    return Reading(content, depth(given), fields, defaults)


def depth(given: Mapping[str, str]) -> int:
    """The number of levels. Raises Refusal (400)."""
    text = given.get("depth", "unbounded")
    if text == "unbounded":
        return _UNBOUNDED
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) < _UNBOUNDED and len(text) < 6):
        raise wrong(f"depth is a number from 1 to {_UNBOUNDED - 1}, or unbounded")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = given.get(name, values[0])
    if value not in values:
        raise wrong(f"{name} is one of {', '.join(values)}")
    return value


def place(schema: Schema, given: Mapping[str, str], base: str, node: SchemaNode) -> Insert | None:
    """Where a new entry of `node` goes (sections 4.8.5 and 4.8.6). `base` is the path that points are relative to.

    Raises Refusal (400).
    """
    where, point = given.get("insert"), given.get("point")
    if where is None:
        if point is not None:
            raise wrong("point goes with insert=before or insert=after")
        return None
    if not (node.repeated and node.ordered_by_user):
        raise wrong(f"insert is for entries that users order; {node.name} is not")
    return insert(schema, where, point, base, node)


def insert(schema: Schema, where: str, point: str | None, base: str, node: SchemaNode) -> Insert:
    """The same for the leaves `where` and `point` of a YANG Patch (RFC 8072 section 2.3)."""
    if where in {"first", "last"}:
        if point is not None:
            raise wrong(f"point does not go with {where}")
        return Insert(where)
    if where not in {"before", "after"}:
        raise wrong("insert is first, last, before or after")
    if not point:
        raise wrong(f"{where} needs a point", "missing-attribute")
    step = _pointed(schema, base, point)
    if step is None or step.node is not node or not step.key:
        raise wrong(f"point leads to no entry of {node.name}")
    return Insert(where, step.key)


def _pointed(schema: Schema, base: str, point: str) -> Step | None:
    """The last step of a point. One that leads nowhere from `base` may be absolute: RFC 8072 calls it both."""
    try:
        steps = parse_path(schema, f"{base}/{point.lstrip('/')}")
    except PathProblem as problem:
        try:
            steps = parse_path(schema, point) if base else ()
        except PathProblem:
            steps = ()
        if not steps:
            raise wrong(f"point: {problem}") from None
    return steps[-1] if steps else None
