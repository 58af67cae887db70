"""Documents for OpenDaylight's VTN Manager: calls of its RPCs, in JSON."""

import json
from collections.abc import Sequence

from vtnmd.domain.tree import Tree
from vtnmd.render.forms import Form, Rendered

_MEMBERS = frozenset({"put", "remove", "read", "immutable"})
_CALL_MEMBERS = frozenset({"rpc", "input", "unless", "gone", "expect-output"})


def _shape(document: Tree, _removal: Tree) -> Rendered:
    if not isinstance(document, dict) or not {"put", "remove", "read"} <= document.keys() <= _MEMBERS:
        raise ValueError("expected an object with put, remove and read")
    for call in (*document["put"], *document["remove"]):
        if not isinstance(call, dict) or not {"rpc", "input"} <= call.keys() <= _CALL_MEMBERS:
            raise ValueError(f"a call has rpc and input, and may have {', '.join(sorted(_CALL_MEMBERS - {'rpc', 'input'}))}")
    present, absent = document["read"], {"absent": document["read"]}
    return Rendered(
        {"calls": document["put"], "read": present},
        {"calls": document["remove"], "read": absent},
        present,
        absent,
        frozenset(document.get("immutable", ())),
    )


def _replace(removal: Tree, addition: Tree) -> Tree:
    return {"calls": [*removal["calls"], *addition["calls"]], "read": addition["read"]}


def _merge(payloads: Sequence[Tree]) -> Tree:
    """A request carries one change, so there is one payload."""
    (payload,) = payloads
    return payload


FORM = Form("json", False, json.loads, _shape, _replace, _merge, one_request_per_wave=False, version=1)
