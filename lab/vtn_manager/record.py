"""Ask a running VTN Manager everything in `scenarios` and write down what it answers."""

import base64
import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.commands import LabError, say
from lab.vtn_manager.recipe import VTN_MANAGER
from lab.vtn_manager.scenarios import GOOD, SCENARIOS, Call, get, rpc
from lab.vtn_manager.traffic_scenarios import TRAFFIC_SCENARIOS

FORMAT_VERSION = 1
_HEADERS = ("Content-Type", "WWW-Authenticate", "Allow", "Location")
_SETTLE = 0.1
"""Seconds before a read: states of vBridges and maps follow a change within some milliseconds."""

_OUTSIDE_VTNS = ("vtn-flow-condition:clear-flow-condition", "vtn-path-policy:clear-path-policy", "vtn-path-map:clear-path-map")
"""What empties the lists that stand in no VTN."""


def record(url: str, target: Path) -> int:
    """Play every scenario against the RESTCONF root `url` and write `target`; gives the number of exchanges.

    Raises LabError if the controller cannot be reached, or holds VTNs that a recording would mix with its own and remove.
    """
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=60)
    try:
        scenarios = _play(connection, address.path)
    except (OSError, http.client.HTTPException) as error:
        raise LabError(f"{url}: {error}") from error
    finally:
        connection.close()
    target.write_text(
        _compact({"format_version": FORMAT_VERSION, "controller": VTN_MANAGER.product, "scenarios": scenarios}), encoding="utf-8"
    )
    return sum(len(scenario["exchanges"]) for scenario in scenarios)


def _play(connection: http.client.HTTPConnection, root: str) -> list[dict[str, Any]]:
    if _tenants(connection, root):
        raise LabError("the controller holds VTNs; record against a fresh one")
    scenarios = []
    for scenario in (*SCENARIOS, *TRAFFIC_SCENARIOS):
        exchanges = [_exchange(connection, root, call) for call in scenario.calls]
        scenarios.append({"name": scenario.name, "exchanges": exchanges})
        for tenant in _tenants(connection, root):
            _exchange(connection, root, rpc("vtn:remove-vtn", tenant_name=tenant))
        for cleared in _OUTSIDE_VTNS:
            _exchange(connection, root, rpc(cleared))
    return scenarios


def _tenants(connection: http.client.HTTPConnection, root: str) -> list[str]:
    answer = _exchange(connection, root, get("operational/vtn:vtns"))["response"]["body"]
    return [vtn["name"] for vtn in answer["vtns"].get("vtn", [])]


def _exchange(connection: http.client.HTTPConnection, root: str, call: Call) -> dict[str, Any]:
    if call.method == "GET":
        time.sleep(_SETTLE)
    headers = dict(call.headers)
    if call.credentials:
        headers["Authorization"] = "Basic " + base64.b64encode(call.credentials.encode()).decode()
    body = call.body if call.body is None or isinstance(call.body, str) else json.dumps(call.body, ensure_ascii=False)
    connection.request(call.method, f"{root}/{call.path}", None if body is None else body.encode(), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    request: dict[str, Any] = {"method": call.method, "path": call.path, "headers": call.headers, "body": call.body}
    if call.credentials != GOOD:
        request["credentials"] = call.credentials
    chosen = {name: value for name in _HEADERS if (value := answer.headers.get(name)) is not None}
    return {"request": request, "response": {"status": answer.status, "headers": chosen, "body": _body(text)}}


def _body(text: str) -> Any:
    """JSON where it is JSON, else text; null where there is none. Java stack traces and HTML are cut to their first line."""
    try:
        return _without_stack_trace(json.loads(text)) if text else None
    except ValueError:
        return text.partition("\n")[0]


def _without_stack_trace(answer: Any) -> Any:
    errors = answer.get("errors", {}).get("error", []) if isinstance(answer, dict) else []
    for error in errors:
        if "\n\tat " in error.get("error-info", ""):
            error["error-info"] = error["error-info"].partition("\n\tat ")[0]
    return answer


def _compact(recording: dict[str, Any]) -> str:
    """JSON with one exchange a line, so that a difference between two recordings reads well."""
    blocks = []
    for scenario in recording["scenarios"]:
        lines = ",\n      ".join(json.dumps(exchange, ensure_ascii=False) for exchange in scenario["exchanges"])
        blocks.append(f'    {{"name": {json.dumps(scenario["name"])}, "exchanges": [\n      {lines}\n    ]}}')
    head = json.dumps({key: value for key, value in recording.items() if key != "scenarios"}, indent=2)[:-2]
    return f'{head},\n  "scenarios": [\n' + ",\n".join(blocks) + "\n  ]\n}\n"


def main(url: str, target: Path) -> int:
    try:
        say(f"{record(url, target)} exchanges written to {target}")
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
