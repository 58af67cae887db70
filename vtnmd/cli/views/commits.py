"""Commits as tables, and what one changed, line by line."""

import json
from collections.abc import Sequence

from rich.text import Text

from vtnmd.cli.views.status import at, table
from vtnmd.cli.views.text import STYLES, counted, joined, plain
from vtnmd.domain.plan import Action
from vtnmd.domain.tree import Json
from vtnmd.state import CommitEntry
from vtnmd.yang.difference import Difference

_MOST_PARTS = 3


def show_commits(commits: Sequence[CommitEntry]) -> Text:
    """A line per commit: who made it, when and by what, and what it changed."""
    head = ("COMMIT", "TIME (UTC)", "USER", "BY", "CHANGED", "LABEL")
    rows = [
        (str(each.number), at(each.time), each.origin.user, each.origin.source, _parts(each), each.origin.label) for each in commits
    ]
    return table(head, rows, "nothing was committed yet")


def _parts(commit: CommitEntry) -> str:
    more = len(commit.parts) - _MOST_PARTS
    return ", ".join(part for part in commit.parts[:_MOST_PARTS]) + (f" and {more} more" if more > 0 else "")


def show_commit(commit: CommitEntry | None, differences: Sequence[Difference]) -> Text:
    """What it changed; a head where it is given."""
    lines: list[Text] = []
    if commit is not None:
        comment = f": {plain(commit.origin.comment)}" if commit.origin.comment else ""
        lines.append(
            Text(f"commit {commit.number} by {plain(commit.origin.user)} over {commit.origin.source}{comment}", style="bold")
        )
    for each in differences:
        action = Action.CREATE if each.before is None else Action.DELETE if each.after is None else Action.UPDATE
        sign, style = {Action.CREATE: "+", Action.DELETE: "-"}.get(action, "~"), STYLES[action]
        turned = f": {_value(each.before)} → {_value(each.after)}" if action is Action.UPDATE else ""
        lines.append(Text(f"  {sign} {plain(each.readable)}{turned}", style=style))
    lines.append(Text(f"{counted(len(differences), 'value')} {'differs' if len(differences) == 1 else 'differ'}"))
    return joined(lines)


def _value(value: Json) -> str:
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
