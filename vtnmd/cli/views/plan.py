"""A plan as text: a line per change, by region and in the order of execution, then how many of each kind, deletions loud."""

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.text import Text

from vtnmd.cli.views.status import at
from vtnmd.cli.views.text import STYLES, aligned, counted, joined, plain, side_by_side
from vtnmd.domain.plan import Action, Change, Plan
from vtnmd.domain.tree import Tree, difference, digest
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.unchanged import why_unchanged
from vtnmd.yang.difference import Difference

_NAMES = {Action.CREATE: "create", Action.UPDATE: "update", Action.REPLACE: "replace", Action.DELETE: "delete"}
_MOST_LEAVES = 6
_WIDEST_VALUE = 60


def show_header(plan: Plan) -> Text:
    """Which service, how much there is to do, and the digests of what it was made from."""
    regions = {request.region for request in plan.requests}
    amounts = (counted(len(plan.changes), "change"), counted(len(plan.requests), "request"), counted(len(regions), "region"))
    intent = plan.intent.digest[:8] if plan.intent else "(destroyed)"
    return Text.assemble(
        (plain(plan.service), "bold"),
        ": {}, {} in {}".format(*amounts),
        (f"   intent {intent}  inventory {digest(plan.inventory)[:8]}", "dim"),
    )


def show_plan(plan: Plan, width: int) -> Text:
    """Every change with what tells it from others; of updates the leaves that change."""
    blocks = [_block(region, changes) for region, changes in _by_region(plan).items()]
    head = [show_header(plan), *_moves(plan), Text("")]
    return joined([*head, *side_by_side(blocks, width), *_below(plan)])


def show_summary(plan: Plan) -> Text:
    """How many changes of each kind of resource, by region."""
    lines = [show_header(plan), *_moves(plan), Text("")]
    for region, changes in _by_region(plan).items():
        lines.append(Text(region, style="bold"))
        counts = Counter((f"{change.address.endpoint}/{change.address.kind}".lstrip("/"), change.action) for change in changes)
        rows = [(f"  {kind}", f"{_NAMES[action]} {number}") for (kind, action), number in counts.items()]
        lines += [Text(line) for line in aligned(rows)]
    return joined([*lines, *_below(plan)])


def show_full(plan: Plan) -> Text:
    """Every change with all its properties, why it is there, and what it waits for."""
    lines = [show_header(plan), *_moves(plan)]
    for change in plan.changes:
        lines += [Text(""), Text(f"{change.action} {plain(str(change.address))}", style=STYLES[change.action])]
        lines.append(Text(f"    because {plain(change.reason)}", style="dim"))
        before = change.before.properties if change.before else None
        after = change.after.properties if change.after else None
        if before is None or after is None:
            lines += _leaves(before if after is None else after)
        else:
            lines += _differences(before, after, len(difference(before, after)))
        lines += [
            Text(f"    after {plain(str(edge.target))} ({edge.reason})", style="dim")
            for edge in plan.edges
            if edge.source == change.address
        ]
    return joined([*lines, Text(""), *_below(plan)])


def show_empty(planned: Planned) -> Text:
    """Why no endpoint has anything to do, and what apply would keep all the same."""
    plan, before = planned.plan, planned.before
    if plan.intent is None:
        return Text(f"{plain(plan.service)}: no changes, nothing of it is left")
    unchanged = why_unchanged(planned)
    lines = [Text(f"{plain(plan.service)}: no changes, {_as_applied(planned)}"), *_moves(plan)]
    if unchanged.intent:
        lines.append(Text("  the intent changed only where no resource depends on it:"))
        lines += [Text(f"    {plain(each.readable)}: {_turned(each)}") for each in unchanged.intent[:_MOST_LEAVES]]
        if len(unchanged.intent) > _MOST_LEAVES:
            lines.append(Text(f"    and {len(unchanged.intent) - _MOST_LEAVES} more"))
    if unchanged.inventory:
        lines.append(Text("  the inventory changed, in nothing that these resources depend on"))
    if before and before.intent and not unchanged.intent:
        lines.append(Text(f"  the intent is unchanged since {at(before.changed)} UTC, version {before.version}", style="dim"))
    return joined(lines)


def _as_applied(planned: Planned) -> str:
    """How many resources there are, and what they are like."""
    number, before = len(planned.plan.contributions), planned.before
    if not number:
        return "the service comes to no resources"
    verb = "is" if number == 1 else "are"
    where = f" outside {planned.abandoned.region}, which is abandoned," if planned.abandoned.region else ""
    return f"{counted(number, 'resource')}{where} {verb} " + (
        f"as run {before.run} left them" if before else "there as the intent wants"
    )


def _turned(found: Difference) -> str:
    if found.before is None:
        return f"{_value(found.after)} added"
    return f"{_value(found.before)} gone" if found.after is None else f"{_value(found.before)} → {_value(found.after)}"


def show_kept(planned: Planned) -> Text:
    """The same where the state has something to keep."""
    return joined([show_empty(planned), Text("  nothing is sent; what is new is kept")])


