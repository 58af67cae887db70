from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from vtnmd.cli.views.status import at, show_audit, show_history, show_inventory, show_probes, show_run, show_service, table
from vtnmd.cli.views.text import aligned, counted, plain, side_by_side
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.journal import Progress
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Carriage, ProbeResult, Verdict
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.state import AuditEntry, RunEntry, ServiceEntry

RUN = RunEntry("run-1", "global-shop", "somebody", 0.0, None, Result.PARTLY)


def test_tables_are_aligned_and_say_when_they_are_empty() -> None:
    assert table(("A", "BB"), [("long", "x"), ("s", "y")], "none").plain == "A     BB\nlong  x\ns     y"
    assert table(("A",), [], "no services").plain == "no services"


def test_times_are_utc() -> None:
    assert at(0.0) == "1970-01-01 00:00:00"
    assert at(None) == "-"


def test_probes_with_their_path_or_the_first_hop_that_is_missing(plan: Plan) -> None:
    probe = plan.probes[0]
    shown = show_probes([ProbeResult(probe, True, "a → b"), ProbeResult(probe, False, "no gateway")]).plain.split("\n")
    assert shown[0].startswith(f"passed  {probe.address}")
    assert shown[1].strip() == "a → b"
    assert shown[2].startswith("failed")
    assert "nothing to probe" in show_probes([]).plain


def test_a_probe_that_is_degraded_is_told_with_its_reasons(plan: Plan) -> None:
    probe = plan.probes[0]
    shown = show_probes([ProbeResult(probe, True, "a → b", ("by the backup way", "slowly")), ProbeResult(probe, True, "a")])
    lines = shown.plain.split("\n")
    assert [line.strip() for line in lines[1:4]] == ["a → b", "by the backup way", "slowly"]
    assert lines[0].startswith(f"degraded  {probe.address}")
    assert lines[4].startswith(f"passed    {probe.address}")


def test_a_service_with_how_its_interconnects_carry(plan: Plan) -> None:
    entry = ServiceEntry("global-shop", 2, "somebody", plan.intent, "", "", "", (), "run-1", Result.APPLIED, 0.0)
    address = plan.probes[0].address
    carriage = {address: Carriage(Verdict.DEGRADED, 0.0, ("by the backup way", "slowly"))}
    shown = show_service(entry, Snapshot({}), [RUN], carriage).plain
    assert f"{address.label}  degraded    1970-01-01 00:00:00  by the backup way\n        slowly" in shown
    assert "INTERCONNECT" not in show_service(entry, Snapshot({}), [RUN]).plain


def test_a_service_with_its_resources_and_who_shares_them(plan: Plan) -> None:
    entry = ServiceEntry("global-shop", 2, "somebody", plan.intent, "", "", "", (), "run-1", Result.APPLIED, 0.0)
    resource = plan.contributions[0]
    applied = Applied(resource, "digest", {}, frozenset({"global-shop", "other"}), "run-1")
    shown = show_service(entry, Snapshot({resource.address: applied}), [RUN]).plain
    assert "version 2, owned by somebody" in shown
    assert "global-shop, other" in shown
    assert "run-1" in shown


def test_a_run_with_the_last_that_is_known_of_each_request(plan: Plan) -> None:
    events = [Event("run-1", 1, 5.0, Step.WAITING, plan.requests[0].id, {"reason": "connection refused"})]
    shown = show_run(RUN, plan, events, Progress()).plain
    assert "0 of 18 requests done" in shown
    assert "connection refused" in shown
    assert shown.count("not begun") == 17


def test_a_run_with_its_label_and_who_ended_it(plan: Plan) -> None:
    run = replace(RUN, version=3, label="ticket 7", result=Result.CANCELLED, cancelled="bob")
    shown = show_run(run, plan, [], Progress()).plain.split("\n")
    assert shown[0] == "run-1: global-shop version 3, by somebody, started 1970-01-01 00:00:00, cancelled by bob"
    assert shown[1] == "label: ticket 7"


def test_history_tells_who_had_the_last_word() -> None:
    told = [
        (replace(RUN, version=2, label="ticket 7"), "2", "partly  ticket 7"),
        (RUN, "-", "partly"),
        (replace(RUN, result=Result.CANCELLED, cancelled="bob"), "-", "cancelled by bob"),
        (replace(RUN, result=Result.RUNNING, cancelled="bob"), "-", "running and told to end by bob"),
        (replace(RUN, result=Result.APPLIED, cancelled="bob"), "-", "applied"),
        (replace(RUN, result=Result.SUPERSEDED, successor="run-2"), "-", "superseded by run-2"),
    ]
    for run, version, end in told:
        line = show_history([run]).plain.split("\n")[1]
        assert line.split()[2] == version
        assert line.endswith(end)


def test_the_audit_log_is_a_line_per_deed() -> None:
    detail = {"service": "shop", "approved-by": ["bob", "cid"]}
    shown = show_audit([AuditEntry(2, 0.0, "ann", "apply", "run-1", detail), AuditEntry(1, 0.0, "", "inventory", "9a86", {})]).plain
    assert shown.split("\n")[1:] == [
        "1970-01-01 00:00:00  ann   apply      run-1    service shop, approved-by bob cid",
        "1970-01-01 00:00:00  -     inventory  9a86",
    ]
    assert show_audit([]).plain == "nothing was done yet"


def test_an_inventory_by_endpoint(plan: Plan) -> None:
    shown = show_inventory(Inventory(plan.inventory)).plain
    assert "127.0.0.1:18102" in shown
    assert "backbone: 5 nodes" in shown


def test_blocks_stand_side_by_side_where_they_fit() -> None:
    blocks = [[Text("one"), Text("two")], [Text("three")]]
    assert [line.plain for line in side_by_side(blocks, 80)] == ["one   three", "two"]
    assert [line.plain for line in side_by_side(blocks, 10)] == ["one", "two", "", "three"]
    assert side_by_side([], 80) == []


def test_numbers_and_nouns() -> None:
    assert [counted(number, "change") for number in (0, 1, 2)] == ["0 changes", "1 change", "2 changes"]


@given(st.text())
def test_nothing_steers_the_terminal(text: str) -> None:
    assert all(character.isprintable() for character in plain(text))


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5))))
def test_every_row_is_one_line(rows: list[tuple[str, str]]) -> None:
    assert len(aligned([(plain(a), plain(b)) for a, b in rows])) == len(rows)
