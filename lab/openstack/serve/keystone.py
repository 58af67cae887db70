"""Keystone, which is given its keys, its administrator and its first region before it serves: by the variables OS_BOOTSTRAP_…"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keystone.cmd import cli
from keystone.server.flask import core

_FIRST = (
    ("fernet_setup", "--keystone-user", "root", "--keystone-group", "root"),
    ("credential_setup", "--keystone-user", "root", "--keystone-group", "root"),
    ("bootstrap",),
)


def applications(home: Path) -> Mapping[str, Any]:
    settings = str(home / "keystone.conf")
    for command in _FIRST:
        _carry_out(["keystone-manage", "--config-file", settings, *command])
    return {"keystone": core.initialize_application("public", config_files=[settings])}


def _carry_out(command: list[str]) -> None:
    """Run a command of keystone-manage in a process of its own: it leaves Keystone's registers as no server can use them."""
    child = os.fork()
    if not child:
        try:
            cli.main(argv=command)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
