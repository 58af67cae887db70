"""Services, runs, probes, regions of a lab and endpoints of an inventory as text."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rich.text import Text

from vtnmd.cli.views.text import aligned, joined, plain
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.probe import ProbeResult
from vtnmd.domain.tree import Json

_STYLES = {"applied": "green", "up": "green", "running": "cyan", "partly": "yellow", "failed": "bold red", "interrupted": "yellow"}


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


def show_probes(results: Iterable[ProbeResult]) -> Text:
    """A line per probe: whether it passed, what was probed, and the path or the first hop that is missing."""
    lines = []
    for result in results:
        mark = ("passed", "green") if result.passed else ("failed", "bold red")
        what = f"  {result.probe.address}  {result.probe.source.region} → {result.probe.target.region}"
        lines.append(Text.assemble(mark, plain(what), ("\n        " + plain(result.detail), "dim")))
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
