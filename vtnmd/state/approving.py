"""Approvals: who but its author has agreed to a plan. One is for one run: it is used up when the run begins."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Plan
from vtnmd.state.auditing import audit
from vtnmd.state.reading import read_inventory
from vtnmd.state.rows import write
from vtnmd.state.tables import approvals


@dataclass(frozen=True, slots=True)
class Approvals:
    """How many a plan needs, and who gave one."""

    needed: int
    users: tuple[str, ...]

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.users))


def approvals_of(connection: Connection, plan: Plan) -> Approvals:
    """How a plan stands. What the state's inventory demands counts as well as what the plan's does: nobody plans around it."""
    needed = approvals_needed(connection, plan)
    if not needed:
        return Approvals(0, ())
    return Approvals(needed, _users(connection, plan, plan.digest))


def approvals_needed(connection: Connection, plan: Plan) -> int:
    """The same without the plan's digest, which takes time in the size of the plan."""
    return max(Inventory(plan.inventory).approvals, Inventory(read_inventory(connection) or {}).approvals)


def approve(connection: Connection, plan: Plan, user: str, now: float) -> Approvals:
    """Note that `user` agrees to `plan`; doing so twice changes nothing. Raises StateError (VTN-P021) for its author."""
    refuse_author(plan, user)
    digest = plan.digest
    if user not in _users(connection, plan, digest):
        write(connection, approvals, [{"plan": digest, "user": user, "time": now}])
        audit(connection, now, user, "approve", digest, {"service": plan.service, "author": plan.author})
    return Approvals(approvals_needed(connection, plan), _users(connection, plan, digest))


def refuse_author(plan: Plan, user: str) -> None:
    """Raises StateError (VTN-P021) for the plan's author."""
    if user == plan.author:
        hint = "have another user approve it"
        raise StateError(Diagnostic("VTN-P021", f"{user} made this plan and cannot approve it", hint=hint))


def use_approvals(connection: Connection, plan: Plan) -> tuple[str, ...]:
    """Take what the plan needs, and tell who gave it. Raises StateError (VTN-P020) where some are missing."""
    standing = approvals_of(connection, plan)
    check_approved(plan, standing)
    if standing.needed:
        connection.execute(delete(approvals).where(approvals.c.plan == plan.digest))
    return standing.users


def check_approved(plan: Plan, standing: Approvals) -> None:
    """Raises StateError (VTN-P020) where approvals are missing."""
    if not standing.missing:
        return
    given = f"approved by {', '.join(standing.users)}" if standing.users else "approved by nobody"
    summary = f"the plan needs {_counted(standing.needed)} and is {given}: {standing.missing} missing"
    hint = f"have it approved by a user other than {plan.author or 'its author'} with: vtnmd approve FILE"
    raise StateError(Diagnostic("VTN-P020", summary, hint=hint))


def _users(connection: Connection, plan: Plan, digest: str) -> tuple[str, ...]:
    query = select(approvals.c.user).where(approvals.c.plan == digest, approvals.c.user != plan.author)
    return tuple(connection.execute(query.order_by(approvals.c.time, approvals.c.user)).scalars())


def _counted(number: int) -> str:
    return f"{number} approval" + ("" if number == 1 else "s")
