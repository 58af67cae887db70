"""Every tree that can be written as XML is read back as it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vtnmd.netconf.xmltree import BASE, to_element, to_tree

NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,5}", fullmatch=True)
NAMESPACES = st.sampled_from([BASE, "urn:vtnmd:yang:vtnmd-pe", "urn:other"])
TAGS = st.builds("{{{}}}{}".format, NAMESPACES, NAMES)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r", exclude_characters="\ufffe\uffff"))
ATTRIBUTES = st.dictionaries(st.one_of(NAMES, TAGS), TEXTS, max_size=2)


def _tree(tag: str, attributes: dict[str, str], children: list[Any]) -> dict[str, Any]:
    return {"tag": tag} | ({"attributes": attributes} if attributes else {}) | ({"children": children} if children else {})


LEAVES = st.builds(_tree, TAGS, ATTRIBUTES, st.lists(TEXTS.filter(bool), max_size=1))
TREES = st.recursive(
    LEAVES, lambda inner: st.builds(_tree, TAGS, ATTRIBUTES, st.lists(inner, min_size=1, max_size=4)), max_leaves=12
)


@given(TREES)
def test_round_trip(tree: dict[str, Any]) -> None:
    assert to_tree(etree.fromstring(etree.tostring(to_element(tree)))) == tree


@given(TREES)
def test_whitespace_between_elements_does_not_count(tree: dict[str, Any]) -> None:
    element = to_element(tree)
    etree.indent(element)
    assert to_tree(element) == tree


@given(TREES, TEXTS)
def test_no_text_becomes_an_element(tree: dict[str, Any], text: str) -> None:
    tree = {"tag": "{urn:outer}outer", "children": [tree, f"</outer><evil/>&amp;]]>{text}"]}
    assert to_tree(etree.fromstring(etree.tostring(to_element(tree)))) == tree


@pytest.mark.parametrize("text", ["\x00", "\x1f", "\ud800", "\ufffe"])
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"XML compatible|surrogates"):
        to_element({"tag": "{urn:outer}leaf", "children": [text]})


def test_a_tag_without_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match="no namespace"):
        to_element({"tag": "leaf"})
