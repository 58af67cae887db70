"""Cancellation: an operator elsewhere ends a run through the state, and the process that executes it looks there now and then."""

import asyncio
from typing import Protocol

from vtnmd.domain.diagnostics import StateError
from vtnmd.engine.interrupt import Interrupt
from vtnmd.engine.policy import Clock

_SECONDS = 0.5  # between two looks


class Cancels(Protocol):
    """Where cancellations are found (`vtnmd.state.Store`)."""

    def cancelled_by(self, run: str, /) -> str:
        """Who told the run to end; empty while nobody did. Raises StateError."""
        ...


async def heed(run: str, state: Cancels, clock: Clock, interrupt: Interrupt) -> None:
    """Return once somebody has cancelled the run, having told `interrupt`; to be cancelled when the run has ended.

    A state that cannot be read now is looked at again: it is the journal that must tell of it.
    """
    while not interrupt.cancelled:
        try:
            user = await asyncio.to_thread(state.cancelled_by, run)
        except StateError:
            user = ""
        if user:
            interrupt.cancel(user)
        else:
            await clock.sleep(_SECONDS)
