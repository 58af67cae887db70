"""The RESTCONF rig with a server elsewhere than at /restconf that gives no entity tags and takes no YANG Patch."""

from pathlib import Path
from typing import Any

from tests.contract.rig_restconf import simulated_rig
from vtnmd.lab.restconf_server import Behaviour


def open_rig(folder: Path) -> Any:
    return simulated_rig(folder, Behaviour(root="/api/rests", patches=False, tags=False))
