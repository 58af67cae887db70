"""Whatever a client sends, the server stays well: no answer is a 5xx, and each error is told as RFC 8040 wants it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.support.documents import documents
from tests.support.restconf import JSON, XML, Client, Reply, orchard, orchard_schema

SCHEMA = orchard_schema()
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
NAMES = [
    "orchard:farm",
    "orchard:rows",
    "row",
    "row=a",
    "tree=1,2",
    "owner",
    "gate",
    "gate=a",
    "notes",
    "prune",
    "orchard:tasks",
    "task",
]
PARTS = [
    "",
    "data",
    "ds",
    "ietf-datastores:running",
    "ietf-datastores:operational",
    "operations",
    "orchard:harvest",
    "modules",
    "streams",
]
PARAMETERS = ["depth", "fields", "content", "with-defaults", "insert", "point", "filter", "start-time", "stop-time", "dry-run", "x"]
VALUES = [
    "1",
    "0",
    "unbounded",
    "all",
    "config",
    "nonconfig",
    "trim",
    "report-all-tagged",
    "first",
    "after",
    "owner(",
    "row(name;tree/x)",
]
TYPES = [JSON, XML, "application/yang-patch+json", "application/yang-patch+xml", "text/plain", "", "é"]
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with orchard() as found:
        found.ask("PUT", "/data/orchard:rows/row=a", {"orchard:row": [{"name": "a", "tree": [{"x": 1, "y": 2}]}]})
        yield found


def well(reply: Reply) -> None:
    assert reply.status < 500, reply.body
    if reply.status >= 400 and reply.body and reply.headers["content-type"] == JSON:
        key = next(iter(reply.json))
        assert key in {"ietf-restconf:errors", "ietf-yang-patch:yang-patch-status"}
        if key == "ietf-restconf:errors":
            assert all({"error-type", "error-tag"} <= error.keys() for error in reply.json[key]["error"])
    elif reply.body and "xml" in reply.headers["content-type"]:
        assert reply.xml is not None


def text() -> some.SearchStrategy[str]:
    return some.text(some.characters(codec="utf-8"), max_size=12)


def paths() -> some.SearchStrategy[str]:
    odd = text().map(lambda each: quote(each, safe="=,:;%+"))
    segment = some.one_of(some.sampled_from(NAMES), some.sampled_from(PARTS), odd)
    return some.lists(segment, max_size=5).map("/".join)


def queries() -> some.SearchStrategy[str]:
    value = some.one_of(some.sampled_from(VALUES), text().map(quote))
    pair = some.tuples(some.sampled_from(PARAMETERS), value).map("=".join)
    return some.lists(pair, max_size=3).map("&".join)


@FUZZ
@given(
    some.sampled_from(METHODS),
    some.one_of(paths(), paths().map("data/{}".format)),
    queries(),
    some.sampled_from(["", XML, JSON, "x/y"]),
)
def test_any_path(client: Client, method: str, path: str, query: str, accept: str) -> None:
    headers = {"accept": accept} if accept else {}
    if not path.startswith("streams/"):
        well(client.ask(method, f"/{path}?{query}" if query else f"/{path}", **headers))


@FUZZ
@given(some.sampled_from(["POST", "PUT", "PATCH"]), some.sampled_from(NAMES), some.binary(max_size=80), some.sampled_from(TYPES))
def test_any_octets(client: Client, method: str, name: str, octets: bytes, kind: str) -> None:
    for path in (f"/data/{name}", f"/data/orchard:farm/{name}", "/data", "/operations/orchard:harvest"):
        well(client.ask(method, path, octets, content_type=kind))


def values() -> some.SearchStrategy[Any]:
    simple = some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), text())
    names = some.one_of(
        text(), some.sampled_from(["orchard:row", "row", "name", "orchard:farm", "ietf-restconf:data", "edit", "value"])
    )
    return some.recursive(
        simple, lambda below: some.one_of(some.lists(below, max_size=3), some.dictionaries(names, below, max_size=4)), max_leaves=12
    )


@FUZZ
@given(
    some.sampled_from(["POST", "PUT", "PATCH"]),
    some.sampled_from(["", "/orchard:farm", "/orchard:rows", "/orchard:rows/row=a"]),
    values(),
)
def test_any_json(client: Client, method: str, path: str, value: Any) -> None:
    for name in ("orchard:farm", "orchard:rows", "orchard:row", "ietf-restconf:data"):
        well(client.ask(method, f"/data{path}", {name: value}))
    well(client.ask("POST", "/operations/orchard:harvest", {"orchard:input": value}))
    well(client.ask("POST", "/data/orchard:rows/row=a/prune", {"orchard:input": value}))


@FUZZ
@given(values())
def test_any_yang_patch(client: Client, value: Any) -> None:
    for patch in (
        value,
        {"patch-id": "p", "edit": value},
        {"patch-id": "p", "edit": [{"edit-id": "1", "operation": "merge", "target": "/orchard:farm", "value": value}]},
        {"patch-id": "p", "edit": [{"edit-id": "1", "operation": "insert", "target": value, "where": value, "value": {}}]},
    ):
        well(client.ask("PATCH", "/data", {"ietf-yang-patch:yang-patch": patch}, content_type="application/yang-patch+json"))


def elements() -> some.SearchStrategy[str]:
    names = some.sampled_from(
        ["farm", "rows", "row", "name", "owner", "notes", "data", "input", "yang-patch", "edit", "value", "x"]
    )
    spaces = some.sampled_from(
        ["", ' xmlns="urn:vtnmd:test:orchard"', ' xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf"', ' a="1"']
    )
    words = some.sampled_from(["", "a", "1", "&amp;", "<!-- x -->", "<?p?>", "<![CDATA[x]]>"])
    leaf = some.tuples(names, spaces, words).map(lambda each: f"<{each[0]}{each[1]}>{each[2]}</{each[0]}>")

    def around(below: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
        inside = some.lists(below, max_size=3).map("".join)
        return some.tuples(names, spaces, inside).map(lambda each: f"<{each[0]}{each[1]}>{each[2]}</{each[0]}>")

    return some.recursive(leaf, around, max_leaves=8)


@FUZZ
@given(some.sampled_from(["POST", "PUT", "PATCH"]), elements())
def test_any_xml(client: Client, method: str, element: str) -> None:
    for path in ("/data", "/data/orchard:farm", "/data/orchard:rows/row=a", "/operations/orchard:harvest"):
        well(client.ask(method, path, element.encode(), content_type=XML))
    well(client.ask("PATCH", "/data", element.encode(), content_type="application/yang-patch+xml"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(documents(SCHEMA.root))
def test_what_is_valid_is_taken_and_given_back(client: Client, document: Any) -> None:
    mine = {member: value for member, value in document.items() if member in {"orchard:farm", "orchard:tasks"}}
    for member, value in mine.items():
        put = client.ask("PUT", f"/data/{member}", {member: value})
        assert put.status in {201, 204}, put.body
        assert client.ask("GET", f"/data/{member}").json == {member: value}
        xml = client.ask("GET", f"/data/{member}", accept=XML)
        assert client.ask("PUT", f"/data/{member}", xml.body, content_type=XML).status in {201, 204}
        client.ask("DELETE", f"/data/{member}")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"orchard:farm":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"orchard:farm": {"height": ' + b"9" * 100_000 + b"}}",
        b'{"orchard:farm": {"height": 1e999999}}',
        b'{"orchard:farm": {"hectares": "' + b"9" * 10_000 + b'"}}',
        b'{"orchard:farm": {"trees": "' + b"9" * 10_000 + b'"}}',
        b'{"orchard:farm": {"trees": "0x' + b"f" * 10_000 + b'"}}',
        b'{"orchard:farm": {"owner": "\xff"}}',
        '{"orchard:farm": {"owner": "a"}}'.encode("utf-16"),
        b'{"orchard:farm": {"notes": {"\\ud800": 1}}}',
        b'{"orchard:farm": {"owner": "\\u0000"}}',
        b'{"orchard:farm": {"height": -Infinity}}',
        b'{"orchard:farm": {"height": true}}',
        b"null",
        b'"orchard:farm"',
    ],
)
def test_bombs_and_oddities_in_json(client: Client, body: bytes) -> None:
    refused = client.ask("PUT", "/data/orchard:farm", body)
    assert refused.status == 400
    well(refused)


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" * 10_000,
        b'<farm xmlns="urn:vtnmd:test:orchard"><notes>' + b"<x>" * 200 + b"</x>" * 200 + b"</notes></farm>",
        b'<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><farm xmlns="urn:vtnmd:test:orchard"><owner>&b;</owner></farm>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><farm xmlns="urn:vtnmd:test:orchard"/>',
        b"<farm xmlns='urn:vtnmd:test:orchard'>\x00</farm>",
        b"<farm xmlns='urn:vtnmd:test:orchard'>text</farm>",
        "<farm xmlns='urn:vtnmd:test:orchard'><owner>ä</owner></farm>".encode("latin-1"),
        b"<farm/>",
        b"<x:farm/>",
    ],
)
def test_bombs_and_oddities_in_xml(client: Client, body: bytes) -> None:
    refused = client.ask("PUT", "/data/orchard:farm", body, content_type=XML)
    assert refused.status == 400
    well(refused)


def test_many_edits_in_one_patch(client: Client) -> None:
    edits = [{"edit-id": str(number), "operation": "remove", "target": "/orchard:farm"} for number in range(10_001)]
    patch = {"ietf-yang-patch:yang-patch": {"patch-id": "p", "edit": edits}}
    assert client.ask("PATCH", "/data", patch, content_type="application/yang-patch+json").status == 400
    assert json.loads(json.dumps(patch))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a":1e999}', "too large a number"),
        (b'{"a":[-1e999]}', "too large a number"),
        (b"{" + b",".join(b'"a%d":1' % number for number in range(200_000)) + b',"z":1,"z":1}', "'z' stands twice"),
    ],
)
def test_what_json_cannot_tell_again_is_refused(client: Client, body: bytes, said: str) -> None:
    reply = client.ask("PUT", "/data/orchard:farm", b'{"orchard:farm":{"notes":' + body + b"}}")
    assert (reply.status, reply.error["error-tag"]) == (400, "malformed-message")
    assert said in reply.error["error-message"]


def test_lengths_of_thousands_of_digits_are_too_large(client: Client) -> None:
    assert client.ask("PUT", "/data/orchard:farm", {}, content_length="9" * 5000).status == 413


def test_large_bodies_are_taken_and_told(client: Client) -> None:
    tasks = [{"id": f"task {number}"} for number in range(30_000)]
    assert client.ask("PUT", "/data/orchard:tasks", {"orchard:tasks": {"task": tasks}}).status in {201, 204}
    assert client.ask("GET", "/data/orchard:tasks").json == {"orchard:tasks": {"task": tasks}}
    edits = [{"edit-id": each["id"], "operation": "delete", "target": f"/task={quote(each['id'])}"} for each in tasks[:10_000]]
    patch = {"ietf-yang-patch:yang-patch": {"patch-id": "p", "edit": edits}}
    kind = "application/yang-patch+json"
    assert client.ask("PATCH", "/data/orchard:tasks", patch, content_type=kind).status == 200
    candidate = "/ds/ietf-datastores:candidate/orchard:tasks"
    assert len(client.ask("GET", candidate).json["orchard:tasks"]["task"]) == 20_000
    assert client.ask("PUT", candidate, {"orchard:tasks": {"task": tasks}}).status == 204
    assert len(client.ask("GET", candidate, accept=XML).xml) == 30_000
    assert client.ask("DELETE", "/data/orchard:tasks").status == 204
