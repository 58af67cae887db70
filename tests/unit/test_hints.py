"""What messages tell the user to type exists."""

import re
from pathlib import Path

from cyclopts import App

from vtnmd.cli.app import build

PRODUCT = Path(__file__).parents[2] / "vtnmd"
_COMMAND = re.compile(r"(?:`|with: )vtnmd ([a-z]+)(?: ([a-z]+))?")


def commands(app: App) -> set[str]:
    return {name for name in app if not name.startswith("-")}


def test_hints_name_commands_that_there_are() -> None:
    app = build()
    named = {match.groups() for path in PRODUCT.rglob("*.py") for match in _COMMAND.finditer(path.read_text(encoding="utf-8"))}
    assert named
    for command, inner in named:
        assert command in commands(app)
        assert not commands(app[command]) or inner in commands(app[command])
