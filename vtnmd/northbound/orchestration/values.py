"""Values of `vtnmd-orchestration` as RFC 7951 JSON: times, diagnostics, counts. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Action, Change
from vtnmd.domain.run import Step
from vtnmd.domain.tree import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ACTIONS: Mapping[Action, str] = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.REPLACE: "replace",
    Action.DELETE: "delete",
}

OUTCOMES: Mapping[Step, str] = {
    Step.SENT: "sent",
    Step.ANSWERED: "applied",
    Step.SETTLED: "applied",
    Step.IN_DOUBT: "in-doubt",
    Step.WAITING: "waiting",
    Step.FAILED: "failed",
    Step.SKIPPED: "skipped",
    Step.PUT_BACK: "put-back",
    Step.PRUNED: "pruned",
}
"""What a request's last event says of its changes; those of no event are pending."""


def date_and_time(seconds: float) -> str:
    """Seconds since the epoch as `ietf-yang-types:date-and-time` in UTC, to the microsecond where there is a fraction."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def filled(members: Mapping[str, Json]) -> Json:
    """Without members that say nothing: None, empty texts, empty lists and empty objects."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [], {})}


def timed(members: Mapping[str, float | None]) -> Json:
    """Members that are times; those that are 0 or None are left out."""
    return {name: date_and_time(value) for name, value in members.items() if value}


def diagnostic(found: Diagnostic) -> Json:
    """The grouping `diagnostic`."""
    return filled(
        {
            "severity": str(found.severity),
            "code": found.code,
            "summary": plain(found.summary),
            "detail": plain(found.detail),
            "hint": plain(found.hint),
            "address": plain(found.address),
            "place": plain(str(found.span)) if found.span else "",
        }
    )


def numbered(found: Iterable[Diagnostic]) -> Json:
    """A list of the grouping `numbered-diagnostic`."""
    return [{"number": number, **diagnostic(each)} for number, each in enumerate(found, 1)]


def change_counts(changes: Iterable[Change]) -> Json:
    """The container `changes`."""
    counts = Counter(change.action for change in changes)
    return {name: counts[action] for action, name in ACTIONS.items()}


def as_text(value: Json) -> str | None:
    """A value as JSON text; None for what is not there."""
    return None if value is None else plain(json.dumps(value, ensure_ascii=False))


def plain(text: str) -> str:
    """The text without what YANG's `string` excludes (RFC 7950 section 9.4): what endpoints answer may hold anything."""
    return "".join(character if _is_allowed(ord(character)) else "\ufffd" for character in text)


def _is_allowed(code: int) -> bool:
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return not (0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE)
