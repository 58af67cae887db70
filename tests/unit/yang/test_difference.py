"""What differs between two documents: by key, not by place, and nothing where they mean the same."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.services import services
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.yang.difference import compare, readable_path

SHOP = Path(__file__).parents[3] / "examples" / "global-shop"
UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCHEMA = service_schema()


@pytest.fixture
def before() -> Any:
    return bind(read_topology(SHOP), SCHEMA).intent.document


@pytest.fixture
def after(before: Any) -> Any:
    return deepcopy(before)


def vtn(document: Any) -> Any:
    return document["vtnmd-vtn:services"]["service"][0]["vtn"][0]


def differences(before: Any, after: Any, **options: Any) -> list[tuple[str, Any, Any]]:
    return [(each.readable, each.before, each.after) for each in compare(SCHEMA, before, after, below=3, **options)]


def test_a_leaf_that_changed(before: Any, after: Any) -> None:
    vtn(after)["segment"][0]["cidr"] = "10.2.0.0/24"
    assert differences(before, after) == [("vtn[shop]/segment[web]/cidr", "10.1.0.0/24", "10.2.0.0/24")]
    found = compare(SCHEMA, before, after)[0]
    place = "/vtn:services/vtn:service[vtn:name='global-shop']/vtn:vtn[vtn:name='shop']/vtn:segment[vtn:name='web']/vtn:cidr"
    assert str(found.identifier) == place
    assert found.readable == "services/service[global-shop]/vtn[shop]/segment[web]/cidr"
    assert found.new == ("vtnmd-vtn:services", "service", 0, "vtn", 0, "segment", 0, "cidr")


def test_entries_that_came_and_went(before: Any, after: Any) -> None:
    gone = vtn(after)["segment"].pop(1)
    fresh = {**gone, "name": "other"}
    vtn(after)["segment"].insert(0, fresh)
    assert differences(before, after) == [("vtn[shop]/segment[other]", None, fresh), ("vtn[shop]/segment[db-east]", gone, None)]
    paths = [(each.old[3:], each.new[3:]) for each in compare(SCHEMA, before, after)]
    assert paths == [(("vtn", 0), ("vtn", 0, "segment", 0)), (("vtn", 0, "segment", 1), ("vtn", 0))]


def test_the_order_of_entries_and_values_is_no_difference(before: Any, after: Any) -> None:
    vtn(after)["segment"].reverse()
    vtn(after)["router"][0]["segment"].reverse()
    assert differences(before, after) == []


def test_values_of_a_leaf_list_one_by_one(before: Any, after: Any) -> None:
    vtn(after)["router"][0]["segment"] = ["db-west", "web", "new"]
    assert differences(before, after) == [
        ("vtn[shop]/router[core]/segment[new]", None, "new"),
        ("vtn[shop]/router[core]/segment[db-east]", "db-east", None),
    ]


def test_what_the_schema_does_not_know_is_compared_leaf_by_leaf(before: Any, after: Any) -> None:
    body = vtn(after)["vtnmd-workload:workload"][0]["body"]
    body["servers"][0]["flavor"]["num_cpus"] = 8
    assert differences(before, after) == [("vtn[shop]/workload[web-servers]/body/servers[front]/flavor/num_cpus", 1, 8)]


def test_a_member_that_is_in_one_only(before: Any, after: Any) -> None:
    del vtn(after)["vtnmd-interconnect:interconnect"][0]["bandwidth"]
    whole = {"min": "200000", "max": "400000"}
    assert differences(before, after) == [("vtn[shop]/interconnect[stretch]/bandwidth", whole, None)]


@pytest.mark.parametrize("by_leaf", [True, False])
def test_what_was_renamed_is_compared_with_what_it_was(before: Any, after: Any, *, by_leaf: bool) -> None:
    segment = vtn(after)["segment"][0]
    segment |= {"name": "www", "mtu": 9000}
    path = ("vtnmd-vtn:services", "service", 0, "vtn", 0, "segment", 0)
    if by_leaf:
        segment["moved-from"] = ["web"]
    found = differences(before, after, former={} if by_leaf else {path: "web"})
    assert ("vtn[shop]/segment[www]/name", "web", "www") in found
    assert ("vtn[shop]/segment[www]/mtu", None, 9000) in found
    assert len(found) == 2


def test_paths_for_people(before: Any) -> None:
    path = ("vtnmd-vtn:services", "service", 0, "vtn", 0, "segment", 0, "region", 1)
    assert readable_path(SCHEMA, before, path) == "services/service[global-shop]/vtn[shop]/segment[web]/region[west]"
    assert readable_path(SCHEMA, before, path[:3], below=3) == "services/service[global-shop]"
    assert readable_path(SCHEMA, before, ("vtnmd-vtn:services", "service", 9, "unknown")) == "services/service[10]/unknown"


@UNHURRIED
@given(services(), services())
def test_no_difference_exactly_where_documents_mean_the_same(one: Any, other: Any) -> None:
    assert compare(SCHEMA, one.document, one.document) == ()
    there, back = compare(SCHEMA, one.document, other.document), compare(SCHEMA, other.document, one.document)
    assert {(each.before, each.after) for each in there if not isinstance(each.before or each.after, dict)} == {
        (each.after, each.before) for each in back if not isinstance(each.before or each.after, dict)
    }
    assert bool(there) == bool(back)
