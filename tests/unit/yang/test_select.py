"""Subtree filters over documents: the same as over XML, but for the keys that stay with what is selected."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.conformance.test_netconf import DEPOT, MODULE
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.convert import to_xml
from vtnmd.yang.filter import subtree_filter
from vtnmd.yang.select import criteria_of, select

SCHEMA = northbound_schema(MODULE)
BAYS = [{"number": 1, "remark": "a", "slot": [{"label": "x", "depth": 3}, {"label": "y", "depth": 4}]}, {"number": 2}]
TRUCKS = [{"country": "at", "plate": "1", "seat": 1}, {"country": "at", "plate": "2"}]
DOCUMENT = {
    "depot:office": {"title": "hq", "staff": 9, "badge": ["a", "b"], "notes": {"line": {"word": "hi"}}},
    "depot:yard": {"bay": BAYS, "truck": TRUCKS},
}


def criteria(text: str) -> etree._Element:
    return etree.fromstring(f'<filter xmlns="{DEPOT}" xmlns:d="{DEPOT}">{text}</filter>')


def selected(text: str) -> Any:
    return select(DOCUMENT, criteria_of(SCHEMA, criteria(text)))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", {}),
        ("<office/>", {"depot:office": DOCUMENT["depot:office"]}),
        ("<office><title/></office>", {"depot:office": {"title": "hq"}}),
        ("<office><title>hq</title></office>", {"depot:office": DOCUMENT["depot:office"]}),
        ("<office><title>no</title></office>", {}),
        ("<office><staff>+9</staff><title/></office>", {"depot:office": {"title": "hq", "staff": 9}}),
        ("<office><badge>b</badge><title/></office>", {"depot:office": {"title": "hq", "badge": ["a", "b"]}}),
        ("<office><garden/></office>", {}),
        ("<office><title>hq</title><garden/></office>", {"depot:office": {"title": "hq"}}),
        ("<office><garden>x</garden><title/></office>", {}),
        ("<office><title><deep/></title></office>", {}),
        ("<office>text</office>", {}),
        ("<office><notes><line/></notes></office>", {"depot:office": {"notes": {"line": {"word": "hi"}}}}),
        ("<yard><bay/></yard>", {"depot:yard": {"bay": BAYS}}),
        ("<yard><bay><number>2</number></bay></yard>", {"depot:yard": {"bay": [BAYS[1]]}}),
        ("<yard><bay><remark/></bay></yard>", {"depot:yard": {"bay": [{"number": 1, "remark": "a"}]}}),
        (
            "<yard><bay><slot><label>y</label></slot></bay></yard>",
            {"depot:yard": {"bay": [{"number": 1, "slot": [{"label": "y", "depth": 4}]}]}},
        ),
        (
            "<yard><truck><plate>2</plate></truck><truck><seat/></truck></yard>",
            {"depot:yard": {"truck": [{"country": "at", "plate": "1", "seat": 1}, TRUCKS[1]]}},
        ),
        ('<office xmlns=""><title/></office>', {"depot:office": {"title": "hq"}}),
        ('<office colour="red"/>', {}),
        ('<office xmlns="urn:nobody"/>', {}),
    ],
)
def test_a_filter_selects(text: str, result: Any) -> None:
    assert selected(text) == result


def test_what_is_selected_whole_is_the_object_of_the_document() -> None:
    found = selected("<yard><bay><number>1</number></bay></yard><office/>")
    assert found["depot:yard"]["bay"][0] is BAYS[0]
    assert found["depot:office"] is DOCUMENT["depot:office"]


NAMES = ("office", "yard", "bay", "truck", "number", "title", "staff", "remark", "slot", "label", "country", "plate", "seat")
TEXTS = ("", "", "1", "2", "hq", "a", "at", "x")


@st.composite
def filters(draw: st.DrawFn, depth: int = 0) -> str:
    name = draw(st.sampled_from(NAMES if depth else ("office", "yard")))
    inner = draw(st.lists(filters(depth + 1), max_size=3)) if depth < 3 else []
    return f"<{name}>{''.join(inner) or draw(st.sampled_from(TEXTS))}</{name}>"


def texts(elements: list[etree._Element]) -> set[tuple[str, str]]:
    """(place, value) of the leaves, without keys."""
    keys = {"number", "label", "country", "plate"}
    found = set()
    for top in elements:
        for leaf in top.iter():
            name = etree.QName(leaf).localname
            if not len(leaf) and name not in keys:
                found.add((name, leaf.text or ""))
    return found


@given(st.lists(filters(), max_size=3))
def test_it_selects_what_a_filter_of_xml_selects(parts: list[str]) -> None:
    wanted = criteria("".join(parts))
    plain = subtree_filter(to_xml(SCHEMA, DOCUMENT), wanted)
    assert texts(to_xml(SCHEMA, select(DOCUMENT, criteria_of(SCHEMA, wanted)))) == texts(plain)
