import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.northbound.nacm.conftest import deny, nacm, permit
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.northbound.nacm import Counters, authority_of
from vtnmd.yang.schema import Schema

BEFORE: dict[str, Any] = {
    "plant:hall": {
        "title": "north",
        "tag": ["a", "b"],
        "shift": ["early", "late", "night"],
        "climate": {"heat": 20},
        "machine": [
            {"name": "lathe", "kind": "metal", "part": [{"maker": m, "number": 1} for m in "xyz"]},
            {"name": "press", "kind": "paper"},
        ],
    },
}
Edit = Callable[[dict[str, Any]], Any]


def refused(schema: Schema, rules: Any, edit: Edit, user: str = "ann", **said: Any) -> list[str]:
    """The paths that are refused."""
    after = copy.deepcopy(BEFORE)
    edit(after["plant:hall"])
    faults: tuple[Fault, ...] = ()
    try:
        authority_of(schema, rules, user, **said).check_write(BEFORE, after)
    except Refused as error:
        faults = error.faults
    assert {(fault.tag, fault.type) for fault in faults} <= {("access-denied", "application")}
    return [fault.path.text.replace("/p:hall", "").replace("p:", "") for fault in faults]


def test_nothing_is_written_without_a_rule(plant: Schema) -> None:
    assert refused(plant, None, lambda hall: hall.update(title="south")) == ["/title"]
    assert refused(plant, {"write-default": "permit"}, lambda hall: hall.update(title="south")) == []
    assert refused(plant, None, lambda hall: hall.update(title="south"), recovery=True) == []
    assert refused(plant, {"enable-nacm": False}, lambda hall: hall.update(title="south")) == []
    assert refused(plant, None, lambda hall: hall) == []


@pytest.mark.parametrize(
    ("edit", "access", "path"),
    [
        (lambda hall: hall.update(title="south"), "update", "/title"),
        (lambda hall: hall.pop("title"), "delete", "/title"),
        (lambda hall: hall["climate"].update(air=1), "create", "/climate/air"),
        (lambda hall: hall.pop("climate"), "delete", "/climate/heat"),
        (lambda hall: hall["tag"].append("c"), "create", "/tag[.='c']"),
        (lambda hall: hall["tag"].remove("a"), "delete", "/tag[.='a']"),
        (lambda hall: hall["shift"].reverse(), "update", "/shift[.='late']"),
        (lambda hall: hall.update(alarm={}), "create", "/alarm"),
        (lambda hall: hall["machine"].append({"name": "saw"}), "create", "/machine[name='saw']"),
        (lambda hall: hall["machine"].pop(0), "delete", "/machine[name='lathe']"),
        (lambda hall: hall["machine"][1].update(kind="x"), "update", "/machine[name='press']/kind"),
        (lambda hall: hall["machine"][0]["part"].pop(1), "delete", "/machine[name='lathe']/part[maker='y'][number='1']"),
        (lambda hall: hall.update(notes={"a": 1}), "create", "/notes"),
    ],
)
def test_what_each_edit_needs(plant: Schema, edit: Edit, access: str, path: str) -> None:
    others = {"create", "update", "delete"} - {access}
    assert refused(plant, nacm(permit("/plant:hall", access)), edit) == []
    assert path in refused(plant, nacm(permit("/plant:hall", " ".join(sorted(others)))), edit)
    assert path in refused(plant, nacm(deny("/plant:hall", access), permit("/plant:hall")), edit)


def test_the_order_of_entries_counts_only_where_users_give_it(plant: Schema) -> None:
    rules = nacm(permit("/plant:hall", "create delete"))
    assert refused(plant, rules, lambda hall: hall["machine"].reverse()) == []
    assert refused(plant, rules, lambda hall: hall["tag"].reverse()) == []


def test_only_what_moves_is_asked(plant: Schema) -> None:
    def to_the_end(hall: Any) -> None:
        hall["machine"][0]["part"].append(hall["machine"][0]["part"].pop(0))

    assert refused(plant, None, to_the_end) == ["/machine[name='lathe']/part[maker='x'][number='1']"]


def test_all_that_comes_with_an_entry_is_asked_and_nothing_of_what_goes_with_one(plant: Schema) -> None:
    rules = nacm(deny("/plant:hall/machine/kind"), permit("/plant:hall"))
    assert refused(plant, rules, lambda hall: hall["machine"].append({"name": "saw"})) == []
    assert refused(plant, rules, lambda hall: hall["machine"].append({"name": "saw", "kind": "x"})) == ["/machine[name='saw']/kind"]
    assert refused(plant, rules, lambda hall: hall["machine"].pop()) == []


def test_an_entry_that_may_not_come_is_told_without_what_is_below_it(plant: Schema) -> None:
    assert refused(plant, None, lambda hall: hall["machine"].append({"name": "saw", "kind": "x"})) == ["/machine[name='saw']"]


def test_all_that_is_not_allowed_is_told_at_once(plant: Schema) -> None:
    def much(hall: Any) -> None:
        hall.update(title="south", climate={"heat": 1, "air": 2})
        hall["machine"].pop()

    assert refused(plant, None, much) == ["/title", "/climate/heat", "/climate/air", "/machine[name='press']"]
    assert refused(plant, nacm(permit("/plant:hall/climate")), much) == ["/title", "/machine[name='press']"]


def test_entries_by_key(plant: Schema) -> None:
    rules = nacm(permit("/plant:hall/machine[name='lathe']"))
    assert refused(plant, rules, lambda hall: hall["machine"][0].update(kind="x")) == []
    assert refused(plant, rules, lambda hall: hall["machine"].pop(0)) == []
    assert refused(plant, rules, lambda hall: hall["machine"][1].update(kind="x")) == ["/machine[name='press']/kind"]


def test_what_a_module_protects_needs_a_rule(plant: Schema) -> None:
    open_to_all = {"write-default": "permit"}
    assert refused(plant, open_to_all, lambda hall: hall["machine"][0].update(owner="x")) == ["/machine[name='lathe']/owner"]
    assert refused(plant, open_to_all, lambda hall: hall["machine"][0].update(code="x")) == ["/machine[name='lathe']/code"]
    assert refused(plant, open_to_all, lambda hall: hall.update(volts=230)) == ["/volts"]
    rules = nacm(permit("/plant:hall/machine/owner"), write_default="permit")
    assert refused(plant, rules, lambda hall: hall["machine"][0].update(owner="x")) == []


def test_reading_is_no_condition_of_writing(plant: Schema) -> None:
    rules = nacm(permit("/plant:hall/title", "update"), read_default="deny")
    assert refused(plant, rules, lambda hall: hall.update(title="south")) == []


def test_refusals_are_counted_by_request(plant: Schema) -> None:
    counters = Counters()
    refused(plant, None, lambda hall: hall.clear(), counters=counters)
    refused(plant, None, lambda hall: hall, counters=counters)
    assert counters.to_json() == {"denied-operations": 0, "denied-data-writes": 1, "denied-notifications": 0}
