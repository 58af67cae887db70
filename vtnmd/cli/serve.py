"""The command that stays: serve."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.northbound import Served, Wanted, northbound
from vtnmd.cli.output import Output, current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.runs import tell_findings
from vtnmd.cli.telemetry import watched_by
from vtnmd.cli.views.outcome import show_outcome
from vtnmd.cli.views.status import at
from vtnmd.cli.views.text import plain
from vtnmd.cli.web import Page
from vtnmd.domain.codes import EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.models import NO_MODELS
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Verdict
from vtnmd.domain.run import Event
from vtnmd.engine import Interrupt, Listener, Policy, Retry
from vtnmd.northbound.access.bootstrap import ADMINISTRATOR
from vtnmd.northbound.orchestration.events import run_listener
from vtnmd.northbound.serving import Address, Offer, Tls
from vtnmd.telemetry.metrics import Metrics
from vtnmd.telemetry.standing import read_standing
from vtnmd.usecases.committed import Carried
from vtnmd.usecases.draining import Resumed
from vtnmd.usecases.models import read_models
from vtnmd.usecases.runs import Setting
from vtnmd.usecases.serving import Hooks
from vtnmd.usecases.serving import serve as stay
from vtnmd.usecases.vigil import Turned
from vtnmd.usecases.watchers import Watchers

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TURNED = {Verdict.DEGRADED: "is degraded", Verdict.FAILED: "carries no more"}
_POLICY = Policy(unreachable=Retry(attempts=2, seconds=5.0), busy=Retry(attempts=5, seconds=30.0, base=1.0))
"""How long an endpoint is tried within one drain: whoever owns the state waits for nobody long."""


def serve(
    *,
    restconf: Annotated[
        str, Parameter(help="HOST:PORT where RESTCONF is served over TLS; PORT alone means loopback, 0 lets the system choose.")
    ] = "",
    netconf: Annotated[str, Parameter(help="HOST:PORT where NETCONF is served over SSH.")] = "",
    web: Annotated[
        str,
        Parameter(help="HOST:PORT on loopback where users may see /regions (JSON) and /metrics (Prometheus)."),
    ] = "",
    models: Annotated[
        Path | None, Parameter(help="Folder with models of a designer's own, whose YANG modules are served too.")
    ] = None,
    tls_certificate: Annotated[
        Path | None, Parameter(help="Certificate of the server with its chain, PEM; without it one is made.")
    ] = None,
    tls_key: Annotated[Path | None, Parameter(help="Private key of the certificate, PEM, without passphrase.")] = None,
    tls_clients: Annotated[Path | None, Parameter(help="Authorities whose certificates clients may log in with, PEM.")] = None,
    clear_text: Annotated[
        bool, Parameter(help="Serve RESTCONF without TLS, on loopback only: for a proxy on this machine.")
    ] = False,
    probe_every: Annotated[
        float,
        Parameter(
            validator=validators.Number(gte=0),
            help="Seconds between two probes of the interconnects of applied services, which alarms are raised of; 0 for none.",
        ),
    ] = 60.0,
    common: Common = COMMON,
) -> int:
    """Stay in the foreground: apply what is committed, and finish what waits for endpoints once they return.

    A service that is configured otherwise than it was applied is planned and applied under the name of who committed it. What
    waits is read back and superseded by one new plan per service, made of what was approved. The state is owned only meanwhile, so
    that other commands work as ever. SIGTERM and Ctrl-C let what is in flight end.

    Nothing listens that is not asked for, and nothing beyond loopback that is not named so. The first start makes an administrator
    and prints the password once.
    """
    stop = _Stop()
    metrics = Metrics(lambda: read_standing(common.state), time.time)
    given = replace(setting(common.state, "serve"), started=stop.follow, policy=_POLICY, watchers=watched_by(metrics))
    served_models = read_models(models) if models else NO_MODELS
    offer = _offer(restconf, netconf, None if clear_text else Tls(tls_certificate, tls_key, tls_clients))

    def of_user(user: str, command: str) -> Setting:
        return replace(given, user=user, owner=replace(given.owner, who=f"{user}: {command}"))

    page = _page(web, common.state, metrics)
    wanted = Wanted(common.state, offer, page, served_models, of_user, stop.wake, _tell_trouble)
    with northbound(wanted) as served, stop.on_signals():
        _tell_serving(common.state, served)
        if served.deployment is not None:
            told = Watchers((run_listener(served.deployment.publish),))
            given = replace(given, watchers=given.watchers + told)
        tell = _tell_drained(common.state), _tell_trouble, _record_events, _tell_carried(common.state)
        stay(given, Hooks(stop.pause, _tell_changed, *tell, stop.stays, _tell_turned), served_models, probe_every)
        _say("ended")
    return EXIT_OK


def _page(web: str, state: str, metrics: Metrics) -> Page | None:
    """Raises Invalid (VTN-U015)."""
    address = _address(web)
    if address is not None and address.host not in _LOOPBACK:
        hint = "give 127.0.0.1:PORT; vtnmd shows it on loopback only"
        raise Invalid(Diagnostic("VTN-U015", f"{web} is no address on loopback", hint=hint))
    return None if address is None else Page(address, state, metrics)


def _offer(restconf: str, netconf: str, tls: Tls | None) -> Offer:
    """Raises Invalid (VTN-U015)."""
    found = Offer(_address(restconf), _address(netconf), tls)
    if tls is None and found.restconf is not None and found.restconf.host not in _LOOPBACK:
        hint = "leave out --clear-text, or serve it on 127.0.0.1 behind a proxy that speaks TLS"
        raise Invalid(Diagnostic("VTN-U015", f"{restconf} is no address on loopback", hint=hint))
    return found


def _address(text: str) -> Address | None:
    """An address of any interface; nothing for nothing. Raises Invalid (VTN-U015)."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise Invalid(Diagnostic("VTN-U015", f"{text} is no address", hint="give HOST:PORT, such as 127.0.0.1:8443"))
    return Address(host.strip("[]") or _LOOPBACK[0], int(port))


