"""Commands about what endpoints hold: check."""

from typing import Annotated

from cyclopts import Parameter

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.diagnostics import exit_code
from vtnmd.cli.views.drift import show_checked
from vtnmd.domain.codes import EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.southbound.secrets import read_secret
from vtnmd.usecases import checking


def check(
    *names: Annotated[str, Parameter(help="Names of applied services.")],
    every: Annotated[bool, Parameter(name="--all", help="Check every service.")] = False,
    common: Common = COMMON,
) -> int:
    """Read what endpoints hold of services and compare it, field by field, with what was applied. Changes nothing.

    Exit code 0: everything is in sync; 1: something drifted, is missing or foreign; 5: endpoints could not be asked, and of the
    others none is astray.
    """
    if bool(names) == every:
        raise Invalid(Diagnostic("VTN-U001", "name the services to check, or give --all", hint="vtnmd services lists them"))
    found = checking.check(names, common.state, read_secret)
    output = current()
    for finding in found.findings:
        output.record("finding", finding.to_json())
    for endpoint, stranger in found.strangers:
        output.record("stranger", {"endpoint": endpoint, **stranger.to_json()})
    output.data(show_checked(", ".join(names) or "all services", found))
    output.diagnose(found.diagnostics)
    return exit_code(found.diagnostics) if found.diagnostics else EXIT_OK
