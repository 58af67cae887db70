"""Less of a document: levels, fields, configuration or state, defaults."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.support.documents import documents
from tests.unit.yang.conftest import MODELS
from vtnmd.domain.tree import Json
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.paring import (
    DEFAULT_MARK,
    FieldsProblem,
    at_most,
    configuration_only,
    parse_fields,
    picked,
    state_only,
    tagged,
    trimmed,
)
from vtnmd.yang.schema import load_schema

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))
ROOT = HARBOUR.root


def levels_of(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + max(map(levels_of, value.values()), default=0)
    return max(map(levels_of, value), default=0) if isinstance(value, list) else 0


@settings(max_examples=60, deadline=None)
@given(documents(ROOT), some.integers(1, 4))
def test_no_more_levels_than_asked_for(document: Json, levels: int) -> None:
    before = copy.deepcopy(document)
    found = at_most(document, ROOT, levels)
    assert found.keys() == document.keys()
    assert at_most(document, ROOT, 0) == {}
    assert at_most(found, ROOT, levels) == found
    assert at_most(document, ROOT, 50) == document == before


def test_an_entry_below_the_last_level_has_its_keys() -> None:
    dock = {"berth": [{"name": "a", "depth": 5}]}
    assert at_most({"harbour:dock": dock}, ROOT, 2) == {"harbour:dock": {"berth": [{"name": "a"}]}}
    assert at_most({"harbour:dock": dock}, ROOT, 3) == {"harbour:dock": dock}


@pytest.mark.parametrize(
    "text",
    ["", ";", "(", ")", "harbour:dock(", "harbour:dock)", "harbour:dock/", "harbour:dock;;", "dock", "harbour:nothing", "a b"],
)
def test_what_is_no_fields_expression(text: str) -> None:
    with pytest.raises(FieldsProblem):
        parse_fields(text, ROOT)


def test_a_hundred_parentheses_are_refused() -> None:
    with pytest.raises(FieldsProblem):
        parse_fields("harbour:dock(" * 100, ROOT)


def test_fields_choose_by_path_and_by_parentheses() -> None:
    document = {"harbour:dock": {"berth": [{"name": "a", "depth": 5, "kind": "harbour:ferry"}]}, "harbour:office": {"depth": 3}}
    expected = {"harbour:dock": {"berth": [{"name": "a", "depth": 5}]}}
    for text in ("harbour:dock/berth/depth", "harbour:dock(berth(depth))", "harbour:dock/berth(depth;name)"):
        assert picked(document, ROOT, parse_fields(text, ROOT)) == expected
    both = parse_fields("harbour:dock/berth/depth;harbour:office;harbour:dock/berth/kind", ROOT)
    assert picked(document, ROOT, both) == document
    assert (
        picked(document, ROOT, parse_fields("harbour:dock/berth/depth;harbour:dock", ROOT))["harbour:dock"]
        == document["harbour:dock"]
    )


@settings(max_examples=60, deadline=None)
@given(documents(ROOT))
def test_configuration_and_state_make_up_a_document(document: Json) -> None:
    assert configuration_only(document, ROOT) == document
    assert state_only(document, ROOT) == {}


@settings(max_examples=60, deadline=None)
@given(documents(ROOT))
def test_what_is_trimmed_comes_back_with_the_defaults(document: Json) -> None:
    complete = with_defaults(HARBOUR, document)
    assert with_defaults(HARBOUR, trimmed(complete, ROOT)) == with_defaults(HARBOUR, trimmed(document, ROOT))
    assert trimmed(trimmed(complete, ROOT), ROOT) == trimmed(complete, ROOT)


def test_marks_stand_with_what_nobody_set() -> None:
    document = {"harbour:office": {"depth": 12}}
    found = tagged(document, with_defaults(HARBOUR, document), ROOT)["harbour:office"]
    assert "@depth" not in found
    assert found["@fee"] == {DEFAULT_MARK: True}
    assert found["@zone"] == [{DEFAULT_MARK: True}, {DEFAULT_MARK: True}]
    assert picked(found, ROOT.children["harbour:office"], parse_fields("fee", ROOT.children["harbour:office"])).keys() == {
        "fee",
        "@fee",
    }
