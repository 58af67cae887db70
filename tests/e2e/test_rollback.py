"""A run that fails is taken back, by the command line against a lab."""

import copy
from pathlib import Path
from typing import Any

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd


def held(lab: RunningLab) -> dict[str, Any]:
    """What both regions hold, without what a cloud numbers anew each time."""
    found = {region: copy.deepcopy(lab.held(region)) for region in ("east", "west")}
    for region in found.values():
        region["heat"] = sorted(stack["name"] for stack in region["heat"]["stacks"])
    return found


def test_a_service_that_one_cloud_refuses_leaves_nothing_behind(vtnmd: Vtnmd, lab: RunningLab) -> None:
    before = held(lab)
    lab.fault("west", "heat", "status", status=400)
    failed = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes", "--on-failure", "rollback")
    lab.fault("west", "heat", "none")
    assert failed.code == 1, failed.stderr
    assert "what was done is taken back" in failed.stderr
    assert "rolled back" in failed.stdout
    assert "resume" not in failed.stdout
    assert held(lab) == before
    refused = vtnmd("resume", vtnmd.latest_run())
    assert "VTN-S009" in refused.stderr
    assert "was rolled back" in refused.stderr


def test_a_change_that_one_cloud_refuses_leaves_the_service_as_it_was(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    before = held(lab)
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\nweb_servers: 3\n")
    lab.fault("west", "heat", "status", status=400)
    failed = vtnmd("apply", SHOP, "-I", lab.inventory, "-i", tmp_path / "inputs.yaml", "--yes", "--on-failure", "rollback")
    lab.fault("west", "heat", "none")
    assert failed.code == 1, failed.stderr
    assert "rolled back" in failed.stdout
    assert held(lab) == before
    assert vtnmd("probe", "global-shop").code == 0
