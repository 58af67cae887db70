"""What a designer wrote as text, as Graphviz dot, and as data: nodes by region, and relations."""

from collections.abc import Iterator

from rich.text import Text

from vtnmd.cli.views.graph import quoted
from vtnmd.cli.views.text import joined, plain
from vtnmd.domain.tree import Json
from vtnmd.drawing.sketch import Item, Link, Sketch


def show_sketch(sketch: Sketch) -> Text:
    """Nodes by region, each with what it is and where it is written, and its relations below it."""
    lines: list[Text] = []
    relations: dict[str, list[Link]] = {}
    for link in sketch.links:
        relations.setdefault(link.source, []).append(link)
    names = {item.id: item.label for item in (*sketch.items, *sketch.lanes.values())}
    for region, items in _by_region(sketch).items():
        lines.append(Text(plain(region) or "across regions", style="bold"))
        for item in items:
            lines.append(Text(f"  {plain(item.label)}  {plain(item.kind)}" + (f"  {plain(item.summary)}" if item.summary else "")))
            if item.span:
                lines[-1].append(f"  {plain(str(item.span))}", style="dim")
            if item.lane:
                lines.append(Text(f"    is in the group {plain(item.lane)}"))
            lines += [Text(f"    {plain(link.reason)} → {plain(names[link.target])}") for link in relations.get(item.id, [])]
    return joined(lines)


def dot(sketch: Sketch) -> str:
    """For Graphviz: a box for each region, a box in it for each group."""
    return "\n".join(_dot(sketch)) + "\n"


def _dot(sketch: Sketch) -> Iterator[str]:
    yield "digraph vtnmd {"
    yield '  rankdir="RL"; node [shape="box", fontname="sans-serif", fontsize="10"]; edge [fontname="sans-serif", fontsize="8"];'
    for region, items in _by_region(sketch).items():
        yield f"  subgraph {quoted(f'cluster {region}')} {{ label={quoted(region or 'across regions')};"
        lanes: dict[str, list[Item]] = {}
        for item in items:
            lanes.setdefault(item.lane, []).append(item)
        for lane, members in sorted(lanes.items()):
            if lane:
                yield f"    subgraph {quoted(f'cluster {region}/{lane}')} {{ label={quoted(lane)};"
            indent = "      " if lane else "    "
            for item in members:
                label = f"{item.label}\n{item.kind}"
                yield f"{indent}{quoted(item.id)} [label={quoted(label)}];"
            if lane:
                yield "    }"
        yield "  }"
    for link in sketch.links:
        yield f"  {quoted(link.source)} -> {quoted(link.target)} [label={quoted(link.reason)}];"
    yield "}"


def data(sketch: Sketch) -> Json:
    """Nodes, groups and policies in the order of the file, and every relation."""
    return {
        "items": [_item(item) for item in (*sketch.items, *sketch.lanes.values())],
        "relations": [_link(link) for link in sketch.links],
    }


def _item(item: Item) -> Json:
    return {
        "id": item.id,
        "kind": item.kind,
        "name": item.label,
        "region": item.region,
        "group": item.lane,
        "tenant": item.tenant,
        "properties": dict(item.properties),
        "source": str(item.span) if item.span else None,
    }


def _link(link: Link) -> Json:
    return {
        "source": link.source,
        "target": link.target,
        "requirement": link.reason,
        "properties": dict(link.properties),
        "place": str(link.span) if link.span else None,
    }


def _by_region(sketch: Sketch) -> dict[str, list[Item]]:
    regions: dict[str, list[Item]] = {}
    for item in sorted(sketch.items, key=lambda each: each.region):
        regions.setdefault(item.region, []).append(item)
    return regions
