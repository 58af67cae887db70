from dataclasses import replace
from typing import Any

from vtnmd.cli.views.outcome import show_outcome
from vtnmd.cli.views.progress import Board, show_event
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Action, Plan
from vtnmd.domain.reverse import reversed_id
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import Outcome


def _event(plan: Plan, step: Step, position: int = 0, **detail: object) -> Event:
    return Event("run-1", 1, 110.0, step, plan.requests[position].id, detail)


def test_the_board_follows_events(plan: Plan) -> None:
    board = Board(plan, 100.0)
    assert "0/16" in board.show(80).plain
    request = plan.requests[0]
    for _ in range(2):  # told twice, counted once
        board.take(_event(plan, Step.ANSWERED))
    line = next(line for line in board.show(80).plain.split("\n") if line.startswith(request.region))
    assert f" {len(request.changes)}/16" in line
    assert "10.0 s" in line


def test_the_board_says_what_a_region_is_held_by_as_long_as_it_is(plan: Plan) -> None:
    board = Board(plan, 100.0)
    detail: dict[str, Any] = {"reason": "connection refused", "next-try": 114.0}
    board.take(_event(plan, Step.WAITING, **detail))
    endpoint = plan.requests[0].endpoint
    assert f"waiting for {endpoint}: connection refused, next try in 4 s" in board.show(200).plain
    board.take(_event(plan, Step.SENT))
    assert "waiting" not in board.show(200).plain


def test_events_of_the_whole_run_move_nothing(plan: Plan) -> None:
    board = Board(plan, 100.0)
    before = board.show(80).plain
    board.take(Event("run-1", 1, 200.0, Step.STARTED))
    assert board.show(80).plain == before
    assert show_event(Event("run-1", 1, 100.0, Step.ENDED), board) is None


def test_a_line_per_event_that_tells_something_new(plan: Plan) -> None:
    request, board = plan.requests[0], Board(plan, 100.0)
    assert show_event(_event(plan, Step.SENT), board) is None
    line = show_event(_event(plan, Step.ANSWERED), board)
    assert line
    assert line.plain.startswith(f"{request.region}  applied  {request.changes[0]}")
    failed = show_event(_event(plan, Step.FAILED, diagnostic=Diagnostic("VTN-E014", "HTTP 500").to_json()), board)
    assert failed
    assert failed.plain.endswith(": HTTP 500")
    skipped = show_event(_event(plan, Step.SKIPPED, because="east/odl/vtn/x#0"), board)
    assert skipped
    assert skipped.plain.endswith(": it needs east/odl/vtn/x#0")


def test_a_line_says_for_whom_why_and_until_when_a_request_waits(plan: Plan) -> None:
    request, board = plan.requests[0], Board(plan, 100.0)
    detail: dict[str, Any] = {"reason": f"{request.endpoint}: connection refused", "next-try": 122.0}
    line = show_event(_event(plan, Step.WAITING, **detail), board)
    assert line
    where = f"{request.region}  waiting for {request.endpoint}  {request.changes[0]}"
    assert line.plain == f"{where}: connection refused, next try in 12 s"


def test_a_wave_is_one_line(plan: Plan) -> None:
    position = next(place for place, request in enumerate(plan.requests) if request.endpoint == "east/pe")
    line = show_event(_event(plan, Step.ANSWERED, position), Board(plan, 100.0))
    assert line
    assert line.plain == "east  applied  east/pe: 8 changes (2 attachment, 1 lsp, 1 pseudowire, 1 vrf, 2 gateway, 1 vpn-route)"


def test_what_goes_is_removed_and_not_applied(plan: Plan) -> None:
    goes = replace(plan, changes=tuple(replace(change, action=Action.DELETE) for change in plan.changes))
    line = show_event(_event(plan, Step.ANSWERED), Board(goes, 100.0))
    assert line
    assert "removed" in line.plain


def _outcome(plan: Plan, result: Result, **members: object) -> Outcome:
    nothing: dict[str, object] = {"done": frozenset(), "failed": {}, "skipped": {}, "waiting": {}, "pending": frozenset()}
    return Outcome(run="run-1", result=result, reached=True, **{**nothing, **members})  # type: ignore[arg-type]


def test_a_run_that_applied_everything(plan: Plan) -> None:
    outcome = _outcome(plan, Result.APPLIED, done=frozenset(request.id for request in plan.requests))
    assert show_outcome(plan, outcome).plain == "global-shop: 32 of 32 changes applied"


def test_a_run_that_waits_says_for_whom_why_and_what_to_type(plan: Plan) -> None:
    west = [request for request in plan.requests if request.endpoint == "west/heat"]
    gone = Diagnostic("VTN-E010", "connection refused", hint="is it up?")
    done = frozenset(request.id for request in plan.requests if request not in west)
    shown = show_outcome(
        plan, _outcome(plan, Result.PARTLY, done=done, waiting={west[0].id: gone}, pending=frozenset({west[1].id}))
    ).plain
    assert "1 waits for west/heat: connection refused" in shown
    assert "hint: is it up?" in shown
    assert "1 not begun" in shown
    assert "go on with: vtnmd resume run-1" in shown


def test_what_to_type_next_names_a_state_that_was_named(plan: Plan) -> None:
    cancelled = show_outcome(plan, _outcome(plan, Result.CANCELLED, cancelled="bob"), "my state").plain
    assert "cancelled by bob; what was done stays" in cancelled
    assert "vtnmd rollback run-1 --state 'my state'" in cancelled
    assert "resume" not in cancelled
    shown = show_outcome(plan, _outcome(plan, Result.INTERRUPTED), "my state").plain
    assert shown.endswith("go on with: vtnmd resume run-1 --state 'my state'")


def test_what_is_taken_back_moves_the_board_back(plan: Plan) -> None:
    board, request = Board(plan, 100.0), plan.requests[0]
    board.take(_event(plan, Step.ANSWERED))
    taken_back = Event("run-1", 2, 111.0, Step.ANSWERED, reversed_id(request.id))
    board.take(taken_back)
    assert "0/16" in next(line for line in board.show(80).plain.split("\n") if line.startswith(request.region))
    line = show_event(taken_back, board)
    assert line
    assert line.plain.startswith(f"{request.region}  taken back  {request.changes[0]}")
    assert show_event(Event("run-1", 2, 111.0, Step.REVERSING), board)


def test_a_run_that_was_rolled_back_says_so_and_is_over(plan: Plan) -> None:
    (first, *_) = plan.requests
    refused = {first.id: Diagnostic("VTN-E103", "no such port")}
    undone = frozenset({plan.requests[1].id})
    outcome = Outcome("run-1", Result.ROLLED_BACK, frozenset(), refused, {}, {}, frozenset(), reached=True, undone=undone)
    text = show_outcome(plan, outcome).plain
    assert "rolled back: 1 change taken back, all is as it was before" in text
    assert "resume" not in text
