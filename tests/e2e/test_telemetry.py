"""What machines are told of a run, by the command line against a lab."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd

pytestmark = pytest.mark.started_anew


def test_logs_and_metrics_of_a_run(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VTNMD_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("VTNMD_METRICS", str(tmp_path / "metrics"))
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    events = [line for line in lines if line["logger"] == "vtnmd.run"]
    monkeypatch.delenv("VTNMD_METRICS")
    assert {line["run"] for line in events} == {vtnmd.latest_run()}
    assert (events[0]["step"], events[-1]["step"]) == ("started", "ended")
    assert sum(len(line["changes"]) for line in events if line["step"] == "answered") == 32
    for secret in (lab.lab.folder / "secrets").iterdir():
        assert secret.read_text().strip() not in (tmp_path / "log").read_text()
    text = (tmp_path / "metrics").read_text()
    assert 'vtnmd_runs_total{result="applied"} 1.0' in text
    assert 'vtnmd_endpoint_call_seconds_count{endpoint="east/pe",result="ok",verb="apply"} 1.0' in text
    assert not list(tmp_path.glob(".*"))


def test_a_log_that_cannot_be_written_ends_the_command_before_anything_is_sent(
    vtnmd: Vtnmd, lab: RunningLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VTNMD_LOG", "/proc/nothing/log")
    refused = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes")
    assert refused.code == 2
    assert "VTN-F008" in refused.stderr
    assert not any(lab.held(region)["heat"]["stacks"] for region in ("east", "west"))
