"""What vtnmd's answers mean: errors of RESTCONF as exceptions, and texts for the user. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd_heat.errors import Conflict, NotFound, OverLimit, Refused, Unavailable, VtnmdError

Json = Any

_LATER = frozenset({"in-use", "lock-denied", "resource-denied"})
"""Error-tags of what may be otherwise a moment later."""
_MEMBER = "ietf-restconf:errors"


def error_of(status: int, body: bytes, what: str) -> VtnmdError:
    """The error of an answer with a status of 400 or more, `what` says of which request."""
    found = list(_errors(body))
    told = "; ".join(dict.fromkeys(_text(each) for each in found)) or f"vtnmd answers {status}"
    text = f"{what}: {told}"
    if status == 404:
        return NotFound(text)
    if status in {413, 429}:
        return OverLimit(text)
    if status in {502, 503, 504}:
        return Unavailable(text)
    if status in {409, 412} and any(_may_pass(each) for each in found):
        return Conflict(text)
    return Refused(text)


def _may_pass(error: Mapping[str, Json]) -> bool:
    """Whether an error may be gone a moment later: locks, references that others are about to give up, changes in between."""
    precondition = error.get("error-app-tag") == "precondition-failed"
    referred = error.get("error-tag") == "data-missing" and error.get("error-app-tag") == "instance-required"
    return error.get("error-tag") in _LATER or precondition or referred


def _errors(body: bytes) -> Iterator[Mapping[str, Json]]:
    try:
        document = json.loads(body)
        listed = document[_MEMBER]["error"]
    except (ValueError, LookupError, TypeError):
        return
    yield from (each for each in listed if isinstance(each, dict))


def _text(error: Mapping[str, Json]) -> str:
    message = str(error.get("error-message") or error.get("error-tag") or "it does not say why")
    path = error.get("error-path")
    return f"{message} ({path})" if path else message


def diagnostic_text(found: Mapping[str, Json]) -> str:
    """One diagnostic of vtnmd in one line: its code, what is wrong, and what to do."""
    parts = [f"{found['code']} {found['summary']}" if found.get("code") else str(found.get("summary", ""))]
    parts += [str(found[name]) for name in ("detail", "hint") if found.get(name)]
    return ": ".join(part for part in parts if part)
