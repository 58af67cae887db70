"""How a run ended, in a line or two, and what to type next."""

import shlex
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rich.text import Text

from vtnmd.cli.views.text import counted, joined, plain
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import reversed_id
from vtnmd.domain.run import Result
from vtnmd.engine import Outcome
from vtnmd.usecases.abandoning import Abandoned
from vtnmd.usecases.readback import Findings

_STYLES = {
    Result.APPLIED: "bold green",
    Result.PARTLY: "bold yellow",
    Result.FAILED: "bold red",
    Result.INTERRUPTED: "bold yellow",
    Result.ROLLED_BACK: "bold red",
    Result.CANCELLED: "bold yellow",
}


def show_outcome(plan: Plan, outcome: Outcome, state: str = "") -> Text:
    """How many changes are applied; for the others which endpoint they wait for and why, and how to go on.

    `state` is the state to name in what to type next; empty where it is the one that is meant anyway.
    """
    weights = {request.id: len(request.changes) for request in plan.requests}
    weights |= {reversed_id(request.id): len(request.changes) for request in plan.requests}
    done = sum(weights[request] for request in outcome.done)
    verb = "removed" if plan.intent is None else "applied"
    head = Text(f"{plain(plan.service)}: {done} of {counted(len(plan.changes), 'change')} {verb}", _STYLES.get(outcome.result, ""))
    lines = [head]
    if outcome.result is Result.ROLLED_BACK:
        lines.append(
            Text(f"  rolled back: {counted(_weight(outcome.undone, weights), 'change')} taken back, all is as it was before")
        )
    elif outcome.undone:
        lines.append(Text(f"  {_weight(outcome.undone, weights)} taken back so far", "yellow"))
    lines += _waiting(plan, outcome, weights)
    behind_pruned = {request for request, because in outcome.skipped.items() if because in outcome.pruned}
    for count, what in (
        (_weight(outcome.failed, weights), "refused"),
        (_weight(outcome.skipped.keys() - outcome.pruned - behind_pruned, weights), "skipped, for they need one that was refused"),
        (_weight(outcome.pruned | behind_pruned, weights), "left out: they were taken out of the queue, or need one that was"),
        (_weight(outcome.pending, weights), "not begun"),
    ):
        if count:
            lines.append(Text(f"  {count} {what}"))
    return joined([*lines, *_next(outcome, f" --state {shlex.quote(state)}" if state else "")])


def _next(outcome: Outcome, option: str) -> list[Text]:
    """What the user may do now."""
    match outcome.result:
        case Result.APPLIED | Result.ROLLED_BACK:
            return []
        case Result.CANCELLED:
            why = f"  cancelled by {plain(outcome.cancelled)}; what was done stays, and the service keeps its intent"
            how = f"  apply the service for the rest, or go back with: vtnmd rollback {outcome.run}{option}"
            return [Text(why, "yellow"), Text(how)]
        case Result.PARTLY if outcome.waiting:
            alone = "  `vtnmd serve`, where it runs, goes on by itself once it can"
            return [Text(alone), Text(f"  go on with: vtnmd resume {outcome.run}{option}")]
        case _:
            return [Text(f"  go on with: vtnmd resume {outcome.run}{option}")]


def _waiting(plan: Plan, outcome: Outcome, weights: Mapping[str, int]) -> list[Text]:
    """A line per endpoint that something waits for."""
    endpoints = {request.id: request.endpoint for request in plan.requests}
    endpoints |= {reversed_id(request.id): request.endpoint for request in plan.requests}
    reasons: dict[str, Diagnostic] = {endpoints[request]: why for request, why in outcome.waiting.items()}
    lines = []
    for endpoint, why in sorted(reasons.items()):
        at = outcome.next_tries.get(endpoint)
        later = f", next try at {datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC" if at else ""
        number = sum(weights[request] for request in outcome.waiting if endpoints[request] == endpoint)
        verb = "waits" if number == 1 else "wait"
        lines.append(Text(f"  {number} {verb} for {plain(endpoint)}: {_reason(endpoint, why)}{later}", "yellow"))
        if why.hint:
            lines.append(Text(f"    hint: {plain(why.hint)}", "cyan"))
    return lines


def _reason(endpoint: str, why: Diagnostic) -> str:
    """What the diagnostic says, without naming the endpoint once more."""
    return plain(why.summary.removeprefix(f"{endpoint}: "))


def show_abandoned(abandoned: Abandoned) -> Text:
    """What letting go of a region means, before it is done."""
    there = counted(abandoned.resources, "applied resource")
    text = (
        f"region {abandoned.region} is let go of: nothing more is sent there, and what the service has there ({there}) or drew "
        "from pools of that region is forgotten. What the region holds stays as it is."
    )
    return Text(plain(text), "bold yellow")


def show_findings(findings: Findings) -> Text:
    """What reading back endpoints that returned has shown."""
    parts = [f"{findings.settled} as wanted already or changed by itself"] if findings.settled else []
    parts += [f"{findings.missing} missing, to be made again if wanted"] if findings.missing else []
    return Text(f"read back: {', '.join(parts)}")


def _weight(requests: Iterable[str], weights: Mapping[str, int]) -> int:
    return sum(weights[request] for request in requests)
