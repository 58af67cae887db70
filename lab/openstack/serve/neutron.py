"""Neutron's API. Nothing of it works in the background, for there are no agents."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neutron import policy, server
from neutron.server import api


def applications(home: Path) -> Mapping[str, Any]:
    os.environ["OS_NEUTRON_CONFIG_DIR"] = str(home)
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    application = server.boot_server(api.api_server, prog="neutron-api")
    # Neutron reads its policy at the first request, and refuses others that come meanwhile.
    policy.init()
    return {"neutron": application}
