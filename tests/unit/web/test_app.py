"""What `vtnmd serve --web` shows."""

from starlette.testclient import TestClient

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.tree import Json
from vtnmd.web.app import Shown, make_app

METRICS = Shown(lambda: b"vtnmd_runs_total 1.0\n", "text/plain; version=0.0.4")


def test_regions_are_shown_as_they_are_now() -> None:
    client = TestClient(make_app(lambda: {"regions": [{"region": "east"}]}, METRICS))
    assert client.get("/regions").json() == {"regions": [{"region": "east"}]}
    assert client.get("/nothing").status_code == 404
    assert client.post("/regions").status_code == 405


def test_a_state_that_cannot_be_read_is_said() -> None:
    def broken() -> Json:
        raise StateError(Diagnostic("VTN-S005", "the state is locked"))

    answer = TestClient(make_app(broken, METRICS)).get("/regions")
    assert answer.status_code == 503
    assert answer.json()["diagnostics"][0]["code"] == "VTN-S005"


def test_metrics_are_shown_in_their_own_media_type() -> None:
    answer = TestClient(make_app(dict, METRICS)).get("/metrics")
    assert answer.text == "vtnmd_runs_total 1.0\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
