"""Journal: what the engine writes while a run goes on, and what a run's events say about its requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.address import Address
from vtnmd.domain.plan import Change
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Step
from vtnmd.domain.snapshot import Applied


@dataclass(frozen=True, slots=True)
class Record:
    """An event and what it means for the Snapshot; both become durable together or not at all.

    `applied` gives resources as they are now, None for those that are gone. `unknown` are changes whose effect is not known: their
    entry stays or is made, with an empty digest, so that the next plan puts the resource right and a destroy removes it.
    """

    event: Event
    applied: Mapping[Address, Applied | None] = field(default_factory=dict)
    unknown: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come, by request id.

    `done` took effect. `doubtful` were sent and may have taken effect: they are read back before anything else. `pruned` were taken
    out by an operator. All others were not sent, or nothing of them was taken. `decided` are transactions whose commits shall be
    confirmed. `sequence` is the number of the last event, 0 where there is none. `reversing`: the run is being rolled back; what
    came of that stands under the ids of the reversed plan (`vtnmd.domain.reverse`), and `undone` are those that were taken back.
    `sent` left at least once, whatever became of them. `started`: the run has begun.
    """

    done: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    sequence: int = 0
    decided: frozenset[str] = frozenset()
    pruned: frozenset[str] = frozenset()
    reversing: bool = False
    undone: frozenset[str] = frozenset()
    sent: frozenset[str] = frozenset()
    started: bool = False


def replay(events: Iterable[Event]) -> Progress:
    """What the events of a run, in order, say about its requests.

    A request that was refused counts as doubtful where the endpoint may have kept a part of it, and reading tells.
    """
    last: dict[str, Event] = {}
    decided: set[str] = set()
    sent: set[str] = set()
    sequence, reversing, started = 0, False, False
    for event in events:
        sequence = event.sequence
        reversing = reversing or event.step is Step.REVERSING
        started = started or event.step is Step.STARTED
        if event.step is Step.DECIDED:
            decided.add(event.detail["transaction"])
        elif event.request:
            last[event.request] = event
            if event.step in _LEFT:
                sent.add(event.request)

    def those(steps: frozenset[Step]) -> frozenset[str]:
        return frozenset(key for key, event in last.items() if event.step in steps)

    done = those(_DONE)
    undone = frozenset(original for key in done if (original := original_id(key)) is not None)
    refused = frozenset(key for key, event in last.items() if event.step is Step.FAILED and event.detail.get("kept", True))
    doubtful = (those(_DOUBTFUL) | refused) - undone
    return Progress(done, doubtful, sequence, frozenset(decided), those(_PRUNED), reversing, undone, frozenset(sent), started)


_DONE = frozenset({Step.ANSWERED, Step.SETTLED})
_DOUBTFUL = frozenset({Step.SENT, Step.IN_DOUBT})
_LEFT = frozenset({Step.SENT, Step.IN_DOUBT})
_PRUNED = frozenset({Step.PRUNED})
