"""What this process tells machines of its runs, as the environment asks for it.

VTNMD_LOG=FILE                       append structured log lines
VTNMD_METRICS=FILE                   write metrics when the command ends, for a collector of text files
OTEL_EXPORTER_OTLP_ENDPOINT=URL      send traces (and the other variables that OpenTelemetry defines)
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from vtnmd.cli.output import Output
from vtnmd.domain.diagnostics import Diagnostic, Severity, VtnmdError
from vtnmd.usecases.watchers import NOBODY, Watchers

if TYPE_CHECKING:
    from vtnmd.telemetry.metrics import Metrics

_TRACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_watchers: ContextVar[Watchers] = ContextVar("watchers", default=NOBODY)


def current_watchers() -> Watchers:
    """Who is told of the runs of this command."""
    return _watchers.get()


def watched_by(metrics: "Metrics") -> Watchers:
    """The same, and these metrics."""
    return current_watchers() + Watchers((metrics.listen,), metrics.observe)


@contextmanager
def telemetry(output: Output) -> Iterator[None]:
    """Open what the environment asks for, and close it when the command has ended. Raises Invalid (VTN-F008)."""
    closing: list[Callable[[], None]] = []
    watchers = NOBODY
    if path := os.environ.get("VTNMD_LOG"):
        from vtnmd.telemetry.logs import close_log, log_events, open_log  # noqa: PLC0415  only where it is asked for

        log = open_log(Path(path))
        closing.append(lambda: close_log(log))
        watchers += Watchers((log_events,))
    if path := os.environ.get("VTNMD_METRICS"):
        from vtnmd.telemetry.metrics import Metrics  # noqa: PLC0415  the same

        metrics, file = Metrics(), Path(path)
        closing.append(lambda: metrics.write(file))
        watchers += Watchers((metrics.listen,), metrics.observe)
    if any(os.environ.get(name) for name in _TRACES):
        try:
            from vtnmd.telemetry.traces import open_traces  # noqa: PLC0415  the same, and an extra
        except ImportError:
            hint = "install vtnmd[telemetry], or unset the variable"
            summary = f"{' and '.join(name for name in _TRACES if os.environ.get(name))} is set, but OpenTelemetry is not installed"
            output.diagnose([Diagnostic("VTN-U016", summary, hint=hint, severity=Severity.WARNING)])
        else:
            traces = open_traces()
            closing.append(traces.close)
            watchers += Watchers((traces.listen,))
    token = _watchers.set(watchers)
    try:
        yield
    finally:
        _watchers.reset(token)
        for close in closing:
            try:
                close()
            except VtnmdError as problem:  # what the command did stands, whether or not it can be counted
                output.diagnose(problem.diagnostics)
