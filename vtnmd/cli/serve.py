"""The command that stays: serve."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Annotated

import uvicorn
from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.output import Output, current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.runs import tell_findings
from vtnmd.cli.telemetry import watched_by
from vtnmd.cli.views.outcome import show_outcome
from vtnmd.cli.views.region import region_record
from vtnmd.cli.views.status import at
from vtnmd.cli.views.text import plain
from vtnmd.domain.codes import EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event
from vtnmd.domain.tree import Json
from vtnmd.engine import Interrupt, Listener, Policy, Retry
from vtnmd.telemetry.metrics import CONTENT_TYPE, Metrics
from vtnmd.telemetry.standing import read_standing
from vtnmd.usecases import regions
from vtnmd.usecases.draining import Resumed
from vtnmd.usecases.serving import Hooks
from vtnmd.usecases.serving import serve as stay
from vtnmd.web.app import Shown, make_app

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_POLICY = Policy(unreachable=Retry(attempts=2, seconds=5.0), busy=Retry(attempts=5, seconds=30.0, base=1.0))
"""How long an endpoint is tried within one drain: whoever owns the state waits for nobody long."""


def serve(
    *,
    web: Annotated[
        str,
        Parameter(
            help="HOST:PORT on loopback where /regions (JSON) and /metrics (Prometheus) are shown; without it nothing listens."
        ),
    ] = "",
    common: Common = COMMON,
) -> int:
    """Stay in the foreground: probe endpoints that are down, and when they return, finish what waits for them.

    What waits is read back and superseded by one new plan per service, made of what was approved. The state is owned only
    meanwhile, so that other commands work as ever. SIGTERM and Ctrl-C let what is in flight end.
    """
    stop = _Stop()
    metrics = Metrics(lambda: read_standing(common.state), time.time)
    given = replace(setting(common.state, "serve"), started=stop.follow, policy=_POLICY, watchers=watched_by(metrics))
    with _shown(web, common.state, metrics), stop.on_signals():
        current().record("serving", {"web": web})
        _say(f"serving the state {common.state}" + (f", regions at http://{web}/regions" if web else ""))
        stay(given, Hooks(stop.pause, _tell_changed, _tell_drained(common.state), _tell_trouble, _record_events))
        _say("ended")
    return EXIT_OK


class _Stop:
    """Ends the loop, and the run that is under way, on a signal."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._run: tuple[asyncio.AbstractEventLoop, Interrupt] | None = None

    def pause(self, seconds: float) -> bool:
        """Wait; whether to go on."""
        return not self._asked.wait(seconds)

    def follow(self, interrupt: Interrupt) -> None:
        """A run begins."""
        self._run = asyncio.get_running_loop(), interrupt
        if self._asked.is_set():
            interrupt.ask()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen to SIGTERM and SIGINT until the block ends."""
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()
        if self._run is not None and not self._run[0].is_closed():
            loop, interrupt = self._run
            loop.call_soon_threadsafe(interrupt.ask)


@contextmanager
def _shown(address: str, state: str, metrics: Metrics) -> Iterator[None]:
    """Have the application listen until the block ends; nothing where there is no address."""
    if not address:
        yield
        return
    host, port = _parse(address)
    app = make_app(lambda: _regions(state), Shown(metrics.text, CONTENT_TYPE))
    config = uvicorn.Config(app, host=host, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web")
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(0.01)
    try:
        if not server.started:
            raise Invalid(Diagnostic("VTN-U015", f"{address} cannot be listened on", hint="another program may do so already"))
        yield
    finally:
        server.should_exit = True
        thread.join()


def _parse(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or _LOOPBACK[0]
    if host not in _LOOPBACK or not port.isdecimal() or int(port) > 65535:
        hint = "give 127.0.0.1:PORT; vtnmd listens on loopback only"
        raise Invalid(Diagnostic("VTN-U015", f"{address} is no address on loopback", hint=hint))
    return host, int(port)


def _regions(state: str) -> Json:
    return {"regions": [region_record(each) for each in regions.list_regions(state)]}


def _tell_changed(endpoint: str, health: Health) -> None:
    current().record("health", {"endpoint": endpoint, "condition": str(health.condition), **health.to_json()})
    match health.condition:
        case Condition.DOWN:
            _say(f"{endpoint} is down: {health.reason.removeprefix(f'{endpoint}: ')}, next try at {at(health.next_try)}")
        case Condition.PROBATION:
            _say(f"{endpoint} answers again, and is on probation")
        case _:
            _say(f"{endpoint} is {health.condition}")


def _tell_drained(state: str) -> Callable[[Resumed], None]:
    def tell(resumed: Resumed) -> None:
        output: Output = current()
        if resumed.findings is not None:
            tell_findings(resumed.findings)
        if resumed.outcome is not None:
            output.record("outcome", resumed.outcome.to_json())
            output.diagnose(resumed.outcome.failed.values())
            _say(show_outcome(resumed.plan, resumed.outcome, "" if state == COMMON.state else state).plain)

    return tell


def _record_events(_plan: Plan) -> Listener:
    """Programs are told every event, people how a run ended."""

    def tell(event: Event) -> None:
        current().record("event", event.to_json())

    return tell


def _tell_trouble(diagnostics: tuple[Diagnostic, ...]) -> None:
    current().diagnose(diagnostics)


def _say(line: str) -> None:
    current().say(Text(f"{at(time.time())}  {plain(line)}"))
