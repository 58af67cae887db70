"""What is done to entries of vtnmd, in steps that are repeated until they come to their end.

Each function goes as far as it can, and says by a Verdict whether that was all. It raises VtnmdError; after a Conflict, OverLimit
or Unavailable it can be called again with the same progress.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from vtnmd_heat.entries import Place, merged
from vtnmd_heat.errors import Conflict, NotFound, Refused
from vtnmd_heat.hosts import HostMaps
from vtnmd_heat.northbound import Held, Northbound
from vtnmd_heat.standing import Verdict, judge, judge_removal

Json = Any

Client = Northbound | HostMaps

Claim = Callable[[Place | None], None]
"""Notes that an entry is the resource's own, before anything is sent that may make it; None: that nothing was made after all."""


@dataclass(slots=True)
class Progress:
    """How far an action on a service has come.

    What is left to write, then what is left to remove, is done in order; then `commit` is awaited. `fresh`: nobody else may have
    what is written; `alone` once that is known, `made` once something of it was. `mends`: an earlier action failed, so that vtnmd
    is told to begin anew where it has given up; `drifted`: because a check found that endpoints hold something else.
    """

    service: str
    writes: list[tuple[Place, dict[str, Json]]] = field(default_factory=list)
    removals: list[Place] = field(default_factory=list)
    fresh: bool = False
    alone: bool = False
    made: bool = False
    mends: bool = False
    drifted: bool = False
    commit: int | None = None


def bring_about(vtnmd: Client, progress: Progress, managed: Collection[str], claim: Claim) -> Verdict:
    """Write what is to be written, and tell whether it is applied. Of entries that are there, only `managed` members change."""
    if progress.fresh and not progress.alone:
        for place, _ in progress.writes:
            if _held(vtnmd, place):
                raise Refused(f"{place} is there already, and is not of this stack")
        progress.alone = True
    while progress.writes:
        _write(vtnmd, progress, managed, claim)
        del progress.writes[0]
    _remove(vtnmd, progress)
    standing = vtnmd.status(progress.service)
    if progress.commit is None:
        progress.commit = standing.committed
    verdict = judge(standing, progress.commit)
    if progress.drifted or (progress.mends and verdict.failed):
        vtnmd.apply(progress.service, repair=progress.drifted)
        progress.mends = progress.drifted = False
        return Verdict(done=False, reason="vtnmd begins anew")
    return verdict


def _held(vtnmd: Client, place: Place) -> Held | None:
    with suppress(NotFound):
        return vtnmd.read(place)
    return None


def _write(vtnmd: Client, progress: Progress, managed: Collection[str], claim: Claim) -> None:
    """Write the next entry. One that is there where nobody else may have it was made by a request whose answer was lost."""
    place, value = progress.writes[0]
    held = _held(vtnmd, place)
    if held is not None:
        wanted = merged(held.value, value, managed)
        if wanted != held.value:
            vtnmd.write(place, wanted, held.tag)
        return
    if progress.fresh:
        claim(place)
    try:
        vtnmd.write(place, value)
    except (Conflict, Refused):
        progress.alone = False
        if progress.fresh and not progress.made:
            claim(None)
        raise
    progress.made = True


def remove_entries(vtnmd: Client, progress: Progress) -> Verdict:
    """Remove entries of a VTN, and tell whether nothing is left of them.

    Where what is configured besides cannot be planned, nothing is removed from endpoints yet: whoever mends or removes that brings
    it about, and the VTN is gone only when all of it is.
    """
    _remove(vtnmd, progress)
    standing = vtnmd.status(progress.service)
    if not standing.present:
        return Verdict(done=True)
    if progress.commit is None:
        progress.commit = standing.committed
    verdict = judge(standing, progress.commit)
    cannot_be_planned = verdict.failed and standing.begun < progress.commit
    return Verdict(done=True) if cannot_be_planned else verdict


def remove_service(vtnmd: Client, progress: Progress) -> Verdict:
    """Remove a service, and tell whether nothing is left of it."""
    _remove(vtnmd, progress)
    return judge_removal(vtnmd.status(progress.service))


def _remove(vtnmd: Client, progress: Progress) -> None:
    while progress.removals:
        with suppress(NotFound):
            vtnmd.remove(progress.removals[0])
        del progress.removals[0]
