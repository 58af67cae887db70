"""What operators do to plans and runs, each in a process of their own."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Process, Vtnmd

pytestmark = pytest.mark.waits

_TAKES_LONG = 8.0  # seconds for each answer of a cloud: its stacks take longer than any other command of a test
_AS_ANOTHER = """
import sys
from vtnmd.cli import user
user._login_user = lambda: 7654321  # as if somebody else had logged in
from vtnmd.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Another(Vtnmd):
    """The same state, used by somebody else."""

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-P", "-c", _AS_ANOTHER, *map(str, arguments)]


def until(process: Process, step: str) -> str:
    """Wait until the process has told of an event of that step; the run."""
    assert process.stdout is not None
    for line in map(json.loads, process.stdout):
        if line.get("step") == step:
            return str(line["run"])
    raise AssertionError(process.communicate()[1])


def held(lab: RunningLab) -> dict[str, object]:
    """What routers and controllers of both regions hold; stacks have identities that change when they are made anew."""
    return {region: {name: lab.held(region)[name] for name in ("odl", "pe")} for region in ("east", "west")}


def test_another_user_approves_what_is_applied(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    inventory, plan = lab.inventory.with_name("demanding.yaml"), tmp_path / "plan.json"
    inventory.write_text(lab.inventory.read_text().replace("inventory:\n", "inventory:\n  approvals: 1\n", 1))
    direct = vtnmd("apply", SHOP, "-I", inventory, "--yes")
    assert (direct.code, "VTN-P022" in direct.stderr) == (1, True)
    assert "vtnmd approve" in vtnmd("plan", SHOP, "-I", inventory, "-o", plan).stderr
    for refused, code in ((vtnmd("apply", plan, "--yes"), "VTN-P020"), (vtnmd("approve", plan, "--yes"), "VTN-P021")):
        assert (refused.code, code in refused.stderr) == (1, True)
    assert not vtnmd.state.exists()
    another = Another(vtnmd.state)
    asked = another("approve", plan)
    assert (asked.code, "32 changes" in asked.stderr, "VTN-U002" in asked.stderr) == (2, True, True)
    approved = another("approve", plan, "--yes")
    assert (approved.code, approved.stdout) == (0, f"approved by 7654321; apply it with: vtnmd apply {plan}\n")
    applied = vtnmd("apply", plan, "--yes", "--label", "ticket 7")
    assert applied.code == 0, applied.stderr
    for arguments in (("destroy", "global-shop"), ("rollback", vtnmd.latest_run())):
        assert "VTN-P022" in vtnmd(*arguments, "--yes").stderr
    assert vtnmd("destroy", "global-shop", "-o", plan).code == 0
    assert another("approve", plan, "--yes").code == 0
    assert vtnmd("apply", plan, "--yes").code == 0
    told = [(line["user"], line["action"]) for line in vtnmd("audit", "--json").records("audit")]
    me = told[0][0]
    destroyed = [(me, "apply"), (me, "commit"), ("7654321", "approve")]
    assert told == [*destroyed, (me, "apply"), (me, "inventory"), (me, "commit"), ("7654321", "approve")]
    assert "approved-by 7654321" in vtnmd("audit").stdout


def test_a_run_is_cancelled_by_another_process(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fault("west", "heat", "slow", _TAKES_LONG)
    process = vtnmd.start("apply", SHOP, "-I", lab.inventory, "--yes", "--json")
    run = until(process, "answered")
    cancelled = Another(vtnmd.state)("cancel", run)
    assert (cancelled.code, "as soon as" in cancelled.stdout) == (0, True)
    stdout, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    (outcome,) = [line for line in map(json.loads, stdout.splitlines()) if line.get("type") == "outcome"]
    assert (outcome["result"], outcome["cancelled"]) == ("cancelled", "7654321")
    assert "cancelled by 7654321" in vtnmd("history").stdout
    assert vtnmd("status", run, "--json").records("run")[0]["cancelled"] == "7654321"
    for command, code in (("resume", "VTN-S009"), ("cancel", "VTN-S014")):
        assert code in vtnmd(command, run).stderr
    lab.fault("west", "heat", "none")
    missing = vtnmd("plan", SHOP, "-I", lab.inventory, "--json").records("plan")[0]
    assert 0 < len(missing["changes"]) < 32
    applied = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes")
    assert applied.code == 0, applied.stderr
    assert vtnmd("probe", "global-shop").code == 0


def test_a_service_goes_back_to_before_a_run(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    given = ("apply", SHOP, "-I", lab.inventory, "--yes")
    assert vtnmd(*given, "--label", "first").code == 0
    before = held(lab)
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n")
    assert vtnmd(*given, "-i", tmp_path / "inputs.yaml", "--label", "more bandwidth").code == 0
    run = vtnmd.latest_run()
    assert held(lab) != before
    declined = vtnmd("rollback", run)
    assert "VTN-U002" in declined.stderr
    assert "300–400 Mbit/s gold → 200–400 Mbit/s gold" in declined.stderr
    rolled = vtnmd("rollback", run, "--yes")
    assert rolled.code == 0, rolled.stderr
    assert "create 0 · update 4 · replace 0 · delete 0" in rolled.stderr
    assert held(lab) == before
    latest, middle, first = vtnmd("history", "global-shop", "--json").records("run")
    assert [entry["label"] for entry in (latest, middle, first)] == [f"back to before run {run}", "more bandwidth", "first"]
    assert [entry["version"] for entry in (latest, middle, first)] == [3, 2, 1]
    assert vtnmd("rollback", first["run"], "--yes").code == 0
    assert vtnmd("services").stdout.strip() == "no services"
