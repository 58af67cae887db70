"""The life of a service, by the command line against a lab: from the topology to nothing left."""

from pathlib import Path

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd
from vtnmd.lab.faults import NO_FAULT, REFUSE

EMPTY: dict[str, dict[str, str]] = {"vtn:vtns": {}}


pytestmark = [pytest.mark.started_anew, pytest.mark.waits]


def test_validate_plan_apply_probe_change_destroy(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    given = (SHOP, "-I", lab.inventory)
    assert vtnmd("validate", *given).code == 0

    planned = vtnmd("plan", *given, "-o", tmp_path / "plan.json", "--detailed-exitcode")
    assert planned.code == 10
    assert "32 changes" in planned.stdout
    assert "create 32 · update 0 · replace 0 · delete 0" in planned.stdout
    assert not vtnmd.state.exists()

    applied = vtnmd("apply", tmp_path / "plan.json", "--yes")
    assert applied.code == 0, applied.stderr
    assert "32 of 32 changes applied" in applied.stdout

    probed = vtnmd("probe", "global-shop", "--json")
    assert probed.code == 0
    assert all(record["passed"] for record in probed.records("probe"))
    assert len(probed.records("probe")) == 8

    again = vtnmd("apply", *given, "--yes")
    assert again.code == 0
    assert "no changes, 32 resources are as run" in again.stderr
    assert vtnmd("plan", *given, "--detailed-exitcode").code == 0

    stale = vtnmd("apply", tmp_path / "plan.json", "--yes")
    assert stale.code == 4
    assert "VTN-S020" in stale.stderr

    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n")
    changed = vtnmd("apply", *given, "-i", tmp_path / "inputs.yaml", "--yes")
    assert changed.code == 0
    assert "create 0 · update 4 · replace 0 · delete 0" in changed.stderr
    assert "200–400 Mbit/s gold → 300–400 Mbit/s gold" in changed.stderr

    status = vtnmd("status", "global-shop")
    assert status.code == 0
    assert "300–400 Mbit/s gold" in status.stdout

    destroyed = vtnmd("destroy", "global-shop", "--yes")
    assert destroyed.code == 0, destroyed.stderr
    assert "32 resources are deleted" in destroyed.stderr
    assert vtnmd("services").stdout.strip() == "no services"
    for region in ("east", "west"):
        held = lab.held(region)
        assert held["odl"] == EMPTY
        assert not any(held["pe"].get("vtnmd-pe:pe", {}).values())
        assert held["heat"]["stacks"] == []


def test_a_probe_fails_where_a_map_was_taken_away(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    for vtn in lab.held("west")["odl"]["vtn:vtns"]["vtn"]:
        for bridge in vtn["vbridge"]:
            if bridge["name"] == "web":
                ids = [entry["map-id"] for entry in bridge["vlan-map"]]
                lab.call_odl(
                    "west", "vtn-vlan-map:remove-vlan-map", **{"tenant-name": vtn["name"], "bridge-name": "web", "map-ids": ids}
                )
    probed = vtnmd("probe", "global-shop")
    assert probed.code == 1
    assert "the VTN Manager of west maps VLAN" in probed.stdout


def test_a_dead_region_holds_its_own_work_only(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fail("west", REFUSE)
    applied = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes")
    assert applied.code == 3, applied.stderr
    assert "16 of 32 changes applied" in applied.stdout
    assert "west/odl" in applied.stdout
    assert lab.held("east")["heat"]["stacks"]
    run = vtnmd.latest_run()
    assert f"vtnmd resume {run}" in applied.stdout
    probed = vtnmd("probe", "global-shop")
    assert probed.code != 0

    lab.fail("west", NO_FAULT)
    resumed = vtnmd("resume", run)
    assert resumed.code == 0, resumed.stderr
    assert "16 of 16 changes applied" in resumed.stdout
    assert vtnmd("probe", "global-shop").code == 0
