"""Regions and their queues as text."""

from collections.abc import Iterable

from rich.text import Text

from vtnmd.cli.views.status import at, table
from vtnmd.domain.health import Condition
from vtnmd.domain.tree import Json
from vtnmd.usecases.queue import Queued
from vtnmd.usecases.regions import RegionStatus


def region_record(status: RegionStatus) -> Json:
    """The same for programs."""
    return {
        "region": status.region,
        "mode": str(status.mode.mode),
        "user": status.mode.user,
        "since": status.mode.since,
        "reason": status.mode.reason,
        "queued": status.queued,
        "endpoints": {
            endpoint: {"condition": str(known.condition), "since": known.since, **known.to_json()}
            for endpoint, known in status.health.items()
        },
    }


def show_regions(regions: Iterable[RegionStatus]) -> Text:
    """A line per region: its mode, what is not up there, and how much waits."""
    rows = []
    for each in regions:
        ill = [
            f"{endpoint.partition('/')[2]} {health.condition}"
            for endpoint, health in each.health.items()
            if health.condition is not Condition.UP
        ]
        by = f"{each.mode.user} {at(each.mode.since)}" if each.mode.user else ""
        rows.append((each.region, str(each.mode.mode), str(each.queued), ", ".join(ill) or "up", by, each.mode.reason))
    return table(("REGION", "MODE", "QUEUED", "ENDPOINTS", "SET BY, AT (UTC)", "REASON"), rows, "no regions")


def show_queue(queue: Iterable[Queued], region: str) -> Text:
    """A line per request that waits."""
    rows = [
        (
            each.id,
            each.service,
            each.run,
            str(each.changes),
            at(each.since),
            "pruned" if each.pruned else at(each.next_try),
            each.reason,
        )
        for each in queue
    ]
    return table(("ID", "SERVICE", "RUN", "CHANGES", "SINCE (UTC)", "NEXT TRY (UTC)", "REASON"), rows, f"nothing waits in {region}")


def show_pruning(chosen: Queued, behind: tuple[Queued, ...]) -> Text:
    """What would leave the queue."""
    lines = [f"{chosen.id} of {chosen.service} leaves the queue of {chosen.endpoint}: {chosen.reason}"]
    lines += [f"  and {each.id}, which needs it or is committed with it" for each in behind]
    return Text("\n".join(lines), "yellow")
