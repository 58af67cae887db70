"""The chain from a change to the line that a designer wrote, what it waits for, and what waits for it."""

from collections.abc import Callable, Iterable

from rich.text import Text

from vtnmd.cli.views.text import STYLES, joined, plain
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.tree import Json, fine_difference
from vtnmd.usecases.explaining import Neighbour, Why

_MOST = 12
_WIDEST = 100
_WIDTH = 11

SourceLine = Callable[[str, int], str | None]
"""The line of a file, counted from 1; None where it cannot be read."""


def show_why(why: Why, source: SourceLine) -> Text:
    """Every step of the chain on lines of its own; of each place in a file also what is written there."""
    lines = [Text(plain(str(why.address)), style="bold"), *_change(why)]
    if why.rule:
        lines.append(_step("rule", why.rule))
    lines += _entry(why, source)
    if why.request:
        lines.append(_step("request", why.request))
    lines += _neighbours("waits for", why.waits_for) + _neighbours("awaited by", why.awaited_by)
    return joined(lines)


def _step(name: str, text: str) -> Text:
    return Text.assemble((f"  {name:<{_WIDTH}}", "dim"), plain(text))


def _below(text: str) -> Text:
    return Text(" " * (_WIDTH + 4) + text, style="dim")


def _change(why: Why) -> list[Text]:
    if why.change is None:
        return [_step("no change", why.reason)]
    line = _step("change", f"{why.change.action.name.lower()}: {why.reason}")
    line.stylize(STYLES[why.change.action], _WIDTH + 2)
    if why.change.before is None or why.change.after is None:
        return [line]
    found = fine_difference(why.change.before.properties, why.change.after.properties)
    return [line, *_listed([f"{path}: {_value(old)} → {_value(new)}" for path, (old, new) in found.items()])]


def _entry(why: Why, source: SourceLine) -> list[Text]:
    """Where the resource comes from; of a change also the values there that brought it about."""
    entry = why.entry
    lines = [_step("intent", f"{entry.path} is gone" if entry.is_gone else entry.path)]
    lines += _place("was below" if entry.is_gone else "written", entry.span, source)
    if entry.span is None and not entry.is_gone and not any(span for _, span in entry.differences):
        lines.append(_step("written", "that is not kept with a plan in a file"))
    if why.change is None or entry.is_gone:
        return lines
    if entry.is_elsewhere and entry.differences:
        lines.append(_step("", "nothing in it changed; this did elsewhere in the intent"))
    for found, span in entry.differences[:_MOST]:
        lines.append(_step("changed", f"{found.readable}: {_told(found.before, found.after)}"))
        lines += _place("", span, source)
    if len(entry.differences) > _MOST:
        lines.append(_below(f"and {len(entry.differences) - _MOST} more, see vtnmd diff"))
    return lines


def _place(name: str, span: Span | None, source: SourceLine) -> list[Text]:
    if span is None:
        return []
    line = source(span.file, span.line)
    excerpt = [_below(f"{span.line:>4} | {plain(line.rstrip())[:_WIDEST]}")] if line is not None else []
    return [_step(name, str(span)), *excerpt]


def _neighbours(name: str, neighbours: Iterable[Neighbour]) -> list[Text]:
    lines = []
    for each in neighbours:
        state = f"{each.action.name.lower()}" if each.action else "no change"
        lines.append(_step(name, f"{each.address} ({each.reason}; {state})"))
        name = ""
    return lines


def _listed(lines: list[str]) -> list[Text]:
    shown = [_below(plain(line)) for line in lines[:_MOST]]
    return [*shown, _below(f"and {len(lines) - _MOST} more, see --full")] if len(lines) > _MOST else shown


def _told(before: Json, after: Json) -> str:
    if before is None:
        return "added" if isinstance(after, dict | list) else f"{_value(after)} added"
    if after is None:
        return "gone" if isinstance(before, dict | list) else f"{_value(before)} gone"
    return f"{_value(before)} → {_value(after)}"


def _value(tree: Json) -> str:
    text = "(none)" if tree is None else tree if isinstance(tree, str) else str(tree)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
