"""Approvals: another user than its author agrees to a plan in a file before it is applied."""

from collections.abc import Callable

from vtnmd.domain.diagnostics import Diagnostic, Stale, StateError
from vtnmd.domain.plan import Plan
from vtnmd.state import Approvals, KeptPlan, Store, open_store
from vtnmd.usecases.plans import Planned


def approve(plan: Plan, state: str, user: str, now: Callable[[], float], confirm: Callable[[Planned], bool]) -> Approvals | None:
    """Show a plan to `confirm` and note that `user` agrees; None where it says no.

    Raises Stale (VTN-S020) where something that the plan read has changed, StateError (VTN-P021) for the plan's author.
    """
    with open_store(state, create=False) as store:
        store.check_approvable(plan, user)
        planned = Planned(plan, store.service(plan.service))
    if not confirm(planned):
        return None
    with open_store(state) as store:
        return store.approve(plan, user, now())


def approve_kept(
    digest: str, state: str, user: str, now: Callable[[], float], confirm: Callable[[Planned], bool] = lambda _planned: True
) -> Approvals | None:
    """The same for the plan of a commit that waits under this digest; once all have agreed, it is applied by who serves.

    Raises StateError: VTN-P026 where none waits, VTN-P021 for the user who committed; Stale (VTN-S020) where what the plan read has
    changed, and then another plan is made in its place.
    """
    with open_store(state) as store:
        plan = store.kept_plan(digest)
        planned = Planned(plan, store.service(plan.formerly))
    if not confirm(planned):
        return None
    with open_store(state) as store:
        try:
            return store.approve(plan, user, now())
        except Stale:
            store.drop_plan(plan.service)
            raise


def waiting_plans(state: str) -> tuple[KeptPlan, ...]:
    """The plans of commits that wait for approval, by service."""
    with open_store(state, create=False) as store:
        return store.kept_plans()


def check_approved(plan: Plan, store: Store) -> None:
    """Raises StateError (VTN-P020) where a plan from a file lacks approvals. Beginning the run checks again."""
    store.check_approved(plan)


def refuse_unwritten(plan: Plan, store: Store) -> None:
    """Raises StateError (VTN-P022) where a plan needs approvals and is in no file that could be approved."""
    needed = store.approvals_needed(plan)
    if needed:
        users = "another user has" if needed == 1 else f"{needed} other users have"
        summary = f"{plan.service} is changed only by a plan that {users} approved"
        hint = "write it with -o FILE of plan, destroy or rollback; then `vtnmd approve FILE`, `vtnmd apply FILE`"
        raise StateError(Diagnostic("VTN-P022", summary, hint=hint))
