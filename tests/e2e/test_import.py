"""A network that was there before the state is taken over as it is, and an empty plan proves it."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd


@pytest.fixture
def anew(vtnmd: Vtnmd, tmp_path: Path) -> Vtnmd:
    """A vtnmd that has lost its state."""
    return vtnmd.elsewhere(tmp_path / "new-state")


def test_a_service_is_taken_over_and_nothing_is_sent(vtnmd: Vtnmd, anew: Vtnmd, lab: RunningLab) -> None:
    given = (SHOP, "-I", lab.inventory)
    assert vtnmd("apply", *given, "--yes").code == 0
    before = {region: lab.held(region) for region in ("east", "west")}

    imported = anew("import", *given, "--yes")
    assert imported.code == 0, imported.stderr
    assert "global-shop: 32 resources taken over as found" in imported.stderr
    assert "an apply would change nothing" in imported.stdout
    assert {region: lab.held(region) for region in ("east", "west")} == before
    assert anew("plan", *given, "--detailed-exitcode").code == 0
    assert anew("check", "global-shop").code == 0
    assert anew("probe", "global-shop").code == 0

    again = anew("import", *given, "--yes")
    assert again.code == 0
    assert "nothing is there that the state does not know" in again.stderr

    destroyed = anew("destroy", "global-shop", "--yes")
    assert destroyed.code == 0, destroyed.stderr
    assert lab.held("east")["heat"]["stacks"] == []


def test_what_is_missing_or_differs_keeps_from_it_unless_a_part_will_do(vtnmd: Vtnmd, anew: Vtnmd, lab: RunningLab) -> None:
    given = (SHOP, "-I", lab.inventory)
    nothing = anew("import", *given, "--yes", "--partial")
    assert nothing.code == 1
    assert "VTN-P031" in nothing.stderr
    assert vtnmd("apply", *given, "--yes").code == 0
    (vtn,) = lab.held("east")["odl"]["vtn:vtns"]["vtn"]
    names = {"tenant-name": vtn["name"], "bridge-name": "web"}
    lab.call_odl("east", "vtn-vbridge:update-vbridge", **names, description="other words", operation="SET")
    stack = next(stack for stack in lab.call_heat("west", "GET", "/stacks")["stacks"] if "network" not in stack["stack_name"])
    lab.call_heat("west", "DELETE", f"/stacks/{stack['stack_name']}/{stack['id']}")

    refused = anew("import", *given, "--yes")
    assert refused.code == 1
    assert "1 resource is not there" in refused.stderr
    assert "1 resource is other than wanted" in refused.stderr
    assert "vbridge-config/description: 'other words' instead of" in refused.stderr
    assert not anew("services", "--json").records("service")

    imported = anew("import", *given, "--yes", "--partial")
    assert imported.code == 0, imported.stderr
    assert "create 1 · update 1 · replace 0 · delete 0" in imported.stdout
    applied = anew("apply", *given, "--yes")
    assert applied.code == 0, applied.stderr
    assert anew("check", "global-shop").code == 0


def test_what_was_drawn_is_found_out(vtnmd: Vtnmd, anew: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    """Another service came first and went, so that the shop has other numbers than it would draw today."""
    early = tmp_path / "early"
    shutil.copytree(SHOP, early)
    (early / "service.yaml").write_text(
        (SHOP / "service.yaml").read_text().replace("acme", "early").replace("global-shop", "early")
    )
    assert vtnmd("apply", early, "-I", lab.inventory, "--yes").code == 0
    given = (SHOP, "-I", lab.inventory)
    assert vtnmd("apply", *given, "--yes").code == 0
    assert vtnmd("destroy", "early", "--yes").code == 0
    drawn = vtnmd("plan", *given, "--json").records("plan")[0]["allocations"]

    imported = anew("import", *given, "--yes")
    assert imported.code == 0, imported.stderr
    assert anew("plan", *given, "--json").records("plan")[0]["allocations"] == drawn
    assert anew("plan", *given, "--detailed-exitcode").code == 0
