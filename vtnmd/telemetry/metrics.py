"""Metrics in the form of Prometheus: what runs do, how endpoints answer, what waits, and for how long."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Step
from vtnmd.engine import Listener
from vtnmd.southbound.measured import Call

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is queued for one endpoint: how many changes, and since when the oldest (seconds since the epoch)."""

    endpoint: str
    changes: int
    since: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state says at one moment: queues, the condition of each endpoint by its id, and how interconnects carried when they
    were last probed, as (service, address, verdict).
    """

    queues: tuple[Waiting, ...]
    conditions: tuple[tuple[str, str], ...]
    carriage: tuple[tuple[str, str, str], ...] = ()


class Metrics:
    """The metrics of one process. `standing` is asked at each scrape; `now` is seconds since the epoch."""

    def __init__(self, standing: Callable[[], Standing] | None = None, now: Callable[[], float] | None = None) -> None:
        self._registry = CollectorRegistry()
        self._calls = Histogram(
            "vtnmd_endpoint_call_seconds",
            "How long calls of endpoints took.",
            ("endpoint", "verb", "result"),
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._changes = Counter(
            "vtnmd_changes",
            "Changes that reached a step, such as answered or failed.",
            ("endpoint", "step"),
            registry=self._registry,
        )
        self._runs = Counter("vtnmd_runs", "Runs that came to an end, by result.", ("result",), registry=self._registry)
        if standing is not None and now is not None:
            self._registry.register(_Standings(standing, now))

    def observe(self, call: Call) -> None:
        """Count a call of a driver."""
        self._calls.labels(call.endpoint, call.verb, call.result).observe(call.seconds)

    def listen(self, plan: Plan) -> Listener:
        """A listener that counts the events of a run of the plan."""
        weights = {request.id: (request.endpoint, len(request.changes)) for request in plan.requests}

        def tell(event: Event) -> None:
            if event.step is Step.ENDED:
                self._runs.labels(event.detail["result"]).inc()
            elif event.request in weights:
                endpoint, changes = weights[event.request]
                self._changes.labels(endpoint, event.step.value).inc(changes)

        return tell

    def text(self) -> bytes:
        """All of them in the exposition format."""
        return generate_latest(self._registry)

    def write(self, path: Path) -> None:
        """Write them to a file, as a whole or not at all, for a collector of text files. Raises Invalid (VTN-F008)."""
        scratch = path.with_name(f".{path.name}.partial")
        try:
            scratch.write_bytes(self.text())
            scratch.replace(path)
        except OSError as error:
            raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: {error.strerror}", hint="name another file")) from None


class _Standings(Collector):
    """Reads the state when somebody looks."""

    def __init__(self, standing: Callable[[], Standing], now: Callable[[], float]) -> None:
        self._standing = standing
        self._now = now

    def collect(self) -> Iterable[Metric]:
        return tuple(self._families(self._standing()))

    def describe(self) -> Iterable[Metric]:
        """Without it the registry would read the state once more when this is registered."""
        return ()

    def _families(self, standing: Standing) -> Iterator[Metric]:
        depth = GaugeMetricFamily("vtnmd_queued_changes", "Changes that wait for an endpoint.", labels=("region", "endpoint"))
        age = GaugeMetricFamily(
            "vtnmd_oldest_queued_change_seconds", "How long the oldest change has waited.", labels=("region", "endpoint")
        )
        for queue in standing.queues:
            labels = (queue.endpoint.partition("/")[0], queue.endpoint)
            depth.add_metric(labels, queue.changes)
            age.add_metric(labels, max(0.0, self._now() - queue.since))
        condition = GaugeMetricFamily(
            "vtnmd_endpoint_condition", "1 for the condition that an endpoint is in.", labels=("region", "endpoint", "condition")
        )
        for endpoint, name in standing.conditions:
            condition.add_metric((endpoint.partition("/")[0], endpoint, name), 1)
        verdict = GaugeMetricFamily(
            "vtnmd_interconnect_verdict",
            "1 for how well an interconnect carried packets when it was last probed.",
            labels=("service", "interconnect", "verdict"),
        )
        for service, address, name in standing.carriage:
            verdict.add_metric((service, address, name), 1)
        yield from (depth, age, condition, verdict)
