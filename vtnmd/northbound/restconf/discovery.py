"""What tells clients where to begin: host-meta, the API resource, the library's version, modules as text."""

import json
from collections.abc import Iterable
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.answers import RESTCONF, Answer, json_octets, typed, xml_octets
from vtnmd.northbound.restconf.calling import append_operations
from vtnmd.northbound.restconf.media import Encoding, negotiate
from vtnmd.northbound.restconf.queries import depth as depth_of
from vtnmd.northbound.restconf.queries import parameters, wrong
from vtnmd.northbound.restconf.refusals import absent, not_allowed
from vtnmd.northbound.restconf.requests import Request
from vtnmd.northbound.schema import operations_offered
from vtnmd.yang.schema import Schema

HOST_META = "/.well-known/host-meta"
_XRD, _JRD = "application/xrd+xml", "application/jrd+json"
_XRD_NAMESPACE = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
_PARTS = ("data", "operations", "yang-library-version")


def host_meta(root: str, method: str, path: str, accept: bytes | None) -> Answer:
    """Where the API stands (RFC 8040 section 3.1, RFC 6415). It needs no user. Raises Refusal."""
    if path not in {HOST_META, f"{HOST_META}.json"}:
        raise absent(path)
    if method not in {"GET", "HEAD", "OPTIONS"}:
        raise not_allowed(method, ("GET", "HEAD", "OPTIONS"))
    if method == "OPTIONS":
        return Answer(200, b"", ((b"allow", b"GET, HEAD, OPTIONS"),))
    offers = {_XRD: 1.0, _JRD: 0.99, "application/json": 0.98}
    chosen = _JRD if path.endswith(".json") else negotiate(accept or b"*/*", offers) or _XRD
    if chosen == _XRD:
        document = etree.Element(f"{{{_XRD_NAMESPACE}}}XRD", nsmap=_PLAIN_XRD)
        etree.SubElement(document, f"{{{_XRD_NAMESPACE}}}Link", rel="restconf", href=root)
        return Answer(200, xml_octets(document), ((b"content-type", _XRD.encode()),))
    links = {"links": [{"rel": "restconf", "href": root}]}
    return Answer(200, json.dumps(links).encode(), ((b"content-type", chosen.encode()),))


_PLAIN_XRD: dict[Any, str] = {None: _XRD_NAMESPACE}


def library_version(schema: Schema) -> str:
    """The revision of ietf-yang-library that the server implements (section 3.3.3)."""
    module = schema.modules.get("ietf-yang-library")
    return module.revision if module else "2019-01-04"


def api(schema: Schema, request: Request) -> Answer:
    """The API resource (section 3.3). Raises Refusal (400)."""
    given = parameters(request.query, frozenset({"depth", "fields"}))
    levels = depth_of(given)
    chosen = given["fields"].split(";") if "fields" in given else list(_PARTS)
    unknown = [name for name in chosen if name.removeprefix("ietf-restconf:") not in _PARTS]
    if unknown:
        raise wrong(f"fields: the API has no {unknown[0]}")
    names = [name for name in _PARTS if levels > 1 and {name, f"ietf-restconf:{name}"} & set(chosen)]
    rpcs = operations_offered(schema).values() if levels > 2 else ()
    if request.encoding is Encoding.JSON:
        operations = {f"{node.module}:{node.name}": [None] for node in rpcs}
        values: dict[str, Json] = {"data": {}, "operations": operations, "yang-library-version": library_version(schema)}
        body = json_octets({"ietf-restconf:restconf": {name: values[name] for name in names}})
    else:
        root = etree.Element(f"{{{RESTCONF}}}restconf", nsmap=_PLAIN)
        for name in names:
            child = etree.SubElement(root, f"{{{RESTCONF}}}{name}")
            if name == "operations" and rpcs:
                append_operations(schema, child)
            elif name == "yang-library-version":
                child.text = library_version(schema)
        body = xml_octets(root)
    return Answer(200, body, (typed(request.encoding), (b"cache-control", b"no-cache")))


def version(schema: Schema, encoding: Encoding) -> Answer:
    """The resource yang-library-version."""
    text = library_version(schema)
    if encoding is Encoding.JSON:
        body = json_octets({"ietf-restconf:yang-library-version": text})
    else:
        root = etree.Element(f"{{{RESTCONF}}}yang-library-version", nsmap=_PLAIN)
        root.text = text
        body = xml_octets(root)
    return Answer(200, body, (typed(encoding),))


_PLAIN: dict[Any, str] = {None: RESTCONF}


def located(state: dict[str, Json], root: str) -> dict[str, Json]:
    """State whose YANG library, where it is there, tells where each module can be had (RFC 8040 section 3.7)."""
    found = dict(state)
    if _LIBRARY in state:
        sets = [_located(each, root, "location", ("module", "import-only-module")) for each in state[_LIBRARY]["module-set"]]
        found[_LIBRARY] = {**state[_LIBRARY], "module-set": sets}
    if _OLD_LIBRARY in state:
        found[_OLD_LIBRARY] = _located(state[_OLD_LIBRARY], root, "schema", ("module",))
    return found


_LIBRARY, _OLD_LIBRARY = "ietf-yang-library:yang-library", "ietf-yang-library:modules-state"


def _located(holder: dict[str, Json], root: str, member: str, lists: Iterable[str]) -> dict[str, Json]:
    """The same with a place for each entry of some lists, and for the submodules below."""
    found = dict(holder)
    for name in lists:
        if name in holder:
            found[name] = [_with_place(_located(each, root, member, ("submodule",)), root, member) for each in holder[name]]
    return found


def _with_place(module: dict[str, Json], root: str, member: str) -> dict[str, Json]:
    place = f"{root}/modules/{module['name']}" + (f"@{module['revision']}" if module.get("revision") else "")
    return {**module, member: [place] if member == "location" else place}


def module_text(schema: Schema, name: str) -> bytes:
    """A module or submodule, `name` or `name@revision`, as it stands in its file. Raises Refusal (404)."""
    wanted, _, revision = name.partition("@")
    texts = {(module.name, module.revision): module.text for module in schema.modules.values()}
    texts |= {(part.name, part.revision): part.text for module in schema.modules.values() for part in module.submodules}
    for (known, at), text in texts.items():
        if known == wanted and revision in {"", at}:
            return text.encode()
    raise absent(f"module {name}")
