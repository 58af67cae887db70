"""Judges RESTCONF by the cases of `cases.yaml`, which were written from the RFCs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.support.restconf import XML, Client, Reply, orchard
from vtnmd.domain.tree import Json

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
_ETAG = re.compile(r"etag\((.+?)\)")


def ask(client: Client, step: dict[str, Any]) -> Reply:
    """`ask` is `METHOD path`; `body` is sent as JSON, `text` as it is; `etag(PATH)` in a header is the tag of a resource."""
    method, _, path = step["ask"].partition(" ")
    headers = {
        name: _ETAG.sub(lambda match: client.ask("GET", match[1]).headers["etag"], str(value))
        for name, value in step.get("headers", {}).items()
    }
    body: Json | bytes = step["text"].encode() if "text" in step else step.get("body")
    if "text" in step and step["text"].lstrip().startswith("<"):
        headers.setdefault("content-type", XML)
    return client.ask(method, path, body, **headers)


def judge(step: dict[str, Any], reply: Reply) -> None:
    statuses = step["status"] if isinstance(step["status"], list) else [step["status"]]
    assert reply.status in statuses, reply.body
    if "json" in step:
        assert reply.json == step["json"]
    if "xml" in step:
        assert canonical(reply.body) == canonical(step["xml"].encode())
    if "error" in step:
        assert step["error"].items() <= reply.error.items()
    if "empty" in step:
        assert reply.body == b""
    for text in step.get("text-has", ()):
        assert text in reply.body.decode()
    for text in step.get("text-lacks", ()):
        assert text not in reply.body.decode()
    for name, pattern in step.get("told", {}).items():
        assert re.search(pattern, reply.headers[name])


def canonical(octets: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(octets, parser), method="c14n2")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    with orchard() as client:
        for given in case.get("given", ()):
            [(what, body)] = given.items()
            reply = ask(client, {"ask": what, "body": body})
            assert reply.status < 300, reply.body
        judge(case, ask(client, case))
        for step in case.get("then", ()):
            judge(step, ask(client, step))
