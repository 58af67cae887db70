"""NETCONF messages as values (RFC 6241 sections 4 and 8.1): hello, rpc and rpc-reply, parsed without trusting the sender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.netconf.xmltree import BASE, to_element, to_tree

BASE_1_0 = "urn:ietf:params:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"
CANDIDATE = "urn:ietf:params:netconf:capability:candidate:1.0"
CONFIRMED_COMMIT = "urn:ietf:params:netconf:capability:confirmed-commit:1.1"
ROLLBACK_ON_ERROR = "urn:ietf:params:netconf:capability:rollback-on-error:1.0"
VALIDATE = "urn:ietf:params:netconf:capability:validate:1.1"
WRITABLE_RUNNING = "urn:ietf:params:netconf:capability:writable-running:1.0"

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DEFAULT_NAMESPACE: Any = {None: BASE}
_MOST_PREFIXES, _LEVELS = 512, 16
_NO_NAMESPACES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class RpcError:
    """One rpc-error. `info` holds the children of error-info. `namespaces` maps the prefixes in `path` and `info` to namespaces."""

    tag: str
    message: str = ""
    type: str = "application"
    severity: str = "error"
    app_tag: str = ""
    path: str = ""
    info: tuple[Json, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=lambda: _NO_NAMESPACES)

    def __str__(self) -> str:
        app_tag = f" ({self.app_tag})" if self.app_tag else ""
        place = f" at {self.path}" if self.path else ""
        return f"{self.tag}{app_tag}{place}: {self.message or 'no message given'}"


_BAD_ATTRIBUTE = frozenset({"bad-attribute", "bad-element"})
_BAD_ELEMENT = frozenset({"bad-element"})
_BAD = {
    "missing-attribute": _BAD_ATTRIBUTE,
    "bad-attribute": _BAD_ATTRIBUTE,
    "unknown-attribute": _BAD_ATTRIBUTE,
    "missing-element": _BAD_ELEMENT,
    "bad-element": _BAD_ELEMENT,
    "unknown-element": _BAD_ELEMENT,
    "unknown-namespace": frozenset({"bad-element", "bad-namespace"}),
}


def told_as_bad(tag: str) -> frozenset[str]:
    """The elements of error-info that name what is bad where an error has this tag (RFC 6241 appendix A); none for other tags."""
    return _BAD.get(tag, frozenset())


class MessageError(ValueError):
    """The octets are no NETCONF message; `error` is what to answer, with the attributes of the rpc where there was one."""

    def __init__(self, error: RpcError, attributes: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(str(error))
        self.error = error
        self.attributes = attributes

    @property
    def message_id(self) -> str | None:
        return self.attributes.get("message-id")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of both ends; a server's names the session."""

    capabilities: tuple[str, ...]
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rpc:
    """A request. `attributes` are all those of the rpc element, message-id among them: the reply repeats them."""

    message_id: str
    operation: etree._Element
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> etree.QName:
        """The qualified name of the operation."""
        return etree.QName(self.operation)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: `content` without ok and without rpc-error elements, which stand in `errors`."""

    message_id: str | None
    content: tuple[etree._Element, ...] = ()
    errors: tuple[RpcError, ...] = ()

    @property
    def data(self) -> etree._Element | None:
        """The data element of a get or get-config; None where there is none."""
        return next((element for element in self.content if etree.QName(element).localname == "data"), None)


def parse(octets: bytes) -> Hello | Rpc | Reply:
    """One message. Raises MessageError for what is no XML, has a document type declaration, or is no NETCONF message."""
    root = parse_xml(octets)
    match root.tag:
        case "{urn:ietf:params:xml:ns:netconf:base:1.0}hello":
            return _hello(root)
        case "{urn:ietf:params:xml:ns:netconf:base:1.0}rpc":
            return _rpc(root)
        case "{urn:ietf:params:xml:ns:netconf:base:1.0}rpc-reply":
            return _reply(root)
    raise MessageError(RpcError("malformed-message", f"{root.tag} is no NETCONF message", type="rpc"))


def parse_xml(octets: bytes) -> etree._Element:
    """The root element of UTF-8 XML without its comments: no entities, no network, depth and text bounded. Raises MessageError."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(octets.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MessageError(RpcError("malformed-message", f"no well-formed XML: {error}", type="rpc")) from None
    # Of what is wrong with prefixes, lxml minds only what comes last.
    wrong = next((entry.message for entry in parser.error_log if entry.level >= etree.ErrorLevels.ERROR), "")
    if wrong:
        raise MessageError(RpcError("malformed-message", f"no well-formed XML: {wrong}", type="rpc"))
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageError(RpcError("malformed-message", "a document type declaration is not allowed", type="rpc"))
    if _may_declare_many(octets) and any(len(element.nsmap) > _MOST_PREFIXES for element in root.iter()):
        raise MessageError(RpcError("malformed-message", f"more than {_MOST_PREFIXES} prefixes in one place", type="rpc"))
    return root


