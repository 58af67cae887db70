"""A broken link of the backbone: the service goes on by its backup ways, is told as degraded, and fails where both ways are cut."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.e2e.test_dead_regions import serving
from tests.support.program import Process, Vtnmd

pytestmark = [pytest.mark.started_anew, pytest.mark.waits]


@pytest.fixture
def cut(vtnmd: Vtnmd, lab: RunningLab) -> Iterator["Cut"]:
    cut = Cut(vtnmd, lab.lab.folder)
    yield cut
    for a, b in (("pe-east", "p2"), ("pe-west", "p2"), ("p1", "p3")):
        cut(a, b, "--up")


class Cut:
    """Takes links of the lab down and up."""

    def __init__(self, vtnmd: Vtnmd, folder: Path) -> None:
        self._vtnmd, self._folder = vtnmd, folder

    def __call__(self, a: str, b: str, state: str) -> None:
        done = self._vtnmd("lab", "link", a, b, state, "--folder", self._folder)
        assert done.code == 0, done.stderr


def probed(vtnmd: Vtnmd) -> tuple[int, set[str], list[str]]:
    """Exit code, verdicts, and reasons of what is degraded."""
    done = vtnmd("probe", "global-shop", "--json")
    records = done.records("probe")
    assert len(records) == 8
    return done.code, {each["verdict"] for each in records}, [reason for each in records for reason in each.get("degraded", [])]


def test_a_broken_link_degrades_and_two_fail(vtnmd: Vtnmd, lab: RunningLab, cut: Cut) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    assert probed(vtnmd) == (0, {"passed"}, [])

    cut("p2", "pe-west", "--down")
    code, verdicts, reasons = probed(vtnmd)
    assert (code, verdicts) == (0, {"degraded"})
    assert any("pe-east → pe-west rides its backup way p1, p3" in reason for reason in reasons)
    assert all("p2 is down since" in reason or "pe-west is down since" in reason for reason in reasons)
    shown = vtnmd("status", "global-shop").stdout
    assert "degraded" in shown
    assert "rides its backup way" in shown
    assert "link p2 – pe-west is down" in vtnmd("lab", "status", "--folder", lab.lab.folder).stderr

    cut("p1", "p3", "--down")
    assert probed(vtnmd)[:2] == (1, {"failed"})

    cut("p2", "pe-west", "--up")
    assert probed(vtnmd) == (0, {"passed"}, [])
    assert "degraded" not in vtnmd("status", "global-shop").stdout


def test_serving_tells_that_an_interconnect_is_degraded_and_when_it_is_good_again(vtnmd: Vtnmd, lab: RunningLab, cut: Cut) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    cut("p2", "pe-west", "--down")
    with serving(vtnmd, "--probe-every", "0.5") as process:
        assert {each["verdict"] for each in turned(process, 2)} == {"degraded"}
        cut("p1", "p3", "--down")
        assert {(each["before"], each["verdict"]) for each in turned(process, 2)} == {("degraded", "failed")}
        cut("p2", "pe-west", "--up")
        assert {(each["before"], each["verdict"]) for each in turned(process, 2)} == {("failed", "passed")}


def test_what_is_no_link_is_refused(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    folder = ("--folder", lab.lab.folder)
    assert "VTN-U017" in vtnmd("lab", "link", "p1", "mars", "--down", *folder).stderr
    assert "VTN-U001" in vtnmd("lab", "link", "p1", "p2", *folder).stderr
    assert "VTN-U014" in vtnmd("lab", "link", "p1", "p2", "--down", "--folder", tmp_path / "nowhere").stderr


def turned(process: Process, number: int) -> list[dict[str, Any]]:
    """The next so many records of interconnects that turned."""
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    try:
        return list(_turned(process, number))
    finally:
        watchdog.cancel()


def _turned(process: Process, number: int) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        record = json.loads(line)
        if record.get("type") == "interconnect":
            yield record
            number -= 1
            if number == 0:
                return
    raise AssertionError(process.communicate())
