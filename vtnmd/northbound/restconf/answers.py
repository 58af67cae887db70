"""Answers, and how values and errors are written in JSON and XML (RFC 8040 section 7.1, RFC 7951, RFC 7952)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from vtnmd.datastore.faults import Fault
from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.media import DATA, Encoding
from vtnmd.northbound.restconf.refusals import Headers, Refusal
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.schema import Schema

RESTCONF = "urn:ietf:params:xml:ns:yang:ietf-restconf"
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
YANG = "urn:ietf:params:xml:ns:yang:1"

_OF_YANG = frozenset({"missing-choice", "non-unique"})
"""What error-info holds in the namespace of YANG (RFC 7950 section 15)."""

_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|(?P<prefix>[A-Za-z_][\w.-]*):(?P<name>[A-Za-z_][\w.-]*)|[\w.-]+|[\[\]]")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. A body has its content-type among the headers."""

    status: int
    body: bytes = b""
    headers: Headers = ()


def json_octets(value: Json) -> bytes:
    """Compact UTF-8."""
    return _DUMP.encode(value).encode()


_DUMP = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def xml_octets(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8")


def typed(encoding: Encoding) -> tuple[bytes, bytes]:
    """The content-type of data."""
    return b"content-type", DATA[encoding].encode()


# Errors


def refused(schema: Schema, refusal: Refusal, encoding: Encoding) -> Answer:
    """The answer that an error is."""
    if not refusal.faults:
        return Answer(refusal.status, b"", refusal.headers)
    if encoding is Encoding.XML:
        root = errors_element(refusal.faults, etree.Element(f"{{{RESTCONF}}}errors", nsmap=_only(RESTCONF)))
        body = xml_octets(root)
    else:
        body = json_octets({"ietf-restconf:errors": {"error": errors_json(schema, refusal.faults)}})
    return Answer(refusal.status, body, (typed(encoding), *refusal.headers))


def errors_json(schema: Schema, faults: Iterable[Fault]) -> list[Json]:
    """The entries of the list `error`."""
    return [_error_json(schema, fault) for fault in faults]


def _error_json(schema: Schema, fault: Fault) -> Json:
    error: dict[str, Json] = {"error-type": fault.type, "error-tag": fault.tag}
    if fault.app_tag:
        error["error-app-tag"] = fault.app_tag
    if fault.path.text:
        error["error-path"] = json_path(schema, fault.path)
    error["error-message"] = printable(fault.message)
    if fault.info:
        error["error-info"] = dict(_info_json(schema, name, text, fault.path) for name, text in fault.info)
    return error


def _info_json(schema: Schema, name: str, text: str, path: Identifier) -> tuple[str, str]:
    if name in _OF_YANG:
        return f"ietf-yang:{name}", json_path(schema, Identifier(text, path.namespaces))
    return f"ietf-netconf:{name}", printable(text)


def json_path(schema: Schema, path: Identifier) -> str:
    """An instance-identifier as JSON spells it (RFC 7951 section 6.11): modules for prefixes, and only where they change."""
    modules = {prefix: schema.namespaces.get(namespace, prefix) for prefix, namespace in path.namespaces.items()}
    current, inside = "", False

    def spelled(match: re.Match[str]) -> str:
        nonlocal current, inside
        if match["prefix"] is None:
            inside = match[0] == "[" if match[0] in {"[", "]"} else inside
            return match[0]
        module = modules.get(match["prefix"], match["prefix"])
        text = match["name"] if module == current else f"{module}:{match['name']}"
        current = current if inside else module
        return text

    return printable(_TOKEN.sub(spelled, path.text))


def errors_element(faults: Iterable[Fault], root: etree._Element) -> etree._Element:
    """Put error elements into `root`, which is of the namespace of RESTCONF or of YANG Patch."""
    namespace = etree.QName(root).namespace
    for fault in faults:
        error = etree.SubElement(root, f"{{{namespace}}}error")
        _text(error, "error-type", fault.type)
        _text(error, "error-tag", fault.tag)
        if fault.app_tag:
            _text(error, "error-app-tag", fault.app_tag)
        if fault.path.text:
            declared: dict[Any, str] = dict(fault.path.namespaces)
            place = etree.SubElement(error, f"{{{namespace}}}error-path", nsmap=declared)
            place.text = printable(fault.path.text)
        _text(error, "error-message", fault.message)
        if fault.info:
            info = etree.SubElement(error, f"{{{namespace}}}error-info")
            for name, text in fault.info:
                _info_element(info, name, text, fault.path)
    return root


def _info_element(info: etree._Element, name: str, text: str, path: Identifier) -> None:
    namespace = YANG if name in _OF_YANG else NETCONF
    declared: dict[Any, str] = {None: namespace, **(path.namespaces if name in _OF_YANG else {})}
    etree.SubElement(info, f"{{{namespace}}}{name}", nsmap=declared).text = printable(text)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}").text = printable(text)


def printable(text: str) -> str:
    """The text without what neither UTF-8 nor XML can carry."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _only(namespace: str) -> dict[Any, str]:
    return {None: namespace}
