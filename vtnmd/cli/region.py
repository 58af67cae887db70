"""Commands for regions: list, pause, unpause, maintenance, queue."""

import time
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import setting
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common, Running, Wait, Yes
from vtnmd.cli.runs import asked, go_on
from vtnmd.cli.user import user_name
from vtnmd.cli.views.region import region_record, show_pruning, show_queue, show_regions
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.usecases import regions
from vtnmd.usecases.queue import Queued

Region = Annotated[str, Parameter(help="Name of a region of the inventory.")]
Reason = Annotated[str, Parameter(help="Why, for whoever asks.")]


def list_regions(*, common: Common = COMMON) -> None:
    """List the regions: their mode, which endpoints are not up, and how much waits."""
    found = regions.list_regions(common.state)
    for each in found:
        current().record("region", region_record(each))
    current().data(show_regions(found))


def pause(region: Region, /, *, reason: Reason = "", common: Common = COMMON) -> None:
    """Begin nothing more in a region. What is in flight ends; what is left waits, also in runs that are at work."""
    _set(region, Mode.PAUSED, reason, common)


def unpause(region: Region, /, *, common: Common = COMMON) -> None:
    """End a pause or maintenance: what waits may go on."""
    _set(region, Mode.ACTIVE, "", common)


def maintenance(region: Region, /, *, reason: Reason = "", common: Common = COMMON) -> None:
    """Pause a region and leave it in peace: nobody probes its endpoints until it is unpaused."""
    _set(region, Mode.MAINTENANCE, reason, common)


def queue(
    region: Region,
    /,
    *,
    retry: Annotated[str, Parameter(help="Try this request now, whatever its next try: its ID, or RUN:ID.")] = "",
    prune: Annotated[str, Parameter(help="Take this request out of the queue: its ID, or RUN:ID.")] = "",
    yes: Yes = False,
    wait: Wait = False,
    common: Common = COMMON,
) -> int:
    """List what waits in a region, try one request now, or take one out of the queue.

    What is tried is the service that the request belongs to, with one new plan for all of it that waits. What is taken out stays as
    it is at the endpoint; the next plan of the service brings it again.
    """
    if retry and prune:
        raise Invalid(Diagnostic("VTN-U001", "a request is either tried or pruned", hint="give --retry or --prune"))
    if retry:
        run = regions.find_queued(region, retry, common.state).run
        return go_on(
            run, setting(common.state, f"region queue {region} --retry {retry}", Running(wait=wait)), common.state, yes=yes
        )
    if prune:
        return _prune(region, prune, common, yes=yes, wait=wait)
    found = regions.show_queue(region, common.state)
    for each in found:
        current().record("queued", asdict(each))
    current().data(show_queue(found, region))
    return EXIT_OK


def _prune(region: str, name: str, common: Common, *, yes: bool, wait: bool) -> int:
    def confirm(chosen: Queued, behind: tuple[Queued, ...]) -> bool:
        current().say(show_pruning(chosen, behind))
        return yes or asked("Take it out?")

    done = regions.prune(region, name, setting(common.state, f"region queue {region} --prune {name}", Running(wait=wait)), confirm)
    current().record("pruned", {"region": region, "request": name, "done": done})
    current().data(Text(f"{name} was taken out of the queue" if done else "nothing was done"))
    return EXIT_OK if done else EXIT_FAILED


def _set(region: str, mode: Mode, reason: str, common: Common) -> None:
    chosen = RegionMode(region, mode, user_name(), time.time(), reason)
    regions.set_mode(chosen, common.state)
    current().record("region", {**asdict(chosen), "mode": str(mode)})
    current().data(Text(str(chosen)))
