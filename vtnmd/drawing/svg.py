"""A drawing as SVG 1.1: one tree, which stands for itself as a file and inside a page.

Colours are attributes of a light picture, which a page may override by class; nothing here needs a script or a style sheet.
"""

from collections.abc import Iterator, Mapping

from lxml import etree

from vtnmd.drawing.layout import GAP, ITEM_HEIGHT, Box, Drawing, Place, Point
from vtnmd.drawing.sketch import Facts, Item, Link, plain, shortened

NAMESPACE = "http://www.w3.org/2000/svg"
_FONT = "system-ui, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MEMBER_INDENT = 12
_STRIPE, _TEXT = 10, 18
_COLUMNS, _SMALL_COLUMNS, _GUTTER_COLUMNS = 25, 33, 17
_LEGEND_STEP = 22
_REGION_FRAME = {"fill": "none", "stroke": "#5b6570", "stroke-width": "1.5"}
_LANE_FRAME = {"fill": "#ffffff", "fill-opacity": "0.6", "stroke": "#c3c9cf"}
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
"""The palette of Okabe and Ito, whose colours most people can tell apart."""
_LINES = ("", "M-2 8 8 -2 M4 14 14 4", "M0 5H10", "M5 0V10", "M-2 2 8 12 M4 -4 14 6", "M0 0 10 10 M10 0 0 10")
"""Lines over the colour, for all others. There is no pair of these among 42 tenants that is the same."""


def svg(drawing: Drawing) -> str:
    """The file, ending with a line break. Equal drawings give equal bytes."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(picture(drawing), encoding="unicode", pretty_print=True)


def picture(drawing: Drawing, *, with_members: bool = False) -> etree._Element:
    """The element `svg`. Its ids begin with the view, so that several may stand in one page.

    `with_members`: what folded items stand for is there too, not displayed, below them in the order in which it would unfold.
    """
    sketch = drawing.sketch
    height = drawing.height + _LEGEND_STEP * len(_legend_rows(drawing)) + GAP
    root = etree.Element("svg", _root(sketch.view, drawing.width, height), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs know no default namespace
    _add(root, "title", {"id": f"{sketch.view}-title"}, sketch.title)
    _add(root, "desc", {"id": f"{sketch.view}-desc"}, _description(drawing))
    stripes = _definitions(root, drawing)
    _add(root, "rect", {"class": "paper", **_rect(Place(0, 0, drawing.width, height)), "fill": "#ffffff"})
    for index, (title, place) in enumerate(drawing.bands):
        _band(root, index, title, place)
    for box in drawing.boxes:
        _box(root, box)
    for caption in drawing.captions:
        _text(root, "caption", caption.x, caption.y, caption.text, {"font-size": "10.5", "fill": "#52575c"})
    links = _add(root, "g", {"class": "links", "fill": "none", "stroke": "#79818a", "stroke-width": "1.2"})
    for link, points in drawing.routes:
        _link(links, link, points, f"url(#{sketch.view}-arrow)")
    items = _add(root, "g", {"class": "items"})
    for item in sketch.items:
        _item(items, item, drawing.places[item.id], stripes)
        for member, place in _unfolded(item, drawing.places[item.id]) if with_members else ():
            _item(items, member, place, stripes).set("display", "none")
    _legend(root, drawing, stripes)
    return root


def _unfolded(item: Item, place: Place) -> Iterator[tuple[Item, Place]]:
    for index, member in enumerate(item.members):
        yield member, Place(place.x + MEMBER_INDENT, place.y + (index + 1) * (ITEM_HEIGHT + GAP), place.width, place.height)


def path_of(points: tuple[Point, ...]) -> str:
    """A smooth way through the points that leaves and meets each of them level. The page's script draws the same."""
    (x, y), *others = points
    steps = [f"M{x} {y}"]
    for to_x, to_y in others:
        if to_y == y:
            steps.append(f"H{to_x}")
        else:
            middle = (x + to_x) // 2 if to_x < x else min(x, to_x) - 28
            steps.append(f"C{middle} {y} {middle} {to_y} {to_x} {to_y}")
        x, y = to_x, to_y
    return " ".join(steps)


def _root(view: str, width: int, height: int) -> dict[str, str]:
    return {
        "id": view,
        "class": "picture",
        "viewBox": f"0 0 {width} {height}",
        "width": str(width),
        "height": str(height),
        "role": "img",
        "aria-labelledby": f"{view}-title {view}-desc",
        "font-family": _FONT,
        "font-size": "12",
        "fill": "#1b1b1b",
    }


def _description(drawing: Drawing) -> str:
    sketch = drawing.sketch
    regions = [box.title for box in drawing.boxes if box.lane is None and box.region]
    where = f" in {', '.join(regions)}" if regions else ""
    nodes, arrows = _counted(sum(1 for _ in sketch.every()), "node"), _counted(len(sketch.links), "arrow")
    return f"{nodes}{where}, {arrows}; an arrow leads from what needs to what is needed."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _definitions(root: etree._Element, drawing: Drawing) -> Mapping[str, str]:
    """The arrowhead, and for each tenant what its stripes are filled with."""
    view = drawing.sketch.view
    definitions = _add(root, "defs", {})
    marker = {
        "id": f"{view}-arrow",
        "viewBox": "0 0 8 8",
        "refX": "7",
        "refY": "4",
        "markerWidth": "8",
        "markerHeight": "8",
        "markerUnits": "userSpaceOnUse",
    }
    head = _add(definitions, "marker", {**marker, "orient": "auto"})
    _add(head, "path", {"class": "arrowhead", "d": "M0 0 8 4 0 8z", "fill": "#79818a", "stroke": "none"})
    stripes: dict[str, str] = {}
    for index, tenant in enumerate(drawing.sketch.tenants):
        name = f"{view}-tenant-{index}"
        pattern = _add(definitions, "pattern", {"id": name, "width": "10", "height": "10", "patternUnits": "userSpaceOnUse"})
        _add(pattern, "rect", {"width": "10", "height": "10", "fill": _COLOURS[index % len(_COLOURS)]})
        if _LINES[index % len(_LINES)]:
            _add(pattern, "path", {"d": _LINES[index % len(_LINES)], "stroke": "#000000", "stroke-width": "2"})
        stripes[tenant] = f"url(#{name})"
    return stripes


