"""An operator ends a run: at once where nobody executes it, else by a word to whoever does."""

from sqlalchemy import Connection, func, select, update

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.run import Event, Result, Step
from vtnmd.state import recording
from vtnmd.state.auditing import audit
from vtnmd.state.tables import events, runs

_OPEN = {Result.PARTLY, Result.FAILED, Result.INTERRUPTED}


def cancel(connection: Connection, run: str, result: Result, user: str, now: float) -> Result:
    """How the run, which stands at `result`, stands then: cancelled, or running still until its process has noticed.

    What it had not begun is not done; its service keeps the Intent. Raises StateError (VTN-S014) where it has ended for good.
    """
    if result is not Result.RUNNING and result not in _OPEN:
        hint = f"undo what it did with: vtnmd rollback {run}"
        raise StateError(Diagnostic("VTN-S014", f"run {run} has ended ({result}): there is nothing to cancel", hint=hint))
    connection.execute(update(runs).where(runs.c.id == run).values(cancelled=user))
    audit(connection, now, user, "cancel", run, {"was": str(result)})
    if result is Result.RUNNING:
        return result
    last = connection.execute(select(func.max(events.c.sequence)).where(events.c.run == run)).scalar_one_or_none() or 0
    ended = Event(run, last + 1, now, Step.ENDED, detail={"result": Result.CANCELLED.value})
    recording.append(connection, [Record(ended)])
    return Result.CANCELLED
