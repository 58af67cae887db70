"""The NETCONF rig with ncclient in place of vtnmd's own client."""

from pathlib import Path
from typing import Any

from tests.contract.rig_netconf import simulated_rig


def open_rig(folder: Path) -> Any:
    return simulated_rig(folder, "ncclient")
