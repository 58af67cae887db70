"""Edits in XML and of resources: what they change, and that they look at the services that they name alone."""

from collections.abc import Callable

import pytest
from lxml import etree

from vtnmd.compiler.models import service_schema
from vtnmd.datastore.edits import ResourceEdit, edit_config, edit_resources
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.tree import Changes, Tree, parts_of
from vtnmd.domain.commit import Held
from vtnmd.domain.tree import Json
from vtnmd.yang.amend import ABSENT, Insert
from vtnmd.yang.api_path import parse_path
from vtnmd.yang.edit import Operation

SCHEMA = service_schema()
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"


def service(name: str, **more: Json) -> Json:
    return {"name": name, **more}


TREE = Tree(
    {name: Held(service(name, vtn=[{"name": "v", "tenant": "acme"}])) for name in ("a", "b")},
    {"vtnmd-inventory:inventory": Held({"region": [{"name": "east"}]})},
)


class _Unlooked(dict[str, Json]):
    """A service that may not be looked at."""

    def get(self, *_: object) -> Json:
        raise AssertionError

    __getitem__ = items = get


def xml(content: str, default: Operation = Operation.MERGE, tree: Tree = TREE) -> Changes:
    head = f'<config xmlns:nc="{NETCONF}" xmlns:v="urn:vtnmd:yang:vtnmd-vtn" xmlns:i="urn:vtnmd:yang:vtnmd-inventory">'
    return edit_config(SCHEMA, tree, etree.fromstring(f"{head}{content}</config>"), default)


def resource(path: str, value: Json = ABSENT, operation: str = "replace", tree: Tree = TREE) -> Changes:
    return edit_resources(SCHEMA, tree, [ResourceEdit(operation, parse_path(SCHEMA, path), value)])


def test_an_edit_of_one_service_changes_that_part() -> None:
    found = xml("<v:services><v:service><v:name>a</v:name><v:description>new</v:description></v:service></v:services>")
    assert found == {"service/a": service("a", vtn=[{"name": "v", "tenant": "acme"}], description="new")}


@pytest.mark.parametrize(
    "edit",
    [
        lambda tree: xml(
            "<v:services><v:service><v:name>a</v:name><v:description>x</v:description></v:service></v:services>", tree=tree
        ),
        lambda tree: resource("vtnmd-vtn:services/service=a/description", "x", tree=tree),
        lambda tree: resource("vtnmd-vtn:services", {"service": [service("a", description="x")]}, "merge", tree=tree),
    ],
)
def test_other_services_are_not_looked_at(edit: Callable[[Tree], Changes]) -> None:
    tree = Tree({**TREE.services, "b": Held(_Unlooked(name="b"))}, TREE.others)
    assert edit(tree).keys() == {"service/a"}


@pytest.mark.parametrize(
    "content",
    [
        '<v:services nc:operation="delete"/>',
        '<v:services nc:operation="replace"/>',
    ],
)
def test_an_operation_on_all_services_reaches_them_all(content: str) -> None:
    assert xml(content) == {"service/a": None, "service/b": None}


def test_replacing_everything_removes_what_is_not_named() -> None:
    found = xml("<v:services><v:service><v:name>c</v:name></v:service></v:services>", Operation.REPLACE)
    assert found == {"service/c": service("c"), "service/a": None, "service/b": None, "vtnmd-inventory:inventory": None}


def test_deleting_one_service_leaves_the_other() -> None:
    assert xml('<v:services><v:service nc:operation="delete"><v:name>a</v:name></v:service></v:services>') == {"service/a": None}
    assert resource("vtnmd-vtn:services/service=a", operation="delete") == {"service/a": None}


def test_deleting_the_list_as_a_resource_reaches_them_all() -> None:
    assert resource("vtnmd-vtn:services", operation="delete") == {"service/a": None, "service/b": None}


@pytest.mark.parametrize(
    ("path", "value", "operation", "tag"),
    [
        ("vtnmd-vtn:services/service=a", service("a"), "create", "data-exists"),
        ("vtnmd-vtn:services/service=z", ABSENT, "delete", "data-missing"),
        ("vtnmd-vtn:services/service=z/description", "x", "replace", "data-missing"),
        ("vtnmd-vtn:services/service=a/vtn=q/description", "x", "merge", "data-missing"),
        ("", ABSENT, "delete", "operation-not-supported"),
    ],
)
def test_what_cannot_be_edited_is_refused(path: str, value: Json, operation: str, tag: str) -> None:
    with pytest.raises(Refused) as caught:
        resource(path, value, operation)
    assert caught.value.faults[0].tag == tag
    assert caught.value.edit == 0


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert resource("vtnmd-vtn:services/service=z", operation="remove") == {}
    assert resource("vtnmd-vtn:services/service=a/description", operation="remove") == {}


def test_merging_keeps_what_it_does_not_name() -> None:
    found = resource("vtnmd-vtn:services/service=a", service("a", vtn=[{"name": "w", "tenant": "acme"}]), "merge")
    assert [each["name"] for each in found["service/a"]["vtn"]] == ["v", "w"]


def test_several_edits_build_on_each_other() -> None:
    first = ResourceEdit("create", parse_path(SCHEMA, "vtnmd-vtn:services/service=c"), service("c"))
    second = ResourceEdit("merge", parse_path(SCHEMA, "vtnmd-vtn:services/service=c/description"), "x")
    assert edit_resources(SCHEMA, TREE, [first, second]) == {"service/c": service("c", description="x")}


def test_an_entry_goes_where_its_user_says() -> None:
    tree = Tree(
        {"a": Held(service("a", vtn=[{"name": "v", "tenant": "t", "segment": [{"name": "s", "dns-server": ["1.1.1.1"]}]}]))}
    )
    path = "vtnmd-vtn:services/service=a/vtn=v/segment=s/dns-server=2.2.2.2"
    edit = ResourceEdit("insert", parse_path(SCHEMA, path), "2.2.2.2", Insert("before", ("1.1.1.1",)))
    found = edit_resources(SCHEMA, tree, [edit])
    assert found["service/a"]["vtn"][0]["segment"][0]["dns-server"] == ["2.2.2.2", "1.1.1.1"]
    lost = ResourceEdit("insert", parse_path(SCHEMA, path), "2.2.2.2", Insert("before", ("9.9.9.9",)))
    with pytest.raises(Refused) as caught:
        edit_resources(SCHEMA, tree, [lost])
    assert (caught.value.faults[0].tag, caught.value.faults[0].app_tag) == ("bad-attribute", "missing-instance")


def test_a_document_is_its_parts() -> None:
    assert parts_of(TREE.document()) == {
        "service/a": TREE.services["a"].value,
        "service/b": TREE.services["b"].value,
        "vtnmd-inventory:inventory": TREE.others["vtnmd-inventory:inventory"].value,
    }


def test_thousands_of_edits_are_made_in_one_list() -> None:
    number = 10_000
    steps = [parse_path(SCHEMA, f"vtnmd-vtn:services/service=s{at}") for at in range(number)]
    created = [ResourceEdit("create", each, {"name": f"s{at}"}) for at, each in enumerate(steps)]
    merged = [ResourceEdit("merge", each, {"name": f"s{at}", "vtn": [{"name": "v"}]}) for at, each in enumerate(steps)]
    changes = edit_resources(SCHEMA, Tree(), [*created, *merged, *(ResourceEdit("delete", each) for each in steps[::2])])
    assert changes == {f"service/s{at}": {"name": f"s{at}", "vtn": [{"name": "v"}]} for at in range(1, number, 2)}
