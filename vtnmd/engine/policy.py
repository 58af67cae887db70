"""How a run behaves: what follows a failure, how long it tries, how much goes on at once, and the clock it lives by."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vtnmd.domain.run import Drift


class OnFailure(StrEnum):
    """What a refused request does to the rest of the run: nothing new is begun, what does not need it goes on, or all goes back."""

    STOP = "stop"
    CONTINUE = "continue"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, handed in by the outermost layer.

    `now` is in seconds since the epoch, `elapsed` never goes back, `sleep` waits that many seconds, `chance` lies in 0..1.
    """

    now: Callable[[], float]
    elapsed: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]


_STEPS = 32  # the exponent of the pause is bounded, however often something is tried


@dataclass(frozen=True, slots=True)
class Retry:
    """How often (`attempts`, the first one included) and for how long (`seconds`) one request is tried.

    The pause before the nth retry is `base` · 2ⁿ⁻¹ seconds, `cap` at most, of which up to half is left off by chance so that many
    clients do not come back at the same moment.
    """

    attempts: int
    seconds: float
    base: float = 0.5
    cap: float = 15.0

    def pause(self, failures: int, elapsed: float, chance: float, least: float = 0.0) -> float | None:
        """Seconds until the next attempt after that many failures, `least` at least; None where there shall be none."""
        if failures >= self.attempts:
            return None
        pause = max(least, min(self.cap, self.base * 2 ** min(failures - 1, _STEPS)) * (1 - chance / 2))
        return pause if elapsed + pause <= self.seconds else None


@dataclass(frozen=True, slots=True)
class Policy:
    """`limits` says how many requests may be in flight at an endpoint, `limit` at any other; `rates` how many may be sent a second.

    `unreachable`, `busy` and `doubt` bound what follows the errors of those names (`vtnmd.southbound.ports`). `grace` is how many
    seconds requests in flight are given to end when a run is interrupted, `closing` how many drivers have to say goodbye.
    """

    on_failure: OnFailure = OnFailure.STOP
    drift: Drift = Drift.REFUSE
    limits: Mapping[str, int] = field(default_factory=dict)
    limit: int = 4
    rates: Mapping[str, int] = field(default_factory=dict)
    unreachable: Retry = Retry(attempts=5, seconds=20.0)
    busy: Retry = Retry(attempts=20, seconds=120.0, base=1.0)
    doubt: Retry = Retry(attempts=4, seconds=60.0)
    grace: float = 20.0
    closing: float = 5.0
