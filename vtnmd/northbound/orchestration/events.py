"""Notifications: what happened, as the modules say. Pure but for the listener that publishes what a run tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vtnmd.domain.health import Condition, Health
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.reverse import original_id
from vtnmd.domain.run import Event, Step, reason_of
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener
from vtnmd.northbound.orchestration.alarms import Alarm, AlarmList, OperatorChange, alarm_key, alarm_notification, operator_change
from vtnmd.northbound.orchestration.control import Control, notified
from vtnmd.northbound.orchestration.plans import Kept, approval_facts
from vtnmd.northbound.orchestration.services import CommitView, commit_entry
from vtnmd.northbound.orchestration.values import OUTCOMES, change_counts, filled, plain, timed
from vtnmd.state import Approvals

ALARMS = "ietf-alarms:alarms"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as `streams.Streams.publish` takes it: its member and its content."""

    member: str
    content: Json


Publish = Callable[[Notice], None]
"""Tells a notice to whoever listens. To be called from any thread."""


def commit_made(commit: CommitView) -> Notice:
    """The running configuration was changed."""
    return Notice("vtnmd-orchestration:commit-made", commit_entry(commit))


def run_listener(publish: Publish) -> Callable[[Plan], Listener]:
    """For `Watchers.listen`: tells of each run that it began, what became of its changes, and that it ended."""

    def listen(plan: Plan) -> Listener:
        requests = {request.id: request for request in plan.requests}
        said: dict[str, Json] = {}

        def tell(event: Event) -> None:
            notice = run_notice(plan, requests, event)
            if notice is None or said.get(event.request) == notice.content:
                return
            if event.request:
                said[event.request] = notice.content
            publish(notice)

        return tell

    return listen


def run_notice(plan: Plan, requests: Mapping[str, Request], event: Event) -> Notice | None:
    """What an event of a run is told as; None for those that are not."""
    facts = {"run": event.run, "service": plan.service}
    match event.step:
        case Step.STARTED:
            return Notice("vtnmd-orchestration:run-started", {**facts, "changes": change_counts(plan.changes)})
        case Step.ENDED:
            return Notice("vtnmd-orchestration:run-ended", {**facts, "result": event.detail["result"]})
        case _:
            return _outcome(facts, requests, event)


def _outcome(facts: Json, requests: Mapping[str, Request], event: Event) -> Notice | None:
    taken_back = original_id(event.request)
    request = requests.get(taken_back or event.request)
    outcome = OUTCOMES.get(event.step)
    if request is None or outcome is None:
        return None
    if taken_back and outcome == "applied":
        outcome = "undone"
    next_try = event.detail.get("next-try") if isinstance(event.detail, dict) else None
    content = {
        **facts,
        "request": request.id,
        "address": [str(address) for address in request.changes],
        "outcome": outcome,
        **filled({"reason": plain(reason_of(event))}),
        **timed({"next-try": next_try}),
    }
    return Notice("vtnmd-orchestration:change-outcome", content)


def condition_changed(endpoint: str, before: Condition, health: Health) -> Notice:
    """An endpoint, as REGION/NAME, does better or worse."""
    region, _, name = endpoint.partition("/")
    content = {
        "region": region,
        "endpoint": name,
        "before": str(before),
        "condition": str(health.condition),
        **filled({"code": health.code, "reason": plain(health.reason)}),
        **timed({"next-try": health.next_try}),
    }
    return Notice("vtnmd-orchestration:endpoint-condition", content)


def conditions_changed(before: Mapping[str, Health], after: Mapping[str, Health]) -> tuple[Notice, ...]:
    """What differs between the health of endpoints at two times; one of which nothing was known was up."""
    return tuple(
        condition_changed(endpoint, before.get(endpoint, Health()).condition, health)
        for endpoint, health in sorted(after.items())
        if before.get(endpoint, Health()).condition is not health.condition
    )


def awaits_approval(kept: Kept, approvals: Approvals) -> Notice:
    """A plan waits for other users than its author."""
    content = {
        "plan": kept.digest,
        "service": kept.plan.service,
        **filled({"author": plain(kept.plan.author)}),
        "changes": change_counts(kept.plan.changes),
        "approvals": approval_facts(approvals),
    }
    return Notice("vtnmd-orchestration:plan-awaits-approval", content)


def alarms_changed(before: AlarmList, after: AlarmList, control: Control) -> tuple[Notice, ...]:
    """What is told of the way from one alarm list to another."""
    return tuple(Notice("ietf-alarms:alarm-notification", alarm_notification(alarm)) for alarm in notified(before, after, control))


def operator_acted(alarm: Alarm, said: OperatorChange) -> Notice:
    """An operator said something of an alarm; the notification stands in the alarm's entry (RFC 7950 section 7.16)."""
    entry = {**alarm_key(alarm), "operator-action": operator_change(said)}
    return Notice(ALARMS, {"alarm-list": {"alarm": [entry]}})
