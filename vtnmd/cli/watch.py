"""Shows a run while it goes on: a board that is redrawn on a terminal, a line per event elsewhere, JSON where that is wanted."""

import time
from types import TracebackType
from typing import Self

from rich.live import Live

from vtnmd.cli.output import Output
from vtnmd.cli.views.progress import Board, board_of, moved, show_board, show_event
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event
from vtnmd.engine.journal import Listener


class Watch:
    """A context in which runs are watched; on leaving it the last board stays on the screen."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._live: Live | None = None
        self._board: Board
        self._plan: Plan
        self._told_last: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, plan: Plan) -> Listener:
        """Watch a run of this plan from now on."""
        self._plan, self._board = plan, board_of(plan, time.time())
        if self._output.is_live and plan.requests:
            self._live = Live(console=self._output.stderr, auto_refresh=False)
            self._live.start()
            self._draw()
        return self._told

    def _told(self, event: Event) -> None:
        self._output.record("event", event.to_json())
        self._board = moved(self._board, event)
        if self._live is not None:
            self._draw()
            return
        line = show_event(event, self._plan)
        if line is not None and self._told_last.get(event.request) != line.plain:
            self._told_last[event.request] = line.plain
            self._output.say(line)

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(show_board(self._board, self._output.stderr.width), refresh=True)
