"""Bodies as values: JSON and XML read without trusting the sender, then judged by the schema."""

import json
import math
from collections.abc import Iterable

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused, refused_edit
from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import MessageError, parse_xml
from vtnmd.northbound.restconf.answers import RESTCONF, printable
from vtnmd.northbound.restconf.media import Encoding
from vtnmd.northbound.restconf.refusals import Refusal, refusal
from vtnmd.yang.convert import XmlError, elements_of, from_xml
from vtnmd.yang.edit import EditError
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.incoming import read_members
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema

MAX_DEPTH = 128
DATASTORE = "ietf-restconf:data"


def malformed(message: str) -> Refusal:
    return refusal(400, "malformed-message", message, "rpc")


# JSON


def json_body(octets: bytes) -> Json:
    """The value of a JSON text. Raises Refusal (400) for what is no I-JSON (RFC 7493): no UTF-8, names that stand twice, NaN, lone
    surrogates; and for nesting deeper than MAX_DEPTH.
    """
    try:
        text = octets.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_constant)
        if b"\\u" in octets:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise malformed("the body is no UTF-8") from None
    except RecursionError:
        raise malformed(f"the body is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise malformed(f"the body is no JSON: {error}") from None
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"{_twice(name for name, _ in pairs)!r} stands twice")
    return result


def _twice(names: Iterable[str]) -> str:
    met: set[str] = set()
    for name in names:
        if name in met:
            return name
        met.add(name)
    return ""


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [each for each in level if type(each) is dict or type(each) is list]
        if not level:
            return
        level = [below for each in level for below in (each.values() if type(each) is dict else each)]
    raise malformed(f"the body is nested deeper than {MAX_DEPTH} levels")


# XML


def xml_body(octets: bytes) -> etree._Element:
    """The root element. Raises Refusal (400)."""
    try:
        return parse_xml(octets)
    except MessageError as error:
        raise malformed(error.error.message) from None


# Both, by the schema


def members_of(schema: Schema, octets: bytes, encoding: Encoding, parent: SchemaNode, path: Identifier) -> dict[str, Json]:
    """The members that a body gives the object at `parent`, in the form of documents: one of them, as a rule.

    Raises Refusal (400), Refused.
    """
    if not octets.strip():
        raise malformed("a body is wanted")
    if encoding is Encoding.JSON:
        return judged(schema, json_body(octets), parent, path)
    return judged_xml(schema, [xml_body(octets)], parent, path)


def judged(schema: Schema, members: Json, parent: SchemaNode, path: Identifier) -> dict[str, Json]:
    """Members as a body names them, with their modules. Raises Refused."""
    if not isinstance(members, dict):
        raise malformed("an object is wanted")
    try:
        return read_members(schema, members, parent, path, top=True)
    except EditError as error:
        raise refused_edit(error) from None


def judged_xml(schema: Schema, elements: list[etree._Element], parent: SchemaNode, path: Identifier) -> dict[str, Json]:
    """The same from XML. Raises Refused."""
    for element in elements:
        if not etree.QName(element).namespace:
            raise Refused(Fault("unknown-namespace", f"{etree.QName(element).localname} has no namespace", "protocol", path=path))
    try:
        members = from_xml(schema, elements, node=parent)
    except XmlError as error:
        raise Refused(
            *(
                Fault(each.error_tag, printable(each.message), path=path, info=(("bad-element", printable(each.element)),))
                for each in error.problems
            )
        ) from None
    try:
        return read_members(schema, members, parent, path)
    except EditError as error:
        raise refused_edit(error) from None


def datastore_of(schema: Schema, octets: bytes, encoding: Encoding) -> dict[str, Json]:
    """The document that a body in the form of a datastore holds. Raises Refusal (400), Refused."""
    if not octets.strip():
        raise malformed("a body is wanted")
    if encoding is Encoding.JSON:
        return datastore_in(schema, json_body(octets))
    return datastore_in_xml(schema, [xml_body(octets)])


def datastore_in(schema: Schema, body: Json) -> dict[str, Json]:
    """The same of parsed JSON. Raises Refusal (400), Refused."""
    if not isinstance(body, dict) or list(body) != [DATASTORE]:
        raise malformed(f"{DATASTORE} is wanted, and nothing beside it")
    return judged(schema, body[DATASTORE], schema.root, Identifier())


def datastore_in_xml(schema: Schema, elements: list[etree._Element]) -> dict[str, Json]:
    """The same of parsed XML, which is one element. Raises Refusal (400), Refused."""
    if [each.tag for each in elements] != [f"{{{RESTCONF}}}data"]:
        raise malformed(f"the element data of {RESTCONF} is wanted, and nothing beside it")
    return judged_xml(schema, elements_of(elements[0]), schema.root, Identifier())
