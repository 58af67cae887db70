"""What the simulated RESTCONF server answers beyond what the driver asks of it."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from vtnmd.assets import YANG_MODELS
from vtnmd.lab.restconf_server import RestconfLabServer, start_restconf_server
from vtnmd.yang.schema import load_schema

pytestmark = pytest.mark.anyio

WEB = "/restconf/data/vtnmd-pe:pe/bridge-domain=web"
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode()}


@pytest.fixture
async def server() -> AsyncIterator[RestconfLabServer]:
    started = await start_restconf_server(load_schema(("vtnmd-pe",), (YANG_MODELS,)))
    yield started
    await started.aclose()


async def ask(server: RestconfLabServer, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as client:
        content = body if body is None or isinstance(body, str) else json.dumps(body)
        return await client.request(method, path, content=content, headers={**LOGIN, **named})


def bridge(name: str = "web", **leaves: Any) -> Any:
    return {"vtnmd-pe:bridge-domain": [{"name": name, "mtu": 1450} | leaves]}


def tags(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["ietf-restconf:errors"]["error"][0]["error-tag"]


async def test_a_resource_is_made_replaced_and_deleted(server: RestconfLabServer) -> None:
    assert (await ask(server, "PUT", WEB, bridge())).status_code == 201
    made = await ask(server, "GET", WEB)
    assert made.json() == bridge()
    assert (await ask(server, "PUT", WEB, bridge(mtu=1500), If_Match=made.headers["etag"])).status_code == 204
    assert tags(await ask(server, "PUT", WEB, bridge(mtu=9000), If_Match=made.headers["etag"])) == (412, "operation-failed")
    assert tags(await ask(server, "PUT", WEB, bridge(), If_None_Match="*")) == (412, "operation-failed")
    assert tags(await ask(server, "DELETE", WEB, If_Match=made.headers["etag"])) == (412, "operation-failed")
    assert (await ask(server, "DELETE", WEB)).status_code == 204
    assert tags(await ask(server, "DELETE", WEB)) == (404, "data-missing")
    assert tags(await ask(server, "GET", WEB)) == (404, "data-missing")
    assert server.held() == {}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (WEB, bridge("other"), (400, "invalid-value")),
        (WEB, "no JSON", (400, "malformed-message")),
        (WEB, {"a": 1, "b": 2}, (400, "invalid-value")),
        (WEB, bridge(mtu=1), (400, "invalid-value")),
        (WEB, bridge(colour="blue"), (400, "unknown-element")),
        ("/restconf/data/vtnmd-pe:pe/nothing", {"vtnmd-pe:nothing": {}}, (400, "invalid-value")),
        ("/restconf/data/vtnmd-pe:pe/bridge-domain", bridge(), (400, "invalid-value")),
        (
            "/restconf/data/vtnmd-pe:pe/attachment-circuit=web",
            {"vtnmd-pe:attachment-circuit": [{"name": "web", "bridge-domain": "none", "interface": "ge-0", "vlan": 1}]},
            (409, "data-missing"),
        ),
    ],
)
async def test_wrong_requests_are_refused(server: RestconfLabServer, path: str, body: Any, expected: tuple[int, str]) -> None:
    assert tags(await ask(server, "PUT", path, body)) == expected
    assert server.held() == {}


async def test_a_patch_takes_effect_as_a_whole_or_not_at_all(server: RestconfLabServer) -> None:
    def edit(number: int, name: str, **leaves: Any) -> Any:
        target = f"/vtnmd-pe:pe/bridge-domain={name}"
        return {"edit-id": str(number), "operation": "replace", "target": target, "value": bridge(name, **leaves)}

    def patch(*edits: Any) -> Any:
        return {"ietf-yang-patch:yang-patch": {"patch-id": "p", "edit": list(edits)}}

    media_type = "application/yang-patch+json"
    wrong = patch(edit(1, "a"), edit(2, "b", mtu=1))
    assert tags(await ask(server, "PATCH", "/restconf/data", wrong, Content_Type=media_type)) == (400, "invalid-value")
    assert server.held() == {}
    right = await ask(server, "PATCH", "/restconf/data", patch(edit(1, "a"), edit(2, "b")), Content_Type=media_type)
    assert right.json()["ietf-yang-patch:yang-patch-status"] == {"patch-id": "p", "ok": [None]}
    assert [each["name"] for each in server.held()["vtnmd-pe:pe"]["bridge-domain"]] == ["a", "b"]
    assert tags(await ask(server, "PATCH", "/restconf/data", patch(), Content_Type="application/json")) == (
        415,
        "operation-not-supported",
    )


async def test_who_does_not_log_in_gets_nothing(server: RestconfLabServer) -> None:
    assert (await ask(server, "GET", WEB, Authorization="Basic bm9ib2R5OngK")).status_code == 401