def _band(root: etree._Element, index: int, title: str, place: Place) -> None:
    _add(root, "rect", {"class": f"band band-{index % 2}", **_rect(place), "fill": ("#eef1f4", "#f8f9fa")[index % 2]})
    _text(root, "heading", place.x + 26, place.y + 20, title, {"font-weight": "600", "fill": "#52575c"})


def _box(root: etree._Element, box: Box) -> None:
    is_region = box.lane is None
    frame = _REGION_FRAME if is_region else _LANE_FRAME
    group = _add(root, "g", {"class": "region" if is_region else "lane", "data-region": box.region})
    if box.about:
        group.set("data-about", box.about.id)
        _add(group, "title", {}, _told(box.about))
    _add(group, "rect", {**_rect(box.place), "rx": "6", **frame})
    y = box.place.y + (21 if is_region else 24)
    weight = {"font-weight": "700", "font-size": "14"} if is_region else {"font-weight": "600"}
    _text(group, "title", box.place.x + 12, y, box.title if is_region else shortened(box.title, _GUTTER_COLUMNS), weight)


def _link(root: etree._Element, link: Link, points: tuple[Point, ...], marker: str) -> None:
    group = _add(root, "g", {"class": "link", "data-source": link.source, "data-target": link.target})
    place = f"\n{plain(str(link.span))}" if link.span else ""
    _add(group, "title", {}, f"{link.source} → {link.target}: {link.reason}{place}")
    _add(group, "path", {"d": path_of(points), "marker-end": marker})


def _item(root: etree._Element, item: Item, place: Place, stripes: Mapping[str, str]) -> etree._Element:
    group = _add(root, "g", {"class": "folded item" if item.members else "item", "data-item": item.id})
    group.set("transform", f"translate({place.x} {place.y})")
    _add(group, "title", {}, _told(item))
    size = {"width": str(place.width), "height": str(place.height), "rx": "5"}
    frame = {"fill": "#ffffff", "stroke": "#8a929a"}
    if item.members:
        _add(group, "rect", {"class": "frame", **size, "x": "5", "y": "5", "width": str(place.width - 10), **frame})
    _add(group, "rect", {"class": "frame", **size, **frame})
    if item.tenant in stripes:
        stripe = {"x": "1", "y": "1", "width": str(_STRIPE), "height": str(place.height - 2), "rx": "4"}
        _add(group, "rect", {"class": "stripe", **stripe, "fill": stripes[item.tenant]})
    _text(group, "label", _TEXT, 17, shortened(item.label, _COLUMNS), {"font-weight": "600"})
    _text(group, "kind", _TEXT, 33, shortened(_below(item), _SMALL_COLUMNS), {"font-size": "10.5", "fill": "#52575c"})
    return group


def _below(item: Item) -> str:
    """The second line of an item."""
    if item.members:
        return f"{item.members[0].label} … {item.members[-1].label}"
    return f"{item.kind} · {item.summary}" if item.summary else item.kind


def _told(item: Item) -> str:
    """What is shown where the pointer rests."""
    head = " ".join(word for word in (item.kind, item.label) if word)
    return "\n".join([head, *_lines(item.facts), *_lines(item.properties), *([plain(str(item.span))] if item.span else [])])


def _lines(facts: Facts) -> Iterator[str]:
    yield from (f"{name}: {value}" if name else value for name, value in facts)


def _legend_rows(drawing: Drawing) -> tuple[tuple[str, str], ...]:
    """(tenant, text): of each tenant, then what arrows and folded items mean."""
    sketch = drawing.sketch
    rows = [(tenant, f"tenant {tenant}") for tenant in sketch.tenants]
    if sketch.links:
        first = "; what stands left is done first" if sketch.stages else ""
        rows.append(("", f"an arrow leads from what needs to what is needed{first}"))
    if any(item.members for item in sketch.items):
        rows.append(("", "a stack stands for all of a kind in one place"))
    return tuple(rows)


def _legend(root: etree._Element, drawing: Drawing, stripes: Mapping[str, str]) -> None:
    legend = _add(root, "g", {"class": "legend"})
    for index, (tenant, text) in enumerate(_legend_rows(drawing)):
        y = drawing.height + index * _LEGEND_STEP
        if tenant:
            _add(legend, "rect", {"class": "stripe", **_rect(Place(16, y, 26, 14)), "rx": "3", "fill": stripes[tenant]})
        _text(legend, "legend", 50 if tenant else 16, y + 11, text, {})


def _rect(place: Place) -> dict[str, str]:
    return {"x": str(place.x), "y": str(place.y), "width": str(place.width), "height": str(place.height)}


def _text(root: etree._Element, name: str, x: int, y: int, text: str, attributes: dict[str, str]) -> None:
    _add(root, "text", {"class": name, "x": str(x), "y": str(y), **attributes}, text)


def _add(parent: etree._Element, tag: str, attributes: dict[str, str], text: str = "") -> etree._Element:
    element = etree.SubElement(parent, tag, attributes)
    if text:
        element.text = text
    return element
