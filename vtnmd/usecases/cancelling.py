"""Cancels a run: at once where nobody executes it, else through the process that does."""

from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.run import Result
from vtnmd.state import Owner, open_store


def cancel_run(run: str, state: str, user: str, owner: Owner) -> Result:
    """How the run stands then: cancelled, or running until the process that executes it has let what is in flight end.

    `owner` is who takes over from a process that died while it executed the run. Raises StateError (VTN-S008, VTN-S014).
    """
    with open_store(state, create=False) as store:
        if store.run(run).result is Result.RUNNING:
            try:
                with store.own(owner):  # nobody executes it: from here on it counts as interrupted
                    return store.cancel_run(run, user, owner.since)
            except StateError as other:
                if other.diagnostics[0].code != "VTN-S006":
                    raise
        return store.cancel_run(run, user, owner.since)
