"""How a run stands, told from its journal alone."""

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.fleet.outcome import outcome_of

PLAN = plan_of([create(resource_of(f"east/{name}")) for name in "abcdefg"])
NAMES = {name: f"east/odl/vtn/{name}" for name in "abcdefg"}
REFUSED = Diagnostic("VTN-E103", "no such port", hint="look", detail="rpc", address="east")


def journal(*told: tuple[str, Step, Json]) -> list[Event]:
    return [Event("run", number, 0.0, step, request, detail) for number, (request, step, detail) in enumerate(told, 1)]


def test_the_last_event_of_each_request_says_what_became_of_it() -> None:
    waits = {"code": "VTN-E010", "reason": "connection refused", "next-try": None}
    cut_off = {"code": "", "reason": "the run was stopped", "next-try": None}
    events = journal(
        ("", Step.STARTED, {}),
        (NAMES["a"], Step.SENT, {}),
        (NAMES["a"], Step.ANSWERED, {}),
        (NAMES["b"], Step.SENT, {}),
        (NAMES["b"], Step.FAILED, {"diagnostic": REFUSED.to_json()}),
        (NAMES["c"], Step.SKIPPED, {"because": NAMES["b"]}),
        (NAMES["d"], Step.WAITING, waits),
        (NAMES["e"], Step.IN_DOUBT, cut_off),
        (NAMES["f"], Step.IN_DOUBT, waits),
    )
    outcome = outcome_of("run", PLAN, events, Result.FAILED)
    assert outcome.done == {NAMES["a"]}
    assert outcome.failed == {NAMES["b"]: REFUSED}
    assert outcome.skipped == {NAMES["c"]: NAMES["b"]}
    assert outcome.waiting == {NAMES[name]: Diagnostic("VTN-E010", "connection refused") for name in "df"}
    assert outcome.pending == {NAMES["e"], NAMES["g"]}
    assert outcome.reached


def test_what_was_taken_back_is_neither_done_nor_pending() -> None:
    events = journal((NAMES["a"], Step.ANSWERED, {}), ("", Step.REVERSING, {}), (f"undo:{NAMES['a']}", Step.ANSWERED, {}))
    outcome = outcome_of("run", PLAN, events, Result.ROLLED_BACK)
    assert not outcome.done
    assert outcome.undone == {NAMES["a"]}
    assert NAMES["a"] not in outcome.pending


def test_nothing_was_reached_where_nobody_answered() -> None:
    assert not outcome_of("run", PLAN, journal(("", Step.STARTED, {})), Result.PARTLY).reached
    unserved = {"code": "VTN-E040", "reason": "no worker serves east", "next-try": None}
    assert outcome_of("run", PLAN, journal((NAMES["a"], Step.WAITING, unserved)), Result.PARTLY).exit_code == 3
