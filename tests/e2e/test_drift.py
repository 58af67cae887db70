"""Changes behind vtnmd's back, against a lab: told field by field, and never overwritten by the way."""

from pathlib import Path
from typing import Any

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.netconf import bridge, element
from tests.support.program import Vtnmd
from vtnmd.lab.faults import REFUSE


def _vtn(lab: RunningLab, region: str) -> str:
    name: str = lab.held(region)["odl"]["vtn:vtns"]["vtn"][0]["name"]
    return name


def _circuit(lab: RunningLab, region: str) -> dict[str, Any]:
    circuit: dict[str, Any] = lab.held(region)["pe"]["vtnmd-pe:pe"]["attachment-circuit"][0]
    return circuit


def _describe(lab: RunningLab, region: str, text: str) -> None:
    """Give a vBridge other words."""
    names = {"tenant-name": _vtn(lab, region), "bridge-name": "web"}
    lab.call_odl(region, "vtn-vbridge:update-vbridge", **names, description=text, operation="SET")


def test_a_check_tells_drifted_missing_foreign_and_unknown(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    checked = vtnmd("check", "global-shop")
    assert checked.code == 0, checked.stdout + checked.stderr
    assert checked.stdout.strip() == "global-shop: 32 in sync"
    assert vtnmd("check", "--all").code == 0

    _describe(lab, "east", "somebody else's words")
    lab.call_odl("east", "vtn-vbridge:update-vbridge", **{"tenant-name": _vtn(lab, "east"), "bridge-name": "intruder"})
    lab.configure_pe("east", bridge("merge", name="intruder"))
    circuit = _circuit(lab, "west")
    lab.configure_pe("west", element("pe", element("attachment-circuit", element("name", circuit["name"]), operation="delete")))
    stack = next(stack for stack in lab.call_heat("east", "GET", "/stacks")["stacks"])
    lab.call_heat("east", "DELETE", f"/stacks/{stack['stack_name']}/{stack['id']}")
    checked = vtnmd("check", "global-shop", "--json")
    assert checked.code == 1
    findings = {record["address"]: record for record in checked.records("finding")}
    by_standing = {record["standing"] for record in findings.values()}
    assert by_standing == {"in-sync", "drifted", "missing"}
    (drifted,) = (record for record in findings.values() if record["standing"] == "drifted" and "vbridge" in record["address"])
    (difference,) = drifted["differences"]
    assert difference["path"] == "vbridge-config/description"
    assert difference["found"] == "somebody else's words"
    assert {record["name"] for record in checked.records("stranger")} == {"intruder"}
    assert {record["kind"] for record in checked.records("stranger")} == {"vbridge", "bridge-domain"}
    assert {record["code"] for record in checked.records("diagnostic")} == {"VTN-E401", "VTN-E402"}

    told = vtnmd("check", "global-shop")
    assert "vbridge-config/description" in told.stdout
    assert "intruder" in told.stdout


def test_what_cannot_be_asked_is_not_guessed(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    lab.fail("west", REFUSE)
    checked = vtnmd("check", "global-shop")
    assert checked.code == 5, checked.stderr
    assert "16 in sync, 16 unknown" in checked.stdout
    assert "VTN-E010" in checked.stderr
    assert vtnmd("check", "nothing-of-that-name").code != 0
    assert vtnmd("check").code == 2


def test_a_change_that_would_overwrite_drift_waits_for_a_decision(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    circuit = {name: str(value) for name, value in _circuit(lab, "east").items() if isinstance(value, str | int)}
    other = next(circuit for circuit in lab.held("east")["pe"]["vtnmd-pe:pe"]["attachment-circuit"] if "policer" in circuit)
    assert circuit
    rate = element("policer", element("rate", "1"), operation="merge")
    lab.configure_pe("east", element("pe", element("attachment-circuit", element("name", other["name"]), rate)))

    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n")
    changed = (SHOP, "-I", lab.inventory, "-i", tmp_path / "inputs.yaml", "--yes")
    refused = vtnmd("apply", *changed)
    assert refused.code == 1
    assert "VTN-E403" in refused.stderr
    assert "policer/rate: '1' instead of" in refused.stderr
    assert vtnmd("resume", vtnmd.latest_run()).code == 1, "going on is not an answer"
    assert vtnmd("apply", *changed, "--repair", "--adopt").code == 2

    repaired = vtnmd("resume", vtnmd.latest_run(), "--repair")
    assert repaired.code == 0, repaired.stderr
    assert vtnmd("check", "global-shop").code == 0


def test_what_drifted_is_repaired(vtnmd: Vtnmd, lab: RunningLab) -> None:
    given = (SHOP, "-I", lab.inventory, "--yes")
    assert vtnmd("apply", *given).code == 0
    _describe(lab, "east", "somebody else's words")
    circuit = _circuit(lab, "west")
    lab.configure_pe("west", element("pe", element("attachment-circuit", element("name", circuit["name"]), operation="delete")))
    for stack in lab.call_heat("east", "GET", "/stacks")["stacks"]:
        lab.call_heat("east", "DELETE", f"/stacks/{stack['stack_name']}/{stack['id']}")
    assert "no changes" in vtnmd("apply", *given).stderr
    assert vtnmd("check", "global-shop").code == 1

    repaired = vtnmd("apply", *given, "--repair")
    assert repaired.code == 0, repaired.stderr
    assert "drifted: vbridge-config/description" in repaired.stderr
    assert len(lab.held("east")["heat"]["stacks"]) == 3
    assert vtnmd("check", "global-shop").code == 0
    assert vtnmd("probe", "global-shop").code == 0
    assert "no changes" in vtnmd("apply", *given, "--repair").stderr


def test_what_drifted_is_adopted(vtnmd: Vtnmd, lab: RunningLab) -> None:
    given = (SHOP, "-I", lab.inventory, "--yes")
    assert vtnmd("apply", *given).code == 0
    _describe(lab, "east", "somebody else's words")
    adopted = vtnmd("apply", *given, "--adopt")
    assert adopted.code == 0, adopted.stderr
    assert "somebody else's words is accepted" in adopted.stderr
    checked = vtnmd("check", "global-shop")
    assert checked.code == 0, checked.stdout
    assert "no changes" in vtnmd("apply", *given).stderr
    _describe(lab, "east", "again other words")
    assert vtnmd("check", "global-shop").code == 1


def test_a_service_whose_state_was_lost_is_adopted_and_not_made_twice(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    given = (SHOP, "-I", lab.inventory, "--yes")
    assert vtnmd("apply", *given).code == 0
    before = lab.held("east")
    anew = vtnmd.elsewhere(tmp_path / "another-state")
    refused = anew("apply", *given)
    assert refused.code == 1
    assert "VTN-E404" in refused.stderr
    assert lab.held("east") == before
    adopted = anew("apply", *given, "--adopt")
    assert adopted.code == 0, adopted.stderr
    assert lab.held("east") == before
    assert anew("check", "global-shop").code == 0
    destroyed = anew("destroy", "global-shop", "--yes")
    assert destroyed.code == 0, destroyed.stderr
    assert lab.held("east")["heat"]["stacks"] == []
