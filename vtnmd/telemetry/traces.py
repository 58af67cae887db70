"""Traces of OpenTelemetry: a span a run, below it one for each request from when it was sent to what came of it.

Needs the extra `telemetry`. Where spans go is told by the variables that OpenTelemetry defines, such as
OTEL_EXPORTER_OTLP_ENDPOINT; without one of them nothing is loaded.
"""

from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode

from vtnmd import __version__
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.reverse import original_id, taking_back
from vtnmd.domain.run import Event, Step
from vtnmd.engine import Listener

_NANOSECONDS = 1_000_000_000
_ENDS = frozenset({Step.ANSWERED, Step.SETTLED, Step.FAILED, Step.IN_DOUBT, Step.WAITING, Step.PUT_BACK})
_GOOD = frozenset({Step.ANSWERED, Step.SETTLED})


def open_traces(processor: SpanProcessor | None = None) -> "Traces":
    """Spans to the collector that the environment names, or to `processor`."""
    provider = TracerProvider(resource=Resource.create({"service.name": "vtnmd", "service.version": __version__}))
    provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)


class Traces:
    """Makes spans out of the events of runs."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("vtnmd")

    def listen(self, plan: Plan) -> Listener:
        """A listener that turns the events of a run of the plan into spans, with the times that the journal has."""
        return _RunSpans(self._tracer, plan).take

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()


class _RunSpans:
    """The spans of one run that are open."""

    def __init__(self, tracer: trace.Tracer, plan: Plan) -> None:
        self._tracer = tracer
        self._plan = plan
        self._requests: Mapping[str, Request] = {request.id: request for request in plan.requests}
        self._run: Span | None = None
        self._open: dict[str, Span] = {}

    def take(self, event: Event) -> None:
        at = int(event.time * _NANOSECONDS)
        match event.step:
            case Step.STARTED:
                attributes = {"vtnmd.run": event.run, "vtnmd.service": self._plan.service}
                self._run = self._tracer.start_span(f"run {self._plan.service}", start_time=at, attributes=attributes)
            case Step.ENDED:
                self._end_run(event, at)
            case Step.SENT:
                self._open[event.request] = self._span(event, at)
            case _ if event.step in _ENDS and event.request in self._open:
                self._end(self._open.pop(event.request), event, at)
            case _ if self._run is not None and not event.request:
                self._run.add_event(event.step.value, timestamp=at)

    def _span(self, event: Event, at: int) -> Span:
        original = original_id(event.request)
        request = self._requests[original or event.request]
        if original:
            request = taking_back(request)
        context = trace.set_span_in_context(self._run) if self._run is not None else None
        attributes = {
            "vtnmd.run": event.run,
            "vtnmd.request": request.id,
            "vtnmd.region": request.region,
            "vtnmd.endpoint": request.endpoint,
            "vtnmd.changes": [str(address) for address in request.changes],
        }
        return self._tracer.start_span(f"request {request.endpoint}", context=context, start_time=at, attributes=attributes)

    @staticmethod
    def _end(span: Span, event: Event, at: int) -> None:
        span.set_attribute("vtnmd.step", event.step.value)
        if event.step not in _GOOD:
            reason = event.detail.get("reason") or event.detail.get("diagnostic", {}).get("summary", "")
            span.set_status(Status(StatusCode.ERROR, str(reason)))
        span.end(end_time=at)

    def _end_run(self, event: Event, at: int) -> None:
        for span in self._open.values():
            span.end(end_time=at)
        self._open.clear()
        if self._run is not None:
            self._run.set_attribute("vtnmd.result", event.detail["result"])
            self._run.end(end_time=at)
            self._run = None
