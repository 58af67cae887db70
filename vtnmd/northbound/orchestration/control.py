"""What the configuration says of alarms (`/alarms/control`), and what filters of the alarm list's actions choose. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.alarms import CLEARED, SEVERITIES, Alarm, AlarmList, changes

_ENDLESS = 10**9
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}
_PREFIX = re.compile(r"[A-Za-z_][\w.-]*:(?!:)")
_PREDICATES = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Control:
    """How long a history is, which changes are told, and from which severity on where only these are."""

    kept: int = 32
    notify: str = "all-state-changes"
    level: str = SEVERITIES[0]


DEFAULT_CONTROL = Control()


def read_control(alarms: Json) -> Control:
    """From the configured value of `ietf-alarms:alarms`, with or without defaults; None where there is none."""
    stated = (alarms or {}).get("control", {})
    kept = stated.get("max-alarm-status-changes", DEFAULT_CONTROL.kept)
    return Control(
        _ENDLESS if kept == "infinite" else int(kept),
        stated.get("notify-status-changes", DEFAULT_CONTROL.notify),
        stated.get("notify-severity-level", DEFAULT_CONTROL.level),
    )


def notified(before: AlarmList, after: AlarmList, control: Control) -> tuple[Alarm, ...]:
    """The alarms whose change from one list to the other is told (RFC 8632 section 3.6)."""
    return tuple(alarm for alarm in changes(before, after) if _is_told(before.alarms.get(alarm.key), alarm, control))


def _is_told(before: Alarm | None, alarm: Alarm, control: Control) -> bool:
    if alarm.is_cleared or control.notify == "all-state-changes":
        return True
    if control.notify == "raise-and-clear":
        return before is None or before.is_cleared
    was = SEVERITIES[0] if before is None or before.is_cleared else before.severity
    return max(_weight(was), _weight(alarm.severity)) >= _weight(control.level)


def _weight(severity: str) -> int:
    return SEVERITIES.index(severity)


def purge_filter(stated: Json, now: float) -> Callable[[Alarm], bool]:
    """What the grouping `filter-input` chooses; its conditions hold together."""
    tests: list[Callable[[Alarm], bool]] = []
    clearance = stated["alarm-clearance-status"]
    if clearance != "any":
        tests.append(lambda alarm: alarm.is_cleared is (clearance == CLEARED))
    for unit, number in stated.get("older-than", {}).items():
        limit = now - _SECONDS[unit] * number
        tests.append(lambda alarm, limit=limit: alarm.changed < limit)  # type: ignore[misc]  # a default is no annotation
    for relation, severity in stated.get("severity", {}).items():
        tests.append(_severity_test(relation, severity))
    operator = stated.get("operator-state-filter", {})
    if "state" in operator:
        tests.append(lambda alarm: alarm.operator_state == operator["state"])
    if "user" in operator:
        tests.append(lambda alarm: bool(alarm.said) and alarm.said[0].operator == operator["user"])
    return lambda alarm: all(test(alarm) for test in tests)


def _severity_test(relation: str, severity: str) -> Callable[[Alarm], bool]:
    limit = _weight(severity)
    match relation:
        case "below":
            return lambda alarm: _weight(alarm.severity) < limit
        case "above":
            return lambda alarm: _weight(alarm.severity) > limit
        case _:
            return lambda alarm: _weight(alarm.severity) == limit


def compress_filter(stated: Json) -> Callable[[Alarm], bool]:
    """What the input of `compress-alarms` chooses; all where nothing is stated."""
    resource, kind, qualifier = (stated.get(name) for name in ("resource", "alarm-type-id", "alarm-type-qualifier"))
    return lambda alarm: (
        (resource is None or matches(resource, alarm.resource))
        and (kind is None or _PREFIX.sub("", kind) == alarm.type)
        and (qualifier is None or qualifier == "")
    )


def matches(path: str, resource: str) -> bool:
    """Whether a location path means the resource: step by step the same names, and the same predicates in steps that have any.

    Prefixes do not count, since all resources are of one module.
    """
    wanted, found = (_PREFIX.sub("", text).replace('"', "'") for text in (path, resource))
    bare = _PREDICATES.sub("", found)
    return wanted in (found, bare) or wanted.split("[")[0] == "//" + bare.rsplit("/", 1)[-1]
