"""The one transaction in which a run is gone on with, or is refused."""

from sqlalchemy import Connection, select, update

from vtnmd.domain.diagnostics import Diagnostic, Stale, StateError
from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result
from vtnmd.state.auditing import audit
from vtnmd.state.rows import AnyRow, chunks, stored_events, stored_plan
from vtnmd.state.tables import claims, runs, services

_OVER = {
    Result.APPLIED: "has applied everything",
    Result.CANCELLED: "was cancelled",
    Result.ROLLED_BACK: "was rolled back",
    Result.SUPERSEDED: "was taken over by a later one",
}


def reopen(connection: Connection, row: AnyRow, user: str, now: float) -> tuple[Plan, tuple[Event, ...]]:
    """Count the run of this row as running again. Raises StateError (VTN-S009, VTN-S012) or Stale (VTN-S020)."""
    run, result = row.id, Result(row.result)
    if result is Result.RUNNING:
        raise StateError(Diagnostic("VTN-S012", f"run {run} is under way", hint="wait for it to end"))
    if result in _OVER:
        hint = "vtnmd status shows what is there" if result is Result.APPLIED else _replan(row.service)
        raise StateError(Diagnostic("VTN-S009", f"run {run} {_OVER[result]}", hint=hint))
    plan, journal = stored_plan(run, row.plan), stored_events(connection, run)
    _check_resumable(connection, run, plan, replay(journal))
    connection.execute(update(runs).where(runs.c.id == run).values(result=Result.RUNNING.value, ended=None))
    audit(connection, now, user, "resume", run)
    return plan, journal


def _check_resumable(connection: Connection, run: str, plan: Plan, progress: Progress) -> None:
    """Raises StateError (VTN-S009) where a later run of the service took over, Stale (VTN-S020) where another service's did."""
    latest = connection.execute(select(services.c.run).where(services.c.name == plan.service)).scalar_one_or_none()
    if latest != run:
        raise StateError(
            Diagnostic(
                "VTN-S009", f"run {run} cannot be resumed: {latest or 'another run'} came after it", hint=_replan(plan.service)
            )
        )
    left = [str(address) for request in plan.requests if request.id not in progress.done for address in request.changes]
    moved: list[Diagnostic] = []
    for part in chunks(left):
        taken = select(claims.c.address, claims.c.run).where(claims.c.address.in_(part), claims.c.run != run)
        moved.extend(
            Diagnostic("VTN-S020", f"resource {row.address} is in the hands of run {row.run} now", hint=_replan(plan.service))
            for row in connection.execute(taken)
        )
    if moved:
        raise Stale(*moved)


def _replan(service: str) -> str:
    return f"plan {service} again"
