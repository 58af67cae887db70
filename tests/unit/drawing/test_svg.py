"""SVG that is well-formed, says what it shows, and is the same every time."""

import re
from dataclasses import replace

from lxml import etree

from vtnmd.drawing.fold import fold
from vtnmd.drawing.layout import lay_out
from vtnmd.drawing.sketch import Item, Link, Sketch, shortened, width
from vtnmd.drawing.svg import NAMESPACE, path_of, svg

SKETCH = Sketch(
    "dependency",
    "shop",
    "shop in the order of execution",
    (
        Item("east/pe/vrf/core", "vrf", "core", "RD 1:1", "east", "pe", tenant="acme", facts=(("address", "east/pe/vrf/core"),)),
        Item("east/pe/gateway/web", "gateway", "web", "10.1.0.1/24", "east", "pe", tenant="umbrella"),
    ),
    (Link("east/pe/gateway/web", "east/pe/vrf/core", "contains"),),
    {0: "wave 1"},
    {("east", "pe", 0): "leg east#0"},
)


def parsed(sketch: Sketch) -> etree._Element:
    return etree.fromstring(svg(lay_out(sketch)).encode())


def texts(root: etree._Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{{{NAMESPACE}}}text")]


def test_title_and_description_say_what_is_seen() -> None:
    root = parsed(SKETCH)
    named = {each.get("id"): each.text for each in root if each.get("id")}
    assert [named[name] for name in str(root.get("aria-labelledby")).split()] == [
        "shop in the order of execution",
        "2 nodes in east, 1 arrow; an arrow leads from what needs to what is needed.",
    ]
    assert root.get("role") == "img"


def test_everything_is_written_on_it() -> None:
    found = texts(parsed(SKETCH))
    for text in (
        "east",
        "pe",
        "wave 1",
        "leg east#0",
        "core",
        "vrf · RD 1:1",
        "gateway · 10.1.0.1/24",
        "tenant acme",
        "tenant umbrella",
    ):
        assert text in found


def test_what_is_pointed_at_is_told() -> None:
    titles = [each.text for each in parsed(SKETCH).iter(f"{{{NAMESPACE}}}title")]
    assert "vrf core\naddress: east/pe/vrf/core" in titles
    assert "east/pe/gateway/web → east/pe/vrf/core: contains" in titles


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    text = svg(lay_out(SKETCH))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)


def test_tenants_differ_in_colour_and_in_pattern() -> None:
    items = tuple(Item(f"i{index}", "a", "x", tenant=f"tenant {index:02}") for index in range(42))
    patterns = [etree.tostring(each) for each in parsed(replace(SKETCH, items=items, links=())).iter(f"{{{NAMESPACE}}}pattern")]
    looks = {re.sub(rb' id="[^"]*"', b"", pattern) for pattern in patterns}
    assert len(looks) == 42
    lines = [b"<path" in pattern for pattern in patterns[:7]]
    assert lines.count(False) == 2  # colours apart, no more than the first and the seventh look alike without them


def test_a_stack_tells_how_many_it_stands_for() -> None:
    items = tuple(Item(f"i{index}", "vrf", f"vrf-{index}", region="east", lane="pe") for index in range(151))
    found = texts(parsed(fold(replace(SKETCH, items=items, links=()))))
    assert "151 × vrf" in found
    assert "vrf-0 … vrf-150" in found


def test_ways_are_level_where_they_begin_and_end() -> None:
    assert path_of(((100, 10), (60, 10))) == "M100 10 H60"
    assert path_of(((100, 10), (60, 50))) == "M100 10 C80 10 80 50 60 50"
    assert path_of(((100, 10), (100, 50))) == "M100 10 C72 10 72 50 100 50"


def test_long_text_loses_its_middle() -> None:
    assert shortened("acme_shop/stretch/web/west", 26) == "acme_shop/stretch/web/west"
    assert shortened("acme_shop/stretch/web/west", 11) == "acme_…/west"
    assert width("漢字") == 4
    assert width(shortened("漢字" * 20, 11)) <= 11
