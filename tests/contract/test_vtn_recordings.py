"""The simulated VTN Manager answers as the genuine one was recorded to answer (python -m lab.vtn_manager)."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vtnmd.lab.vtn_manager import start_vtn_manager
from vtnmd.lab.vtn_state import Port

pytestmark = pytest.mark.anyio

RECORDING = json.loads((Path(__file__).parent / "recordings" / "vtn_manager.json").read_text(encoding="utf-8"))

SWITCHES = {
    node: (Port("1", f"{name}-host"), Port("2", f"{name}-trunk", edge=False))
    for node, name in (("openflow:1", "s1"), ("openflow:2", "s2"))
}
"""The two bridges below the recorded controller, see lab/vtn_manager/scenarios.py."""


def in_any_order(value: Any) -> Any:
    """Lists sorted: RESTCONF leaves the order of a keyed list open."""
    if isinstance(value, dict):
        return {name: in_any_order(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return sorted((in_any_order(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


def essence(status: int, body: Any) -> Any:
    """What a client may rely on: the status, and of a refusal the tags, of an answer everything."""
    match body:
        case {"errors": {"error": errors}}:
            return status, [(error["error-type"], error["error-tag"], error.get("error-app-tag")) for error in errors]
        case str() | None if status >= 400:
            return status, "no JSON"
        case _:
            return status, in_any_order(body)


def in_xml(request: Any) -> bool:
    """The simulator speaks JSON only, as vtnmd does."""
    return "application/xml" in request["headers"].values()


async def replay(client: httpx2.AsyncClient, request: Any) -> httpx2.Response:
    credentials = request.get("credentials", "admin:admin")
    headers = dict(request["headers"])
    if credentials:
        headers["Authorization"] = "Basic " + base64.b64encode(credentials.encode()).decode()
    body = request["body"]
    content = body if body is None or isinstance(body, str) else json.dumps(body)
    built = client.build_request(request["method"], f"/restconf/{request['path']}", content=content, headers=headers)
    if "Accept" not in headers:
        del built.headers["Accept"]
    return await client.send(built)


def read(answer: httpx2.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        return answer.text


@pytest.mark.parametrize("scenario", [pytest.param(scenario, id=scenario["name"]) for scenario in RECORDING["scenarios"]])
async def test_simulator_answers_as_recorded(scenario: Any) -> None:
    server = await start_vtn_manager(switches=SWITCHES)
    try:
        async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as client:
            for number, exchange in enumerate(scenario["exchanges"]):
                request, recorded = exchange["request"], exchange["response"]
                if in_xml(request):
                    continue
                answer = await replay(client, request)
                what = f"exchange {number}: {request['method']} {request['path']} {json.dumps(request['body'])}"
                assert (what, essence(answer.status_code, read(answer))) == (what, essence(recorded["status"], recorded["body"]))
    finally:
        await server.aclose()
