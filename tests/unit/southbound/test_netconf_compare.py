from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.netconf import bridge, circuit, element, entry
from vtnmd.assets import YANG_MODELS
from vtnmd.southbound.netconf_compare import Comparison, Held, compare, parts, selection
from vtnmd.yang.schema import Schema, load_schema

ROUTE = {"vrf": "acme", "prefix": "10.1.0.0/24"}


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema(("vtnmd-pe",), (YANG_MODELS,))


def leaf(name: str, text: str) -> dict[str, Any]:
    return element(name, text)


def path(*children: Any) -> dict[str, Any]:
    return element("pe", element("label-switched-path", leaf("name", "west"), leaf("peer", "pe-west"), *children))


def compared(schema: Schema | None, expected: Sequence[Any], held: Sequence[Any]) -> Comparison:
    return compare(expected, Held(held), schema)


def test_list_entries_are_asked_for_by_key(schema: Schema) -> None:
    asked = selection([bridge(), bridge(mtu="1500"), circuit(), entry("vpn-route", "", **ROUTE, label="20")], schema)
    keys = entry("vpn-route", "", **ROUTE)["children"]
    assert asked == [
        element(
            "pe",
            element("bridge-domain", leaf("name", "acme_shop/web")),
            element("attachment-circuit", leaf("name", "acme_shop/web")),
            {"tag": keys[0]["tag"], "children": keys[0]["children"]},
        )
    ]


def test_a_container_is_asked_for_whole_where_an_entry_lacks_its_key(schema: Schema) -> None:
    (asked,) = selection([entry("bridge-domain", "", mtu="1500"), bridge()], schema)
    assert [child.get("children") for child in asked["children"]] == [None]


def test_many_entries_are_asked_for_by_their_list(schema: Schema) -> None:
    assert selection([bridge("", str(number)) for number in range(101)], schema) == [
        element("pe", {"tag": bridge()["children"][0]["tag"]})
    ]


def test_what_is_held_as_it_should_be_does_not_differ(schema: Schema) -> None:
    assert compared(schema, [bridge(), circuit()], [circuit(), bridge(), bridge("", "another")]) == Comparison(True)


def test_an_entry_is_told_by_all_of_its_keys(schema: Schema) -> None:
    wanted = entry("vpn-route", "", **ROUTE, label="20")
    held = entry("vpn-route", "", vrf="acme", prefix="10.2.0.0/24", label="20")
    assert not compared(schema, [wanted], [held]).found
    assert compared(schema, [wanted], [held, wanted]) == Comparison(True)


def test_fields_differ_by_their_path(schema: Schema) -> None:
    there = "pe/bridge-domain[name=acme_shop/web]"
    assert compared(schema, [bridge()], [bridge(mtu="9000")]).differences == {f"{there}/mtu": ("1450", "9000")}
    bare = entry("bridge-domain", "", name="acme_shop/web")
    assert compared(schema, [bridge()], [bare]).differences == {f"{there}/mtu": ("1450", None)}
    missing = compared(schema, [bridge()], [])
    assert missing == Comparison(False, {there: ({"name": "acme_shop/web", "mtu": "1450"}, None)})


def test_what_is_not_named_does_not_count(schema: Schema) -> None:
    assert compared(schema, [entry("bridge-domain", "", name="acme_shop/web")], [bridge()]) == Comparison(True)


def test_a_default_counts_as_held(schema: Schema) -> None:
    said = entry("bridge-domain", "", name="a", mtu="1500", split_horizon="true")
    assert compared(schema, [said], [bridge("", "a", "1500")]) == Comparison(True)
    assert compared(schema, [entry("bridge-domain", "", name="a", split_horizon="false")], [bridge("", "a")]).differences


@pytest.mark.parametrize(("wanted", "held"), [("1450", "01450"), ("1450", " 1450\n"), ("0x5aa", "1450"), ("+1450", "1450")])
def test_spelling_makes_no_difference(schema: Schema, wanted: str, held: str) -> None:
    spelled = wanted, "1450" if held == "01450" else held
    assert compared(schema, [bridge(mtu=spelled[0])], [bridge(mtu=spelled[1])]) == Comparison(True)


def test_the_order_of_a_leaf_list_counts_where_the_user_orders_it(schema: Schema) -> None:
    one, two = leaf("hop", "p1"), leaf("hop", "p2")
    wanted, held = path(element("primary", one, two)), path(element("primary", two, one))
    there = "pe/label-switched-path[name=west]/primary/hop"
    assert compared(schema, [wanted], [held]).differences == {there: (["p1", "p2"], ["p2", "p1"])}
    vrf = [entry("vrf", "", name="v")["children"][0]["children"][0]]
    targets = [leaf("import-target", "1:1"), leaf("import-target", "1:2")]
    ordered, reversed_ = (element("pe", element("vrf", *vrf, *some)) for some in (targets, targets[::-1]))
    assert compared(schema, [ordered], [reversed_]) == Comparison(True)
    more = element("pe", element("vrf", *vrf, *targets, leaf("import-target", "1:3")))
    assert compared(schema, [ordered], [more]).differences


def test_a_missing_presence_container_is_one_difference(schema: Schema) -> None:
    backup = element("backup", leaf("hop", "p2"), leaf("hop", "pe-west"))
    found = compared(schema, [path(backup)], [path()])
    assert found.differences == {"pe/label-switched-path[name=west]/backup": ({"hop": ["p2", "pe-west"]}, None)}


def test_without_modules_the_first_leaf_tells_entries_apart() -> None:
    assert selection([circuit()], None) == [element("pe", element("attachment-circuit", leaf("name", "acme_shop/web")))]
    assert compared(None, [bridge()], [bridge("", "another"), bridge()]) == Comparison(True)
    assert not compared(None, [bridge()], [bridge("", "another")]).found
    there = "pe/bridge-domain[name=acme_shop/web]/mtu"
    assert compared(None, [bridge()], [bridge(mtu="9000")]).differences == {there: ("1450", "9000")}


def test_an_edit_is_split_into_what_it_makes_and_what_it_removes() -> None:
    config = element("pe", *bridge("replace")["children"], *circuit("remove")["children"])
    assert parts([config]) == ([bridge()], [circuit()])
    assert parts([bridge("remove")]) == ([], [bridge()])
    assert parts([bridge("merge")]) == ([bridge()], [])
    nested = entry("attachment-circuit", "", name="a")
    nested["children"][0]["children"].append(element("shaper", operation="remove"))
    made, gone = parts([nested])
    assert made == [entry("attachment-circuit", "", name="a")]
    assert gone == [element("pe", element("attachment-circuit", leaf("name", "a"), {"tag": element("shaper")["tag"]}))]
