"""How a PE router of lab.backbone learns which of its ways work, and which way it uses."""

import json
import struct
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lab.backbone.inventory import Port
from lab.backbone.router.carrier import carriers
from lab.backbone.router.configuration import Way
from lab.backbone.router.hearing import Hearing
from lab.backbone.router.liveness import (
    DETECTION,
    INTERVAL,
    WAIT_TO_REVERT,
    Liveness,
    PathState,
    Report,
    WayState,
    chosen,
    judged,
    told_of,
)
from lab.backbone.router.probes import Probe, frame_of, probe_of

NOW = 1000.0
LONG_AGO = NOW - 60
PRIMARY = WayState("primary", 1, Liveness.UP, carrier=True, since=LONG_AGO)
BACKUP = WayState("backup", 2, Liveness.UP, carrier=True, since=LONG_AGO)
PORT = Port("pe-east", "p2", 16009, 2000, "02:6c:00:00:05:01", "02:6c:00:00:05:02")


def report(*hears: int, age: float = 0.0, settled: bool = True) -> Report:
    return Report(1, NOW - age, frozenset(hears), settled)


def down(way: WayState, since: float = NOW) -> WayState:
    return replace(way, liveness=Liveness.DOWN, since=since)


def test_a_way_is_up_or_down_as_the_peer_says() -> None:
    assert told_of(PRIMARY, report(1, 2), NOW) == "up"
    assert told_of(PRIMARY, report(2), NOW) == "down"
    assert told_of(PRIMARY, report(), NOW) == "down"


def test_nothing_is_known_of_a_way_while_the_peer_is_silent_or_has_just_begun_to_listen() -> None:
    assert told_of(PRIMARY, None, NOW) == "unknown"
    assert told_of(PRIMARY, report(1, age=DETECTION + INTERVAL), NOW) == "unknown"
    assert told_of(PRIMARY, report(2, settled=False), NOW) == "unknown"


def test_a_new_way_has_time_to_be_heard() -> None:
    new = WayState("primary", 1, since=NOW - INTERVAL)
    assert told_of(new, report(2), NOW) == "unknown"
    assert told_of(new, report(2), NOW + DETECTION) == "down"


def test_the_time_of_a_state_is_that_of_its_beginning() -> None:
    same = judged(PRIMARY, Liveness.UP, NOW, carrier=True)
    assert same is PRIMARY
    assert judged(PRIMARY, Liveness.DOWN, NOW, carrier=True).since == NOW


def test_the_backup_takes_over_when_the_primary_fails_and_hands_back_after_a_while() -> None:
    path = PathState((PRIMARY, BACKUP), "primary", LONG_AGO)
    failed = chosen(path, [down(PRIMARY), BACKUP], NOW)
    assert (failed.active, failed.since) == ("backup", NOW)
    mended = replace(PRIMARY, since=NOW + 1)
    assert chosen(failed, [mended, BACKUP], NOW + 2).active == "backup"
    assert chosen(failed, [mended, BACKUP], NOW + 1 + WAIT_TO_REVERT).active == "primary"


def test_the_backup_hands_back_at_once_when_it_fails() -> None:
    path = PathState((PRIMARY, BACKUP), "backup", NOW)
    assert chosen(path, [replace(PRIMARY, since=NOW), down(BACKUP)], NOW).active == "primary"


def test_a_port_without_carrier_is_not_used_whatever_the_peer_says() -> None:
    path = PathState((PRIMARY, BACKUP), "primary", LONG_AGO)
    assert chosen(path, [replace(PRIMARY, carrier=False, since=NOW), BACKUP], NOW).active == "backup"


def test_a_path_stays_where_it_is_while_nothing_better_is_known() -> None:
    path = PathState((PRIMARY, BACKUP), "backup", LONG_AGO)
    assert chosen(path, [down(PRIMARY), down(BACKUP)], NOW).active == "backup"
    alone = PathState((PRIMARY,), "primary", LONG_AGO)
    assert chosen(alone, [down(PRIMARY)], NOW).active == "primary"
    silent = [replace(way, liveness=Liveness.UNKNOWN, since=NOW) for way in (PRIMARY, BACKUP)]
    assert chosen(path, silent, NOW).active == "backup"


