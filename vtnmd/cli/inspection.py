"""Commands that tell what is there: services, status, history, audit, probe, explain, version."""

import platform
import time
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd import __version__
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.explain import LETTERS, show_code, show_codes
from vtnmd.cli.views.status import at, show_audit, show_history, show_probes, show_run, show_service, table
from vtnmd.domain.codes import CODES, EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.remedies import REMEDIES


def services(*, common: Common = COMMON) -> None:
    """List the services that were applied."""
    from vtnmd.usecases.inspection import list_services  # noqa: PLC0415 -- `explain` and `version` do without the state

    found = list_services(common.state)
    for entry in found:
        data = {"name": entry.name, "version": entry.version, "owner": entry.owner, "run": entry.run, "result": str(entry.result)}
        current().record("service", {**data, "changed": entry.changed})
    rows = [(each.name, str(each.version), each.owner, str(each.result), at(each.changed), each.run) for each in found]
    current().data(table(("SERVICE", "VERSION", "OWNER", "RESULT", "CHANGED (UTC)", "LAST RUN"), rows, "no services"))


def status(
    name: Annotated[str, Parameter(help="Name of a service, or id of a run; without it all services are listed.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> None:
    """Show what is applied of a service, or how far a run came."""
    from vtnmd.usecases.inspection import RunStatus, status_of  # noqa: PLC0415

    if not name:
        services(common=common)
        return
    found = status_of(name, common.state)
    if isinstance(found, RunStatus):
        current().record("run", found.run.to_json())
        for event in found.events:
            current().record("event", event.to_json())
        current().data(show_run(found.run, found.plan, found.events, found.progress))
        return
    for applied in found.snapshot.applied.values():
        current().record("resource", applied.to_json())
    for address, carriage in found.carriage.items():
        current().record("interconnect", {"address": str(address), **carriage.to_json()})
    current().data(show_service(found.service, found.snapshot, found.runs, found.carriage))


def history(
    name: Annotated[str, Parameter(help="Name of a service; without it all runs are listed.")] = "",
    /,
    *,
    limit: Annotated[int, Parameter(help="How many runs, the latest first.")] = 20,
    common: Common = COMMON,
) -> None:
    """List runs, the latest first."""
    from vtnmd.usecases.inspection import list_runs  # noqa: PLC0415

    found = list_runs(common.state, name, limit)
    for entry in found:
        current().record("run", entry.to_json())
    current().data(show_history(found))


def audit(
    *,
    limit: Annotated[int, Parameter(help="How many lines, the latest first.")] = 50,
    common: Common = COMMON,
) -> None:
    """List who did what: commits made, runs begun, resumed and cancelled, plans approved, inventories loaded; the latest first."""
    from vtnmd.usecases.inspection import list_audit  # noqa: PLC0415

    found = list_audit(common.state, limit)
    for entry in found:
        current().record("audit", entry.to_json())
    current().data(show_audit(found))


def probe(name: Annotated[str, Parameter(help="Name of an applied service.")], /, *, common: Common = COMMON) -> int:
    """Send packets through the service's interconnects and tell whether they arrive.

    A packet that arrives by a way that is worse than it should be is degraded: it counts as passed, and is told with the reasons.
    """
    from vtnmd.cli.views.diagnostics import exit_code  # noqa: PLC0415
    from vtnmd.southbound.secrets import read_secret  # noqa: PLC0415
    from vtnmd.usecases import probing  # noqa: PLC0415

    found = probing.probe(name, common.state, read_secret, time.time)
    for result in found.results:
        current().record("probe", {**result.to_json(), "verdict": str(result.verdict)})
    current().data(show_probes(found.results))
    current().diagnose(found.problems)
    if not all(result.passed for result in found.results):
        return EXIT_FAILED
    return exit_code(found.problems) if found.problems else EXIT_OK


def explain(
    code: Annotated[str, Parameter(help="Such as VTN-F001, or a letter such as F; without it all codes are listed.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> None:
    """Explain a diagnostic code, or list them by their letters."""
    wanted = code.upper().removeprefix("VTN-")
    listed = {known: each for known, each in sorted(CODES.items()) if known[4:5] == wanted or not wanted}
    if listed:
        for known, each in listed.items():
            current().record("code", {"code": known, "title": each.title})
        current().data(show_codes(listed))
        return
    wanted = f"VTN-{wanted}"
    if wanted not in CODES:
        near = sorted(each for each in CODES if each[:5] == wanted[:5])
        hint = f"codes that begin with {wanted[:5]}: {', '.join(near)}" if near else f"letters are {', '.join(LETTERS)}"
        raise Invalid(Diagnostic("VTN-U003", f"there is no code {wanted}", hint=hint))
    known_code = CODES[wanted]
    data = {"code": wanted, "title": known_code.title, "explanation": known_code.explanation, "remedy": REMEDIES.get(wanted, "")}
    current().record("code", {**data, "exit-code": known_code.exit_code, "error-tag": known_code.error_tag})
    current().data(show_code(wanted, known_code))


def version(*, common: Common = COMMON) -> None:
    """Print the version of vtnmd and of Python."""
    current().record("version", {"version": __version__, "python": platform.python_version()})
    current().data(Text(f"vtnmd {__version__} (Python {platform.python_version()})"))
