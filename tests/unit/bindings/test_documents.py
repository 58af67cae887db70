"""Documents of bound objects and back: what RFC 7951 wants, and what pyangbind lets pass."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyangbind.lib import pybindJSON

from tests.support.bindings import bindings
from tests.support.services import inventory, shop
from vtnmd.bindings import bound_of, intent_of
from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.models import read_models

EVERYTHING = read_models(Path(__file__).parent / "models")
STOCK = inventory().document


def everything() -> Any:
    return bindings(EVERYTHING).test_bound()


def document(bound: Any) -> Any:
    return intent_of(bound, models=EVERYTHING).get("test-bound:all")


def problems(bound: Any, **settings: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        intent_of(bound, **settings)
    return [(problem.code, problem.address) for problem in refused.value.diagnostics]


def test_nothing_that_was_not_set_is_in_the_document() -> None:
    assert intent_of(everything(), models=EVERYTHING) == {}
    bound = everything()
    assert bound.all.small.default() == 7
    bound.all.small = 7
    assert document(bound) == {"small": 7}
    bound.all._unset_small()
    assert document(bound) is None


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("big", 2**64 - 1, "18446744073709551615"),
        ("negative", -1, "-1"),
        ("small", 0, 0),
        ("price", "3.5", "3.5"),
        ("price", 4, "4.0"),
        ("enabled", False, False),
        ("shape", "square", "test-bound-types:square"),
        ("shape", "round", "test-bound:round"),
        ("choices", "seven one", "one seven"),
        ("key_material", b"\0\1\2", "AAEC"),
        ("mode", "in use", "in use"),
        ("either", 5, 5),
        ("either", "abc", "abc"),
        ("either", "test-bound:round", "test-bound:round"),
        ("unlike", "1", "1"),
        ("place", "/test-bound:all/big", "/test-bound:all/big"),
    ],
)
def test_values_are_those_of_rfc_7951(attribute: str, value: Any, expected: Any) -> None:
    bound = everything()
    setattr(bound.all, attribute, value)
    found = document(bound)
    assert list(found.values()) == [expected]
    again = bound_of({"test-bound:all": found}, bindings(EVERYTHING).test_bound, models=EVERYTHING)
    assert document(again) == found


def test_an_empty_leaf_is_there_or_not() -> None:
    bound = everything()
    bound.all.flag = True
    assert document(bound) == {"flag": [None]}
    bound.all.flag = False
    assert document(bound) is None


def test_presence_containers_are_there_though_nothing_is_in_them() -> None:
    bound = everything()
    bound.all.present._set_present()
    assert document(bound) == {"present": {}}


def test_leaf_lists_and_lists_keep_the_order_of_their_user() -> None:
    bound = everything()
    for number in (9, 3, 5):
        bound.all.number.append(number)
    for name in ("zz", "mm", "aa"):
        bound.all.list_.add(name).described = name
    found = document(bound)
    assert found["number"] == ["9", "3", "5"]
    assert [entry["name"] for entry in found["list"]] == ["zz", "mm", "aa"]


def test_a_case_takes_the_place_of_another() -> None:
    bound = everything()
    bound.all.left = "l"
    bound.all.right.fast = True
    assert document(bound) == {"right": {"fast": [None]}}


def test_anydata_is_json_text() -> None:
    bound = everything()
    entry = bound.all.by_number.add(7)
    entry.body = json.dumps({"a": [1, "x", None]})
    assert document(bound) == {"by-number": [{"number": 7, "body": {"a": [1, "x", None]}}]}
    entry.body = "{"
    assert problems(bound, models=EVERYTHING) == [("VTN-U023", "/test-bound:all/by-number[1]/body")]


def test_where_the_json_of_pyangbind_is_not_rfc_7951() -> None:
    """If one of these holds no more, pyangbind has learnt it."""
    bound = everything()
    bound.all.weight.append("0.5")
    bound.all.flag = False
    bound.all.list_.add("aa").described = "d"
    bound.all.list_["aa"].index = 5
    bound.all.pair.add(number=1, text="t").refers = "5"
    theirs = json.loads(pybindJSON.dumps(bound, mode="ietf"))["test-bound:all"]
    ours = document(bound)
    assert (theirs["weight"], ours["weight"]) == (["0.50"], ["0.5"])
    assert (theirs["pair"][0]["refers"], ours["pair"][0]["refers"]) == ("5", 5)
    assert (theirs["flag"], "flag" in ours) == (False, False)


def test_what_pyangbind_lets_pass_is_told() -> None:
    bound = bindings().vtnmd_vtn()
    vtn = bound.services.service.add("shop").vtn.add("net")
    vtn.interconnect.add("join").kind = "mpls-l3vpn"
    vtn.interconnect["join"].segment.append("nowhere")
    entry = "/vtnmd-vtn:services/service[1]/vtn[1]"
    found = problems(bound)
    assert ("VTN-Y202", f"{entry}/tenant") in found
    assert ("VTN-Y301", f"{entry}/vtnmd-interconnect:interconnect[1]/segment[1]") in found
    assert ("VTN-Y303", f"{entry}/vtnmd-interconnect:interconnect[1]/segment[1]") in found


def test_references_to_the_inventory_are_checked_where_it_is_at_hand() -> None:
    lost = shop().document
    lost["vtnmd-vtn:services"]["service"][0]["vtn"][0]["segment"][1]["region"][0]["name"] = "nowhere"
    bound = bound_of(lost, bindings().vtnmd_vtn)
    assert ("VTN-Y301", "/vtnmd-vtn:services/service[1]/vtn[1]/segment[2]/region[1]/name") in problems(bound, beside=STOCK)


def test_a_document_that_is_wrong_is_not_bound() -> None:
    with pytest.raises(Invalid) as refused:
        bound_of({"vtnmd-vtn:services": {"service": [{"vtn": []}]}}, bindings().vtnmd_vtn)
    assert refused.value.diagnostics[0].code == "VTN-Y203"


def test_a_document_of_another_module_is_not_bound() -> None:
    with pytest.raises(Invalid, match="VTN-U023"):
        bound_of(STOCK, bindings().vtnmd_vtn)
    assert intent_of(bound_of(STOCK, bindings().vtnmd_inventory)).keys() == STOCK.keys()


def test_only_objects_of_a_module_are_documents() -> None:
    with pytest.raises(Invalid, match="VTN-U023"):
        intent_of(bindings().vtnmd_vtn().services)
    with pytest.raises(Invalid, match="VTN-U023"):
        intent_of(object())


def test_bindings_that_were_made_without_a_designers_models_cannot_hold_what_these_add() -> None:
    extended = shop().document
    extended["vtnmd-vtn:services"]["service"][0]["test-bound:extra"] = [{"name": "x"}]
    with pytest.raises(Invalid) as refused:
        bound_of(extended, bindings().vtnmd_vtn, models=EVERYTHING)
    assert "made with other models" in str(refused.value)
    bound = bound_of(extended, bindings(EVERYTHING).vtnmd_vtn, models=EVERYTHING)
    assert intent_of(bound, models=EVERYTHING) == extended


def test_entries_whose_keys_pyangbind_takes_for_the_same_are_refused() -> None:
    apart = {"test-bound:all": {"twin": [{"first": "a b", "second": "c"}, {"first": "a", "second": "c"}]}}
    assert document(bound_of(apart, bindings(EVERYTHING).test_bound, models=EVERYTHING)) == apart["test-bound:all"]
    mixed = {"test-bound:all": {"twin": [{"first": "a b", "second": "c"}, {"first": "a", "second": "b c"}]}}
    with pytest.raises(Invalid) as refused:
        bound_of(mixed, bindings(EVERYTHING).test_bound, models=EVERYTHING)
    assert [problem.code for problem in refused.value.diagnostics] == ["VTN-U023"]
