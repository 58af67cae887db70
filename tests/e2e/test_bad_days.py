"""Bad days: endpoints that lose answers or lie, operators in a hurry, and two coordinators at once."""

from pathlib import Path

import pytest

from tests.crash.evidence import differences, holding
from tests.e2e.conftest import SHOP, RunningLab
from tests.e2e.test_interruptions import after_events, ended, interrupt, started
from tests.support import labs
from tests.support.program import Vtnmd
from vtnmd.lab.faults import DROP_AFTER, GARBAGE, HALF, IGNORE, NO_FAULT

pytestmark = pytest.mark.waits

_TAKES_LONG = 60.0


def check_as_undisturbed(vtnmd: Vtnmd, lab: RunningLab, folder: Path) -> None:
    """What the lab holds is what it holds after a run of the same service on a good day."""
    found = {region: holding(lab.lab, region) for region in lab.lab.regions}
    labs.reset(lab.lab, to_start=True)
    assert vtnmd.elsewhere(folder / "good-day")("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    wanted = {region: holding(lab.lab, region) for region in lab.lab.regions}
    assert not list(differences(wanted, found))


def test_answers_that_are_lost_in_every_way_cost_nothing_but_time(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    """Requests take effect and their answers break off, or none comes, again and again; no stack is made twice."""
    lab.fail("west", DROP_AFTER)
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 3
    run = vtnmd.latest_run()
    for fault in (HALF, GARBAGE):
        lab.fail("west", fault)
        assert vtnmd("resume", run).code == 3
    lab.fail("west", NO_FAULT)
    resumed = vtnmd("resume", run)
    assert resumed.code == 0, resumed.stderr
    check_as_undisturbed(vtnmd, lab, tmp_path)


def test_a_region_that_says_yes_and_does_nothing_is_found_out(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    before = lab.held("west")
    lab.fail("west", IGNORE)
    lied_to = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes", "--json")
    assert lied_to.code == 1
    failed = [event for event in lied_to.records("event") if event["step"] == "failed"]
    assert failed
    assert {event["detail"]["diagnostic"]["code"] for event in failed} <= {"VTN-E104", "VTN-E206", "VTN-E310"}
    answered = [event["request"] for event in lied_to.records("event") if event["step"] in {"answered", "settled"}]
    assert not [request for request in answered if request.startswith("west/")]
    lab.fail("west", NO_FAULT)
    assert lab.held("west") == before
    resumed = vtnmd("resume", vtnmd.latest_run())
    assert resumed.code == 0, resumed.stderr
    check_as_undisturbed(vtnmd, lab, tmp_path)


def test_ctrl_c_twice_leaves_at_once_and_loses_nothing(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    lab.fault("west", "heat", "slow", _TAKES_LONG)
    process = after_events(vtnmd.start("apply", SHOP, "-I", lab.inventory, "--yes", "--json"), 6)
    for _ in range(2):
        interrupt(process)
    assert ended(process) == 130
    lab.fault("west", "heat", "none")
    resumed = vtnmd("resume", vtnmd.latest_run())
    assert resumed.code == 0, resumed.stderr
    check_as_undisturbed(vtnmd, lab, tmp_path)


@pytest.mark.parametrize("second", ["resume", "apply", "destroy"])
def test_a_second_coordinator_is_refused(vtnmd: Vtnmd, lab: RunningLab, second: str) -> None:
    lab.fault("west", "odl", "slow", _TAKES_LONG)
    killed = started(vtnmd, lab, 1)
    killed.kill()
    ended(killed)
    run = vtnmd.latest_run()
    first = after_events(vtnmd.start("resume", run, "--json"), 2)
    words = {
        "resume": ("resume", run),
        "apply": ("apply", SHOP, "-I", lab.inventory, "--yes"),
        "destroy": ("destroy", "global-shop", "--yes"),
    }
    refused = vtnmd(*words[second])
    assert refused.code == 1
    assert "VTN-S006" in refused.stderr
    assert f"process {first.pid}" in refused.stderr
    assert f"vtnmd resume {run}" in refused.stderr
    lab.fault("west", "odl", "none")
    assert ended(first) == 0
