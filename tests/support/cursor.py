"""Texts in which ⟦ marks the cursor, and what is known around it."""

from pathlib import Path

from tests.support.tosca import MARK
from vtnmd.compiler.models import service_schema
from vtnmd.language.outline import outline
from vtnmd.language.roles import View
from vtnmd.language.vocabulary import profile_vocabulary

SHOP = (Path(__file__).parents[2] / "examples" / "global-shop" / "service.yaml").read_text()


def at_cursor(text: str) -> tuple[list[str], int, int, View]:
    """(lines, line, column, view) of the mark."""
    before, _, _ = text.partition(MARK)
    lines = text.replace(MARK, "").split("\n")
    view = View(profile_vocabulary(), service_schema(), outline(lines))
    return lines, before.count("\n"), len(before) - before.rfind("\n") - 1, view


def shop(old: str, new: str) -> tuple[list[str], int, int, View]:
    """The example with something else in one place, in which the cursor is."""
    assert old in SHOP
    return at_cursor(SHOP.replace(old, new, 1))
