"""Health of an endpoint: whether it answers, whether it is asked at all, and when it is tried next. A pure state machine.

    up ──failure──► ailing ──several in a row──► down ──a try succeeds──► probation ──several in a row──► up
    ailing ──several successes in a row──► up                             probation ──failure──► down

What is up or ailing is asked as ever: the circuit is closed. What is down is not asked before its next try, and then by one: the
circuit is open, then half open. On probation one request goes at a time. Pauses between tries grow with each failure, and are
remembered for a while after recovery, so that a link that flaps is tried less and less often (as routes are in RFC 2439).
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from vtnmd.domain.tree import Json

LONGEST_PAUSE = 30.0
"""Seconds between two tries of an endpoint that is down, at most."""

_SHORTEST_PAUSE = 1.0
_CALM = 300.0  # seconds without a fault after which earlier outages count no more
_STEPS = 16  # the exponent of the pause is bounded, whatever happens


class Condition(StrEnum):
    """How an endpoint does."""

    UP = "up"
    AILING = "ailing"
    DOWN = "down"
    PROBATION = "probation"


class Heard(StrEnum):
    """What was heard of an endpoint: it did what it was asked for, it cannot now, or it is not there."""

    SUCCESS = "success"
    BUSY = "busy"
    FAILURE = "failure"


class Circuit(StrEnum):
    """How much an endpoint is asked: without restraint, one thing at a time, or nothing."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In a row: `failures`, or answers that say busy (`busy`), until an endpoint is down; `successes` until it is up again."""

    failures: int = 3
    busy: int = 10
    successes: int = 3


DEFAULT_THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one endpoint. Times are seconds since the epoch.

    `since` is when the condition began, `next_try` when something may be asked again, 0 where nothing is in the way. `reason` and
    `code` are those of the last failure. `failures`, `busy` and `successes` are counted in a row; `outages` is how often it went
    down or stayed down since it was last calm. `offers` is how far it was seen to take part in transactions.
    """

    condition: Condition = Condition.UP
    since: float = 0.0
    next_try: float = 0.0
    code: str = ""
    reason: str = ""
    failures: int = 0
    busy: int = 0
    successes: int = 0
    outages: int = 0
    offers: str = ""
    thresholds: Thresholds = field(default=DEFAULT_THRESHOLDS, compare=False)

    def circuit(self, now: float) -> Circuit:
        """How much may be asked at this moment."""
        match self.condition:
            case Condition.UP | Condition.AILING:
                return Circuit.CLOSED
            case Condition.PROBATION:
                return Circuit.HALF_OPEN
            case _:
                return Circuit.OPEN if self.wait(now) > 0 else Circuit.HALF_OPEN

    def wait(self, now: float) -> float:
        """Seconds until the next try. A clock that was put back makes nobody wait longer than the longest pause."""
        ahead = self.next_try - now
        return ahead if 0 < ahead <= LONGEST_PAUSE else 0.0

    def observe(self, heard: Heard, now: float, chance: float, *, code: str = "", reason: str = "") -> "Health":
        """The health after one more thing was heard. `chance` lies in 0..1 and spreads the tries of many clients."""
        if heard is Heard.SUCCESS:
            return self._succeeded(now, chance)
        return self._failed(heard, now, chance, code, reason)

    def asked_now(self) -> "Health":
        """The same for somebody who wants a try at once, whatever the pause."""
        return replace(self, next_try=0.0)

    def _succeeded(self, now: float, chance: float) -> "Health":
        match self.condition:
            case Condition.UP:
                if not self.outages or now - self.since < _CALM:
                    return self
                return replace(self, outages=0)
            case Condition.DOWN:
                began = replace(self, condition=Condition.PROBATION, since=now, failures=0, busy=0, successes=0)
                return _counted(began, now, chance)
            case _:
                return _counted(self, now, chance)

    def _failed(self, heard: Heard, now: float, chance: float, code: str, reason: str) -> "Health":
        failed = replace(
            self,
            code=code,
            reason=reason,
            successes=0,
            failures=self.failures + (heard is Heard.FAILURE),
            busy=self.busy + (heard is Heard.BUSY),
        )
        match self.condition:
            case Condition.DOWN | Condition.PROBATION:
                return _down(failed, now, chance)
            case _ if failed.failures >= self.thresholds.failures or failed.busy >= self.thresholds.busy:
                return _down(failed, now, chance)
            case Condition.UP:
                outages = self.outages if now - self.since < _CALM else 0
                return replace(failed, condition=Condition.AILING, since=now, outages=outages)
            case _:
                return failed

    def to_json(self) -> Json:
        """All but the condition and since when it is in force."""
        return {
            "next-try": self.next_try,
            "code": self.code,
            "reason": self.reason,
            "failures": self.failures,
            "busy": self.busy,
            "successes": self.successes,
            "outages": self.outages,
            "offers": self.offers,
        }


def health_from_json(condition: str, since: float, data: Json) -> Health:
    """The inverse of `Health.to_json`."""
    return Health(
        Condition(condition),
        since,
        data["next-try"],
        data["code"],
        data["reason"],
        data["failures"],
        data["busy"],
        data["successes"],
        data["outages"],
        data.get("offers", ""),
    )


def _jittered(pause: float, chance: float) -> float:
    """Up to half of a pause left off by chance."""
    return pause * (1 - chance / 2)


def _counted(health: Health, now: float, chance: float) -> Health:
    """One more success of an endpoint that is not up yet."""
    successes = health.successes + 1
    if successes >= health.thresholds.successes:
        return Health(Condition.UP, since=now, outages=health.outages, offers=health.offers, thresholds=health.thresholds)
    pause = _jittered(_SHORTEST_PAUSE, chance) if health.condition is Condition.PROBATION else 0.0
    return replace(health, failures=0, busy=0, successes=successes, next_try=now + pause if pause else 0.0)


def _down(health: Health, now: float, chance: float) -> Health:
    pause = min(LONGEST_PAUSE, _SHORTEST_PAUSE * 2 ** min(health.outages + 1, _STEPS))
    since = health.since if health.condition is Condition.DOWN else now
    return replace(
        health, condition=Condition.DOWN, since=since, next_try=now + _jittered(pause, chance), outages=health.outages + 1
    )
