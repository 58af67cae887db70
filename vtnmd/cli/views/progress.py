"""How a run goes on: events folded into a board, the board as a few lines that can be redrawn, or each event as a line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rich.text import Text

from vtnmd.cli.views.text import counted, joined, plain, side_by_side
from vtnmd.domain.plan import Action, Plan, Request
from vtnmd.domain.run import Event, Step

_BAR_WIDTH = 20
_DONE = (Step.ANSWERED, Step.SETTLED)
_WORDS = {
    Step.ANSWERED: "applied",
    Step.SETTLED: "applied (seen by reading back)",
    Step.IN_DOUBT: "in doubt, reading back",
    Step.WAITING: "waiting",
    Step.FAILED: "failed",
    Step.SKIPPED: "skipped",
}
_STYLES = {Step.FAILED: "bold red", Step.SKIPPED: "yellow", Step.WAITING: "yellow", Step.IN_DOUBT: "yellow"}


@dataclass(frozen=True, slots=True)
class Board:
    """How each request stands. `regions` maps request ids to regions, `weights` to how many changes they carry."""

    regions: Mapping[str, str]
    weights: Mapping[str, int]
    steps: Mapping[str, Step] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    started: float = 0.0
    latest: Mapping[str, float] = field(default_factory=dict)


def board_of(plan: Plan, started: float) -> Board:
    """Before the first event."""
    requests = sorted(plan.requests, key=lambda request: request.region)
    return Board({each.id: each.region for each in requests}, {each.id: len(each.changes) for each in requests}, started=started)


def moved(board: Board, event: Event) -> Board:
    """The board after an event."""
    region = board.regions.get(event.request)
    if region is None:
        return board
    return replace(
        board,
        steps={**board.steps, event.request: event.step},
        reasons={**board.reasons, event.request: reason_of(event)},
        latest={**board.latest, region: event.time},
    )


def reason_of(event: Event) -> str:
    """What an event that is no success says about why."""
    detail = event.detail
    for member in ("summary", "reason", "because"):
        if isinstance(detail, dict) and detail.get(member):
            return str(detail[member])
    inner = detail.get("diagnostic") if isinstance(detail, dict) else None
    return str(inner["summary"]) if isinstance(inner, dict) and inner.get("summary") else ""


def show_board(board: Board, width: int) -> Text:
    """A bar per region with how many of its changes are done, how long it took, and what it waits for."""
    return joined(side_by_side([_bar(board, region) for region in dict.fromkeys(board.regions.values())], width))


def show_event(event: Event, plan: Plan) -> Text | None:
    """One line for an event that tells something new about a request; None for all others."""
    if event.step not in _WORDS or not event.request:
        return None
    request = next((request for request in plan.requests if request.id == event.request), None)
    if request is None:
        return None
    reason, word = reason_of(event), _WORDS[event.step]
    if all(plan.change(address).action is Action.DELETE for address in request.changes):
        word = word.replace("applied", "removed")
    text = Text(f"{plain(request.region)}  {word}  ", style=_STYLES.get(event.step, ""))
    text.append(plain(_carried(request)))
    return text.append(f": {plain(reason)}" if reason else "")


def _carried(request: Request) -> str:
    """The change that a request carries, or how many of each kind."""
    if len(request.changes) == 1:
        return str(request.changes[0])
    kinds = Counter(address.kind for address in request.changes)
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return f"{request.endpoint}: {counted(len(request.changes), 'change')} ({listed})"


def _bar(board: Board, region: str) -> list[Text]:
    members = [request for request, place in board.regions.items() if place == region]
    total = sum(board.weights[request] for request in members)
    done = sum(board.weights[request] for request in members if board.steps.get(request) in _DONE)
    filled = _BAR_WIDTH * done // total if total else _BAR_WIDTH
    line = Text.assemble(f"{plain(region)}  ", ("█" * filled, "green"), ("░" * (_BAR_WIDTH - filled), "dim"), f" {done}/{total}")
    line.append(f"  {max(0.0, board.latest.get(region, board.started) - board.started):.1f} s", style="dim")
    for step in (Step.FAILED, Step.IN_DOUBT, Step.WAITING):
        held = next((request for request in members if board.steps.get(request) is step), None)
        if held:
            line.append(f"  {_WORDS[step]}: {plain(board.reasons.get(held, ''))}", style=_STYLES[step])
            break
    return [line]
