"""The guard: before a request is sent for the first time, what it starts from is read. Drift is overwritten only on demand.

A request that was sent before, perhaps by an earlier life, is not guarded: what is found then may be its own work. Neither is a
change of a resource of which the Snapshot cannot say how it is, or whose template has changed since it was applied. What a resumed
run finds as it was to bring it is its own work too, though the power took the record of it, or a copy of the state was put back.
"""

from collections.abc import Iterator, Mapping

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Differences, not_accepted, renewed
from vtnmd.domain.plan import Action, Change, Request
from vtnmd.domain.run import Drift, Step
from vtnmd.domain.tree import Json, Ref, Secret
from vtnmd.engine.lane import Lane
from vtnmd.engine.scene import Done, Scene, answer_of, is_as_wanted, read_back
from vtnmd.southbound.ports import EndpointError, Observed, Rejected

_HINT = "`vtnmd check` shows it; --repair goes on and overwrites it, --adopt takes it as it is"
_FOREIGN_HINT = "if it is vtnmd's, import the service; --adopt takes it over as it is, --repair overwrites it"

Astray = Mapping[Address, Differences]
"""What is not as the request starts from: changed resources with their fields, those that are gone or there already with none."""


async def guard(scene: Scene, lane: Lane, request: Request) -> Done | None:
    """None where the request may be sent; Done where all that it was to bring is taken over as it is (`Drift.ADOPT`).

    Raises Rejected (VTN-E403, VTN-E404) where it would overwrite what somebody else did, and whatever reading raises.
    """
    if request.id in scene.passed:
        return None
    judged = [change for change in scene.changes_of(request) if _is_judged(change, scene)]
    reads = {change.address: change.operation.before for change in judged}
    found = await lane.driver().read(reads, lambda hole: _at_first(scene, hole)) if reads else {}
    astray = {change.address: told for change in judged if (told := _told(change, found, scene)) is not None}
    if astray:
        adopted = await _decide(scene, lane, request, astray)
        if adopted is not None:
            return adopted
        scene.learn(found)
    scene.passed.add(request.id)
    return None


async def _decide(scene: Scene, lane: Lane, request: Request, astray: Astray) -> Done | None:
    changes = scene.changes_of(request)
    removes = all(scene.changes[address].action is Action.DELETE for address in astray)
    if scene.policy.drift is Drift.REPAIR or (scene.policy.drift is Drift.ADOPT and removes):
        return None
    wanted = await answer_of(read_back(scene, lane.driver, request))
    adopts = scene.policy.drift is Drift.ADOPT
    if (adopts or scene.resumed) and not isinstance(wanted, EndpointError):
        taken = {address: observed.attributes for address, observed in wanted.items()}
        if all(is_as_wanted(change, wanted) for change in changes):
            return scene.took_effect(Step.SETTLED, request, taken)
        if adopts and all(change.action is Action.CREATE and wanted[change.address].present for change in changes):
            accepted = {a: {path: held for path, (_, held) in seen.differences.items()} for a, seen in wanted.items()}
            return scene.took_effect(Step.SETTLED, request, taken, accepted)
    raise Rejected(_refusal(lane.endpoint, scene, astray, {} if isinstance(wanted, EndpointError) else wanted))


def _is_judged(change: Change, scene: Scene) -> bool:
    """What a resource holds of another one is judged by the attributes that this had at first; where they are lost, not at all."""
    if not change.comparable or change.address in scene.unknown:
        return False
    starts = scene.starts.get(change.address, ())
    return not starts or all(hole.attribute in scene.at_first.get(hole.address, {}) for hole in starts)


def _at_first(scene: Scene, hole: Ref | Secret) -> Json:
    return scene.secrets(hole.reference) if isinstance(hole, Secret) else scene.at_first[hole.address][hole.attribute]


def _told(change: Change, found: Mapping[Address, Observed], scene: Scene) -> Differences | None:
    """What is not as the change starts from; None where all is."""
    observed = found.get(change.address, Observed(present=False))
    if change.before is None:
        return {} if observed.present else None
    if not observed.present:
        return None if change.action is Action.DELETE else {}
    differences = not_accepted(observed.differences, scene.accepted.get(change.address, {}))
    return differences | renewed(scene.at_first.get(change.address, {}), observed.attributes) or None


def _refusal(endpoint: str, scene: Scene, astray: Astray, wanted: Mapping[Address, Observed]) -> Diagnostic:
    foreign = all(scene.changes[address].before is None for address in astray)
    address = str(next(iter(astray)))
    if len(astray) == 1:
        what = f"{address} is there already" if foreign else f"{address} is not as vtnmd left it"
    else:
        what = f"{len(astray)} resources are {'there already' if foreign else 'not as vtnmd left them'}"
    detail = "\n".join(line for each, told in astray.items() for line in _lines(scene.changes[each], told, wanted.get(each)))
    place = address if len(astray) == 1 else ""
    code, hint = ("VTN-E404", _FOREIGN_HINT) if foreign else ("VTN-E403", _HINT)
    return Diagnostic(code, f"{endpoint}: {what}", detail=detail, hint=hint, address=place)


def _lines(change: Change, told: Differences, wanted: Observed | None) -> Iterator[str]:
    """A line per field; of a resource that is there already, by what it differs from the wanted one."""
    fields = told
    if change.before is None:
        fields = wanted.differences if wanted else {}
        as_wanted = ", as it is wanted" if wanted and not fields else ""
        yield f"{change.address}: there already{as_wanted}"
    elif not told:
        yield f"{change.address}: gone"
    for path, (expected, held) in fields.items():
        yield f"{change.address} {path}: {held!r} instead of {expected!r}"
