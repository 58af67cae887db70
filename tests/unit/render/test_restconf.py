"""Documents for RESTCONF servers."""

from typing import Any

import pytest

from vtnmd.render.restconf import FORM

EDIT = {"path": "m:top/a=1", "body": {"m:a": [{"id": 1, "x": 2}]}}


def test_one_resource() -> None:
    trees = FORM.shape({**EDIT, "keys": {"a": ["id"]}, "immutable": ["id"]}, None)
    read = {"resources": [{"path": "m:top/a=1", "list": "a", "expect": {"id": 1, "x": 2}}], "keys": {"a": ["id"]}}
    assert trees.put == {"edits": [EDIT], "read": read}
    assert trees.remove == {"edits": [{"path": "m:top/a=1"}], "read": {"absent": read}}
    assert trees.immutable == {"id"}


def test_several_are_removed_in_reverse() -> None:
    other = {"path": "m:top/b", "body": {"m:b": {"y": True}}}
    trees = FORM.shape({"edits": [EDIT, other]}, None)
    assert [edit["path"] for edit in trees.remove["edits"]] == ["m:top/b", "m:top/a=1"]
    assert trees.present["resources"][1] == {"path": "m:top/b", "expect": {"y": True}}


def test_a_replacement_removes_and_puts() -> None:
    old, new = (FORM.shape({**EDIT, "path": f"m:top/a={key}"}, None) for key in (1, 2))
    joined = FORM.replace(old.remove, new.put)
    assert joined["edits"] == [{"path": "m:top/a=1"}, {**EDIT, "path": "m:top/a=2"}]
    assert joined["read"] == new.present


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"path": "m:a"},
        {**EDIT, "method": "POST"},
        {"edits": [EDIT], "path": "m:a"},
        {"edits": [{"path": "m:a", "body": {}}]},
        {"edits": [{**EDIT, "more": 1}]},
        {"path": 1, "body": {"m:a": {}}},
        {"path": "m:top/a/..", "body": {"m:a": [{"id": ".."}]}},
        {"path": "m:top/a/%2e%2E", "body": {"m:a": [{"id": ".."}]}},
        {"path": "m:top//a", "body": {"m:a": {}}},
        {"path": "m:a", "body": {"m:a": [], "m:b": []}},
        {"path": "m:a=1", "body": {"m:a": [{"id": 1}, {"id": 2}]}},
    ],
)
def test_wrong_documents_are_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FORM.shape(document, None)
