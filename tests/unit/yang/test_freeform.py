from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vtnmd.yang import freeform

NAMESPACES = {"a": "urn:a", "b": "urn:b"}
MODULES = {namespace: module for module, namespace in NAMESPACES.items()}


def back(value: Any) -> Any:
    element = etree.Element("{urn:a}any", nsmap={None: "urn:a"})  # type: ignore[dict-item] # None is the default namespace
    freeform.write(element, value, "a", NAMESPACES)
    return freeform.read(etree.fromstring(etree.tostring(element)), "a", MODULES)


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters=":{}"), min_size=1, max_size=5)
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=5).filter(str.strip)
_TREES = st.recursive(
    _TEXTS,
    lambda inner: st.dictionaries(_NAMES, inner | st.lists(inner, min_size=2, max_size=3), max_size=3),
    max_leaves=6,
).filter(lambda tree: isinstance(tree, dict))


@given(_TREES)
def test_names_and_texts_survive_xml(tree: dict[str, Any]) -> None:
    assert freeform.problem(tree) == ""
    assert back(tree) == tree


@pytest.mark.parametrize(
    "tree",
    [
        {"b:x": {"y": "1", "a:z": "2"}},
        {"{urn:none}x": {"y": "1"}},
        {"OS::Nova::Server": "x", "role 1": "y", "9lives": "z", "_x0041_": "A", "é": "e"},
        {"x": {}},
        {"b:": "1", "{x}": "2", "{": "3", ":": "4"},
    ],
)
def test_qualified_and_odd_names_survive_xml(tree: dict[str, Any]) -> None:
    assert back(tree) == tree


def test_xml_has_texts_only() -> None:
    assert back({"n": 1, "t": True, "f": False, "z": None, "l": [1]}) == {"n": "1", "t": "true", "f": "false", "z": {}, "l": "1"}


def test_arrays_in_arrays_become_items() -> None:
    assert back({"list_join": [",", ["a", "b"]]}) == {"list_join": [",", {"item": ["a", "b"]}]}


def test_what_is_no_content() -> None:
    deep: Any = "x"
    for _ in range(freeform.MAX_DEPTH):
        deep = {"x": deep}
    for tree in (deep, {"": 1}, {"x": "\x00"}, {"\x01": "x"}, {"x": {"y": "\ufffe"}}):
        assert freeform.problem(tree)
    assert freeform.problem({"x": [{"y": None}, 1.5, True]}) == ""
