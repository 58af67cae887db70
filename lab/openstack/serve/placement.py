"""Placement."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from placement import wsgi


def applications(home: Path) -> Mapping[str, Any]:
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(home)
    return {"placement": wsgi.init_application()}