def test_a_new_path_begins_with_its_primary_way() -> None:
    fresh = [WayState("primary", 1, since=NOW), WayState("backup", 2, since=NOW)]
    assert chosen(PathState((), "", NOW), fresh, NOW).active == "primary"


@given(
    st.lists(st.sampled_from([(a, b) for a in Liveness for b in Liveness]), max_size=30),
    st.sampled_from(["primary", "backup"]),
)
def test_a_way_that_is_down_is_in_use_only_while_the_other_is_down_too(
    states: list[tuple[Liveness, Liveness]], active: str
) -> None:
    path = PathState((PRIMARY, BACKUP), active, LONG_AGO)
    for step, known in enumerate(states):
        now = NOW + step * INTERVAL
        ways = [judged(way, liveness, now, carrier=True) for way, liveness in zip(path.ways, known, strict=True)]
        path = chosen(path, ways, now)
        used = next(way for way in path.ways if way.name == path.active)
        assert used.usable or not any(way.usable for way in path.ways)


def test_a_probe_arrives_as_it_was_said() -> None:
    probe = Probe("pe-east", 4_000_000_000, (1, 2), 77, settled=True)
    frame = frame_of(probe, Way(("p1", "p3", "pe-west"), (16003, 16014)), PORT)
    assert frame[:6].hex(":") == PORT.far_address
    entries = struct.unpack_from("!III", frame, 14)
    assert [(entry >> 12, entry >> 8 & 1) for entry in entries] == [(16003, 0), (16014, 0), (13, 1)]
    arrived = frame[:14] + frame[22:]
    assert probe_of(arrived) == (PORT.far_address, probe)
    assert probe_of(frame) is None


@given(st.binary(max_size=100))
def test_other_frames_are_no_probes(octets: bytes) -> None:
    frame = frame_of(Probe("pe-east", 1, (), 1, settled=True), Way(("pe-west",), ()), PORT)
    start = frame.index(b"{")
    assert probe_of(octets) is None
    body = frame[:start] + octets
    assert probe_of(body) is None or isinstance(json.loads(octets), dict)


def test_carriers_are_read_from_what_the_kernel_says() -> None:
    def message(name: str, flags: int) -> bytes:
        attribute = struct.pack("=HH", 4 + len(name) + 1, 3) + name.encode() + b"\0"
        attribute += b"\0" * (-len(attribute) % 4)
        body = struct.pack("=BxHiII", 0, 1, 7, flags, 0) + attribute
        return struct.pack("=IHHII", 16 + len(body), 16, 0, 1, 0) + body

    octets = message("pe-east-p1", 0x1 | 0x10000) + message("pe-east-p2", 0x1)
    assert list(carriers(octets)) == [("pe-east-p1", True), ("pe-east-p2", False)]
    assert list(carriers(octets[:10])) == []


def said(way: int, *hears: int, at: int) -> Probe:
    return Probe("pe-west", way, hears, at, settled=True)


def test_ways_of_a_peer_are_heard_for_a_while() -> None:
    hearing = Hearing(LONG_AGO)
    hearing.hear("port a", said(1, at=1), NOW)
    hearing.hear("port b", said(2, at=2), NOW + INTERVAL)
    assert hearing.ways_of("pe-west", NOW + INTERVAL) == (1, 2)
    assert hearing.ways_of("pe-west", NOW + DETECTION + INTERVAL / 2) == (2,)
    assert hearing.ways_of("pe-north", NOW) == ()


def test_what_comes_late_does_not_undo_what_was_said_since() -> None:
    hearing = Hearing(LONG_AGO)
    assert hearing.hear("port a", said(1, 7, at=2), NOW)
    assert not hearing.hear("port b", said(2, 7, 8, at=1), NOW)
    report = hearing.report_of("pe-west")
    assert report is not None
    assert report.hears == {7}


def test_a_port_without_carrier_is_deaf_at_once() -> None:
    hearing = Hearing(LONG_AGO)
    hearing.hear("port a", said(1, at=1), NOW)
    hearing.hear("port b", said(2, at=2), NOW)
    hearing.deafen({"port a"})
    assert hearing.ways_of("pe-west", NOW) == (2,)


def test_who_has_just_begun_to_listen_does_not_tell_what_is_missing() -> None:
    assert not Hearing(NOW).is_settled(NOW + DETECTION)
    assert Hearing(NOW).is_settled(NOW + 3 * DETECTION)
