"""The YANG modules as other tools see them."""

import subprocess
import sys
from pathlib import Path

import pyangbind
import pytest

from vtnmd.assets import YANG_MODELS
from vtnmd.yang.schema import load_schema

MODULES = sorted(YANG_MODELS.glob("*.yang"))
PYANG = Path(sys.executable).with_name("pyang")


def test_pyang_finds_nothing_to_complain_about() -> None:
    done = subprocess.run([PYANG, "--strict", "--lint", "-p", YANG_MODELS, *MODULES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_module_has_its_line_in_the_table(module: Path) -> None:
    assert f"`{module.stem}`" in (YANG_MODELS / "README.md").read_text()


def test_typed_classes_can_be_generated_for_clients(tmp_path: Path) -> None:
    folder = Path(str(pyangbind.__file__)).parent / "plugin"
    target = tmp_path / "bindings.py"
    generated = subprocess.run(
        [PYANG, "--plugindir", folder, "-f", "pybind", "-o", target, "-p", YANG_MODELS, YANG_MODELS / "vtnmd-pe.yang"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert generated.returncode == 0, generated.stderr
    use = "import bindings; pe = bindings.vtnmd_pe().pe; vrf = pe.vrf.add('shop'); vrf.label = 100000; print(vrf.label)"
    used = subprocess.run([sys.executable, "-c", use], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (used.stdout, used.returncode) == ("100000\n", 0), used.stderr


def test_features_that_vtnmd_does_not_offer_are_off() -> None:
    schema = load_schema(("vtnmd-orchestration",), (YANG_MODELS,))
    assert schema.modules["ietf-alarms"].features == ("alarm-history", "alarm-summary", "operator-actions")
    assert set(schema.describe("/ietf-alarms:alarms").children) == {"control", "alarm-inventory", "summary", "alarm-list"}
