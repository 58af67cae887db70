"""Resources as octets: the one member that a resource is, in JSON or XML (RFC 8040 section 4.3)."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.answers import RESTCONF, json_octets, xml_octets
from vtnmd.northbound.restconf.bodies import DATASTORE
from vtnmd.northbound.restconf.media import Encoding
from vtnmd.northbound.restconf.refusals import refusal
from vtnmd.northbound.restconf.targets import Target
from vtnmd.yang.convert import to_xml
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema


def resource_octets(schema: Schema, target: Target, value: Json, encoding: Encoding, mark: Json = None) -> bytes:
    """A resource with its value, and with `mark` as the metadata of a leaf.

    Raises Refusal (400) for several entries in XML, which has one root (RFC 8040 section 4.3).
    """
    if encoding is Encoding.JSON:
        members = wrapped(target, value)
        return json_octets(members if mark is None else members | {f"@{qualified(target.node)}": mark})
    if not target.steps:
        root = etree.Element(f"{{{RESTCONF}}}data", nsmap=_DATA)
        root.extend(to_xml(schema, value, defaults=set(marks(value))))
        return xml_octets(root)
    parent = schema.root if len(target.steps) == 1 else target.steps[-2].node
    members = {target.node.member: _listed(target, value)} | ({} if mark is None else {f"@{target.node.member}": mark})
    elements = to_xml(schema, members, node=parent, defaults=set(marks(members)))
    if len(elements) != 1:
        raise refusal(400, "invalid-value", "XML has one root: ask for one entry, or for JSON", "protocol")
    return xml_octets(elements[0])


def marks(value: Json) -> Iterator[tuple[int, str]]:
    """Where metadata says that a leaf is there by default, as `to_xml` wants it."""
    if isinstance(value, dict):
        for member, held in value.items():
            if member[:1] == "@":
                yield id(value), member[1:]
            elif isinstance(held, dict | list):
                yield from marks(held)
    elif isinstance(value, list):
        for each in value:
            yield from marks(each)


def wrapped(target: Target, value: Json) -> Json:
    """The object that stands for a resource in JSON."""
    if not target.steps:
        return {DATASTORE: value}
    return {qualified(target.node): _listed(target, value)}


def _listed(target: Target, value: Json) -> Json:
    return [value] if target.steps[-1].key else value


def qualified(node: SchemaNode) -> str:
    """The name of a member that stands at the top."""
    return f"{node.module}:{node.name}"


_DATA: dict[Any, str] = {None: RESTCONF}
