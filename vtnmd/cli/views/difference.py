"""What differs between two services: by value of the Intent, by resource, and line by line in what endpoints would be sent."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from rich.text import Text

from vtnmd.cli.views.plan import show_counts
from vtnmd.cli.views.text import STYLES, counted, joined, plain
from vtnmd.domain.diagnostics import Span
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Action, Change
from vtnmd.domain.tree import Json, Tree, fill, fine_difference
from vtnmd.usecases.comparing import Compared
from vtnmd.usecases.payloads import payload_text
from vtnmd.usecases.services import endpoint_kinds
from vtnmd.yang.difference import Difference

Level = Literal["intent", "resources", "payloads"]
LEVELS: tuple[Level, ...] = ("intent", "resources", "payloads")

_CONTEXT = 3
_LINES = {"+": STYLES[Action.CREATE], "-": STYLES[Action.DELETE], "@": "cyan"}


def number_of(compared: Compared, level: Level) -> int:
    """How many differences there are at the level."""
    if level == "intent":
        return len(compared.differences)
    changes = compared.plan.changes if compared.plan else ()
    return len(changes) if level == "resources" else sum(change.operation.payload != _former_payload(change) for change in changes)


def show_difference(compared: Compared, levels: Sequence[Level], names: tuple[str, str]) -> Text:
    """A section for each level that has differences, and how many there are."""
    sections = {"intent": _intent, "resources": _resources, "payloads": _payloads}
    lines: list[Text] = []
    for level in levels:
        if number_of(compared, level):
            lines += [Text(level, style="bold"), *sections[level](compared), Text("")]
    return joined([*lines, *_summary(compared, levels, names)])


def data(compared: Compared, levels: Sequence[Level]) -> Iterator[tuple[str, Json]]:
    """Records: (type, content), a summary last."""
    if "intent" in levels:
        yield from (("intent-difference", _value_record(found, compared)) for found in compared.differences)
    for change in compared.plan.changes if compared.plan else ():
        if "resources" in levels:
            yield "resource-difference", _resource(change)
        if "payloads" in levels:
            yield "payload-difference", {"address": str(change.address), "lines": list(_unified(change, _kinds(compared)))}
    yield "difference", {level: number_of(compared, level) for level in levels}


def _value_record(found: Difference, compared: Compared) -> Json:
    path = f"{found.identifier}/{found.below}" if found.below else str(found.identifier)
    return {"path": path, "before": found.before, "after": found.after, "source": _json(_span(found, compared))}


def _summary(compared: Compared, levels: Sequence[Level], names: tuple[str, str]) -> list[Text]:
    between = f"{plain(names[0])} → {plain(names[1])}"
    counts = {
        "intent": counted(len(compared.differences), "value") + " of the intent",
        "resources": counted(number_of(compared, "resources"), "resource"),
        "payloads": counted(number_of(compared, "payloads"), "payload"),
    }
    if not any(number_of(compared, level) for level in levels):
        return [Text(f"{between}: no differences of {', '.join(levels)}")]
    lines = [Text(f"{between}: {', '.join(counts[level] for level in levels)} differ", style="bold")]
    if "resources" in levels and compared.plan:
        lines.append(show_counts(compared.plan.changes))
    return lines


def _intent(compared: Compared) -> Iterator[Text]:
    for found in compared.differences:
        action = Action.CREATE if found.before is None else Action.DELETE if found.after is None else Action.UPDATE
        turned = "" if action is not Action.UPDATE else f": {_value(found.before)} → {_value(found.after)}"
        line = Text(f"  {action} {plain(found.readable)}{turned}", style=STYLES[action])
        span = _span(found, compared)
        yield line.append(f"  {plain(str(span))}", style="dim") if span else line
        if action is not Action.UPDATE:
            yield from (Text(f"      {plain(leaf)}", style=STYLES[action]) for leaf in _leaves(found.after or found.before))


def _span(found: Difference, compared: Compared) -> Span | None:
    """Where the new value is written, or the old one where there is none any more."""
    return compared.old.source(found.old) if found.after is None else compared.new.source(found.new)


def _resources(compared: Compared) -> Iterator[Text]:
    for change in compared.plan.changes if compared.plan else ():
        resource = change.after or change.before
        remark = f"  {resource.summary}" if resource and resource.summary else ""
        yield Text(f"  {change.action} {plain(str(change.address))}{plain(remark)}", style=STYLES[change.action])
        for path, (old, new) in _properties(change).items():
            yield Text(f"      {plain(path)}: {_value(old)} → {_value(new)}", style="dim")


def _properties(change: Change) -> Mapping[str, tuple[Tree, Tree]]:
    """What differs of a resource that is in both."""
    if change.before is None or change.after is None:
        return {}
    return fine_difference(change.before.properties, change.after.properties)


def _resource(change: Change) -> Json:
    leaves = {path: {"before": fill(old, str), "after": fill(new, str)} for path, (old, new) in _properties(change).items()}
    return {"address": str(change.address), "change": change.action.name.lower(), "properties": leaves}


def _payloads(compared: Compared) -> Iterator[Text]:
    kinds = _kinds(compared)
    for change in compared.plan.changes if compared.plan else ():
        lines = list(_unified(change, kinds))
        if lines:
            yield Text(f"  {change.action} {plain(str(change.address))}", style="bold")
            yield from (Text(f"    {plain(line)}", style=_LINES.get(line[:1], "default")) for line in lines)


def _unified(change: Change, kinds: Mapping[str, str]) -> Iterator[str]:
    """The lines of what puts the old resource there against those of what puts the new one there."""
    kind = kinds[change.address.endpoint_id]
    before = _text(_former_payload(change), kind)
    after = _text(None if change.action is Action.DELETE else change.operation.payload, kind)
    for line in difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""):
        if not line.startswith(("---", "+++")):
            yield line


def _former_payload(change: Change) -> Tree:
    """What would put the old resource back; None where there was none."""
    return None if change.action is Action.CREATE else change.operation.undo


def _text(payload: Tree, kind: str) -> list[str]:
    return [] if payload is None else payload_text(payload, kind).split("\n")


def _kinds(compared: Compared) -> Mapping[str, str]:
    return endpoint_kinds(Inventory(compared.plan.inventory)) if compared.plan else {}


def _leaves(tree: Json, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, f"{path}/{key}" if path else key)
    elif isinstance(tree, list) and any(isinstance(each, dict) for each in tree):
        for index, value in enumerate(tree):
            yield from _leaves(value, f"{path}[{index + 1}]")
    elif path:
        yield f"{path}: {_value(tree)}"


def _value(tree: Tree) -> str:
    return "(none)" if tree is None else plain(", ".join(map(str, tree)) if isinstance(tree, list) else str(tree))


def _json(span: Span | None) -> str | None:
    return str(span) if span else None
