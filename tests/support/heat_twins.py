"""Stacks of one name in the simulated Heat, as a genuine one makes them for two who ask at the same moment."""

import pytest

from vtnmd.domain.tree import Json
from vtnmd.lab.keystone import PROJECT_ID
from vtnmd.lab.stacks import SimulatedStack, Stacks

LONG_AGO, LATER = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def make_twin(stacks: Stacks, name: str, given: Json, tags: tuple[str, ...], created: str) -> SimulatedStack:
    """A stack of that name, whether or not there is one, that was created at that time."""
    stacks.checks_names = False
    twin = stacks.create(PROJECT_ID, name, given, tags, 60)
    twin.created = created
    stacks.checks_names = True
    return twin


def outrun(
    monkeypatch: pytest.MonkeyPatch, stacks: Stacks, given: Json, tags: tuple[str, ...], created: str, *, times: int = 1
) -> list[SimulatedStack]:
    """Somebody else gets the name of the next stack that a client makes, a moment before the client does; so many times.

    `created` is when that stack is said to have been made, which tells which of the two is the older. Gives a list that has both
    of each time, theirs first, once it has happened.
    """
    usual, twins = stacks.create, list[SimulatedStack]()

    def create(project: str, name: Json, mine: Json, my_tags: tuple[str, ...], timeout: int) -> SimulatedStack:
        if len(twins) == 2 * times:
            return usual(project, name, mine, my_tags, timeout)
        stacks.checks_names = False
        theirs = usual(project, name, given, tags, timeout)
        made = usual(project, name, mine, my_tags, timeout)
        stacks.checks_names = True
        theirs.created = created
        twins.extend((theirs, made))
        return made

    monkeypatch.setattr(stacks, "create", create)
    return twins
