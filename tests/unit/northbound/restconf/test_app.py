"""What is the same for all requests: who asks, limits, compression, odd requests."""

import asyncio
import gzip

import pytest

from tests.support.restconf import Bounds, orchard
from vtnmd.northbound.restconf.requests import Limits

FARM = "/data/orchard:farm"


def test_nobody_is_asked_who_they_are() -> None:
    with orchard() as client:
        refused = client.ask("GET", FARM, user="nobody")
        assert refused.status == 401
        assert "Basic" in refused.headers["www-authenticate"]
        assert refused.error["error-tag"] == "access-denied"
        waiting = client.ask("GET", FARM, user="guesser")
        assert (waiting.status, waiting.headers["retry-after"]) == (429, "7")
        assert client.ask("GET", "/.well-known/host-meta", user="nobody").status == 200


def test_a_body_that_is_too_large() -> None:
    with orchard(limits=Limits(body=100)) as client:
        for announced in ("200", ""):
            headers = {"content_length": announced} if announced else {}
            refused = client.ask("PUT", FARM, b" " * 200, **headers)
            assert (refused.status, refused.error["error-tag"]) == (413, "too-big")
            assert refused.headers["connection"] == "close"


def test_a_target_that_is_too_long() -> None:
    with orchard(limits=Limits(target=100)) as client:
        assert client.ask("GET", f"/data/{'x' * 200}").status == 414


def test_a_body_that_does_not_come() -> None:
    with orchard(limits=Limits(seconds=0.01)) as client:

        async def never() -> dict[str, object]:
            await client_waits.wait()
            return {}

        client_waits = asyncio.Event()
        sent: list[dict[str, object]] = []

        async def send(message: object) -> None:
            sent.append(message)  # type: ignore[arg-type]  # a mapping

        headers = [(b"content-type", b"application/yang-data+json")]
        scope = {"type": "http", "method": "PUT", "path": "/restconf/data/orchard:farm", "query_string": b"", "headers": headers}
        client.run(client.app(scope, never, send))
        assert sent[0]["status"] == 408


def test_large_answers_are_compressed_for_who_takes_that() -> None:
    with orchard() as client:
        rows = [{"name": f"row{number}", "number": number} for number in range(49)]
        notes = {"text": "long " * 3000}
        client.ask("PUT", "/data/orchard:rows", {"orchard:rows": {"row": rows}})
        client.ask("PUT", f"{FARM}/notes", {"orchard:notes": notes})
        plain = client.ask("GET", FARM)
        packed = client.ask("GET", FARM, accept_encoding="br, gzip;q=0.5")
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert "content-encoding" not in client.ask("GET", FARM, accept_encoding="gzip;q=0").headers
        assert "content-encoding" not in client.ask("GET", f"{FARM}?depth=1", accept_encoding="gzip").headers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "LOCK"])
def test_methods_that_nobody_has(method: str) -> None:
    with orchard() as client:
        refused = client.ask(method, FARM)
        assert refused.status == 405
        assert "GET" in refused.headers["allow"]


def test_an_empty_container_and_one_that_may_not_be_seen_look_alike() -> None:
    with orchard({"eve": Bounds(frozenset({"orchard:farm"}))}) as client:
        empty = client.ask("GET", FARM, user="eve")
        client.ask("PUT", FARM, {"orchard:farm": {"owner": "ann"}})
        hidden = client.ask("GET", FARM, user="eve")
        assert (empty.status, empty.body) == (hidden.status, hidden.body)
        assert client.ask("GET", f"{FARM}/owner", user="eve").status == 404
        assert "orchard:farm" not in client.ask("GET", "/data", user="eve").json["ietf-restconf:data"]
        assert client.ask("GET", f"{FARM}/fence", user="eve").status == 404
        assert client.ask("GET", f"{FARM}?with-defaults=report-all", user="eve").status == 404


def test_no_operation_for_who_may_not_call() -> None:
    with orchard({"eve": Bounds(idle=True)}) as client:
        assert client.ask("POST", "/operations/orchard:rest", user="eve").status == 403


def test_what_nobody_carries_out() -> None:
    with orchard() as client:
        client.context.backend.procedures = {}
        refused = client.ask("POST", "/operations/orchard:rest")
        assert (refused.status, refused.error["error-tag"]) == (405, "operation-not-supported")
