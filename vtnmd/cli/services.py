"""Commands that read a service and change nothing: validate, render, plan."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, DRIFTED, SOURCED, Common, Drifted, Service, Sourced, state_to_name
from vtnmd.cli.user import user_name
from vtnmd.cli.views.payload import show_payloads
from vtnmd.cli.views.plan import show_adopted, show_empty, show_full, show_plan, show_summary
from vtnmd.cli.views.text import counted, joined
from vtnmd.cli.views.why import show_why
from vtnmd.domain.codes import EXIT_CHANGES, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Inventory
from vtnmd.southbound.secrets import read_secret
from vtnmd.usecases import plans, rendering, services
from vtnmd.usecases.explaining import explain
from vtnmd.usecases.fetching import Pages
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.reconciling import Reading
from vtnmd.usecases.services import Source

Target = Literal["heat", "odl", "netconf", "restconf", "cfn"]


def validate(service: Service, /, *, source: Sourced = SOURCED, common: Common = COMMON) -> None:
    """Check a service against the models, and against the inventory where there is one."""
    output = current()
    found = services.validate(source_of(service, source), common.state)
    output.diagnose(found.warnings)
    output.record("valid", {"service": found.intent.name, "intent": found.intent.digest, "unchecked": list(found.unchecked)})
    output.data(Text(f"{found.intent.name} is valid"))
    if found.unchecked:
        references = counted(len(found.unchecked), "reference")
        output.say(Text(f"{references} to an inventory stay unchecked; name one with -I: {', '.join(found.unchecked)}", "yellow"))


def render(
    service: Service,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    target: Sequence[Target] = (),
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> None:
    """Write what each endpoint would be sent, and in which order, to files; a plain topology as Heat templates.

    Parameters
    ----------
    output
        Folder for REGION/TARGET/… and order.json, or for template.yaml and the files that it names.
    target
        Only these: kinds of endpoint, and cfn for stacks in the form of CloudFormation; for a plain topology heat and cfn.
    """
    found = rendering.render_source(source_of(service, source), common.state, tuple(target))
    rendering.write_files(found.files, output)
    current().diagnose(found.warnings)
    for name in sorted(found.files):
        current().record("file", {"path": str(output / name)})
        current().data(Text(str(output / name)))


def plan(
    service: Annotated[Path, Parameter(help="TOSCA file, folder with a service.yaml, or a plan written with -o.")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    payload: bool = False,
    why: str = "",
    summary: bool = False,
    full: bool = False,
    detailed_exitcode: bool = False,
    drifted: Drifted = DRIFTED,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> int:
    """Show what applying a service, or a plan from a file, would do. Nothing is sent and nothing is written but FILE.

    Parameters
    ----------
    output
        Write the plan to a file, for `vtnmd apply FILE`.
    payload
        Show what will be sent, request by request.
    why
        Show why the resource of this address changes or does not: the way from the change to the line that was written.
    summary
        Show how many changes there are of each kind, and no more.
    full
        Show every property of every change.
    detailed_exitcode
        Exit with 10 where there is something to do.
    """
    views = {"--payload": payload, "--why": bool(why), "--summary": summary, "--full": full}
    given = [option for option, is_given in views.items() if is_given]
    if len(given) > 1:
        raise Invalid(Diagnostic("VTN-U001", f"{' and '.join(given)} exclude each other", hint="give one of them"))
    planned, screen = _planned(service, source, common, drifted), current()
    found = planned.plan
    changes = bool(found.changes or found.moved or found.adopted)
    screen.diagnose(planned.warnings)
    screen.record("plan", found.to_json())
    if why:
        explained = explain(why, planned, common.state)
        screen.record("why", explained.to_json())
        screen.data(show_why(explained, screen.source_line))
    else:
        view = "payload" if payload else "summary" if summary else "full" if full else "changes"
        screen.data(_shown(planned, view, screen.stdout.width))
    if output:
        _write(planned, output, common, drifted)
    elif changes and not why:
        screen.say(Text(f"\napply it with: vtnmd apply {_retyped(service, source, common)}{drifted.given}"))
    return EXIT_CHANGES if detailed_exitcode and changes else EXIT_OK


def _planned(service: Path, source: Sourced, common: Common, drifted: Drifted) -> Planned:
    """The plan in the file, else one of the service."""
    made = None if service.is_dir() else plans.read_plan(service)
    if made is not None:
        return plans.planned_before(made, common.state)
    reading = Reading(drifted.drift, read_secret)
    return plans.plan_service(source_of(service, source), common.state, user_name(), reading)


def write_shown(planned: Planned, output: Path, common: Common) -> int:
    """Show a plan and write it to a file; the exit code."""
    screen = current()
    screen.diagnose(planned.warnings)
    screen.record("plan", planned.plan.to_json())
    screen.data(_shown(planned, "changes", screen.stdout.width))
    _write(planned, output, common, DRIFTED)
    return EXIT_OK


def _write(planned: Planned, output: Path, common: Common, drifted: Drifted) -> None:
    plans.write_plan(planned.plan, output)
    file = _retyped(output, SOURCED, common)
    if Inventory(planned.plan.inventory).approvals:
        current().say(Text(f"\nplan written to {output}; have it approved with: vtnmd approve {file}"))
    else:
        current().say(Text(f"\nplan written to {output}; apply it with: vtnmd apply {file}{drifted.given}"))


def _shown(planned: Planned, view: str, width: int) -> Text:
    plan = planned.plan
    if plan.is_empty and plan.adopted:
        return joined(show_adopted(plan))
    if plan.is_empty:
        return show_empty(planned)
    match view:
        case "payload":
            return show_payloads(plan, services.endpoint_kinds(Inventory(plan.inventory)))
        case "summary":
            return show_summary(plan)
        case "full":
            return show_full(plan)
        case _:
            return show_plan(plan, width)


def _retyped(service: Path, given: Sourced, common: Common) -> str:
    """The arguments as they would be typed again in a shell."""
    options = {
        "-I": given.inventory,
        "-i": given.inputs,
        "--name": given.name,
        "--models": given.models,
        "--state": state_to_name(common.state),
    }
    words = [str(word) for option in options.items() if option[1] for word in option]
    return shlex.join([str(service), *words, *(["--allow-url-imports"] if given.allow_url_imports else [])])


def source_of(service: Path, given: Sourced) -> Source:
    """The arguments as the use cases want them."""
    pages = Pages() if given.allow_url_imports else None
    if pages:
        current().pages = pages.fetched
    return Source(service, given.inputs, given.inventory, given.name, given.models, pages)
