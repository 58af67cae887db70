"""Scaling by a cluster of Senlin: a profile of the server, the cluster, and for each trigger a policy, a receiver and an alarm.

The type is tosca.policies.Scaling.Cluster, a scaling policy whose triggers say when which action is taken.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.compiler.hot.monitoring import alarm_properties
from vtnmd.compiler.hot.networks import network_of
from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import Scene, targets_of
from vtnmd.compiler.hot.servers import server_properties
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Policy
from vtnmd.domain.tree import Json

_SIZES = {"min_size": "min_instances", "max_size": "max_instances", "desired_capacity": "default_instances"}
_EVENTS = {"SCALE_OUT": "CLUSTER_SCALE_OUT", "SCALE_IN": "CLUSTER_SCALE_IN"}


def clusters(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """The clusters of all targets."""
    for server in targets_of(scene.topology, policy):
        node = scene.nodes[server]
        profile = server_properties(scene, node)
        networks = [{"network": network_of(scene, port)} for port in scene.ports.get(server, ())]
        if networks:
            profile["networks"] = networks
        yield Resource(server, "OS::Senlin::Profile", policy.name, {"type": "os.nova.server-1.0", "properties": profile})
        sizes = {
            size: hot(scene, policy.properties[name], policy.span) for size, name in _SIZES.items() if name in policy.properties
        }
        cluster = f"{server}_cluster"
        yield Resource(cluster, "OS::Senlin::Cluster", policy.name, {"profile": {"get_resource": server}, **sizes})
        for name, trigger in policy.triggers.items():
            if isinstance(trigger, Mapping):
                yield from _triggered(scene, policy, server, str(name), trigger)


def _triggered(scene: Scene, policy: Policy, server: str, name: str, trigger: Mapping[str, Any]) -> Iterator[Resource]:
    actions = trigger.get("action")
    receivers: list[Json] = []
    for action, body in actions.items() if isinstance(actions, Mapping) else ():
        event = _EVENTS.get(str(body.get("type")) if isinstance(body, Mapping) else "")
        if event is None:
            scene.error("VTN-H002", f"a cluster knows no action {action}", policy.span, f"its type is one of {', '.join(_EVENTS)}")
            continue
        cluster: Json = {"get_resource": f"{server}_cluster"}
        yield Resource(
            f"{policy.name}_{action}",
            "OS::Senlin::Policy",
            policy.name,
            {
                "type": "senlin.policy.scaling-1.0",
                "bindings": [{"cluster": cluster}],
                "properties": {
                    "event": event,
                    "adjustment": {
                        "type": "CHANGE_IN_CAPACITY",
                        "number": hot(scene, policy.properties.get("increment", 1), policy.span),
                    },
                },
            },
        )
        receiver = f"{server}_{action}_receiver"
        properties: dict[str, Json] = {"type": "webhook", "cluster": cluster, "action": event}
        yield Resource(receiver, "OS::Senlin::Receiver", policy.name, properties)
        receivers.append({"get_attr": [receiver, "channel", "alarm_url"]})
    alarm = alarm_properties(scene, policy, trigger)
    alarm |= {"alarm_actions": receivers, "repeat_actions": True}
    if policy.description:
        alarm["description"] = policy.description
    yield Resource(f"{name}_alarm", "OS::Aodh::GnocchiAggregationByResourcesAlarm", policy.name, alarm)
