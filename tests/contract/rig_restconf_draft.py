"""The RESTCONF rig with a server that speaks draft 02."""

from pathlib import Path
from typing import Any

from tests.contract.rig_restconf import simulated_rig
from vtnmd.lab.restconf_server import Behaviour


def open_rig(folder: Path) -> Any:
    return simulated_rig(folder, Behaviour(draft=True))
