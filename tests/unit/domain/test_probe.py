"""What many probes say of an interconnect: the worst counts, and nothing unheard makes it better."""

from dataclasses import replace

import pytest

from vtnmd.domain.address import GLOBAL_REGION, Address
from vtnmd.domain.probe import Carriage, Probe, ProbeResult, Station, Verdict, judge

WAN = Address(GLOBAL_REGION, "", "interconnect", ("shop", "wan"))
EAST, WEST = (Station(region, 100, f"10.0.0.{number}", 24) for number, region in enumerate(("east", "west"), 2))
THERE, BACK = Probe(WAN, EAST, WEST), Probe(WAN, WEST, EAST)
PASSED = Carriage(Verdict.PASSED, 10.0)


def found(probe: Probe, *degraded: str, passed: bool = True, detail: str = "so") -> ProbeResult:
    return ProbeResult(probe, passed, detail, degraded)


def judged(*results: ProbeResult, before: Carriage | None = None) -> Carriage | None:
    return judge((THERE, BACK), results, {WAN: before} if before else {}, 99.0).get(WAN)


def test_a_result_says_how_well_it_went() -> None:
    assert found(THERE).verdict is Verdict.PASSED
    assert found(THERE, "by the backup way").verdict is Verdict.DEGRADED
    assert found(THERE, "by the backup way", passed=False).verdict is Verdict.FAILED


def test_the_worst_probe_counts_and_every_reason_is_told_once() -> None:
    assert judged(found(THERE), found(BACK)) == Carriage(Verdict.PASSED, 99.0)
    one, both = found(THERE, "a", "b"), found(BACK, "b", "c")
    assert judged(one, both) == Carriage(Verdict.DEGRADED, 99.0, ("a", "b", "c"))
    lost = found(BACK, passed=False, detail="no gateway")
    assert judged(one, lost) == Carriage(Verdict.FAILED, 99.0, ("no gateway",))


def test_what_stays_so_is_so_since_then() -> None:
    degraded = Carriage(Verdict.DEGRADED, 10.0, ("a",))
    assert judged(found(THERE, "b"), found(BACK), before=degraded) == replace(degraded, reasons=("b",))
    assert judged(found(THERE), found(BACK), before=degraded) == Carriage(Verdict.PASSED, 99.0)


@pytest.mark.parametrize("before", [None, PASSED, Carriage(Verdict.FAILED, 10.0, ("x",))])
def test_where_nobody_answers_nothing_changes(before: Carriage | None) -> None:
    assert judged(before=before) == before


def test_what_is_heard_in_part_makes_it_worse_and_never_better() -> None:
    failed = Carriage(Verdict.FAILED, 10.0, ("x",))
    assert judged(found(THERE)) is None
    assert judged(found(THERE), before=failed) == failed
    assert judged(found(THERE), before=PASSED) == PASSED
    assert judged(found(THERE, "a"), before=PASSED) == Carriage(Verdict.DEGRADED, 99.0, ("a",))
    assert judged(found(THERE, passed=False, detail="y")) == Carriage(Verdict.FAILED, 99.0, ("y",))
