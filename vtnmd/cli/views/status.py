"""Services, runs, probes, regions of a lab and endpoints of an inventory as text."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rich.text import Text

from vtnmd.cli.views.text import aligned, counted, joined, plain
from vtnmd.domain.address import Address
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.journal import Progress
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Carriage, ProbeResult, Verdict
from vtnmd.domain.run import Event, Result, reason_of
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.domain.tree import Json
from vtnmd.state import AuditEntry, RunEntry, ServiceEntry

_STYLES = {
    "applied": "green",
    "up": "green",
    "running": "cyan",
    "partly": "yellow",
    "failed": "bold red",
    "interrupted": "yellow",
    "cancelled": "yellow",
    "passed": "green",
    "degraded": "yellow",
}
NOTHING_PROBED: Mapping[Address, Carriage] = {}
_VERDICTS = {Verdict.PASSED: "green", Verdict.DEGRADED: "yellow", Verdict.FAILED: "bold red"}


def at(time: float | None) -> str:
    """Seconds since the epoch as date and time of UTC; a dash for none."""
    return "-" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], none: str) -> Text:
    """Rows below their headings, or `none` where there are no rows. A cell that is a known state is coloured."""
    body = [tuple(plain(cell) for cell in row) for row in rows]
    if not body:
        return Text(none)
    first, *others = aligned([head, *body])
    lines = [Text(first, style="bold")]
    for line, row in zip(others, body, strict=True):
        text = Text(line)
        for cell in row:
            if cell in _STYLES:
                text.highlight_words([cell], style=_STYLES[cell])
        lines.append(text)
    return joined(lines)


def show_history(runs: Iterable[RunEntry]) -> Text:
    """A line per run: what it brought, who began it and when, how it stands, and who had the last word on it."""
    head = ("RUN", "SERVICE", "VERSION", "USER", "STARTED (UTC)", "ENDED (UTC)", "RESULT", "LABEL")
    rows = [
        (
            each.id,
            each.service,
            str(each.version or "-"),
            each.user,
            at(each.started),
            at(each.ended),
            " ".join(filter(None, (str(each.result), word_on(each)))),
            each.label,
        )
        for each in runs
    ]
    return table(head, rows, "no runs")


def word_on(run: RunEntry) -> str:
    """Who ended the run, or which run took it over."""
    if run.successor:
        return f"by {run.successor}"
    match run.result:
        case Result.CANCELLED:
            return f"by {run.cancelled}"
        case Result.RUNNING if run.cancelled:
            return f"and told to end by {run.cancelled}"
        case _:
            return ""


def show_audit(entries: Iterable[AuditEntry]) -> Text:
    """A line per deed."""
    rows = [(at(each.time), each.user or "-", each.action, each.subject, _details(each.detail)) for each in entries]
    return table(("TIME (UTC)", "USER", "ACTION", "SUBJECT", "DETAIL"), rows, "nothing was done yet")


def _details(detail: Json) -> str:
    words = {key: " ".join(map(str, value)) if isinstance(value, list) else value for key, value in detail.items()}
    return ", ".join(f"{key} {value}" for key, value in words.items())


def show_probes(results: Sequence[ProbeResult]) -> Text:
    """A line per probe: whether it passed, what was probed, the path or the first hop that is missing, and what is degraded."""
    lines = []
    width = max((len(result.verdict) for result in results), default=0)
    for result in results:
        mark = (result.verdict.ljust(width), _VERDICTS[result.verdict])
        what = f"  {result.probe.address}  {result.probe.source.region} → {result.probe.target.region}"
        told = [(f"\n        {plain(each)}", "yellow") for each in result.degraded]
        lines.append(Text.assemble(mark, plain(what), ("\n        " + plain(result.detail), "dim"), *told))
    return joined(lines) if lines else Text("nothing to probe: the service has no interconnect")


def show_inventory(inventory: Inventory) -> Text:
    """Regions with their endpoints, then the backbone."""
    rows = [
        (entry.region, entry.name, entry.kind, entry.family, _place(entry.kind, entry.settings)) for entry in inventory.endpoints()
    ]
    nodes = inventory.backbone.get("node", [])
    links = inventory.backbone.get("link", [])
    backbone = f"backbone: {len(nodes)} nodes ({', '.join(node['name'] for node in nodes)}), {len(links)} links"
    return joined([table(("REGION", "ENDPOINT", "KIND", "FAMILY", "PLACE"), rows, "no regions"), Text(plain(backbone))])


def _place(kind: str, settings: Mapping[str, Json]) -> str:
    match kind:
        case "netconf":
            return f"{settings['host']}:{settings['port']}"
        case "heat":
            return str(settings.get("auth-url") or f"cloud {settings.get('cloud')}")
        case _:
            return str(settings["url"])


def show_service(
    service: ServiceEntry, snapshot: Snapshot, runs: Iterable[RunEntry], carriage: Mapping[Address, Carriage] = NOTHING_PROBED
) -> Text:
    """A service with every resource that is applied for it, its latest runs, and how its interconnects carried at the last look."""
    state = "is being destroyed" if service.intent is None else f"version {service.version}, owned by {service.owner}"
    rows = [
        (
            entry.resource.address.region,
            f"{entry.resource.address.endpoint}/{entry.resource.address.kind}".lstrip("/"),
            *_applied(entry),
        )
        for _, entry in sorted(snapshot.applied.items())
    ]
    return joined(
        [
            Text.assemble((plain(service.name), "bold"), f": {state}, last run {service.run} {service.result}"),
            Text(""),
            table(("REGION", "KIND", "RESOURCE", "SUMMARY", "SHARED WITH"), rows, "nothing is applied"),
            *_carriage(carriage),
            Text(""),
            table(("RUN", "STARTED (UTC)", "RESULT", "LABEL"), [_latest(run) for run in runs], "no runs"),
        ]
    )


def _carriage(carriage: Mapping[Address, Carriage]) -> list[Text]:
    if not carriage:
        return []
    rows = [
        (address.label, str(found.verdict), at(found.since), (*found.reasons, "")[0], *found.reasons[1:])
        for address, found in sorted(carriage.items())
    ]
    shown = [(*row[:3], row[3]) for row in rows]
    further = [Text(f"        {plain(reason)}", style="dim") for row in rows for reason in row[4:]]
    return [Text(""), table(("INTERCONNECT", "LAST PROBE", "SINCE (UTC)", "WHY"), shown, ""), *further]


def _latest(run: RunEntry) -> tuple[str, str, str, str]:
    return run.id, at(run.started), str(run.result), run.label


def _applied(entry: Applied) -> tuple[str, str, str]:
    summary = entry.resource.summary if entry.digest else "not known, the next apply sees to it"
    return entry.resource.address.label, summary, ", ".join(sorted(entry.owners)) if len(entry.owners) > 1 else ""


def show_run(run: RunEntry, plan: Plan, events: Iterable[Event], progress: Progress) -> Text:
    """A run: how it stands, then each request with the last that is known of it."""
    last = {event.request: event for event in events if event.request}
    rows = [
        (
            request.id,
            str(last[request.id].step) if request.id in last else "not begun",
            at(_time(last.get(request.id))),
            _why(last.get(request.id)),
        )
        for request in plan.requests
    ]
    version = f" version {run.version}" if run.version else ""
    result = " ".join(filter(None, (str(run.result), word_on(run))))
    head = f": {plan.service}{version}, by {run.user}, started {at(run.started)}, {result}"
    label = [Text(plain(f"label: {run.label}"))] if run.label else []
    done = f"{len(progress.done)} of {counted(len(plan.requests), 'request')} done"
    body = table(("REQUEST", "STEP", "AT (UTC)", "WHY"), rows, "no requests")
    return joined([Text.assemble((run.id, "bold"), plain(head)), *label, Text(done), Text(""), body])


def _time(event: Event | None) -> float | None:
    return event.time if event else None


def _why(event: Event | None) -> str:
    return reason_of(event) if event else ""
