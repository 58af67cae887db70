"""What `vtnmd serve --web` shows, and to whom: regions as far as access rules let a user read them."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from math import ceil

from vtnmd.cli.views.region import region_record
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.entering import Enter
from vtnmd.northbound.orchestration.state import ORCHESTRATION
from vtnmd.northbound.restconf.context import Unauthorized
from vtnmd.northbound.serving import Address, answering
from vtnmd.telemetry.metrics import CONTENT_TYPE, Metrics
from vtnmd.usecases import regions
from vtnmd.usecases.regions import RegionStatus
from vtnmd.web.app import Admit, Reader, Shown, Stranger, make_app

_SAID = ("mode", "user", "since", "reason")


@dataclass(frozen=True, slots=True)
class Page:
    """Where the regions of which state are shown, and the metrics of this process."""

    address: Address
    state: str
    metrics: Metrics


@contextlib.asynccontextmanager
async def shown(page: Page | None, enter: Enter) -> AsyncIterator[str]:
    """Show it to whoever comes in until the block ends; gives where, nothing where there is no page. Raises Invalid (VTN-U015)."""
    if page is None:
        yield ""
        return
    async with answering(make_app(_admit(page, enter)), page.address) as where:
        yield str(where)


def _admit(page: Page, enter: Enter) -> Admit:
    metrics = Shown(page.metrics.text, CONTENT_TYPE)

    async def admit(headers: Mapping[bytes, bytes], client: str) -> Reader | Stranger:
        found = await enter(headers, client)
        if isinstance(found, Unauthorized):
            return Stranger(found.challenges, ceil(found.retry_after))
        if found is None or found.unbounded:
            return Reader(lambda: {"regions": list(map(region_record, regions.list_regions(page.state)))}, metrics)
        allowed = found.may_read(ORCHESTRATION)
        return Reader(lambda: {"regions": regions_in_sight(regions.list_regions(page.state), found)}, metrics if allowed else None)

    return admit


def regions_in_sight(statuses: tuple[RegionStatus, ...], authority: Authority) -> list[Json]:
    """The records of regions without what the rules for the list `region` of vtnmd-orchestration hide."""
    document = {ORCHESTRATION: {"region": [_entry(each) for each in statuses]}}
    return [_record(entry) for entry in authority.readable(document).get(ORCHESTRATION, {}).get("region", ())]


def _entry(status: RegionStatus) -> Json:
    """A record in the shape of the list, with all that rules can tell apart."""
    record = region_record(status)
    endpoints = [{"name": name.partition("/")[2], **known} for name, known in record["endpoints"].items()]
    queued = [{"run": each.run, "request": each.id, "service": each.service} for each in status.waiting]
    return {"name": status.region, **{name: record[name] for name in _SAID}, "endpoint": endpoints, "queued": queued}


def _record(entry: Json) -> Json:
    region = entry["name"]
    endpoints = ({**each} for each in entry.get("endpoint", ()))
    return {
        "region": region,
        **{name: entry[name] for name in _SAID if name in entry},
        "queued": len(entry.get("queued", ())),
        "endpoints": {f"{region}/{each.pop('name')}": each for each in endpoints},
    }
