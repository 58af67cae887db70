"""Glance."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glance.common import wsgi_app


def applications(home: Path) -> Mapping[str, Any]:
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(home)
    return {"glance": wsgi_app.init_app()}
