"""Commands that change endpoints: apply, destroy, resume."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, SOURCED, Common, Sourced, Wait, Yes
from vtnmd.cli.services import source_of
from vtnmd.cli.user import can_ask
from vtnmd.cli.views.outcome import show_abandoned, show_findings, show_outcome
from vtnmd.cli.views.plan import show_empty, show_kept, show_plan
from vtnmd.cli.views.status import at
from vtnmd.cli.watch import Watch
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.plan import Plan
from vtnmd.engine import OnFailure, Outcome
from vtnmd.usecases import draining, plans, runs
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.readback import Findings

OnFailureOption = Annotated[
    Literal["stop", "rollback", "continue"],
    Parameter(help="What follows a refused request: stop, take back all that was done, or go on with what does not need it."),
]
Abandon = Annotated[
    str, Parameter(help="Region that never returns: nothing more is sent there, and what the service has there is forgotten.")
]


def apply(
    service: Annotated[Path, Parameter(help="TOSCA file, folder with a service.yaml, or a plan written by `vtnmd plan -o`.")],
    /,
    *,
    yes: Yes = False,
    on_failure: OnFailureOption = "stop",
    abandon: Abandon = "",
    wait: Wait = False,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> int:
    """Make endpoints what a service wants: plan, ask, execute. A plan from a file is applied as it stands or refused as stale."""
    made = None if service.is_dir() else plans.read_plan(service)
    if made is not None and abandon:
        hint = "give --abandon when you apply the service itself"
        raise Invalid(Diagnostic("VTN-U001", "a plan from a file is applied as it stands, without --abandon", hint=hint))
    given = setting(common.state, f"apply {service}", wait=wait, on_failure=OnFailure(on_failure), abandon=abandon)
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
    on_failure: OnFailureOption = "stop",
    abandon: Abandon = "",
    wait: Wait = False,
    common: Common = COMMON,
) -> int:
    """Remove a service from every endpoint, in the reverse order of its creation. What other services use stays."""
    given = setting(common.state, f"destroy {name}", wait=wait, on_failure=OnFailure(on_failure), abandon=abandon)
    with Watch(current()) as watch:
        applied = runs.destroy(name, given, _confirm(watch, "Destroy?", yes=yes))
    return _report(applied, common.state)


def resume(
    run: Annotated[str, Parameter(help="Id of a run that waits, failed or was interrupted.")],
    /,
    *,
    yes: Yes = False,
    on_failure: OnFailureOption = "stop",
    abandon: Abandon = "",
    wait: Wait = False,
    common: Common = COMMON,
) -> int:
    """Go on with a run where it stopped. What is in doubt is read back first.

    Where work waits for endpoints that have returned, what they hold is read back, and one new plan, made of what was approved,
    takes the place of what waited.
    """
    given = setting(common.state, f"resume {run}", wait=wait, on_failure=OnFailure(on_failure), abandon=abandon)
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


def _confirm(watch: Watch, question: str, *, yes: bool) -> Callable[[Planned], runs.Decision]:
    def confirm(planned: Planned) -> runs.Decision:
        output, plan = current(), planned.plan
        output.diagnose(planned.warnings)
        output.record("plan", plan.to_json())
        if runs.is_settled(planned):
            output.say(show_empty(plan, at(planned.before.changed) if planned.before else ""))
            return runs.Decision(go_on=False)
        if planned.abandoned.region:
            output.say(show_abandoned(planned.abandoned))
            output.record("abandoned", {"region": planned.abandoned.region, "resources": planned.abandoned.resources})
        if plan.is_empty and not planned.abandoned.region:
            output.say(show_kept(plan))
        else:
            if not plan.is_empty:
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
    output.data(show_outcome(plan, outcome, "" if state == COMMON.state else state))
    return outcome.exit_code
