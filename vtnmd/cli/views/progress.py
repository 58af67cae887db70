"""How a run goes on: events folded into a board, the board as a few lines that can be redrawn, or each event as a line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.text import Text

from vtnmd.cli.views.text import counted, joined, plain, side_by_side
from vtnmd.domain.address import Address
from vtnmd.domain.plan import Action, Plan, Request
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Step, reason_of

_BAR_WIDTH = 20
_DONE = (Step.ANSWERED, Step.SETTLED)
_HELD = (Step.FAILED, Step.IN_DOUBT, Step.WAITING)
"""What a region is said to be held by, the worst first."""

_WORDS = {
    Step.ANSWERED: "applied",
    Step.SETTLED: "applied (seen by reading back)",
    Step.IN_DOUBT: "in doubt, reading back",
    Step.WAITING: "waiting",
    Step.FAILED: "failed",
    Step.SKIPPED: "skipped",
    Step.PUT_BACK: "put back",
    Step.PRUNED: "pruned",
}
_STYLES = {Step.FAILED: "bold red", Step.SKIPPED: "yellow", Step.WAITING: "yellow", Step.IN_DOUBT: "yellow"}


@dataclass(slots=True)
class Bar:
    """One region on the board: changes done of all, when it last moved, and what holds it up and how, by request."""

    total: int = 0
    done: int = 0
    latest: float = 0.0
    held: dict[str, tuple[Step, str]] = field(default_factory=dict)


class Board:
    """How far a run of a plan has come. Taking an event costs the same however large the plan is."""

    def __init__(self, plan: Plan, started: float) -> None:
        self.requests: Mapping[str, Request] = {request.id: request for request in plan.requests}
        self.removed: frozenset[Address] = frozenset(each.address for each in plan.changes if each.action is Action.DELETE)
        self._started = started
        self._done: set[str] = set()
        self._bars: dict[str, Bar] = {}
        for request in sorted(plan.requests, key=lambda each: each.region):
            self._bars.setdefault(request.region, Bar(latest=started)).total += len(request.changes)

    def take(self, event: Event) -> None:
        """Move by one event of the run."""
        taken_back = original_id(event.request)
        request = self.requests.get(taken_back or event.request)
        if request is None:
            return
        bar = self._bars[request.region]
        bar.latest = event.time
        bar.held.pop(request.id, None)
        if event.step in _HELD:
            bar.held[request.id] = event.step, f"{_word(event, request)}: {_reason(event, request)}"
        elif event.step in _DONE and taken_back and request.id in self._done:
            self._done.remove(request.id)
            bar.done -= len(request.changes)
        elif event.step in _DONE and not taken_back and request.id not in self._done:
            self._done.add(request.id)
            bar.done += len(request.changes)

    def show(self, width: int) -> Text:
        """A bar per region with how many of its changes are done, how long it took, and what holds it up."""
        return joined(side_by_side([[self._line(region, bar)] for region, bar in self._bars.items()], width))

    def _line(self, region: str, bar: Bar) -> Text:
        filled = _BAR_WIDTH * bar.done // bar.total
        line = Text.assemble(f"{plain(region)}  ", ("█" * filled, "green"), ("░" * (_BAR_WIDTH - filled), "dim"))
        line.append(f" {bar.done}/{bar.total}").append(f"  {max(0.0, bar.latest - self._started):.1f} s", style="dim")
        for worst in _HELD:
            reason = next((reason for step, reason in bar.held.values() if step is worst), None)
            if reason is not None:
                return line.append(f"  {plain(reason)}", style=_STYLES[worst])
        return line


def _word(event: Event, request: Request) -> str:
    """What became of a request, and for whom it waits."""
    return f"waiting for {request.endpoint}" if event.step is Step.WAITING else _WORDS[event.step]


def _reason(event: Event, request: Request) -> str:
    """Why, without naming the endpoint of the request once more, and when it is tried again."""
    reason = reason_of(event)
    return f"{reason.removeprefix(f'{request.endpoint}: ')}{_next_try(event)}" if reason else ""


def _next_try(event: Event) -> str:
    match event.detail:
        case {"next-try": float(at)}:
            return f", next try in {max(0.0, at - event.time):.0f} s"
        case _:
            return ""


def show_event(event: Event, board: Board) -> Text | None:
    """One line for an event that tells something new about a request; None for all others."""
    if event.step is Step.REVERSING:
        return Text("a request was refused: what was done is taken back", style="bold yellow")
    taken_back = original_id(event.request)
    request = board.requests.get(taken_back or event.request)
    if request is None or event.step not in _WORDS:
        return None
    reason, word = _reason(event, request), _word(event, request)
    if taken_back:
        word = word.replace("applied", "taken back")
    elif board.removed.issuperset(request.changes):
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
