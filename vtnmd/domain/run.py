"""Run: the execution of one plan, as append-only events and the outcome of each request."""

from dataclasses import dataclass, field
from enum import StrEnum

from vtnmd.domain.tree import Json


class Step(StrEnum):
    """What an event says. Per request: sent → (answered | in-doubt → settled | failed | waiting | put-back → sent …)."""

    STARTED = "started"  # the run begins, or is resumed
    SENT = "sent"  # journalled before the request leaves
    ANSWERED = "answered"  # the endpoint took it and read-back agreed
    IN_DOUBT = "in-doubt"  # it left, and no whole answer came
    SETTLED = "settled"  # read-back showed that it had taken effect
    WAITING = "waiting"  # the endpoint cannot be reached; nothing of it took effect
    FAILED = "failed"  # refused for good
    SKIPPED = "skipped"  # something it needs failed
    PUT_BACK = "put-back"  # its transaction was cancelled: nothing of it is in force
    PRUNED = "pruned"  # an operator took it out of the queue
    DECIDED = "decided"  # all of a transaction is committed and shall be confirmed, whatever happens now
    REVERSING = "reversing"  # the run is rolled back from here on; requests are those of the reversed plan
    ENDED = "ended"  # the run has nothing left to do now


class Result(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    APPLIED = "applied"
    PARTLY = "partly"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"  # an operator ended it; what it had not begun is not done
    ROLLED_BACK = "rolled-back"  # every endpoint is as it was before the run
    SUPERSEDED = "superseded"  # a later run took over what it still had to do


class Drift(StrEnum):
    """What becomes of a request that would overwrite what somebody else did at its endpoint (`vtnmd.engine.guard`)."""

    REFUSE = "refuse"
    REPAIR = "repair"  # it is sent
    ADOPT = "adopt"  # what is found is taken over as it is


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a run's journal. `time` is seconds since the epoch; `request` is empty for events of the whole run.

    `detail` depends on the step: attributes per address for ANSWERED and SETTLED, a diagnostic for FAILED and whether the endpoint
    may have `kept` something, reason and next try for WAITING, `because` for SKIPPED, who for PRUNED, the transaction for DECIDED,
    the result for ENDED.
    """

    run: str
    sequence: int
    time: float
    step: Step
    request: str = ""
    detail: Json = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "run": self.run,
            "sequence": self.sequence,
            "time": self.time,
            "step": str(self.step),
            "request": self.request,
            "detail": self.detail,
        }


def event_from_json(data: Json) -> Event:
    """The inverse of `Event.to_json`."""
    return Event(data["run"], data["sequence"], data["time"], Step(data["step"]), data["request"], data["detail"])


def reason_of(event: Event) -> str:
    """What an event that is no success says about why."""
    match event.detail:
        case {"diagnostic": {"summary": str(summary)}} | {"reason": str(summary)}:
            return summary
        case {"because": str(request)}:
            return f"it was to be committed together with {request}" if event.step is Step.PUT_BACK else f"it needs {request}"
        case _:
            return ""
