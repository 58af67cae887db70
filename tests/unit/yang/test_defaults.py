import copy

from hypothesis import given, settings

from tests.support.documents import documents
from tests.unit.yang.conftest import MODELS
from vtnmd.domain.tree import Json
from vtnmd.yang.defaults import is_default, with_defaults, without_defaults
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema, load_schema

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))


def test_leaves_leaf_lists_and_implied_containers_get_their_defaults(harbour: Schema) -> None:
    office = with_defaults(harbour, {})["harbour:office"]
    assert office == {"depth": 12, "fee": "1.5", "state": "open", "zone": ["inner", "outer"]}


def test_what_is_set_stays(harbour: Schema) -> None:
    office = with_defaults(harbour, {"harbour:office": {"depth": 35, "zone": ["x"]}})["harbour:office"]
    assert (office["depth"], office["zone"]) == (35, ["x"])


def test_a_default_in_a_case_counts_once_the_case_is_chosen(harbour: Schema) -> None:
    assert with_defaults(harbour, {"harbour:office": {"number": "1"}})["harbour:office"]["area"] == "00"
    assert "area" not in with_defaults(harbour, {"harbour:office": {"channel": 1}})["harbour:office"]


def test_a_default_under_a_when_counts_where_it_holds(harbour: Schema) -> None:
    berths = [{"name": "a", "depth": 5}, {"name": "b", "depth": 60}]
    filled = with_defaults(harbour, {"harbour:dock": {"berth": berths}})["harbour:dock"]["berth"]
    assert [entry.get("harbour-tide:tide") for entry in filled] == [3, None]
    assert [entry["kind"] for entry in filled] == ["harbour:ferry", "harbour:ferry"]


@settings(max_examples=60, deadline=None)
@given(documents(HARBOUR.root))
def test_filling_in_changes_no_judgement_and_no_argument(document: Json) -> None:
    before = copy.deepcopy(document)
    filled = with_defaults(HARBOUR, document)
    assert document == before
    assert with_defaults(HARBOUR, filled) == filled
    assert {v.path for v in validate(HARBOUR, filled)} == {v.path for v in validate(HARBOUR, document)}


def test_which_values_are_defaults(harbour: Schema) -> None:
    assert is_default(harbour.describe("/harbour:office/fee"), "1.50")
    assert not is_default(harbour.describe("/harbour:office/fee"), "2.0")
    assert is_default(harbour.describe("/harbour:office/zone"), ["inner", "outer"])
    assert not is_default(harbour.describe("/harbour:office/title"), "x")


@settings(max_examples=60, deadline=None)
@given(documents(HARBOUR.root))
def test_what_is_left_unsaid_means_the_same(document: Json) -> None:
    filled = with_defaults(HARBOUR, document)
    before = copy.deepcopy(filled)
    trimmed = without_defaults(HARBOUR, filled)
    assert filled == before
    assert with_defaults(HARBOUR, trimmed) == filled
    assert without_defaults(HARBOUR, trimmed) == trimmed


def test_what_differs_from_its_default_or_tells_a_case_stays(harbour: Schema) -> None:
    said = {"harbour:office": {"depth": 12, "fee": "2.0", "number": "1", "area": "00"}}
    assert without_defaults(harbour, said) == {"harbour:office": {"fee": "2.0", "number": "1", "area": "00"}}
    assert without_defaults(harbour, {"harbour:office": {"depth": 12}}) == {}
