"""What `vtnmd serve --web` shows, and to whom."""

from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.tree import Json
from vtnmd.web.app import Reader, Shown, Stranger, make_app

METRICS = Shown(lambda: b"vtnmd_runs_total 1.0\n", "text/plain; version=0.0.4")


def client(found: Reader | Stranger, asked: list[Any] | None = None) -> TestClient:
    async def admit(headers: Mapping[bytes, bytes], address: str) -> Reader | Stranger:
        if asked is not None:
            asked.append((headers.get(b"authorization"), address))
        return found

    return TestClient(make_app(admit))


def reader(metrics: Shown | None = METRICS) -> Reader:
    return Reader(lambda: {"regions": [{"region": "east"}]}, metrics)


def test_regions_are_shown_as_they_are_now() -> None:
    asked: list[Any] = []
    shown = client(reader(), asked)
    answer = shown.get("/regions", headers={"Authorization": "Bearer x"})
    assert answer.json() == {"regions": [{"region": "east"}]}
    assert answer.headers["cache-control"] == "no-store"
    assert asked == [(b"Bearer x", "testclient")]
    assert shown.get("/nothing").status_code == 404
    assert shown.post("/regions").status_code == 405


def test_a_state_that_cannot_be_read_is_said() -> None:
    def broken() -> Json:
        raise StateError(Diagnostic("VTN-S005", "the state is locked"))

    async def shut(_headers: Mapping[bytes, bytes], _address: str) -> Reader | Stranger:
        return broken()  # type: ignore[no-any-return]  # it never does

    for shown in (client(Reader(broken, METRICS)), TestClient(make_app(shut))):
        answer = shown.get("/regions")
        assert answer.status_code == 503
        assert answer.json()["diagnostics"][0]["code"] == "VTN-S005"


def test_metrics_are_shown_in_their_own_media_type_to_who_may_see_them() -> None:
    answer = client(reader()).get("/metrics")
    assert answer.text == "vtnmd_runs_total 1.0\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    denied = client(reader(None)).get("/metrics")
    assert (denied.status_code, "vtnmd_runs" in denied.text) == (403, False)


def test_strangers_are_told_how_to_prove_who_they_are_or_when_to_try_again() -> None:
    shown = client(Stranger(('Basic realm="vtnmd"', 'Bearer realm="vtnmd"')))
    for path in ("/regions", "/metrics"):
        answer = shown.get(path)
        assert answer.status_code == 401
        assert answer.headers.get_list("www-authenticate") == ['Basic realm="vtnmd"', 'Bearer realm="vtnmd"']
    waiting = client(Stranger(retry_after=7)).get("/regions")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "7")
