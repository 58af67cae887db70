"""The port between the Heat driver and the two APIs that Heat has: what is done with stacks, whichever way it is said.

Stacks are marked as vtnmd's by tags. An API keeps them in its own way, and no other sees them.
"""

from collections.abc import Collection
from typing import Protocol

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.ports import InDoubt
from vtnmd.southbound.stack import Stack

NOT_FOUND, CONFLICT = "VTN-E309", "VTN-E310"
"""Codes of refusals that are no error to whoever looks again: the stack is not there, or is not as it was a moment ago."""

DEFAULT_MINUTES = 60
"""What Heat gives a stack to be made or changed, where the payload says nothing."""


class StackService(Protocol):
    """The stacks of one project of one cloud. Every method may raise any EndpointError; refusals say what was asked of which stack.

    `wanted` is the STACK of a payload (docs/architecture.md, "Payloads") with its holes filled and all of its tags.
    """

    name: str
    """Of the endpoint, for messages."""

    remark: str
    """How an operator marks a stack as vtnmd's again, for a hint."""

    async def hello(self) -> str:
        """Reach Heat, authenticate, and give one line on what it is."""
        ...

    async def find(self, name: str) -> Stack | None:
        """The live stack of that name with its outputs, in whatever state; None where there is none. Of several, the oldest."""
        ...

    async def named(self, name: str) -> list[Stack]:
        """Every live stack of that name, the oldest first, perhaps without outputs.

        There may be several: Heat looks whether a name is free, and stores the stack later, so that two who ask at the same moment
        both get one. Creation times are whole seconds; ids decide between equal ones, so that everybody sees the same order.
        """
        ...

    async def look(self, found: Stack) -> Stack | None:
        """A stack as it is now, whichever others have its name; None once it is gone."""
        ...

    async def marked(self, besides: Collection[str]) -> list[Stack]:
        """Every live stack that is marked as vtnmd's, but perhaps for those of the names `besides`."""
        ...

    async def create(self, wanted: Json) -> str:
        """Have a stack made, without taking back what was made of it should it fail; gives its id."""
        ...

    async def update(self, found: Stack, wanted: Json) -> None:
        """Have a stack brought to what is wanted."""
        ...

    async def delete(self, found: Stack) -> None:
        """Have a stack removed."""
        ...

    async def template(self, found: Stack) -> Json:
        """The template of a stack as it was given in `wanted`."""
        ...

    async def failures(self, found: Stack) -> list[str]:
        """The resources that failed in a stack, each with its reason."""
        ...

    async def aclose(self) -> None:
        """Release connections. Never raises."""
        ...


def without_id(endpoint: str, name: str) -> InDoubt:
    """What to raise where Heat took a new stack and did not tell its id."""
    hint = "check that the catalogue of Keystone leads to Heat"
    return InDoubt(Diagnostic("VTN-E013", f"{endpoint}: stack {name} was taken, but no id of it was told", hint=hint))
