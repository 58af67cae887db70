from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instances import Evaluation, Instance, Path
from vtnmd.yang.references import follow, unchecked_references, uses
from vtnmd.yang.schema import Schema

DOCUMENT: Json = {
    "harbour:dock": {
        "berth": [{"name": "a", "depth": 9, "crane": [{"no": 1}]}, {"name": "b", "depth": 9, "crane": [{"no": 1}]}],
        "ship": [
            {"name": "n", "flag": "x", "berth": "a", "crane": 1, "visited": ["a", "b"], "maybe": "anywhere"},
            {"name": "o", "flag": "it's", "berth": "a", "maybe": "b", "hint": "zz"},
        ],
    }
}
DOCK = "harbour:dock"


def test_who_refers_to_what(harbour: Schema) -> None:
    ship = (DOCK, "ship")
    assert uses(DOCUMENT, harbour.root) == {
        (DOCK, "berth", 0, "name"): ((*ship, 0, "berth"), (*ship, 0, "visited", 0), (*ship, 1, "berth")),
        (DOCK, "berth", 0, "crane", 0, "no"): ((*ship, 0, "crane"),),
        (DOCK, "berth", 1, "name"): ((*ship, 0, "visited", 1), (*ship, 1, "maybe")),
    }


def test_references_below_a_member_that_is_there_are_checked(harbour: Schema) -> None:
    assert unchecked_references(DOCUMENT, harbour.root, {DOCK}) == ()


def _follow(harbour: Schema, identifier: str) -> Path | None:
    top = Instance(DOCUMENT, harbour.root, None)
    found = follow(identifier, top, Evaluation(top))
    return found.path if found else None


def test_instance_identifiers_lead_to_instances(harbour: Schema) -> None:
    assert _follow(harbour, "/harbour:dock/berth[name='b']/crane[no=\"1\"]") == (DOCK, "berth", 1, "crane", 0)
    assert _follow(harbour, "/harbour:dock/ship[flag='x'][name='n']/visited[.='b']") == (DOCK, "ship", 0, "visited", 1)
    assert _follow(harbour, "/harbour:dock/berth[2]/depth") == (DOCK, "berth", 1, "depth")
    for lost in ("/harbour:dock/berth[name='z']", "/harbour:dock/berth[3]", "/harbour:dock/pier", "/other:dock"):
        assert _follow(harbour, lost) is None


def _identifier(harbour: Schema, *path: Any) -> str:
    return str(instance_identifier(harbour, DOCUMENT, path))


def test_paths_become_instance_identifiers(harbour: Schema) -> None:
    assert _identifier(harbour, DOCK, "berth", 1, "depth") == "/h:dock/h:berth[h:name='b']/h:depth"
    assert _identifier(harbour, DOCK, "ship", 1, "berth") == "/h:dock/h:ship[h:name='o'][h:flag=\"it's\"]/h:berth"
    assert _identifier(harbour, DOCK, "ship", 0, "visited", 1) == "/h:dock/h:ship[h:name='n'][h:flag='x']/h:visited[.='b']"
    assert _identifier(harbour, DOCK, "ship") == "/h:dock/h:ship"


def test_entries_without_readable_keys_are_told_apart_by_position(harbour: Schema) -> None:
    document = {DOCK: {"berth": [{"name": "a"}, {"depth": 5}, {"name": 7}], "ship": [{"name": "n", "flag": "x", "visited": [3]}]}}
    assert str(instance_identifier(harbour, document, (DOCK, "berth", 1, "depth"))) == "/h:dock/h:berth[2]/h:depth"
    assert str(instance_identifier(harbour, document, (DOCK, "berth", 2))) == "/h:dock/h:berth[3]"
    visited = instance_identifier(harbour, document, (DOCK, "ship", 0, "visited", 0))
    assert str(visited) == "/h:dock/h:ship[h:name='n'][h:flag='x']/h:visited[1]"


def test_an_identifier_ends_where_the_schema_does(harbour: Schema) -> None:
    assert _identifier(harbour, DOCK, "nothing", 3) == "/h:dock"
    assert _identifier(harbour) == ""
