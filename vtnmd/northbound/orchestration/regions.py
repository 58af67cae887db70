"""Regions as the list `region` tells them: their mode, the health of their endpoints, and what waits there. Pure."""

from collections.abc import Iterable, Mapping

from vtnmd.domain.health import Health
from vtnmd.domain.inventory import Endpoint, Inventory
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.values import filled, plain, timed
from vtnmd.usecases.queue import Queued, queued_in


def region_entries(
    inventory: Inventory, modes: Mapping[str, RegionMode], health: Mapping[str, Health], queued: Iterable[Queued]
) -> Json:
    """The list `region`, in the order of the inventory."""
    waiting = tuple(queued)
    endpoints = tuple(inventory.endpoints())
    return [
        filled(
            {
                "name": region,
                **_mode(modes.get(region)),
                "endpoint": [_endpoint(each, health.get(each.id, Health())) for each in endpoints if each.region == region],
                "queued": [_queued(each) for each in waiting if queued_in(each, region)],
            }
        )
        for region in inventory.regions
    ]


def _mode(mode: RegionMode | None) -> Json:
    if mode is None:
        return {"mode": str(Mode.ACTIVE)}
    return {"mode": str(mode.mode), "user": plain(mode.user), **timed({"since": mode.since}), "reason": plain(mode.reason)}


def _endpoint(endpoint: Endpoint, health: Health) -> Json:
    return filled(
        {
            "name": endpoint.name,
            "kind": endpoint.kind,
            "condition": str(health.condition),
            **timed({"since": health.since, "next-try": health.next_try}),
            "code": health.code,
            "reason": plain(health.reason),
            "outages": health.outages,
        }
    )


def _queued(each: Queued) -> Json:
    return filled(
        {
            "run": each.run,
            "request": each.id,
            "service": each.service,
            "endpoint": each.endpoint,
            "changes": each.changes,
            **timed({"since": each.since, "next-try": each.next_try}),
            "reason": plain(each.reason),
            "pruned": each.pruned,
        }
    )