def _tell_serving(state: str, served: Served) -> None:
    where, web = served.listening, served.web
    places = {"web": web, "restconf": where.restconf, "netconf": where.netconf}
    password = {"administrator": ADMINISTRATOR, "password": served.password} if served.password else {}
    current().record("serving", {**places, **password})
    parts = [f"regions at http://{web}/regions" if web else "", f"RESTCONF at {where.restconf}" if where.restconf else ""]
    parts.append(f"NETCONF at {where.netconf}" if where.netconf else "")
    _say(", ".join([f"serving the state {state}", *filter(None, parts)]))
    if served.password:
        _say(f"first start: log in as {ADMINISTRATOR} with the password {served.password}, which is shown this once")


class _Stop:
    """Ends the loop, and the runs that are under way, on a signal."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._woken = threading.Event()
        self._runs: list[tuple[asyncio.AbstractEventLoop, Interrupt]] = []

    def pause(self, seconds: float) -> bool:
        """Wait, unless something was committed; whether to go on."""
        self._woken.wait(seconds)
        self._woken.clear()
        return self.stays()

    def wake(self) -> None:
        """Something was committed: end the pause. From any thread."""
        self._woken.set()

    def stays(self) -> bool:
        """Whether to go on."""
        return not self._asked.is_set()

    def follow(self, interrupt: Interrupt) -> None:
        """A run begins, in any thread."""
        going_on = [run for run in self._runs if not run[0].is_closed()]
        self._runs = [*going_on, (asyncio.get_running_loop(), interrupt)]
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
        self._woken.set()
        for loop, interrupt in self._runs:
            with suppress(RuntimeError):  # the run has ended, and its loop with it
                loop.call_soon_threadsafe(interrupt.ask)


def _tell_changed(endpoint: str, health: Health) -> None:
    current().record("health", {"endpoint": endpoint, "condition": str(health.condition), **health.to_json()})
    match health.condition:
        case Condition.DOWN:
            _say(f"{endpoint} is down: {health.reason.removeprefix(f'{endpoint}: ')}, next try at {at(health.next_try)}")
        case Condition.PROBATION:
            _say(f"{endpoint} answers again, and is on probation")
        case _:
            _say(f"{endpoint} is {health.condition}")


def _tell_turned(turned: Turned) -> None:
    current().record("interconnect", turned.to_json())
    told = f"{turned.service}: interconnect {turned.address.label}"
    if turned.carriage.verdict is Verdict.PASSED:
        _say(f"{told} carries as it should again")
    else:
        _say(f"{told} {_TURNED[turned.carriage.verdict]}: {'; '.join(turned.carriage.reasons)}")


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


def _tell_carried(state: str) -> Callable[[Carried], None]:
    def tell(carried: Carried) -> None:
        output: Output = current()
        output.record("carried", {"service": carried.service, "commit": carried.number, "waits": carried.waits})
        if carried.trouble:
            _say(f"commit {carried.number} of {carried.service} cannot be planned")
            output.diagnose(carried.trouble)
        elif carried.waits:
            _say(f"commit {carried.number} of {carried.service} waits for approval of its plan {carried.waits}")
        elif carried.plan is not None and carried.outcome is not None:
            output.record("outcome", carried.outcome.to_json())
            output.diagnose(carried.outcome.failed.values())
            _say(show_outcome(carried.plan, carried.outcome, "" if state == COMMON.state else state).plain)

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
