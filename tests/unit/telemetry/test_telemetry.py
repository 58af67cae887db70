"""What machines are told of a run: metrics, log lines and spans."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.run import Event, Step
from vtnmd.southbound.measured import Call
from vtnmd.telemetry.logs import close_log, log_events, open_log
from vtnmd.telemetry.metrics import Metrics, Standing, Waiting
from vtnmd.telemetry.traces import open_traces

PLAN = plan_of([create(resource_of("east/a")), create(resource_of("west/b"))])
FIRST, SECOND = (request.id for request in PLAN.requests)
REFUSED = {"diagnostic": Diagnostic("VTN-E103", "no such port").to_json(), "kept": False}
EVENTS = (
    Event("run-1", 1, 100.0, Step.STARTED),
    Event("run-1", 2, 100.5, Step.SENT, FIRST),
    Event("run-1", 3, 100.6, Step.SENT, SECOND),
    Event("run-1", 4, 101.5, Step.ANSWERED, FIRST, {FIRST: {"token": "not for logs"}}),
    Event("run-1", 5, 102.0, Step.FAILED, SECOND, REFUSED),
    Event("run-1", 6, 102.1, Step.REVERSING),
    Event("run-1", 7, 102.2, Step.SENT, f"undo:{FIRST}"),
    Event("run-1", 8, 102.5, Step.ANSWERED, f"undo:{FIRST}"),
    Event("run-1", 9, 103.0, Step.ENDED, detail={"result": "rolled-back"}),
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "vtnmd.log"
    handler = open_log(path)
    yield path
    close_log(handler)


def test_a_line_of_the_log_names_run_request_and_changes(log: Path) -> None:
    tell = log_events(PLAN)
    for event in EVENTS:
        tell(event)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, 10))
    refused = lines[4]
    assert (refused["level"], refused["run"], refused["endpoint"], refused["changes"]) == ("error", "run-1", "west/odl", [SECOND])
    assert refused["detail"]["diagnostic"]["code"] == "VTN-E103"
    assert lines[7]["request"] == f"undo:{FIRST}"
    assert lines[7]["changes"] == [FIRST]
    assert "not for logs" not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        open_log(tmp_path / "nowhere" / "vtnmd.log")
    assert refusal.value.diagnostics[0].code == "VTN-F008"


def test_metrics_count_calls_changes_and_runs(tmp_path: Path) -> None:
    metrics = Metrics()
    tell = metrics.listen(PLAN)
    for event in EVENTS:
        tell(event)
    metrics.observe(Call("east/odl", "apply", 0.2, "ok"))
    metrics.write(tmp_path / "vtnmd.prom")
    lines = (tmp_path / "vtnmd.prom").read_text().splitlines()
    assert 'vtnmd_changes_total{endpoint="west/odl",step="failed"} 1.0' in lines
    assert 'vtnmd_runs_total{result="rolled-back"} 1.0' in lines
    assert 'vtnmd_endpoint_call_seconds_count{endpoint="east/odl",result="ok",verb="apply"} 1.0' in lines
    assert not list(tmp_path.glob(".*"))


def test_metrics_tell_queues_and_conditions_as_the_state_has_them_now() -> None:
    wan = ("shop", "global/interconnect/acme_shop/wan", "degraded")
    standing = Standing((Waiting("west/odl", 3, 90.0),), (("west/odl", "down"), ("east/odl", "up")), (wan,))
    lines = Metrics(lambda: standing, lambda: 100.0).text().decode().splitlines()
    assert 'vtnmd_queued_changes{endpoint="west/odl",region="west"} 3.0' in lines
    assert 'vtnmd_oldest_queued_change_seconds{endpoint="west/odl",region="west"} 10.0' in lines
    assert 'vtnmd_endpoint_condition{condition="down",endpoint="west/odl",region="west"} 1.0' in lines
    assert f'vtnmd_interconnect_verdict{{interconnect="{wan[1]}",service="shop",verdict="degraded"}} 1.0' in lines


def test_a_span_for_the_run_and_one_for_each_request() -> None:
    exporter = InMemorySpanExporter()
    traces = open_traces(SimpleSpanProcessor(exporter))
    tell = traces.listen(PLAN)
    for event in EVENTS:
        tell(event)
    traces.close()
    *requests, run = exporter.get_finished_spans()
    assert run.name == "run shop"
    assert run.attributes is not None
    assert run.attributes["vtnmd.result"] == "rolled-back"
    assert [event.name for event in run.events] == ["reversing"]
    assert [span.attributes["vtnmd.request"] for span in requests if span.attributes] == [FIRST, SECOND, f"undo:{FIRST}"]
    assert all(span.parent and run.context and span.parent.span_id == run.context.span_id for span in requests)
    assert (requests[0].end_time or 0) - (requests[0].start_time or 0) == 1_000_000_000
    assert requests[1].status.description == "no such port"
