from typing import Any

import pytest

from tests.unit.northbound.nacm.conftest import deny, nacm, permit
from vtnmd.northbound.nacm import authority_of
from vtnmd.yang.schema import Schema

DOCUMENT: dict[str, Any] = {
    "plant:hall": {
        "title": "north",
        "tag": ["a", "b"],
        "climate": {"heat": 20, "air": 3},
        "machine": [
            {"name": "lathe", "kind": "metal", "code": "1234", "owner": "ann", "hours": 7},
            {"name": "press", "kind": "paper", "part": [{"maker": "x", "number": 1}, {"maker": "y", "number": 2}]},
        ],
        "notes": {"any": ["thing"]},
    },
    "plant:vault": {"gold": 5},
}


def read(schema: Schema, rules: Any, user: str = "ann") -> Any:
    return authority_of(schema, rules, user).readable(DOCUMENT)


def machines(shown: Any) -> list[str]:
    return [machine["name"] for machine in shown["plant:hall"].get("machine", ())]


def test_without_rules_all_is_read_but_what_a_module_protects(plant: Schema) -> None:
    for rules in (None, {}, nacm()):
        shown = read(plant, rules)
        assert "plant:vault" not in shown
        assert shown["plant:hall"]["machine"][0] == {"name": "lathe", "kind": "metal", "owner": "ann", "hours": 7}
        assert shown["plant:hall"]["machine"][1] is DOCUMENT["plant:hall"]["machine"][1]


def test_the_document_stays_as_it_is_and_parts_are_shared(plant: Schema) -> None:
    shown = read(plant, nacm(deny("/plant:hall/title")))
    assert DOCUMENT["plant:hall"]["title"] == "north"
    assert "title" not in shown["plant:hall"]
    assert shown["plant:hall"]["climate"] is DOCUMENT["plant:hall"]["climate"]


def test_nothing_is_hidden_where_all_may_be_read(plant: Schema) -> None:
    authority = authority_of(plant, nacm(permit(accesses="read")), "ann")
    assert not authority.unbounded
    assert authority.readable(DOCUMENT) is DOCUMENT


@pytest.mark.parametrize(
    ("rules", "user", "unbounded"),
    [
        (nacm(permit()), "ann", True),
        (nacm(permit()), "bob", False),
        (nacm(permit(module_name="*")), "ann", True),
        (nacm(permit(module_name="plant")), "ann", False),
        (nacm(permit("/")), "ann", False),
        (nacm(deny(rpc_name="ring"), permit()), "ann", False),
        (nacm(enable_nacm=False), "bob", True),
        (None, "ann", False),
    ],
)
def test_unbounded(plant: Schema, rules: Any, user: str, unbounded: bool) -> None:
    authority = authority_of(plant, rules, user)
    assert authority.unbounded is unbounded
    assert not unbounded or authority.readable(DOCUMENT) is DOCUMENT


def test_a_recovery_session_reads_everything(plant: Schema) -> None:
    rules = nacm(deny(), read_default="deny")
    assert authority_of(plant, rules, "ann").readable(DOCUMENT) == {}
    assert authority_of(plant, rules, "ann", recovery=True).readable(DOCUMENT) is DOCUMENT


def test_a_hidden_node_hides_what_is_below_it_whatever_rules_say_of_that(plant: Schema) -> None:
    shown = read(plant, nacm(permit("/plant:hall/climate/heat"), deny("/plant:hall/climate")))
    assert "climate" not in shown["plant:hall"]


def test_the_first_rule_that_matches_decides(plant: Schema) -> None:
    assert "title" in read(plant, nacm(permit("/plant:hall/title"), deny("/plant:hall/title")))["plant:hall"]
    assert "title" not in read(plant, nacm(deny("/plant:hall/title"), permit("/plant:hall")))["plant:hall"]
    assert "title" in read(plant, nacm(deny("/plant:hall/title", "create update"), permit("/plant:hall")))["plant:hall"]


def test_rules_for_modules(plant: Schema) -> None:
    assert read(plant, nacm(deny(module_name="plant"))) == {}
    assert "plant:hall" in read(plant, nacm(deny(module_name="ietf-netconf-acm")))
    assert "plant:vault" in read(plant, nacm(permit(module_name="plant", accesses="create read")))


def test_rules_for_operations_and_notifications_say_nothing_of_data(plant: Schema) -> None:
    assert "plant:hall" in read(plant, nacm(deny(rpc_name="*"), deny(notification_name="*")))


def test_entries_by_key(plant: Schema) -> None:
    assert machines(read(plant, nacm(deny("/plant:hall/machine[name='lathe']")))) == ["press"]
    assert machines(read(plant, nacm(permit("/plant:hall/machine[name='lathe']"), deny("/plant:hall/machine")))) == ["lathe"]
    assert machines(read(plant, nacm(deny("/plant:hall/machine")))) == []
    assert "machine" not in read(plant, nacm(deny("/plant:hall/machine")))["plant:hall"]


def test_a_key_that_is_left_out_means_all_entries(plant: Schema) -> None:
    shown = read(plant, nacm(deny("/plant:hall/machine/part[maker='x']")))
    assert shown["plant:hall"]["machine"][1]["part"] == [{"maker": "y", "number": 2}]
    shown = read(plant, nacm(deny("/plant:hall/machine/part[number='2']/maker")))
    assert shown["plant:hall"]["machine"][1]["part"] == [{"maker": "x", "number": 1}]


