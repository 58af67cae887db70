"""Runs as the list `run` tells them: their changes, legs and counts, from the plan and the journal. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.legs import find_legs
from vtnmd.domain.plan import Change, Plan
from vtnmd.domain.run import Event, Result, reason_of
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.plans import carriers
from vtnmd.northbound.orchestration.values import ACTIONS, OUTCOMES, date_and_time, filled, plain, timed
from vtnmd.state import RunEntry

FINAL = frozenset({Result.APPLIED, Result.ROLLED_BACK, Result.SUPERSEDED, Result.CANCELLED})
"""Results of runs of which nothing changes any more."""


def run_entry(entry: RunEntry, plan: Plan, events: Iterable[Event]) -> Json:
    """An entry of the list `run`."""
    return {**run_facts(entry), **_course(plan, tuple(events))}


def run_facts(entry: RunEntry) -> Json:
    """The same without its course: what its plan was, and how far it came."""
    return filled(
        {
            "id": entry.id,
            "service": entry.service,
            "user": plain(entry.user),
            "label": plain(entry.label),
            "version": entry.version or None,
            **timed({"started": entry.started, "ended": entry.ended}),
            "result": str(entry.result),
            "cancelled-by": plain(entry.cancelled),
            "successor": entry.successor,
        }
    )


def _course(plan: Plan, events: tuple[Event, ...]) -> Json:
    progress = replay(events)
    last = {event.request: event for event in events if event.request}
    carries = carriers(plan)
    changes = [_change(change, carries.get(str(change.address), ""), last, progress) for change in plan.changes]
    counts = Counter(change["outcome"] for change in changes)
    return filled(
        {
            "count": {"total": len(changes), **{name: counts[name] for name in ("applied", "waiting", "failed")}},
            "change": changes,
            "leg": [
                filled(
                    {
                        "id": leg.id,
                        "region": leg.region,
                        "needs": list(leg.needs),
                        "requests": len(leg.requests),
                        "done": len(progress.done.intersection(leg.requests)),
                    }
                )
                for leg in find_legs(plan)
            ],
        }
    )


def _change(change: Change, request: str, last: Mapping[str, Event], progress: Progress) -> Json:
    event = last.get(request)
    outcome = "undone" if request in progress.undone else OUTCOMES.get(event.step, "pending") if event else "pending"
    return filled(
        {
            "address": str(change.address),
            "kind": change.address.kind,
            "action": ACTIONS[change.action],
            "request": request,
            "outcome": outcome,
            "time": date_and_time(event.time) if event else None,
            "reason": plain(reason_of(event)) if event else None,
        }
    )
