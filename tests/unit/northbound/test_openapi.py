"""The OpenAPI document, and the server judged by it: whatever it describes can be asked, and is answered as it says."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.support.documents import documents
from tests.support.restconf import Client, Reply, orchard, orchard_schema
from vtnmd.domain.tree import Json
from vtnmd.northbound.openapi import JSON, openapi

SCHEMA = orchard_schema()
DOCUMENT = openapi(SCHEMA, depth=4)
PATHS = [path for path in DOCUMENT["paths"] if "orchard" in path or "vtnmd-vtn" in path]
_PARAMETER = re.compile(r"\{([^}]+)\}")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with orchard() as found:
        yield found


def judge(reply: Reply, operation: Json) -> None:
    """The answer is one of those described, with a body as described."""
    assert reply.status < 500, reply.body
    described = operation["responses"].get(str(reply.status)) or operation["responses"]["4XX"]
    assert str(reply.status) in operation["responses"] or 400 <= reply.status < 500
    if reply.body:
        wanted = described["content"][JSON]["schema"]
        resolved = DOCUMENT["components"]["schemas"]["errors"] if "$ref" in wanted else wanted
        jsonschema.validate(reply.json, resolved)


def test_every_path_says_what_it_takes_and_gives() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    row = DOCUMENT["paths"]["/restconf/data/orchard:rows/row={row-name-0}"]
    assert row.keys() == {"get", "put", "patch", "delete", "post", "parameters"}
    assert DOCUMENT["paths"]["/restconf/data/orchard:weather"].keys() == {"get"}
    assert "/restconf/data/orchard:rows/row={row-name-0}/tree={tree-x-1},{tree-y-1}/age" in DOCUMENT["paths"]
    assert DOCUMENT["paths"]["/restconf/data/orchard:rows/row={row-name-0}/prune"].keys() == {"post"}
    assert DOCUMENT["paths"]["/restconf/operations/orchard:harvest"]["post"]["requestBody"]["required"]
    for path, item in DOCUMENT["paths"].items():
        declared = {each["name"] for each in item.get("parameters", item.get("post", {}).get("parameters", []))}
        assert declared == set(_PARAMETER.findall(path))


@settings(max_examples=40, deadline=None)
@given(documents(SCHEMA.root))
def test_bodies_are_described_as_documents_are(document: Json) -> None:
    for member, value in document.items():
        content = (
            DOCUMENT["paths"][f"/restconf/data/{member}"]["put"]["requestBody"]["content"]
            if "put" in DOCUMENT["paths"].get(f"/restconf/data/{member}", {})
            else None
        )
        if content is not None:
            jsonschema.validate({member: value}, content[JSON]["schema"])


def values(schema: Json) -> some.SearchStrategy[Any]:
    """Some values that a described schema accepts."""
    if "const" in schema:
        return some.just(schema["const"])
    if "enum" in schema:
        return some.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return some.one_of([values(each) for each in schema["anyOf"]])
    match schema.get("type"):
        case "integer":
            return some.integers(schema["minimum"], schema["maximum"])
        case "boolean":
            return some.booleans()
        case "string":
            common = some.sampled_from(["a", "b", "main", "1.5", "10.0.0.0/24", *schema.get("examples", ())])
            return some.one_of(common, some.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 8), 8)))
        case "array":
            return some.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 2))
        case "object":
            return objects(schema)
    return some.dictionaries(some.sampled_from(["x", "y"]), some.integers(0, 9), max_size=2)


def objects(schema: Json) -> some.SearchStrategy[Any]:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    return (
        some.lists(some.sampled_from(sorted(properties)), max_size=2, unique=True).flatmap(
            lambda chosen: some.fixed_dictionaries({name: values(properties[name]) for name in {*required, *chosen}})
        )
        if properties
        else some.just({})
    )


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(some.data())
def test_what_is_described_can_be_asked(client: Client, data: some.DataObject) -> None:
    path = data.draw(some.sampled_from(PATHS))
    item = DOCUMENT["paths"][path]
    method = data.draw(some.sampled_from([name for name in item if name != "parameters"]))
    operation = item[method]
    parameters = item.get("parameters", []) + [each for each in operation.get("parameters", []) if each["in"] == "path"]
    target = path.removeprefix("/restconf")
    for parameter in parameters:
        value = data.draw(values(parameter["schema"]))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        target = target.replace(f"{{{parameter['name']}}}", quoted(text))
    body = None
    if "requestBody" in operation:
        body = data.draw(values(operation["requestBody"]["content"][JSON]["schema"]))
    judge(client.ask(method.upper(), target, body), operation)


def quoted(text: str) -> str:
    return "".join(f"%{octet:02X}" for octet in text.encode())