def _may_declare_many(octets: bytes) -> bool:
    """Whether a start tag may declare so many prefixes that looking them up at each element below it takes long."""
    plenty = octets.count(b"xmlns") > _MOST_PREFIXES
    return plenty and any(tag.count(b"xmlns") > _MOST_PREFIXES // _LEVELS for tag in octets.split(b"<"))


def to_octets(message: Hello | Rpc | Reply) -> bytes:
    """The XML of a message, unframed."""
    match message:
        case Hello():
            root = _hello_element(message)
        case Rpc():
            root = _element("rpc", {**message.attributes, "message-id": message.message_id})
            root.append(message.operation)
        case Reply():
            root = reply_element(message, {"message-id": message.message_id} if message.message_id is not None else {})
    return serialised(root)


def serialised(root: etree._Element) -> bytes:
    """A message's XML as UTF-8."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def reply_element(reply: Reply, attributes: Mapping[str, str]) -> etree._Element:
    """The rpc-reply element, with the attributes of the rpc that it answers."""
    root = _element("rpc-reply", attributes)
    root.extend(_error_element(error) for error in reply.errors)
    root.extend(reply.content)
    if not reply.errors and not reply.content:
        _element("ok", parent=root)
    return root


def reply_octets(reply: Reply, attributes: Mapping[str, str], pieces: Sequence[bytes] = ()) -> bytes:
    """The XML of a reply, with the attributes of the rpc that it answers. `pieces` is content that is serialised already."""
    if not pieces:
        return serialised(reply_element(reply, attributes))
    root = etree.tostring(_element("rpc-reply", attributes), encoding="UTF-8", xml_declaration=True)
    return b"".join((root.removesuffix(b"/>"), b">", *pieces, b"</rpc-reply>"))


def _element(
    name: str,
    attributes: Mapping[str, str] = _NO_NAMESPACES,
    *,
    parent: etree._Element | None = None,
    text: str = "",
) -> etree._Element:
    tag = f"{{{BASE}}}{name}"
    if parent is None:
        element = etree.Element(tag, dict(attributes), _DEFAULT_NAMESPACE)
    else:
        element = etree.SubElement(parent, tag, dict(attributes))
    element.text = text or None
    return element


def _hello(root: etree._Element) -> Hello:
    capabilities = tuple((element.text or "").strip() for element in root.iterfind(f"{{{BASE}}}capabilities/{{{BASE}}}capability"))
    session = root.findtext(f"{{{BASE}}}session-id", "").strip()
    has_session = root.find(f"{{{BASE}}}session-id") is not None
    if has_session and not (session.isascii() and session.isdigit() and len(session) <= 10 and 0 < int(session) < 2**32):
        raise MessageError(RpcError("malformed-message", "the session id is no positive number", type="rpc"))
    return Hello(capabilities, int(session) if has_session else None)


def _hello_element(hello: Hello) -> etree._Element:
    root = _element("hello")
    capabilities = _element("capabilities", parent=root)
    for capability in hello.capabilities:
        _element("capability", parent=capabilities, text=capability)
    if hello.session_id is not None:
        _element("session-id", parent=root, text=str(hello.session_id))
    return root


def _rpc(root: etree._Element) -> Rpc:
    attributes = {str(name): str(value) for name, value in root.attrib.items()}
    if "message-id" not in attributes:
        info = tuple(
            {"tag": f"{{{BASE}}}{tag}", "children": [text]}
            for tag, text in (("bad-attribute", "message-id"), ("bad-element", "rpc"))
        )
        raise MessageError(RpcError("missing-attribute", "the rpc has no message-id", type="rpc", info=info), attributes)
    operations = [element for element in root if isinstance(element.tag, str)]
    if len(operations) != 1:
        raise MessageError(RpcError("malformed-message", "an rpc holds one operation", type="rpc"), attributes)
    return Rpc(attributes["message-id"], operations[0], attributes)


def _reply(root: etree._Element) -> Reply:
    elements = [element for element in root if isinstance(element.tag, str)]
    errors = tuple(_error(element) for element in elements if element.tag == f"{{{BASE}}}rpc-error")
    aside = {f"{{{BASE}}}rpc-error", f"{{{BASE}}}ok"}
    message_id = root.get("message-id")
    return Reply(message_id, tuple(element for element in elements if element.tag not in aside), errors)


def _error(element: etree._Element) -> RpcError:
    def text(name: str, default: str = "") -> str:
        return (element.findtext(f"{{{BASE}}}{name}") or default).strip()

    path = element.find(f"{{{BASE}}}error-path")
    namespaces = {prefix: uri for prefix, uri in path.nsmap.items() if prefix} if path is not None else {}
    info = element.find(f"{{{BASE}}}error-info")
    return RpcError(
        text("error-tag", "operation-failed"),
        text("error-message"),
        text("error-type", "application"),
        text("error-severity", "error"),
        text("error-app-tag"),
        text("error-path"),
        tuple(to_tree(child) for child in info if isinstance(child.tag, str)) if info is not None else (),
        namespaces,
    )


def _error_element(error: RpcError) -> etree._Element:
    root = _element("rpc-error")
    _element("error-type", parent=root, text=error.type)
    _element("error-tag", parent=root, text=error.tag)
    _element("error-severity", parent=root, text=error.severity)
    if error.app_tag:
        _element("error-app-tag", parent=root, text=error.app_tag)
    if error.path:
        path = etree.SubElement(root, f"{{{BASE}}}error-path", nsmap=dict(error.namespaces))
        path.text = error.path
    if error.message:
        _element("error-message", {_XML_LANG: "en"}, parent=root, text=error.message)
    if error.info:
        info = etree.SubElement(root, f"{{{BASE}}}error-info", nsmap=dict(error.namespaces))
        info.extend(to_element(tree) for tree in error.info)
    return root


def content_of(trees: Sequence[Json]) -> list[etree._Element]:
    """The elements of payload trees, as they go into a config or filter element. Raises ValueError as `to_element` does."""
    return [to_element(tree) for tree in trees]
