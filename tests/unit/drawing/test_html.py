"""The page: whatever a service says, it stays text in it."""

import json
from html import unescape
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from vtnmd.domain.diagnostics import Span
from vtnmd.drawing.fold import fold
from vtnmd.drawing.html import page
from vtnmd.drawing.layout import lay_out
from vtnmd.drawing.sketch import Item, Link, Sketch, identifier
from vtnmd.drawing.svg import svg

UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOSTILE = st.text() | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]>",
        "\"'><img src=x onerror=alert(1)>",
        "</title></svg></textarea>",
        "&lt;b&gt;&#x3c;",
        "{{ 7 * 7 }}{% raw %}",
        "\x00\x1b[31m\x7f\u202e\u2028\ud800",
        "javascript:alert(1)",
        "a\nb\tc",
    ]
)


class Outline(HTMLParser):
    """The elements of a page, with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.data = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self._inside = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def outline(text: str) -> Outline:
    found = Outline()
    found.feed(text)
    found.close()
    return found


def sketch(words: list[str]) -> Sketch:
    """All that a service can say, said with these words."""
    one, other, third = words[0], words[1], words[2]
    span = Span(third, 3, 4)
    facts = ((one, other), (third, one))
    items = (
        Item(f"a{one}", other, third, one, "east", other, 0, third, facts, facts, span),
        Item(f"b{one}", other, third, one, one, "", 0, one, facts, facts, span),
    )
    links = (Link(f"a{one}", f"b{one}", other, facts, span),)
    group = Item(f"c{other}", one, other, facts=facts, span=span)
    return Sketch("topology", one, other, items, links, lanes={("east", other): group}).cleaned()


def shown(found: Sketch, most: int = 150) -> str:
    return page([(found, lay_out(fold(found, most)))])


@UNHURRIED
@given(st.lists(HOSTILE, min_size=3, max_size=3))
def test_no_value_changes_what_the_page_is_made_of(words: list[str]) -> None:
    harmless = outline(shown(sketch(["x", "y", "z"])))
    hostile = outline(shown(sketch(words)))
    # Short words leave texts and summaries out, equal ones share boxes: elements may be fewer, never others.
    assert set(hostile.elements) <= set(harmless.elements)
    data = json.loads(hostile.data)
    items = data["views"]["topology"]["items"].values()
    assert all(character.isprintable() for item in items for text in (item["label"], item["kind"]) for character in text)


@UNHURRIED
@given(st.lists(HOSTILE, min_size=3, max_size=3))
def test_no_value_breaks_the_picture(words: list[str]) -> None:
    assert etree.fromstring(svg(lay_out(sketch(words))).encode()).tag.endswith("svg")


@UNHURRIED
@given(st.text(), st.text())
def test_identifiers_differ_where_names_do(one: str, other: str) -> None:
    assert (identifier(one) == identifier(other)) == (one == other)
    assert identifier(one).isprintable()


def test_the_policy_names_the_only_style_and_script() -> None:
    text = unescape(shown(sketch(["x", "y", "z"])))
    assert text.count("<script") == 2
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "unsafe-inline" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_what_is_folded_is_in_the_page_all_the_same() -> None:
    items = tuple(Item(f"i{index}", "vrf", f"vrf-{index}", region="east") for index in range(6))
    links = tuple(Link(f"i{index}", "i5", "uses") for index in range(5))
    found = Sketch("dependency", "s", "t", items, links)
    data = json.loads(outline(shown(found, most=3)).data)["views"]["dependency"]
    assert {item["of"] for name, item in data["items"].items() if name in found_ids(found)} == {"all east//vrf/0"}
    assert len(data["links"]) == 5


def found_ids(found: Sketch) -> set[str]:
    return {item.id for item in found.items}
