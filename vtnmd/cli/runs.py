"""Commands that change endpoints, or what is done to them: approve, apply, destroy, resume, rollback, cancel."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import CLOCK, owner_of, setting
from vtnmd.cli.output import current
from vtnmd.cli.parameters import (
    COMMON,
    DRIFTED,
    RUNNING,
    SOURCED,
    Common,
    Drifted,
    PlanOutput,
    Running,
    Sourced,
    Yes,
    state_to_name,
)
from vtnmd.cli.services import source_of, write_shown
from vtnmd.cli.user import can_ask, user_name
from vtnmd.cli.views.outcome import show_abandoned, show_findings, show_outcome
from vtnmd.cli.views.plan import show_adopted, show_empty, show_kept, show_plan
from vtnmd.cli.views.text import joined
from vtnmd.cli.watch import Watch
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Result
from vtnmd.engine import Outcome
from vtnmd.state import Approvals
from vtnmd.usecases import approving, cancelling, draining, plans, runs, versions
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.readback import Findings

Abandon = Annotated[
    str, Parameter(help="Region that never returns: nothing more is sent there, and what the service has there is forgotten.")
]


_DIGEST = re.compile("[0-9a-f]{64}")


def apply(
    service: Annotated[Path, Parameter(help="TOSCA file, folder with a service.yaml, or a plan written by `vtnmd plan -o`.")],
    /,
    *,
    yes: Yes = False,
    abandon: Abandon = "",
    running: Running = RUNNING,
    drifted: Drifted = DRIFTED,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> int:
    """Make endpoints what a service wants: plan, ask, execute. A plan from a file is applied as it stands or refused as stale."""
    made = None if service.is_dir() else plans.read_plan(service)
    if made is not None and abandon:
        hint = "give --abandon when you apply the service itself"
        raise Invalid(Diagnostic("VTN-U001", "a plan from a file is applied as it stands, without --abandon", hint=hint))
    given = setting(common.state, f"apply {service}", running, abandon=abandon, drift=drifted.drift)
    with Watch(current()) as watch:
        confirm = _confirm(watch, "Apply?", yes=yes)
        if made is not None:
            applied = runs.apply_plan(made, given, confirm)
        else:
            applied = runs.apply_source(source_of(service, source), given, confirm)
    return _report(applied, common.state)


def destroy(
    name: Annotated[str, Parameter(help="Name of an applied service.")],
    /,
    *,
    yes: Yes = False,
    output: PlanOutput = None,
    abandon: Abandon = "",
    running: Running = RUNNING,
    drifted: Drifted = DRIFTED,
    common: Common = COMMON,
) -> int:
    """Remove a service from every endpoint, in the reverse order of its creation. What other services use stays."""
    if output:
        return write_shown(plans.plan_destroy(name, common.state, user_name()), output, common)
    given = setting(common.state, f"destroy {name}", running, abandon=abandon, drift=drifted.drift)
    with Watch(current()) as watch:
        applied = runs.destroy(name, given, _confirm(watch, "Destroy?", yes=yes))
    return _report(applied, common.state)


def resume(
    run: Annotated[str, Parameter(help="Id of a run that waits, failed or was interrupted.")],
    /,
    *,
    yes: Yes = False,
    abandon: Abandon = "",
    running: Running = RUNNING,
    drifted: Drifted = DRIFTED,
    common: Common = COMMON,
) -> int:
    """Go on with a run where it stopped. What is in doubt is read back first.

    Where work waits for endpoints that have returned, what they hold is read back, and one new plan, made of what was approved,
    takes the place of what waited.
    """
    given = setting(common.state, f"resume {run}", running, abandon=abandon, drift=drifted.drift)
    return go_on(run, given, common.state, yes=yes)


def go_on(run: str, given: runs.Setting, state: str, *, yes: bool) -> int:
    """Go on with a run, watched, and tell how it ended; the exit code."""
    with Watch(current()) as watch:
        resumed = draining.resume(run, given, watch.begin, _confirm(watch, "Resume?", yes=yes))
    if resumed.findings is not None:
        tell_findings(resumed.findings)
    if resumed.outcome is None:
        current().say(Text("nothing was sent"))
        return EXIT_FAILED
    return _end(resumed.plan, resumed.outcome, state)


def tell_findings(findings: Findings) -> None:
    """Say what reading back has shown."""
    output = current()
    output.record("read-back", {"missing": findings.missing, "settled": findings.settled, "silent": sorted(findings.silent)})
    if findings.corrections:
        output.say(show_findings(findings))
    output.diagnose(findings.drifted.values())


def rollback(
    run: Annotated[str, Parameter(help="Id of a run.")],
    /,
    *,
    after: Annotated[bool, Parameter(help="As the run was to make the service, in place of as it was before.")] = False,
    yes: Yes = False,
    output: PlanOutput = None,
    running: Running = RUNNING,
    common: Common = COMMON,
) -> int:
    """Make a service what it was before a run, by a new plan. What later runs of the service did is undone with it."""
    version = versions.Version(run, after)
    if output:
        return write_shown(versions.plan_rollback(version, common.state, user_name()), output, common)
    given = setting(common.state, f"rollback {run}", running)
    with Watch(current()) as watch:
        applied = versions.rollback(version, given, _confirm(watch, "Roll back?", yes=yes))
    return _report(applied, common.state)


def cancel(run: Annotated[str, Parameter(help="Id of a run that has not ended.")], /, *, common: Common = COMMON) -> None:
    """End a run: what is in flight is let end, nothing new is begun, and it cannot be resumed. Its service keeps the intent."""
    result = cancelling.cancel_run(run, common.state, user_name(), owner_of(f"cancel {run}"))
    current().record("cancel", {"run": run, "result": str(result)})
    if result is Result.RUNNING:
        current().data(Text(f"{run} ends as soon as what is in flight has: vtnmd status {run}"))
    else:
        current().data(Text(f"{run} is cancelled; what it did stays, and apply brings what is missing"))


def approve(
    file: Annotated[
        Path, Parameter(help="A plan written with -o by plan, destroy or rollback; or the digest of a commit's plan that waits.")
    ],
    /,
    *,
    yes: Yes = False,
    common: Common = COMMON,
) -> int:
    """Agree to a plan that another user made, so that it may be applied as it stands."""
    if _DIGEST.fullmatch(str(file)) and not file.exists():
        return _approve_kept(str(file), common.state, yes=yes)
    plan = plans.read_plan(file)
    if plan is None:
        hint = "write one with: vtnmd plan SERVICE -o FILE"
        raise Invalid(Diagnostic("VTN-P010", f"{file} holds no plan", hint=hint))

    standing = approving.approve(plan, common.state, user_name(), CLOCK.now, _agree(yes=yes))
    return _approved(plan.digest, standing, f"apply it with: vtnmd apply {file}")


def _approve_kept(digest: str, state: str, *, yes: bool) -> int:
    """Agree to the plan of a commit."""
    standing = approving.approve_kept(digest, state, user_name(), CLOCK.now, _agree(yes=yes))
    return _approved(digest, standing, "vtnmd serve applies it")


def _agree(*, yes: bool) -> Callable[[Planned], bool]:
    def confirm(planned: Planned) -> bool:
        output = current()
        output.record("plan", planned.plan.to_json())
        output.say(show_plan(planned.plan, output.stderr.width))
        output.say(Text(f"made by {planned.plan.author}"))
        return yes or asked("Approve?")

    return confirm


def _approved(digest: str, standing: Approvals | None, then: str) -> int:
    output = current()
    if standing is None:
        output.say(Text("nothing was done"))
        return EXIT_FAILED
    output.record("approvals", {"plan": digest, "needed": standing.needed, "users": list(standing.users)})
    missing = f"{standing.missing} more needed" if standing.missing else then
    output.data(Text(f"approved by {', '.join(standing.users)}; {missing}"))
    return EXIT_OK


def _confirm(watch: Watch, question: str, *, yes: bool) -> Callable[[Planned], runs.Decision]:
    def confirm(planned: Planned) -> runs.Decision:
        output, plan = current(), planned.plan
        output.diagnose(planned.warnings)
        output.record("plan", plan.to_json())
        if runs.is_settled(planned):
            output.say(show_empty(planned))
            return runs.Decision(go_on=False)
        if planned.abandoned.region:
            output.say(show_abandoned(planned.abandoned))
            output.record("abandoned", {"region": planned.abandoned.region, "resources": planned.abandoned.resources})
        if plan.is_empty and not planned.abandoned.region and not plan.adopted:
            output.say(show_kept(planned))
        else:
            if plan.is_empty and plan.adopted:
                output.say(joined(show_adopted(plan)))
            elif not plan.is_empty:
                output.say(show_plan(plan, output.stderr.width))
            if not yes and not asked(question):
                return runs.Decision(go_on=False, refused=True)
        return runs.Decision(go_on=True, listener=watch.begin(plan))

    return confirm


def asked(question: str) -> bool:
    """Put a question to whoever sits at the terminal. Raises Invalid (VTN-U002) where nobody does."""
    if not can_ask():
        raise Invalid(Diagnostic("VTN-U002", "confirmation is needed and there is no terminal to ask at", hint="give --yes"))
    answer = current().stderr.input(f"{question} [y/N] ", markup=False)
    return answer.strip().lower() in {"y", "yes"}


def _report(applied: runs.Applied, state: str) -> int:
    if applied.outcome is not None:
        return _end(applied.planned.plan, applied.outcome, state)
    if applied.refused:
        current().say(Text("nothing was done"))
        return EXIT_FAILED
    return EXIT_OK


def _end(plan: Plan, outcome: Outcome, state: str) -> int:
    output = current()
    output.record("outcome", outcome.to_json())
    output.diagnose(outcome.failed.values())
    output.data(show_outcome(plan, outcome, state_to_name(state)))
    return outcome.exit_code
