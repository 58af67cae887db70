"""How often members of a fleet look after each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A worker that has given no `heartbeat` for `stalled` is taken for dead; `poll` is how often anybody looks.

    A killed worker's leg goes on elsewhere after `stalled` and two `poll`. `outage` is how long the database may be away before
    who waits for it gives up.
    """

    heartbeat: float = 2.0
    stalled: float = 8.0
    poll: float = 1.0
    outage: float = 120.0
