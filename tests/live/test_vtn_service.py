"""A service from its TOSCA file into the genuine VTN Manager and out again, frames included (make live-vtn)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.frames import carried, host_ports, nothing_carried

URL = os.environ.get("VTNMD_LIVE_VTN", "")

pytestmark = pytest.mark.live_vtn

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-vtn" / "service.yaml"

INVENTORY = f"""\
inventory:
  region:
    - name: east
      vlan-range: {{ start: 100, end: 100 }}
      endpoint:
        - name: odl
          odl:
            url: {URL}
            username: admin
            password: env:VTNMD_LIVE_VTN_PASSWORD
"""


def vtnmd(folder: Path, *arguments: str) -> str:
    program = Path(sys.executable).with_name("vtnmd")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(folder: Path, node: str, port: str) -> list[str]:
    """The example with its host on another port; gives the arguments that name it."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("openflow:1", node).replace("s1-eth1", port)
    assert port in text
    (folder / "service.yaml").write_text(text, encoding="utf-8")
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    return ["service.yaml", "-I", "inventory.yaml"]


def test_a_service_comes_moves_and_goes(tmp_path: Path) -> None:
    service = write(tmp_path, "openflow:1", "s1-host")
    with host_ports() as (one, other):
        assert "5 of 5 changes applied" in vtnmd(tmp_path, "apply", *service, "--yes")
        assert carried(one, other) == [100]
        assert "no changes" in vtnmd(tmp_path, "apply", *service, "--yes")
        moved = write(tmp_path, "openflow:2", "s2-host")
        assert "1 of 1 change applied" in vtnmd(tmp_path, "apply", *moved, "--yes")
        assert nothing_carried(one, other)
        # Untagged by the port map, and tagged by the VLAN map, which takes in every host port.
        assert carried(one, other, 100) == [0, 100]
        assert "5 of 5 changes removed" in vtnmd(tmp_path, "destroy", "hello-vtn", "--yes")
        assert nothing_carried(one, other, 100)
