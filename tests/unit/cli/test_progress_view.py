from vtnmd.cli.views.outcome import show_outcome
from vtnmd.cli.views.progress import board_of, moved, show_board, show_event
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import Outcome


def _event(plan: Plan, step: Step, position: int = 0, **detail: object) -> Event:
    return Event("run-1", 1, 110.0, step, plan.requests[position].id, detail)


def test_the_board_follows_events(plan: Plan) -> None:
    board = board_of(plan, 100.0)
    assert "0/16" in show_board(board, 80).plain
    request = plan.requests[0]
    done = moved(board, _event(plan, Step.ANSWERED))
    line = next(line for line in show_board(done, 80).plain.split("\n") if line.startswith(request.region))
    assert f"{len(request.changes)}/16" in line
    assert "10.0 s" in line


def test_the_board_says_what_a_region_waits_for(plan: Plan) -> None:
    board = moved(board_of(plan, 100.0), _event(plan, Step.WAITING, reason="connection refused"))
    assert "waiting: connection refused" in show_board(board, 200).plain


def test_events_of_the_whole_run_move_nothing(plan: Plan) -> None:
    board = board_of(plan, 100.0)
    assert moved(board, Event("run-1", 1, 100.0, Step.STARTED)) == board
    assert show_event(Event("run-1", 1, 100.0, Step.ENDED), plan) is None


def test_a_line_per_event_that_tells_something_new(plan: Plan) -> None:
    request = plan.requests[0]
    assert show_event(_event(plan, Step.SENT), plan) is None
    line = show_event(_event(plan, Step.ANSWERED), plan)
    assert line
    assert line.plain.startswith(f"{request.region}  applied  {request.changes[0]}")
    failed = show_event(_event(plan, Step.FAILED, **Diagnostic("VTN-E014", "HTTP 500").to_json()), plan)
    assert failed
    assert failed.plain.endswith(": HTTP 500")


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
