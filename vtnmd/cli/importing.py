"""The command that takes over a network that was there before: import."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, SOURCED, Common, Running, Service, Sourced, Wait, Yes
from vtnmd.cli.runs import asked
from vtnmd.cli.services import source_of
from vtnmd.cli.views.outcome import show_outcome
from vtnmd.cli.views.plan import show_adopted, show_plan
from vtnmd.cli.views.text import joined
from vtnmd.compiler.allocations import read_allocations
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.usecases.importing import Wish, import_service
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.runs import Decision


def import_(
    service: Service,
    /,
    *,
    allocations: Annotated[Path | None, Parameter(help="YAML file: pool → owner → number or name that is held already.")] = None,
    partial: Annotated[bool, Parameter(help="Take over what is there; leave the rest to the next apply.")] = False,
    yes: Yes = False,
    wait: Wait = False,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> int:
    """Take over a service that endpoints hold already: record it as applied, with what it drew from pools. Nothing is sent."""
    wish = Wish(read_allocations(allocations) if allocations else EMPTY, partial)
    imported = import_service(
        source_of(service, source),
        wish,
        setting(common.state, f"import {service}", Running(wait=wait)),
        lambda planned: _confirmed(planned, yes=yes),
    )
    output, applied = current(), imported.applied
    if applied.outcome is None or imported.rest is None:
        output.say(Text("nothing was done"))
        return EXIT_FAILED if applied.refused else EXIT_OK
    output.record("outcome", applied.outcome.to_json())
    rest = imported.rest.plan
    output.record("rest", rest.to_json())
    if applied.outcome.exit_code != EXIT_OK:
        output.data(show_outcome(applied.planned.plan, applied.outcome, common.state))
    elif rest.is_empty:
        output.data(Text(f"{rest.service} is taken over: an apply would change nothing"))
    else:
        output.data(Text(f"{rest.service} is taken over; an apply would do this:\n"))
        output.data(show_plan(rest, output.stdout.width))
    return applied.outcome.exit_code


def _confirmed(planned: Planned, *, yes: bool) -> Decision:
    output, plan = current(), planned.plan
    output.diagnose(planned.warnings)
    output.record("plan", plan.to_json())
    output.say(joined(show_adopted(plan) or [Text(f"{plan.service}: nothing is there that the state does not know")]))
    if not plan.adopted:
        return Decision(go_on=False)
    go_on = yes or asked("Take over?")
    return Decision(go_on=go_on, refused=not go_on)
