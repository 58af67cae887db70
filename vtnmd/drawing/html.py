"""Drawings as one HTML page that needs nothing besides itself: no network, no other file.

What comes of the service is text in elements made by the template engine, in SVG made as a tree, or in a block of JSON; the only
style and script that the page's policy lets a browser take are those that ship with vtnmd.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from lxml import etree
from markupsafe import Markup

from vtnmd.domain.tree import Json
from vtnmd.drawing.layout import GAP, ITEM_HEIGHT, Drawing
from vtnmd.drawing.sketch import Item, Link, Sketch, plain
from vtnmd.drawing.svg import MEMBER_INDENT, picture

_PAGE = Path(__file__).parent / "page"
_LABELS = {"topology": "Topology", "dependency": "Dependencies"}
_MOST_LINES = 100
"""How many links or members are listed in the details of one thing."""


def page(drawings: Iterable[tuple[Sketch, Drawing]]) -> str:
    """The page with each drawing and the sketch that it was made from before anything was folded. The first one is shown first."""
    shown = list(drawings)
    style, script = _asset("page.css"), _asset("page.js")
    views = [
        {"name": sketch.view, "label": _LABELS[sketch.view], "picture": Markup(_inline(drawing))}  # noqa: S704 -- made as a tree of XML
        for sketch, drawing in shown
    ]
    data = {
        "step": ITEM_HEIGHT + GAP,
        "indent": MEMBER_INDENT,
        "most": _MOST_LINES,
        "views": {s.view: _data(s, d) for s, d in shown},
    }
    return _template().render(
        title=shown[0][0].service,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 -- ships with vtnmd
        script=Markup(script),  # noqa: S704 -- ships with vtnmd
        views=views,
        data=Markup(_script_safe(data)),  # noqa: S704 -- holds none of the characters that could end its element
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("page.html.j2")


@cache
def _asset(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """What a policy calls the content of an element by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _script_safe(data: Json) -> str:
    """JSON in which nothing looks like a tag or a comment of HTML."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _inline(drawing: Drawing) -> str:
    return etree.tostring(picture(drawing, with_members=True), encoding="unicode")


def _data(sketch: Sketch, drawing: Drawing) -> Json:
    """What the script needs: what is told of things, where they stand, and what each link leads through."""
    of = {member.id: item.id for item in drawing.sketch.items for member in item.members}
    items = {item.id: item for item in (*drawing.sketch.items, *drawing.sketch.every(), *sketch.lanes.values())}
    return {
        "items": {each: _item(item, of.get(each)) for each, item in items.items()},
        "links": [_link(link) for link in sketch.links if link.source in items and link.target in items],
        "places": {each: [place.x, place.y, place.width, place.height] for each, place in drawing.places.items()},
        "routes": [[link.source, link.target, points] for link, points in drawing.routes],
    }


def _item(item: Item, of: str | None) -> Json:
    return {
        "kind": item.kind,
        "label": item.label,
        "summary": item.summary,
        "facts": item.facts,
        "properties": item.properties,
        "place": plain(str(item.span)) if item.span else "",
        "of": of,
    }


def _link(link: Link) -> Json:
    return {
        "source": link.source,
        "target": link.target,
        "reason": link.reason,
        "properties": link.properties,
        "place": plain(str(link.span)) if link.span else "",
    }
