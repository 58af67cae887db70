"""The example script, as its first lines say that it is used."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.services import inventory
from vtnmd.cli.app import main
from vtnmd.compiler.check import check_intent
from vtnmd.domain.intent import Intent

ROOT = Path(__file__).parents[3]


def test_the_example_makes_a_service_that_is_valid_for_an_inventory(tmp_path: Path) -> None:
    assert main(["bindings", "-o", str(tmp_path / "vtnmd_models.py")]) == 0
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "bindings" / "make_shop.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        check=True,
        text=True,
    )
    document = json.loads(ran.stdout)
    service = document["vtnmd-vtn:services"]["service"][0]
    assert service["vtn"][0]["vtnmd-interconnect:interconnect"][0]["bandwidth"] == {"min": "200000", "max": "400000"}
    assert check_intent(Intent("small-shop", document), inventory()).unchecked == ()
