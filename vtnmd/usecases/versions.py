"""Rollback: a service as it was before one of its runs, or as that run made it, by a new plan."""

from dataclasses import dataclass, replace

from vtnmd.compiler.lasting_names import moved_since
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, StateError
from vtnmd.domain.intent import Intent
from vtnmd.domain.run import Result
from vtnmd.state import Cause, RunEntry, Store, open_store
from vtnmd.usecases.plans import Planned, make_destroy_plan, plan_ready
from vtnmd.usecases.runs import Applied, Confirm, Setting, plan_and_run
from vtnmd.usecases.services import compile_intent, find_inventory


@dataclass(frozen=True, slots=True)
class Version:
    """Of the service of `run`: as it was before that run or, with `after`, as that run was to make it."""

    run: str
    after: bool = False

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} run {self.run}"


def plan_rollback(version: Version, state: str, user: str) -> Planned:
    """What rolling back would do. Reads, never writes. Raises as `make_rollback_plan`."""
    with open_store(state, create=False) as store:
        return make_rollback_plan(version, store, user)


def rollback(version: Version, setting: Setting, confirm: Confirm) -> Applied:
    """Plan the way back, have it confirmed, and execute it. Raises as `make_rollback_plan` and `apply_source`."""

    def make(store: Store) -> Planned:
        return make_rollback_plan(version, store, setting.user)

    return plan_and_run(make, setting, confirm, Cause("rollback", setting.label or f"back to {version}"))


def make_rollback_plan(version: Version, store: Store, user: str) -> Planned:
    """A plan from the service as it is to the version, compiled for the present inventory; a destroy plan where there was none.

    It warns of later runs that are undone with it. Raises StateError for a run that is unknown, under way or of which nothing was
    kept, Invalid where the Intent no longer fits.
    """
    run = store.run(version.run)
    if run.result is Result.RUNNING:
        raise StateError(Diagnostic("VTN-S012", f"run {run.id} is under way", hint=f"wait, or end it with: vtnmd cancel {run.id}"))
    intent = store.plan(run.id).intent if version.after else store.intent_before(run.id)
    _refuse_renamed(run, intent, store)
    planned = make_destroy_plan(run.service, store, user) if intent is None else _plan_intent(intent, version, store, user)
    return replace(planned, warnings=(*planned.warnings, *_undone_too(run, store)))


def _refuse_renamed(run: RunEntry, intent: Intent | None, store: Store) -> None:
    """Raises Invalid (VTN-P025) where the service had another name then: planned under that one it would be a second service."""
    name, renamer = store.later_name(run.id)
    if not name and intent is not None and intent.name != run.service:
        name, renamer = run.service, run.id
    if name:
        known_as = intent.name if intent else run.service
        hint = "apply the service from its file, with the earlier name and `moved` (docs/binding.md)"
        raise Invalid(Diagnostic("VTN-P025", f"{known_as} is called {name} since run {renamer}", hint=hint))


def _plan_intent(intent: Intent, version: Version, store: Store, user: str) -> Planned:
    earlier = moved_since(intent, _names(version, store), store.allocations())
    try:
        return plan_ready(compile_intent(earlier, find_inventory(None, store), store), store, user)
    except Invalid as problem:
        summary = f"{intent.name} cannot become what it was {version}: its intent no longer fits"
        hint = "change the inventory back, or apply the service from its file"
        raise Invalid(Diagnostic("VTN-P023", summary, hint=hint), *problem.diagnostics) from None


def _names(version: Version, store: Store) -> Allocations:
    """What the version called things: its run's names, or those that they had before."""
    drawn = store.plan(version.run).allocations
    if version.after:
        return drawn
    former = {
        pool: {drawn.moved.get(pool, {}).get(owner, owner): value for owner, value in owners.items()}
        for pool, owners in drawn.values.items()
    }
    return Allocations(former)


def _undone_too(run: RunEntry, store: Store) -> tuple[Diagnostic, ...]:
    later = [entry.id for entry in store.runs_after(run.id) if entry.result is not Result.ROLLED_BACK]
    if not later:
        return ()
    summary = f"what later runs of {run.service} did is undone too: {', '.join(later)}"
    return (Diagnostic("VTN-P024", summary, severity=Severity.WARNING),)
