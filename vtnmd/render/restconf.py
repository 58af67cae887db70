"""Documents for RESTCONF servers: paths of data resources and what shall stand there, in JSON (RFC 8040, RFC 7951)."""

import json
from collections.abc import Sequence
from urllib.parse import unquote

from vtnmd.domain.tree import Tree
from vtnmd.render.forms import Form, Rendered

_MEMBERS = frozenset({"edits", "keys", "attributes", "immutable"})
_EDIT_MEMBERS = frozenset({"path", "body"})


def _shape(document: Tree, _removal: Tree) -> Rendered:
    if not isinstance(document, dict) or (not document.keys() >= _EDIT_MEMBERS and "edits" not in document):
        raise ValueError("expected an object with path and body, or with edits, each of which has them")
    edits = document.get("edits") or [{"path": document["path"], "body": document["body"]}]
    strange = sorted(document.keys() - _MEMBERS - (frozenset() if "edits" in document else _EDIT_MEMBERS))
    if strange:
        raise ValueError(f"{strange[0]} means nothing here; known: {', '.join(sorted(_MEMBERS | _EDIT_MEMBERS))}")
    present = {"resources": [_resource(edit) for edit in edits]}
    present |= {name: document[name] for name in ("keys", "attributes") if name in document}
    absent = {"absent": present}
    removals = [{"path": edit["path"]} for edit in reversed(edits)]
    return Rendered(
        {"edits": edits, "read": present},
        {"edits": removals, "read": absent},
        present,
        absent,
        frozenset(document.get("immutable", ())),
    )


def _resource(edit: Tree) -> Tree:
    """What is read back for an edit: the object that its body holds, and for a list entry the name of its list."""
    if not isinstance(edit, dict) or edit.keys() != _EDIT_MEMBERS or not isinstance(edit["path"], str):
        raise ValueError("an edit has a path and a body, and nothing else")
    if not isinstance(edit["body"], dict) or len(edit["body"]) != 1:
        raise ValueError(f"the body for {edit['path']} is an object with the one member that shall stand there")
    if {unquote(segment) for segment in edit["path"].split("/")} & {".", "..", ""}:
        raise ValueError(f"the path {edit['path']} has a segment that leads somewhere else")
    ((member, value),) = edit["body"].items()
    if isinstance(value, list):
        if len(value) != 1 or not isinstance(value[0], dict):
            raise ValueError(f"the body for {edit['path']} holds one entry of the list {member}")
        return {"path": edit["path"], "list": member.rpartition(":")[2], "expect": value[0]}
    return {"path": edit["path"], "expect": value}


def _replace(removal: Tree, addition: Tree) -> Tree:
    return {"edits": [*removal["edits"], *addition["edits"]], "read": addition["read"]}


def _merge(payloads: Sequence[Tree]) -> Tree:
    """A request carries one change, so there is one payload."""
    (payload,) = payloads
    return payload


FORM = Form("json", False, json.loads, _shape, _replace, _merge, one_request_per_wave=False, version=1)
