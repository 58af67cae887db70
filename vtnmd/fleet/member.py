"""What every member of a fleet is handed from outside, coordinator and worker alike."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Drift
from vtnmd.engine import Clock, OnFailure, Policy, World
from vtnmd.fleet.queue import ProcrastinateQueue
from vtnmd.fleet.timing import Timing
from vtnmd.state import Store
from vtnmd.state.shared import SharedStore

Scenery = Callable[[Plan, OnFailure, Drift], tuple[World, Policy]]
"""Makes what a run of a plan is handed from outside. May raise VtnmdError."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is told what a member does.

    A leg, named with its run, `began`, `ended`, or is `lost` to another worker; something went `wrong`; nobody serves these regions
    (`unserved`; none: all are served again).
    """

    began: Callable[[str, str], None] = lambda _run, _leg: None
    ended: Callable[[str, str], None] = lambda _run, _leg: None
    lost: Callable[[str, str], None] = lambda _run, _leg: None
    wrong: Callable[[Diagnostic], None] = lambda _diagnostic: None
    unserved: Callable[[Collection[str]], None] = lambda _regions: None


@dataclass(frozen=True, slots=True)
class Member:
    """`store` is on PostgreSQL."""

    store: Store
    scenery: Scenery
    clock: Clock
    reports: Reports = field(default_factory=Reports)
    timing: Timing = field(default_factory=Timing)

    @property
    def shared(self) -> SharedStore:
        """The state as others see it too."""
        return SharedStore(self.store, ProcrastinateQueue())
