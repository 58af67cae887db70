"""Waiting for what others do: other processes, servers, switches."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 600.0
"""Seconds that anything may take on a machine that is busy; what takes longer is taken for something that never comes."""

Seen = TypeVar("Seen")


def until(what: str, look: Callable[[], Seen], wanted: Callable[[Seen], bool] = bool, *, step: float = 0.1) -> Seen:
    """What a look shows once it is as wanted, looking every `step` seconds.

    Fails the test, with what was waited for and what the last look showed, where it never is.
    """
    end = time.monotonic() + PATIENCE
    while not wanted(seen := look()):
        assert time.monotonic() < end, f"not within {PATIENCE:g} s: {what}; the last look showed {seen!r}"
        time.sleep(step)
    return seen
