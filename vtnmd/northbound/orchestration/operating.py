"""The operations on regions, on what waits there, on the alarm list, and on earlier commits."""

from dataclasses import replace
from functools import partial

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.alarms import AlarmList, Key, compress, purge, say
from vtnmd.northbound.orchestration.context import Context, in_thread
from vtnmd.northbound.orchestration.control import compress_filter, purge_filter
from vtnmd.northbound.orchestration.events import operator_acted
from vtnmd.northbound.procedures import Call
from vtnmd.usecases import regions
from vtnmd.usecases.queue import Queued


async def pause_region(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008)."""
    return await _set_mode(context, call, Mode.PAUSED)


async def maintain_region(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008)."""
    return await _set_mode(context, call, Mode.MAINTENANCE)


async def unpause_region(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008)."""
    return await _set_mode(context, call, Mode.ACTIVE)


async def _set_mode(context: Context, call: Call, mode: Mode) -> Json:
    reason = call.input.get("reason", "")
    chosen = RegionMode(call.input["region"], mode, call.origin.user, context.clock(), reason)
    await in_thread(context, regions.set_mode, chosen, context.state)
    return {}


async def prune_request(context: Context, call: Call) -> Json:
    """Raises Invalid (VTN-I008, VTN-I009) or StateError."""
    region, request = call.input["region"], call.input["request"]
    gone: list[str] = []

    def confirm(chosen: Queued, behind: tuple[Queued, ...]) -> bool:
        gone.extend((chosen.id, *(each.id for each in behind)))
        return True

    setting = replace(context.setting(call.origin.user, f"region queue {region} --prune {request}"), wait=True)
    await in_thread(context, regions.prune, region, request, setting, confirm)
    return {"pruned": gone}


async def rollback_commit(context: Context, call: Call) -> Json:
    """Raises Refused."""
    given = call.input
    label = given.get("label") or f"back to commit {given['number']}"
    origin = replace(call.origin, label=label, comment=given.get("comment", ""))
    commit = await context.ledger.roll_back(int(given["number"]), origin)
    return {"number": str(commit.number), "part": list(commit.parts)} if commit else {}


async def set_operator_state(context: Context, call: Call) -> Json:
    """An action of an alarm's entry. Raises Refused (data-missing)."""
    key, given, now = _alarm_key(call), call.input, context.clock()
    try:
        alarm = context.watch.change(partial(_said, key, call.origin.user, given["state"], given.get("text", ""), now))
    except KeyError:
        raise Refused(Fault("data-missing", "there is no such alarm")) from None
    context.publish(operator_acted(alarm.alarms[key], alarm.alarms[key].said[0]))
    return {}


def _said(key: Key, operator: str, state: str, text: str, now: float, alarms: AlarmList) -> tuple[AlarmList, AlarmList]:
    after = say(alarms, key, operator, state, text, now)
    return after, after


def _alarm_key(call: Call) -> Key:
    """Which alarm an action is of: the last step that leads to it has its keys."""
    resource, kind, *_ = next(keys for _, keys in reversed(call.target) if keys)
    return resource, kind.rpartition(":")[2]


async def purge_alarms(context: Context, call: Call) -> Json:
    """An action of the alarm list."""
    now = context.clock()
    chosen = purge_filter(call.input, now)
    return {"purged-alarms": context.watch.change(lambda alarms: purge(alarms, chosen, now))}


async def compress_alarms(context: Context, call: Call) -> Json:
    """An action of the alarm list."""
    chosen = compress_filter(call.input)
    return {"compressed-alarms": context.watch.change(lambda alarms: compress(alarms, chosen))}
