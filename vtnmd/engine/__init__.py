"""Engine: walks a plan's requests, journals each before and after it is sent, and goes on where a crash or an outage stopped it."""

from vtnmd.engine.cancellation import heed
from vtnmd.engine.execution import Part, World, execute, execute_part, resume
from vtnmd.engine.interrupt import Interrupt
from vtnmd.engine.journal import Listener
from vtnmd.engine.lane import DriverFactory
from vtnmd.engine.outcome import Outcome
from vtnmd.engine.outside import Outside
from vtnmd.engine.policy import Clock, OnFailure, Policy, Retry

__all__ = [
    "Clock",
    "DriverFactory",
    "Interrupt",
    "Listener",
    "OnFailure",
    "Outcome",
    "Outside",
    "Part",
    "Policy",
    "Retry",
    "World",
    "execute",
    "execute_part",
    "heed",
    "resume",
]
