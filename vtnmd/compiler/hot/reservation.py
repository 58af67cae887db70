"""Reservation policies as Aodh alarms on the events of a Blazar lease, which call the scaling policies that they name.

The type derives from tosca.policies.Reservation; its properties `start_actions`, `before_end_actions` and `end_actions` list
scaling policies, or `noop`. When a lease starts the group scales out, before it ends it scales in.
"""

from collections.abc import Iterator

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import SCALING, Scene, is_a
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Policy
from vtnmd.domain.tree import Json

_EVENTS = {
    "start_actions": ("lease.event.start_lease", "out"),
    "before_end_actions": ("lease.event.before_end_lease", "in"),
    "end_actions": ("lease.event.end_lease", "in"),
}


def lease_alarms(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """An alarm for each event that the policy has actions for."""
    for moment, (event, direction) in _EVENTS.items():
        actions = policy.properties.get(moment)
        if not isinstance(actions, list):
            continue
        called: list[Json] = [
            {"get_attr": [f"{name}_scale_{direction}", "alarm_url"]}
            for name in actions
            if isinstance(name, str) and name in scene.topology.policies and is_a(scene.topology.policies[name], SCALING)
        ]
        properties: dict[str, Json] = {"event_type": event}
        if "lease_id" in policy.properties:
            lease = hot(scene, policy.properties["lease_id"], policy.spans.get(("lease_id",), policy.span))
            properties["query"] = [{"field": "traits.lease_id", "op": "eq", "value": lease}]
        yield Resource(moment, "OS::Aodh::EventAlarm", policy.name, {**properties, **({"alarm_actions": called} if called else {})})
