"""The command that carries what others began: worker."""

from collections.abc import Callable, Sequence
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.text import plain
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.state import check_shared


def worker(
    *,
    region: Annotated[Sequence[str], Parameter(help="Region to work for; may be given several times.")],
    at_once: Annotated[int, Parameter(help="How many legs are carried at the same time.")] = 4,
    common: Common = COMMON,
) -> None:
    """Carry legs of runs for regions, until it is interrupted. Any number of workers may serve a region."""
    check_shared(common.state)
    # Imported here because they need packages that only those have who use them.
    from vtnmd.fleet import Reports  # noqa: PLC0415
    from vtnmd.usecases import sharing  # noqa: PLC0415

    current().say(Text(f"working for {plain(', '.join(region))}"))
    reports = Reports(_said("begins"), _said("has ended"), _said("is another worker's now"), _Problems().take)
    sharing.work(region, setting(common.state, f"worker {' '.join(region)}"), reports, at_once)


def _said(what: str) -> Callable[[str, str], None]:
    def say(run: str, leg: str) -> None:
        current().record("leg", {"run": run, "leg": leg, "what": what})
        current().say(Text(f"{plain(leg)} {what} ({plain(run)})"))

    return say


class _Problems:
    """Tells what goes wrong, once for as long as it stays the same."""

    def __init__(self) -> None:
        self._last: Diagnostic | None = None

    def take(self, problem: Diagnostic) -> None:
        if self._last is None or problem.code != self._last.code:
            current().diagnose([problem])
        self._last = problem
