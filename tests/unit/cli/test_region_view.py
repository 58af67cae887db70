from vtnmd.cli.views.region import region_record, show_pruning, show_queue, show_regions
from vtnmd.domain.health import Health, Heard
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.usecases.queue import Queued
from vtnmd.usecases.regions import RegionStatus

DOWN = Health()
for _ in range(3):
    DOWN = DOWN.observe(Heard.FAILURE, 1_795_356_000.0, 0.5, reason="connection refused")
QUEUED = Queued("west/pe#0", "run-1", "shop", "west/pe", 8, 1_795_356_000.0, "connection refused", 1_795_356_004.0)
WEST = RegionStatus(
    "west",
    RegionMode("west", Mode.PAUSED, "alice", 1_795_356_000.0, "power works"),
    {"west/odl": DOWN, "west/pe": Health()},
    (QUEUED,) * 9,
)


def test_a_region_is_told_with_its_mode_its_queue_and_what_is_not_up() -> None:
    head, line = show_regions([WEST]).plain.split("\n")
    assert head.split()[:4] == ["REGION", "MODE", "QUEUED", "ENDPOINTS"]
    assert line.split() == ["west", "paused", "9", "odl", "down", "alice", "2026-11-22", "14:00:00", "power", "works"]
    record = region_record(WEST)
    assert (record["mode"], record["queued"]) == ("paused", 9)
    assert {name: each["condition"] for name, each in record["endpoints"].items()} == {"west/odl": "down", "west/pe": "up"}


def test_a_queue_tells_since_when_why_and_when_it_is_tried_next() -> None:
    _, line = show_queue([QUEUED], "west").plain.split("\n")
    assert line.split() == [
        "west/pe#0",
        "shop",
        "run-1",
        "8",
        "2026-11-22",
        "14:00:00",
        "2026-11-22",
        "14:00:04",
        "connection",
        "refused",
    ]
    assert show_queue([], "west").plain == "nothing waits in west"


def test_what_is_pruned_is_listed_with_what_goes_with_it() -> None:
    shown = show_pruning(QUEUED, (Queued("east/pe#1", "run-1", "shop", "east/pe", 1, 0.0, "it needs west/pe#0", None),)).plain
    assert shown.split("\n") == [
        "west/pe#0 of shop leaves the queue of west/pe: connection refused",
        "  and east/pe#1, which needs it or is committed with it",
    ]