def test_the_user_in_a_path(plant: Schema) -> None:
    rules = nacm(permit("/plant:hall/machine[name=$USER]"), deny("/plant:hall/machine"), users=("press", "lathe"))
    assert machines(read(plant, rules, "press")) == ["press"]
    assert machines(read(plant, rules, "lathe")) == ["lathe"]


def test_an_entry_whose_key_is_hidden_is_gone(plant: Schema) -> None:
    assert machines(read(plant, nacm(deny("/plant:hall/machine[name='lathe']/name")))) == ["press"]


def test_a_node_of_one_entry(plant: Schema) -> None:
    shown = read(plant, nacm(deny("/plant:hall/machine[name='lathe']/kind"), permit("/plant:hall")))
    assert shown["plant:hall"]["machine"][0] == {"name": "lathe", "code": "1234", "owner": "ann", "hours": 7}
    assert shown["plant:hall"]["machine"][1]["kind"] == "paper"


def test_values_of_a_leaf_list(plant: Schema) -> None:
    assert read(plant, nacm(deny("/plant:hall/tag[.='a']")))["plant:hall"]["tag"] == ["b"]


def test_groups(plant: Schema) -> None:
    rules = nacm(deny("/plant:hall/title"))
    assert "title" in read(plant, rules, "bob")["plant:hall"]
    reported = authority_of(plant, rules, "bob", frozenset({"staff"}))
    assert "title" not in reported.readable(DOCUMENT)["plant:hall"]
    ignored = authority_of(plant, {**rules, "enable-external-groups": False}, "bob", frozenset({"staff"}))
    assert "title" in ignored.readable(DOCUMENT)["plant:hall"]


def test_a_rule_list_for_all_groups_is_not_for_users_without_one(plant: Schema) -> None:
    rules = nacm(deny("/plant:hall/title"))
    rules["rule-list"][0]["group"] = ["*"]
    assert "title" not in read(plant, rules)["plant:hall"]
    assert "title" in read(plant, rules, "bob")["plant:hall"]


def test_rule_lists_are_tried_in_order(plant: Schema) -> None:
    rules = nacm(deny("/plant:hall/title"))
    first = {"name": "first", "group": ["staff"], "rule": [{"name": "r", **permit("/plant:hall/title")}]}
    assert "title" in read(plant, {**rules, "rule-list": [first, *rules["rule-list"]]})["plant:hall"]
    assert "title" not in read(plant, {**rules, "rule-list": [*rules["rule-list"], first]})["plant:hall"]


def test_a_path_that_is_not_understood_denies_more_and_permits_nothing(plant: Schema) -> None:
    assert machines(read(plant, nacm(deny("/plant:hall/machine[kind='metal']")))) == []
    assert machines(read(plant, nacm(permit("/plant:hall/machine[kind='metal']"), deny("/plant:hall/machine")))) == []
    assert machines(read(plant, nacm(deny("/plant:hall/wall")))) == ["lathe", "press"]


def test_less_than_a_document(plant: Schema) -> None:
    machine = plant.describe("/plant:hall/machine")
    lathe, press = DOCUMENT["plant:hall"]["machine"]
    authority = authority_of(plant, nacm(deny("/plant:hall/machine[name='lathe']/kind"), permit("/plant:hall")), "ann")
    assert "kind" not in authority.readable(lathe, machine)
    assert authority.readable(press, machine) is press
    hidden = authority_of(plant, nacm(deny("/plant:hall")), "ann")
    assert hidden.readable(lathe, machine) == {}
    part = plant.describe("/plant:hall/machine/part")
    unknown = nacm(permit("/plant:hall/machine[name='press']"), deny("/plant:hall/machine"))
    assert authority_of(plant, unknown, "ann").readable(press["part"][0], part) == {}


def test_what_operations_answer_is_no_datastore(plant: Schema) -> None:
    output = plant.describe("/plant:ring/output")
    answer = {"heard": True}
    assert authority_of(plant, nacm(deny()), "ann").readable(answer, output) is answer


def test_annotations_go_with_what_they_are_about_and_unknown_members_are_left_out(plant: Schema) -> None:
    authority = authority_of(plant, nacm(deny("/plant:hall/title")), "ann")
    given = {"plant:hall": {"title": "x", "@title": {"m:n": 1}, "tag": ["a"], "@tag": [{"m:n": 1}], "wall": 1}}
    assert authority.readable(given) == {"plant:hall": {"tag": ["a"], "@tag": [{"m:n": 1}]}}


def test_the_same_rules_give_the_same_authority(plant: Schema) -> None:
    rules = nacm(permit("/plant:hall"))
    assert authority_of(plant, rules, "ann") is authority_of(plant, rules, "ann")
    assert authority_of(plant, rules, "ann") is not authority_of(plant, rules, "bob")
    assert authority_of(plant, rules, "ann") is not authority_of(plant, dict(rules), "ann")


@pytest.mark.parametrize(
    ("rules", "read"),
    [
        (nacm(), False),
        (nacm(deny("/plant:hall/title"), permit("/plant:hall")), False),
        (nacm(deny("/plant:hall/machine[name='lathe']"), permit("/plant:hall")), False),
        (nacm(deny("/plant:hall/title", "update"), permit("/plant:hall")), True),
        (nacm(permit("/plant:hall"), read_default="deny"), True),
        (nacm(permit("/plant:hall/title"), read_default="deny"), False),
    ],
)
def test_whether_all_of_a_member_may_be_read(plant: Schema, rules: Any, read: bool) -> None:
    assert authority_of(plant, rules, "ann").may_read("plant:hall") is read
    assert authority_of(plant, rules, "ann", recovery=True).may_read("plant:hall")
    assert not authority_of(plant, rules, "ann").may_read("plant:nothing")
