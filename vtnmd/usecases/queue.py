"""What waits: the requests that the latest run of each service could not finish, by region."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Step
from vtnmd.state import RunEntry, Store

_AT_ENDPOINT = frozenset({Step.WAITING, Step.IN_DOUBT, Step.SENT})
"""The last that is known of a request which nothing but its endpoint, or an operator, keeps from being sent."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run with work that waits: its plan, how far it came, and the last event of each request."""

    entry: RunEntry
    plan: Plan
    progress: Progress
    last: Mapping[str, Event]

    @property
    def left(self) -> tuple[Request, ...]:
        """Requests that have not taken effect, in the order of the plan; what was pruned is among them."""
        return tuple(request for request in self.plan.requests if request.id not in self.progress.done)

    @property
    def is_bound(self) -> bool:
        """It must go on with its own plan: it is being rolled back, or has a transaction to confirm."""
        decided = (each for each in self.plan.transactions if each.id in self.progress.decided)
        return self.progress.reversing or any(not self.progress.done.issuperset(each.requests) for each in decided)

    @property
    def endpoints(self) -> frozenset[str]:
        """Endpoints that some request waits for and for nothing else."""
        at = {request.id: request.endpoint for request in self.plan.requests}
        waiting = (name for name, event in self.last.items() if event.step in _AT_ENDPOINT)
        return frozenset(at[original_id(name) or name] for name in waiting)


@dataclass(frozen=True, slots=True)
class Queued:
    """One request that waits. Times are seconds since the epoch; `next_try` is None where nobody knows.

    `pruned`: it was taken out of the queue, or left alone when its region returned, and is not sent.
    """

    id: str
    run: str
    service: str
    endpoint: str
    changes: int
    since: float
    reason: str
    next_try: float | None
    pruned: bool = False


def unfinished(run: str, store: Store) -> Unfinished:
    """One run, whatever its result. Raises StateError (VTN-S008)."""
    entry, plan, events = store.run(run), store.plan(run), store.events(run)
    return Unfinished(entry, plan, replay(events), {event.request: event for event in events if event.request})


def read_queue(region: str, store: Store) -> tuple[Queued, ...]:
    """What waits in a region, the oldest run first, each run in the order of its plan."""
    return tuple(queued for queued in read_queues(store) if queued_in(queued, region))


def read_queues(store: Store) -> tuple[Queued, ...]:
    """The same of all regions."""
    health = store.health()
    tries = {endpoint: known.next_try for endpoint, known in health.items() if known.next_try}
    return tuple(queued for run in store.waiting_runs() for queued in _of_run(unfinished(run, store), tries))


def queued_in(queued: Queued, region: str) -> bool:
    """Whether it is work of that region."""
    return queued.endpoint.partition("/")[0] == region


def _of_run(found: Unfinished, tries: Mapping[str, float]) -> Iterator[Queued]:
    since = found.entry.ended or found.entry.started
    for request in found.left:
        event = found.last.get(request.id)
        pruned = request.id in found.progress.pruned
        yield Queued(
            request.id,
            found.entry.id,
            found.entry.service,
            request.endpoint,
            len(request.changes),
            event.time if event else since,
            _why(request, event, found),
            None if pruned else tries.get(request.endpoint),
            pruned,
        )


def _why(request: Request, event: Event | None, found: Unfinished) -> str:
    match event:
        case Event(detail={"reason": str(reason)}):
            return reason
        case Event(detail={"because": str(because)}):
            return f"it needs {because}"
        case _:
            need = next((need for need in request.needs if need not in found.progress.done), "")
            return f"it needs {need}" if need else "not begun"
