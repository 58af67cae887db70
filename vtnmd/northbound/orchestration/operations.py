"""Every operation of vtnmd-orchestration and of the alarm list, by name."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration import inspecting, operating, planning, running, standing
from vtnmd.northbound.orchestration.context import Context
from vtnmd.northbound.procedures import Call, Procedures

_LIST = "/ietf-alarms:alarms/alarm-list"

OPERATIONS: Mapping[str, Callable[[Context, Call], Awaitable[Json]]] = {
    "vtnmd-orchestration:plan": planning.plan,
    "vtnmd-orchestration:approve": planning.approve,
    "vtnmd-orchestration:apply": running.apply,
    "vtnmd-orchestration:destroy": running.destroy,
    "vtnmd-orchestration:resume": running.resume,
    "vtnmd-orchestration:cancel": planning.cancel,
    "vtnmd-orchestration:rollback": running.rollback,
    "vtnmd-orchestration:rollback-commit": operating.rollback_commit,
    "vtnmd-orchestration:status": standing.status,
    "vtnmd-orchestration:check": inspecting.check,
    "vtnmd-orchestration:probe": inspecting.probe,
    "vtnmd-orchestration:pause-region": operating.pause_region,
    "vtnmd-orchestration:maintain-region": operating.maintain_region,
    "vtnmd-orchestration:unpause-region": operating.unpause_region,
    "vtnmd-orchestration:drain-region": running.drain_region,
    "vtnmd-orchestration:retry-request": running.retry_request,
    "vtnmd-orchestration:prune-request": operating.prune_request,
    f"{_LIST}/alarm/set-operator-state": operating.set_operator_state,
    f"{_LIST}/purge-alarms": operating.purge_alarms,
    f"{_LIST}/compress-alarms": operating.compress_alarms,
}


def procedures(context: Context) -> Procedures:
    """The same, for one state."""
    return {name: partial(operation, context) for name, operation in OPERATIONS.items()}
