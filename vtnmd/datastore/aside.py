"""Edits that take long: made and judged in a thread, so that the event loop goes on meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.tree import Json

MANY = 20_000
"""So many values or elements are looked at, judged or written in a tenth of a second or more."""

Found = TypeVar("Found")

_THREADS = ThreadPoolExecutor(2, "large")
"""So few, for large ones take much memory while they are worked on."""


@dataclass(frozen=True, slots=True)
class Large:
    """An edit that takes long. Whoever is given one calls it in a thread."""

    edit: Callable[[Tree], Changes]

    def __call__(self, tree: Tree) -> Changes:
        return self.edit(tree)


def sized(edit: Callable[[Tree], Changes], *, large: bool) -> Callable[[Tree], Changes]:
    """The edit, marked where it takes long."""
    return Large(edit) if large else edit


async def worked(function: Callable[[], Found], *, large: bool) -> Found:
    """What a function gives, from a thread where it takes long."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, function) if large else function()


def is_large(value: Json) -> bool:
    """Whether a value holds `MANY` others. It takes no longer to tell for larger ones."""
    waiting, met = [value], 0
    while waiting and met < MANY:
        held = waiting.pop()
        below = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
        met += len(below)
        waiting += [each for each in below if isinstance(each, dict | list)]
    return met >= MANY


def has_many(element: etree._Element) -> bool:
    """Whether an element holds `MANY` others."""
    return any(number >= MANY for number, _ in enumerate(element.iter()))
