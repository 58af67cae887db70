"""Keeps the alarm list from one look at the state to the next, and tells what has changed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from vtnmd.northbound.orchestration.alarms import AlarmList, observe
from vtnmd.northbound.orchestration.conditions import Facts, alarms_of
from vtnmd.northbound.orchestration.control import Control
from vtnmd.northbound.orchestration.events import Notice, alarms_changed

Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class AlarmWatch:
    """The alarm list as it was seen last, and what checks have found of services. For any thread.

    It is not stored: what deserves an alarm is found again in the state, with the time since when.
    """

    _alarms: AlarmList = field(default_factory=AlarmList)
    _drift: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def alarms(self) -> AlarmList:
        return self._alarms

    @property
    def drift(self) -> Mapping[str, str]:
        """What the last check of each service found wrong."""
        with self._lock:
            return dict(self._drift)

    def note_drift(self, checked: Mapping[str, str]) -> None:
        """Note what a check found of the services that it looked at; empty for those that are in sync."""
        with self._lock:
            for service, text in checked.items():
                if text:
                    self._drift[service] = text
                else:
                    self._drift.pop(service, None)

    def look(self, facts: Facts, control: Control, now: float) -> tuple[Notice, ...]:
        """Bring the list to what deserves an alarm now; what is to be told of that."""
        with self._lock:
            before = replace(self._alarms, kept=control.kept)
            self._alarms = observe(before, alarms_of(facts), now)
            return alarms_changed(before, self._alarms, control)

    def change(self, how: Callable[[AlarmList], tuple[AlarmList, Value]]) -> Value:
        """Put another list in its place, made of the present one; what `how` tells beside it."""
        with self._lock:
            self._alarms, told = how(self._alarms)
            return told
