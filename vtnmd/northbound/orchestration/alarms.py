"""The alarm list (RFC 8632 section 3.5): alarms with what became of them and what operators said. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.conditions import MODULE, Raised
from vtnmd.northbound.orchestration.values import date_and_time, filled

CLEARED = "cleared"
SEVERITIES = ("indeterminate", "warning", "minor", "major", "critical")
_STEP = 0.000_001  # entries of a history are told apart by their time

Key = tuple[str, str]
"""(resource, name of the type)."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One entry of an alarm's history; the severity is `cleared` where it was."""

    time: float
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """What an operator said of an alarm: none, ack, closed, or a state of the sort."""

    time: float
    operator: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `changes` are its latest, the newest first, of which there is always one; `said` likewise, and may be empty."""

    resource: str
    type: str
    created: float
    raised: float
    severity: str
    changes: tuple[StatusChange, ...]
    said: tuple[OperatorChange, ...] = ()

    @property
    def key(self) -> Key:
        return self.resource, self.type

    @property
    def is_cleared(self) -> bool:
        return self.changes[0].severity == CLEARED

    @property
    def text(self) -> str:
        return self.changes[0].text

    @property
    def changed(self) -> float:
        return self.changes[0].time

    @property
    def operator_state(self) -> str:
        return self.said[0].state if self.said else "none"


@dataclass(frozen=True, slots=True)
class AlarmList:
    """All alarms, in the order in which they first came, and when that last changed. `kept` bounds a history."""

    alarms: Mapping[Key, Alarm] = field(default_factory=dict)
    changed: float = 0.0
    kept: int = 32


def observe(before: AlarmList, raised: Iterable[Raised], now: float) -> AlarmList:
    """The list once exactly what is `raised` deserves an alarm: the others are cleared, and stay in the list."""
    wanted = {(each.resource, each.type.name): each for each in raised}
    alarms = {key: _seen(alarm, wanted.get(key), now, before.kept) for key, alarm in before.alarms.items()}
    alarms |= {key: _new(each, now) for key, each in wanted.items() if key not in before.alarms}
    after = replace(before, alarms=alarms)
    return replace(after, changed=now) if changes(before, after) else before


def _new(each: Raised, now: float) -> Alarm:
    since = min(each.since or now, now)
    return Alarm(
        each.resource, each.type.name, since, since, each.type.severity, (StatusChange(since, each.type.severity, each.text),)
    )


def _seen(alarm: Alarm, raised: Raised | None, now: float, kept: int) -> Alarm:
    if raised is None:
        return alarm if alarm.is_cleared else _changed(alarm, now, CLEARED, alarm.text, kept)
    if alarm.is_cleared:
        again = _changed(alarm, now, raised.type.severity, raised.text, kept)
        return replace(again, raised=again.changed, severity=raised.type.severity)
    if (alarm.severity, alarm.text) == (raised.type.severity, raised.text):
        return alarm
    return replace(_changed(alarm, now, raised.type.severity, raised.text, kept), severity=raised.type.severity)


def _changed(alarm: Alarm, now: float, severity: str, text: str, kept: int) -> Alarm:
    entry = StatusChange(max(now, alarm.changed + _STEP), severity, text)
    return replace(alarm, changes=(entry, *alarm.changes)[: max(1, kept)])


def changes(before: AlarmList, after: AlarmList) -> tuple[Alarm, ...]:
    """The alarms that were raised, have changed or were cleared from one list to the other; what was purged is not among them."""
    known = {key: alarm.changes[0] for key, alarm in before.alarms.items()}
    return tuple(alarm for key, alarm in after.alarms.items() if known.get(key) != alarm.changes[0])


def say(alarms: AlarmList, key: Key, operator: str, state: str, text: str, now: float) -> AlarmList:
    """An operator says something of an alarm. Raises KeyError where it is not in the list."""
    alarm = alarms.alarms[key]
    time = max(now, alarm.said[0].time + _STEP) if alarm.said else now
    said = (OperatorChange(time, operator, state, text), *alarm.said)[: max(1, alarms.kept)]
    return replace(alarms, alarms={**alarms.alarms, key: replace(alarm, said=said)})


def purge(alarms: AlarmList, chosen: Callable[[Alarm], bool], now: float) -> tuple[AlarmList, int]:
    """The list without the alarms that are chosen, and how many these are."""
    left = {key: alarm for key, alarm in alarms.alarms.items() if not chosen(alarm)}
    number = len(alarms.alarms) - len(left)
    return (replace(alarms, alarms=left, changed=now), number) if number else (alarms, 0)


def compress(alarms: AlarmList, chosen: Callable[[Alarm], bool]) -> tuple[AlarmList, int]:
    """The list with only the last entry in the history of each alarm that is chosen, and how many had more."""
    long = {key for key, alarm in alarms.alarms.items() if len(alarm.changes) > 1 and chosen(alarm)}
    short = {key: replace(alarm, changes=alarm.changes[:1]) if key in long else alarm for key, alarm in alarms.alarms.items()}
    return replace(alarms, alarms=short), len(long)


def alarm_list(alarms: AlarmList) -> Json:
    """The container `alarm-list`."""
    return {
        "number-of-alarms": len(alarms.alarms),
        **({"last-changed": date_and_time(alarms.changed)} if alarms.changed else {}),
        **filled({"alarm": [alarm_entry(alarm) for alarm in alarms.alarms.values()]}),
    }


def alarm_entry(alarm: Alarm) -> Json:
    """An entry of the list `alarm`."""
    return {
        **alarm_key(alarm),
        "time-created": date_and_time(alarm.created),
        "is-cleared": alarm.is_cleared,
        "last-raised": date_and_time(alarm.raised),
        "last-changed": date_and_time(alarm.changed),
        "perceived-severity": alarm.severity,
        "alarm-text": alarm.text,
        "status-change": [_status_change(each) for each in alarm.changes],
        **filled({"operator-state-change": [operator_change(each) for each in alarm.said]}),
    }


def alarm_key(alarm: Alarm) -> Json:
    """What tells an alarm from others."""
    return {"resource": alarm.resource, "alarm-type-id": f"{MODULE}:{alarm.type}", "alarm-type-qualifier": ""}


def _status_change(change: StatusChange) -> Json:
    return {"time": date_and_time(change.time), "perceived-severity": change.severity, "alarm-text": change.text}


def operator_change(said: OperatorChange) -> Json:
    """The grouping `operator-parameters`."""
    return {"time": date_and_time(said.time), "operator": said.operator, "state": said.state, **filled({"text": said.text})}


def alarm_notification(alarm: Alarm) -> Json:
    """The content of `ietf-alarms:alarm-notification` for the last change of an alarm."""
    return {**alarm_key(alarm), **_status_change(alarm.changes[0])}


def summary(alarms: AlarmList) -> Json:
    """The container `summary`, the worst first."""
    return {"alarm-summary": [_summed(each, alarms.alarms.values()) for each in reversed(SEVERITIES)]}


def _summed(severity: str, alarms: Iterable[Alarm]) -> Json:
    these = [alarm for alarm in alarms if alarm.severity == severity]
    cleared = [alarm for alarm in these if alarm.is_cleared]
    closed = [alarm for alarm in these if alarm.operator_state == "closed"]
    both = sum(alarm.is_cleared for alarm in closed)
    return {
        "severity": severity,
        "total": len(these),
        "not-cleared": len(these) - len(cleared),
        "cleared": len(cleared),
        "cleared-not-closed": len(cleared) - both,
        "cleared-closed": both,
        "not-cleared-closed": len(closed) - both,
        "not-cleared-not-closed": len(these) - len(cleared) - len(closed) + both,
    }
