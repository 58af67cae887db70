"""How a run stands, from its journal: what the engine knows of a walk that it made, for a run that others carried."""

from collections.abc import Sequence

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.journal import replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.engine import Outcome

_TOLD = frozenset({Step.ANSWERED, Step.SETTLED, Step.FAILED, Step.IN_DOUBT})


def outcome_of(run: str, plan: Plan, events: Sequence[Event], result: Result) -> Outcome:
    """What became of each request of the plan, by the last event of each."""
    progress = replay(events)
    last = {event.request: event for event in events if event.request}
    names = frozenset(request.id for request in plan.requests)
    known = {name: last[name] for name in names if name in last}
    back = {original: event for name, event in last.items() if (original := original_id(name)) is not None}
    refused = {name: event for name, event in {**known, **back}.items() if event.step is Step.FAILED}
    waiting = {name: why for name, event in {**known, **back}.items() if (why := _waits(event)) is not None}
    skipped = {name: event.detail["because"] for name, event in known.items() if event.step in {Step.SKIPPED, Step.PUT_BACK}}
    skipped |= {name: name for name in progress.pruned & names}
    done = (progress.done & names) - progress.undone
    settled = done | refused.keys() | skipped.keys() | waiting.keys() | progress.undone
    return Outcome(
        run,
        result,
        done,
        {name: _diagnostic(event.detail["diagnostic"]) for name, event in refused.items()},
        skipped,
        waiting,
        names - settled,
        reached=any(event.step in _TOLD for event in events) or any(why.code == "VTN-E040" for why in waiting.values()),
        undone=progress.undone,
    )


def _waits(event: Event) -> Diagnostic | None:
    """Why a request waits; None for one that does not, or that was merely cut off."""
    if event.step not in {Step.WAITING, Step.IN_DOUBT} or not event.detail.get("code"):
        return None
    return Diagnostic(event.detail["code"], event.detail["reason"])


def _diagnostic(told: Json) -> Diagnostic:
    return Diagnostic(told["code"], told["summary"], hint=told["hint"], detail=told["detail"], address=told["address"])
