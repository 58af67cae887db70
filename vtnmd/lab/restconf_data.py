"""The configuration of a simulated RESTCONF server: resources of a YANG schema by their paths (RFC 8040 section 3.5)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_STATUS = {
    "access-denied": 403,
    "in-use": 409,
    "lock-denied": 409,
    "resource-denied": 409,
    "data-exists": 409,
    "data-missing": 409,
    "operation-failed": 412,
    "operation-not-supported": 405,
}
"""HTTP status of an error-tag (RFC 8040 section 7); 400 for all others."""


class Refused(Exception):
    """A request is refused: the parts of one RESTCONF error. `status` 0 stands for that of the tag."""

    def __init__(self, tag: str, message: str, *, app_tag: str = "", status: int = 0, error_type: str = "application") -> None:
        super().__init__(message)
        self.status = status or _STATUS.get(tag, 400)
        self.error = {"error-type": error_type, "error-tag": tag, "error-message": message}
        if app_tag:
            self.error["error-app-tag"] = app_tag


@dataclass(frozen=True, slots=True)
class Step:
    """One node on the way to a resource. An entry of a list has keys."""

    node: SchemaNode
    keys: tuple[str, ...] = ()

    def is_entry(self, entry: Json) -> bool:
        return tuple(_text(entry.get(key)) for key in self.node.keys) == self.keys


def steps_of(schema: Schema, path: str, *, keys_in_segment: bool) -> list[Step]:
    """The way that a path leads, which is still encoded. Raises Refused where the schema has no such node."""
    left = [segment for segment in path.split("/") if segment]
    found: list[Step] = []
    node = schema.root
    while left:
        name, _, listed = left.pop(0).partition("=") if keys_in_segment else (left.pop(0), "", "")
        child = node.children.get(unquote(name)) or next(
            (each for each in node.children.values() if each.name == unquote(name)), None
        )
        if child is None or child.kind not in {Kind.CONTAINER, Kind.LIST}:
            raise Refused("invalid-value", f"there is no data resource {name}", error_type="protocol")
        keys: list[str] = []
        if child.kind is Kind.LIST:
            keys = listed.split(",") if keys_in_segment else [left.pop(0) for _ in child.keys if left]
            if len(keys) != len(child.keys):
                raise Refused("invalid-value", f"an entry of {child.name} has {len(child.keys)} key(s)", error_type="protocol")
        found.append(Step(child, tuple(unquote(key) for key in keys)))
        node = child
    return found


def resource_at(document: Json, steps: Sequence[Step]) -> Json:
    """The object that the steps lead to; None where there is none. A container without presence is there if anything is in it."""
    found = document
    for step in steps:
        found = found.get(step.node.member) if isinstance(found, dict) else None
        if step.node.kind is Kind.LIST:
            found = next((entry for entry in found or () if step.is_entry(entry)), None)
    return found


def with_resource(document: Json, steps: Sequence[Step], value: Json) -> Json:
    """The document with another object there, or without one for None. Raises Refused where the entry around it is missing."""
    step, *below = steps
    member = step.node.member
    held = document.get(member)
    if step.node.kind is Kind.CONTAINER:
        inner = with_resource(held or {}, below, value) if below else value
        return (
            _without(document, member) if inner is None or (inner == {} and not step.node.presence) else {**document, member: inner}
        )
    entry = next((each for each in held or () if step.is_entry(each)), None)
    if below and entry is None:
        raise Refused("data-missing", f"there is no {step.node.name} {', '.join(step.keys)}", app_tag="instance-required")
    inner = with_resource(entry, below, value) if below else value
    entries = [inner if step.is_entry(each) else each for each in held or () if inner is not None or not step.is_entry(each)]
    if entry is None and inner is not None:
        entries.append(inner)
    return {**document, member: entries} if entries else _without(document, member)


def tag_of(value: Json) -> str:
    """The entity tag of a resource."""
    return f'"{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]}"'


def _without(document: Json, member: str) -> Json:
    return {name: value for name, value in document.items() if name != member}


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