def show_adopted(plan: Plan) -> list[Text]:
    """What the run takes over as it stands, with the fields that are not as they are wanted; nothing where that is nothing."""
    if not plan.adopted:
        return []
    kinds = Counter(f"{entry.resource.address.endpoint_id}/{entry.resource.address.kind}" for entry in plan.adopted)
    lines = [Text(f"{plan.service}: {counted(len(plan.adopted), 'resource')} taken over as found", style="bold")]
    lines += [Text(line) for line in aligned([(f"  {plain(kind)}", str(number)) for kind, number in kinds.items()])]
    for entry in plan.adopted:
        lines += [
            Text(f"      {plain(str(entry.resource.address))} {plain(path)}: {_value(held)} is accepted", style="dim")
            for path, held in entry.accepted.items()
        ]
    return lines


def show_counts(changes: Iterable[Change]) -> Text:
    """`create 16 · update 0 · replace 0 · delete 0`."""
    counts = Counter(change.action for change in changes)
    text = Text()
    for position, (action, name) in enumerate(_NAMES.items()):
        text.append(" · " if position else "")
        text.append(f"{name} {counts[action]}", style=STYLES[action] if counts[action] else "dim")
    return text


def _moves(plan: Plan) -> list[Text]:
    """A line for each rename, outermost first."""
    rows = [
        ("  moved", pool.split("/")[1], f"{plain(former)} → {plain(name)}")
        for pool, names in plan.moved.items()
        for name, former in names.items()
    ]
    return [Text(line, style="cyan") for line in aligned(rows)]


def _by_region(plan: Plan) -> Mapping[str, list[Change]]:
    regions: dict[str, list[Change]] = {}
    for change in sorted(plan.changes, key=lambda each: each.address.region):
        regions.setdefault(change.address.region, []).append(change)
    return regions


def _block(region: str, changes: list[Change]) -> list[Text]:
    """The region's lines; cells are aligned over all of them."""
    rows = [(f"  {change.action}", plain(_kind(change)), plain(change.address.label), plain(_remark(change))) for change in changes]
    lines = [Text(region, style="bold")]
    for change, line in zip(changes, aligned(rows), strict=True):
        lines.append(Text(line, style=STYLES[change.action]))
        if change.action in (Action.UPDATE, Action.REPLACE):
            lines += _changed(change)
    return lines


def _kind(change: Change) -> str:
    return f"{change.address.endpoint}/{change.address.kind}".lstrip("/")


def _remark(change: Change) -> str:
    before = change.before.summary if change.before else ""
    after = change.after.summary if change.after else ""
    return f"{before} → {after}" if before and after and before != after else after or before


def _changed(change: Change) -> list[Text]:
    """The leaves that change, or the reason where no leaf does."""
    if change.before is None or change.after is None:
        return []
    lines = _differences(change.before.properties, change.after.properties, _MOST_LEAVES)
    if change.action is Action.REPLACE or not lines:
        lines.append(Text(f"      because {plain(change.reason)}", style="dim"))
    return lines


def _differences(before: Tree, after: Tree, most: int) -> list[Text]:
    found = list(difference(before, after).items())
    lines = [Text(f"      {plain(path)}: {_value(old)} → {_value(new)}", style="dim") for path, (old, new) in found[:most]]
    if len(found) > most:
        lines.append(Text(f"      and {counted(len(found) - most, 'more leaf')}, see --full", style="dim"))
    return lines


def _leaves(tree: Tree, path: str = "") -> list[Text]:
    if isinstance(tree, dict) and tree:
        return [line for key, value in tree.items() for line in _leaves(value, f"{path}/{key}" if path else str(key))]
    return [Text(f"    {plain(path)}: {_value(tree)}")]


def _value(tree: Tree) -> str:
    text = "(none)" if tree is None else plain(str(tree))
    return text if len(text) <= _WIDEST_VALUE else text[: _WIDEST_VALUE - 1] + "…"


def _below(plan: Plan) -> list[Text]:
    """What stands below the changes."""
    return [show_counts(plan.changes), *show_adopted(plan), *_warnings(plan)]


def _warnings(plan: Plan) -> list[Text]:
    """What a reader must not miss: what goes, what waits for each other over regions, and which guarantees are lost."""
    endpoints = {request.id: request.endpoint for request in plan.requests}
    lines = _deletions(plan)
    for transaction in plan.transactions:
        together = [endpoints[request] for request in transaction.requests]
        if len({endpoint.partition("/")[0] for endpoint in together}) > 1:
            lines.append(Text(f"committed together, so that each waits for all: {plain(', '.join(together))}", style="yellow"))
        lines += [Text(f"{plain(endpoint)}: {what}", style="yellow") for endpoint, what in transaction.lost.items()]
    return lines


def _deletions(plan: Plan) -> list[Text]:
    gone = [change for change in plan.changes if change.action in (Action.DELETE, Action.REPLACE)]
    if not gone:
        return []
    regions = Counter(change.address.region for change in gone)
    listed = ", ".join(f"{number} in {region}" for region, number in regions.items())
    verb = "is" if len(gone) == 1 else "are"
    return [Text(f"{counted(len(gone), 'resource')} {verb} deleted or replaced: {plain(listed)}", style="bold red")]
