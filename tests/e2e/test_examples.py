"""The examples of composites and of a designer's own models, by the command line against labs that are made for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES
from tests.support.labs import held, started_lab
from tests.support.program import Vtnmd
from vtnmd.lab import up
from vtnmd.lab.faults import NO_FAULT, REFUSE
from vtnmd.lab.layout import Lab

SITES, DEVICE = EXAMPLES / "three-sites", EXAMPLES / "own-device"


@pytest.fixture(scope="module")
def three_regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = started_lab(tmp_path_factory.mktemp("three"), 3)
    yield lab
    up.stop(lab.folder)


@pytest.fixture(scope="module")
def another_family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = started_lab(tmp_path_factory.mktemp("family"), 2, (("east", "openconfig"),))
    yield lab
    up.stop(lab.folder)


def test_one_composite_serves_two_tenants_with_the_same_addresses(vtnmd: Vtnmd, three_regions: Lab) -> None:
    given = (SITES, "-I", three_regions.file("inventory.yaml"))
    applied = vtnmd("apply", *given, "--yes")
    assert applied.code == 0, applied.stderr
    assert "72 of 72 changes applied" in applied.stdout

    probed = vtnmd("probe", "three-sites", "--json")
    assert probed.code == 0, probed.stderr
    assert all(record["passed"] for record in probed.records("probe"))
    text = vtnmd("probe", "three-sites").stdout
    assert "vrf acme_acme_offices_net.acme-offices.core" in text
    assert "vrf umbrella_umbrella_offices_net.umbrella-offices.core" in text

    assert vtnmd("plan", *given, "--detailed-exitcode").code == 0
    assert "72 in sync" in vtnmd("check", "three-sites").stdout

    assert vtnmd("destroy", "three-sites", "--yes").code == 0
    for region in three_regions.regions:
        assert not any(held(three_regions, region)["pe"].get("vtnmd-pe:pe", {}).values())


def test_a_family_and_a_resource_of_a_designers_own(vtnmd: Vtnmd, another_family: Lab, tmp_path: Path) -> None:
    models, inventory = DEVICE / "models", another_family.file("inventory.yaml")
    refused = vtnmd("validate", DEVICE, "-I", inventory)
    assert refused.code == 2
    assert "VTN-T010" in refused.stderr

    applied = vtnmd("apply", DEVICE, "-I", inventory, "--models", models, "--yes")
    assert applied.code == 0, applied.stderr
    assert "27 of 27 changes applied" in applied.stdout
    assert "acme_offices.no-telnet" in str(held(another_family, "east")["pe"])

    probed = vtnmd("probe", "own-device", "--json")
    assert probed.code == 0, probed.stderr
    assert len(probed.records("probe")) == 4

    # From here on the state knows the models.
    assert vtnmd("plan", DEVICE, "--detailed-exitcode").code == 0
    assert "27 in sync" in vtnmd("check", "own-device").stdout

    changed = tmp_path / "changed"
    changed.mkdir()
    text = (DEVICE / "service.yaml").read_text()
    (changed / "service.yaml").write_text(text.replace("[ 23, 2323 ]", "[ 23 ]"))
    again = vtnmd("apply", changed, "--yes", "--label", "one port less")
    assert again.code == 0, again.stderr
    assert "create 0 · update 1 · replace 0 · delete 0" in again.stderr

    run = vtnmd("history", "own-device", "--json").records("run")[0]["run"]
    assert vtnmd("rollback", run, "--yes").code == 0
    assert "27 in sync" in vtnmd("check", "own-device").stdout

    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "service.yaml").write_text(text.replace("[ 23, 2323 ]", "[ 65536 ]"))
    refused = vtnmd("validate", wrong)
    assert refused.code == 2
    assert "65536" in refused.stderr

    destroyed = vtnmd("destroy", "own-device", "--yes")
    assert destroyed.code == 0, destroyed.stderr
    instances = str(held(another_family, "east")["pe"])
    assert "L3VRF" not in instances
    assert "L2VSI" not in instances
    assert "acl-set'" not in instances


def test_what_waited_for_a_region_is_drained_with_the_models_of_the_state(vtnmd: Vtnmd, another_family: Lab) -> None:
    inventory = another_family.file("inventory.yaml")
    up.set_fault(another_family, "east", REFUSE)
    try:
        applied = vtnmd("apply", DEVICE, "-I", inventory, "--models", DEVICE / "models", "--yes")
    finally:
        up.set_fault(another_family, "east", NO_FAULT)
    assert applied.code == 3, applied.stderr
    run = vtnmd("history", "own-device", "--json").records("run")[0]["run"]
    resumed = vtnmd("resume", run)
    assert resumed.code == 0, resumed.stderr
    assert vtnmd("check", "own-device").code == 0
    assert vtnmd("destroy", "own-device", "--yes").code == 0


def test_skeletons_are_valid_as_they_are_written(vtnmd: Vtnmd, tmp_path: Path) -> None:
    lan, fast = tmp_path / "lan", tmp_path / "fast"
    assert vtnmd("new", "composite", "lan", "-o", lan).code == 0
    assert vtnmd("validate", lan).code == 0
    assert vtnmd("new", "device", "fast", "-o", fast).code == 0
    given = (fast, "--models", fast / "models", "-I", fast / "inventory.yaml")
    assert vtnmd("validate", *given).code == 0
    rendered = vtnmd("render", *given, "-o", tmp_path / "files")
    assert rendered.code == 0, rendered.stderr

    (lan / "service.yaml").unlink()
    again = vtnmd("new", "composite", "lan", "-o", lan)
    assert again.code == 2
    assert "VTN-F022" in again.stderr
    assert not (lan / "service.yaml").exists()
    assert vtnmd("new", "device", "../elsewhere").code == 2
