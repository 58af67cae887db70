"""The lab by the command line: up, failed, healed, trusted anew, down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES
from tests.support.labs import free_base_port
from tests.support.program import Vtnmd

pytestmark = pytest.mark.started_anew


@pytest.fixture
def folder(vtnmd: Vtnmd, tmp_path: Path) -> Iterator[Path]:
    """A lab of one region."""
    found = tmp_path / "lab"
    base = free_base_port(2)
    started = vtnmd("lab", "up", "--regions", "1", "--base-port", str(base), "--folder", found)
    assert started.code == 0, started.stderr
    yield found
    vtnmd("lab", "down", "--folder", found)


def test_a_lab_comes_up_fails_heals_and_goes(vtnmd: Vtnmd, folder: Path) -> None:
    status = vtnmd("lab", "status", "--folder", folder, "--json")
    (region,) = status.records("region")
    assert (region["region"], region["state"]) == ("east", "up")
    again = vtnmd("lab", "up", "--regions", "1", "--base-port", str(region["ports"]["odl"] - 1), "--folder", folder, "--json")
    assert again.records("region")[0]["pid"] == region["pid"]
    other = vtnmd("lab", "up", "--regions", "2", "--folder", folder)
    assert other.code == 1
    assert "VTN-U010" in other.stderr

    assert vtnmd("lab", "up", "--fail", "east", "--folder", folder, "--json").records("region")[0]["state"] == "failed"
    assert vtnmd("lab", "up", "--heal", "east", "--folder", folder, "--json").records("region")[0]["state"] == "up"
    assert "VTN-U013" in vtnmd("lab", "up", "--fail", "mars", "--folder", folder).stderr

    assert vtnmd("lab", "down", "--folder", folder).stdout.strip() == "stopped: east"
    gone = vtnmd("lab", "status", "--folder", folder, "--json")
    assert gone.code == 1
    assert gone.records("region")[0]["state"] == "down"
    assert vtnmd("lab", "down", "--folder", folder).code == 0


@pytest.mark.parametrize(("endpoint", "file"), [("east/pe", "known_hosts"), ("east/odl", "ca.pem")])
def test_what_an_endpoint_shows_is_enrolled_once(vtnmd: Vtnmd, folder: Path, endpoint: str, file: str) -> None:
    trust = ("inventory", "trust", endpoint, "-I", folder / "inventory.yaml")
    (folder / file).unlink()
    asked = vtnmd(*trust)
    assert asked.code == 2
    assert "VTN-U002" in asked.stderr
    assert not (folder / file).exists()
    enrolled = vtnmd(*trust, "--yes")
    assert enrolled.code == 0, enrolled.stderr
    assert "SHA256:" in enrolled.stderr
    assert (folder / file).read_text(encoding="ascii")
    assert "trusted already" in vtnmd(*trust, "--yes").stdout
    assert vtnmd("apply", EXAMPLES / "hello-vtn", "-I", folder / "inventory.yaml", "--yes").code == 0


def test_a_service_by_the_inventory_in_the_state(vtnmd: Vtnmd, folder: Path) -> None:
    assert vtnmd("inventory", "show").code == 1
    assert vtnmd("inventory", "load", folder / "inventory.yaml").code == 0
    assert "east" in vtnmd("inventory", "show").stdout
    assert vtnmd("apply", EXAMPLES / "hello-vtn", "--yes").code == 0
    probed = vtnmd("probe", "hello-vtn")
    assert probed.code == 0
    assert "nothing to probe" in probed.stdout
