import copy

import pytest

from vtnmd.domain.tree import Json
from vtnmd.yang.conditions import settle
from vtnmd.yang.edit import EditError
from vtnmd.yang.schema import Schema

TANKER: Json = {
    "harbour:dock": {"berth": [{"name": "b", "depth": 9}, {"name": "a", "depth": 9, "kind": "harbour:tanker", "draught": 4}]}
}


def with_berth(**changes: Json) -> Json:
    document = copy.deepcopy(TANKER)
    document["harbour:dock"]["berth"][1] |= changes
    return document


def test_nothing_goes_while_conditions_hold(harbour: Schema) -> None:
    assert settle(harbour, {}, TANKER) == TANKER


def test_a_node_whose_when_turns_false_goes_away(harbour: Schema) -> None:
    after = with_berth(kind="harbour:ferry")
    settled = settle(harbour, TANKER, after)
    assert settled["harbour:dock"]["berth"][1] == {"name": "a", "depth": 9, "kind": "harbour:ferry"}
    assert settled["harbour:dock"]["berth"][0] is after["harbour:dock"]["berth"][0]
    assert after["harbour:dock"]["berth"][1]["draught"] == 4


def test_entries_are_told_by_their_keys(harbour: Schema) -> None:
    after = with_berth(kind="harbour:ferry")
    after["harbour:dock"]["berth"].reverse()
    assert settle(harbour, TANKER, after)["harbour:dock"]["berth"][0] == {"name": "a", "depth": 9, "kind": "harbour:ferry"}


@pytest.mark.parametrize("changes", [{"kind": "harbour:ferry", "draught": 5}, {"depth": 60, "harbour-tide:tide": 1}])
def test_a_node_that_is_set_while_its_when_is_false_is_refused(harbour: Schema, changes: Json) -> None:
    with pytest.raises(EditError) as caught:
        settle(harbour, TANKER, with_berth(**changes))
    (problem,) = caught.value.problems
    assert problem.error_tag == "unknown-element"
    assert str(problem.path).startswith("/h:dock/h:berth[h:name='a']/")


def test_the_last_entries_of_a_list_leave_no_empty_list(harbour: Schema) -> None:
    before = with_berth(**{"harbour-tide:gauge": {"reading": 3}})
    after = with_berth(**{"harbour-tide:gauge": {"reading": 3}, "depth": 70})
    assert "harbour-tide:gauge" not in settle(harbour, before, after)["harbour:dock"]["berth"][1]
