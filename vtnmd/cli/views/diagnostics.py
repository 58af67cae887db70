"""Diagnostics as text: place, code and summary, the source line with a caret, the hint."""

from collections.abc import Callable, Iterable

from rich.text import Text

from vtnmd.cli.views.text import counted, joined, plain
from vtnmd.domain.codes import CODES, EXIT_FAILED
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span, in_order

SourceLine = Callable[[str, int], str | None]
"""The line of a file, counted from 1; None where it cannot be read."""

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_WIDEST_EXCERPT = 100


def show_diagnostics(diagnostics: Iterable[Diagnostic], source: SourceLine) -> Text:
    """All of them in the order of their places, and how many there are where there are several."""
    found = in_order(diagnostics)
    lines = [line for diagnostic in found for line in _one(diagnostic, source)]
    if len(found) > 1:
        errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in found)
        counts = [counted(number, str(severity)) for severity, number in _numbers(errors, len(found) - errors) if number]
        lines.append(Text(", ".join(counts), style="bold"))
    return joined(lines)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """What the errors have in common, else the code for a failure."""
    codes = {CODES[diagnostic.code].exit_code for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR}
    return codes.pop() if len(codes) == 1 else EXIT_FAILED


def _numbers(errors: int, warnings: int) -> tuple[tuple[Severity, int], ...]:
    return (Severity.ERROR, errors), (Severity.WARNING, warnings)


def _one(diagnostic: Diagnostic, source: SourceLine) -> list[Text]:
    head = Text(f"{plain(str(diagnostic.span))}: " if diagnostic.span else "")
    head.append(f"{diagnostic.severity}[{diagnostic.code}]", style=_STYLES[diagnostic.severity])
    head.append(f": {plain(diagnostic.summary)}")
    hint = Text(f"hint: {plain(diagnostic.hint)}", style="cyan") if diagnostic.hint else None
    shown = diagnostic.span and not CODES[diagnostic.code].confidential
    excerpt = _excerpt(diagnostic.span, source, hint) if diagnostic.span and shown else []
    details = [Text(f"  {plain(line)}", style="dim") for line in diagnostic.detail.splitlines()]
    if diagnostic.span and diagnostic.span.through:
        details.insert(0, Text(f"  through the node {plain(diagnostic.span.through)}", style="dim"))
    if hint and not excerpt:
        details.append(Text("  ").append_text(hint))
    return [head, *excerpt, *details]


def _excerpt(span: Span, source: SourceLine, hint: Text | None) -> list[Text]:
    """The source line and a caret below what is meant; of a very long line the part around it."""
    line = source(span.file, span.line)
    if line is None:
        return []
    start = span.column - 1
    end = max(start + 1, span.end_column - 1)
    before, meant, after = plain(line[:start]), plain(line[start:end]) or " ", plain(line[end:])
    if len(before) + len(meant) + len(after) > _WIDEST_EXCERPT:
        before = "…" + before[-30:] if len(before) > 31 else before
        room = max(10, _WIDEST_EXCERPT - len(before))
        meant, after = meant[:room], after[: max(0, room - len(meant))] + "…"
    number = f"{span.line:>5}"
    caret = Text(f"{'':>5} | {' ' * len(before)}", style="dim")
    caret.append("^" * len(meant), style="bold red")
    if hint:
        caret.append("  ").append_text(hint)
    return [Text(f"{number} | ", style="dim").append(before + meant + after, style="default"), caret]
