"""Shows a run while it goes on: a board that is redrawn on a terminal, a line per event elsewhere, JSON where that is wanted."""

import time
from types import TracebackType
from typing import Self

from rich.live import Live

from vtnmd.cli.output import Output
from vtnmd.cli.views.progress import Board, show_event
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event
from vtnmd.engine.journal import Listener

_REDRAW_SECONDS = 0.1


class Watch:
    """A context in which runs are watched; on leaving it the last board stays on the screen."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._board: Board
        self._live: Live | None = None
        self._drawn = 0.0
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._draw(self._live)
            self._live.stop()
            self._live = None

    def begin(self, plan: Plan) -> Listener:
        """Watch a run of this plan from now on."""
        self._board = Board(plan, time.time())
        if self._output.is_live and plan.requests:
            self._live = Live(console=self._output.stderr, auto_refresh=False)
            self._live.start()
            self._draw(self._live)
        return self._told

    def _told(self, event: Event) -> None:
        self._output.record("event", event.to_json())
        self._board.take(event)
        if self._live is None:
            self._say(event)
        elif time.monotonic() - self._drawn >= _REDRAW_SECONDS:
            self._draw(self._live)

    def _say(self, event: Event) -> None:
        """A line, unless it is what was said of that request last."""
        line = show_event(event, self._board)
        if line is not None and self._said.get(event.request) != line.plain:
            self._said[event.request] = line.plain
            self._output.say(line)

    def _draw(self, live: Live) -> None:
        self._drawn = time.monotonic()
        live.update(self._board.show(self._output.stderr.width), refresh=True)
