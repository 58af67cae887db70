"""Where a command's output goes: data to standard output, progress and diagnostics to standard error, or JSON Lines for all."""

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from itertools import islice

from rich.console import Console, RenderableType

from vtnmd import __version__
from vtnmd.cli.views.diagnostics import show_diagnostics
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json

FORMAT_VERSION = 1


class _Screen(Console):
    """A console whose reader may leave: what comes after that is dropped, and the command goes on to its own end."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        # Python flushes the file once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Output:
    """`data`, `say` and `diagnose` are for people, `record` is for programs: exactly one of the two is active.

    `pages` holds what was fetched by URL, for excerpts.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.stdout = _Screen(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False, markup=False)
        self.stderr = _Screen(file=sys.stderr, soft_wrap=True, highlight=False, emoji=False, markup=False)
        self.pages: Mapping[str, bytes] = {}
        self._begun = False

    @property
    def is_live(self) -> bool:
        """Whether a person watches: progress may then be redrawn."""
        return not self.as_json and sys.stderr.isatty()

    def data(self, renderable: RenderableType) -> None:
        if not self.as_json:
            self.stdout.print(renderable)

    def document(self, text: str) -> None:
        """Data that is for another program as well: as it is, not wrapped and not styled."""
        if not self.as_json:
            self._write(text)

    def say(self, renderable: RenderableType) -> None:
        if not self.as_json:
            self.stderr.print(renderable)

    def diagnose(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show diagnostics to whoever reads."""
        found = tuple(diagnostics)
        if self.as_json:
            for diagnostic in found:
                self.record("diagnostic", diagnostic.to_json())
        elif found:
            self.stderr.print(show_diagnostics(found, self.source_line))

    def source_line(self, file: str, line: int) -> str | None:
        """The line of a file, counted from 1, without its end; None where it cannot be read."""
        from vtnmd.compiler.tosca import text_of_file  # noqa: PLC0415  reading of TOSCA is loaded only where something is wrong

        page = self.pages.get(file)
        text = page.decode("utf-8-sig", "replace") if page is not None else text_of_file(file) or ""
        found = next(islice(io.StringIO(text), line - 1, None), None)
        return found if found is None else found.rstrip("\r\n")

    def record(self, kind: str, data: Json) -> None:
        """One line of JSON; the first one of a command tells the format's version."""
        if not self.as_json:
            return
        if not self._begun:
            self._begun = True
            self._line({"format_version": FORMAT_VERSION, "vtnmd": __version__})
        self._line({"type": kind, **data})

    def _line(self, data: Json) -> None:
        self._write(json.dumps(data, ensure_ascii=False) + "\n")

    def _write(self, text: str) -> None:
        try:
            self.stdout.file.write(text)
            self.stdout.file.flush()
        except BrokenPipeError:
            self.stdout.on_broken_pipe()


_current: ContextVar[Output] = ContextVar("output")


def open_output(*, as_json: bool) -> Output:
    """The output of the command that begins now."""
    output = Output(as_json=as_json)
    _current.set(output)
    return output


def current() -> Output:
    """The output of the command that runs."""
    return _current.get()
