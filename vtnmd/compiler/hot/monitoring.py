"""Triggers of monitoring policies as Aodh alarms.

A trigger says its `metric` and a `condition` with threshold, granularity, evaluations, aggregation_method and comparison_operator;
`action` lists scaling policies, which the alarm calls: to scale out where it watches for more than the threshold, else to scale in.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import SCALING, Scene, is_a
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Policy
from vtnmd.domain.tree import Json

_ALARM = "OS::Aodh::GnocchiAggregationByResourcesAlarm"
_MEMBERS = {
    "evaluations": "evaluation_periods",
    "granularity": "granularity",
    "aggregation_method": "aggregation_method",
    "threshold": "threshold",
    "resource_type": "resource_type",
    "comparison_operator": "comparison_operator",
}
_ABOVE = ("gt", "ge")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%?\s*$")


def alarms(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """An alarm for each trigger."""
    for name, trigger in policy.triggers.items():
        if isinstance(trigger, Mapping):
            properties = alarm_properties(scene, policy, trigger)
            called = _called(scene, trigger, properties)
            if called:
                properties["alarm_actions"] = called
            yield Resource(str(name), _ALARM, policy.name, properties)


def alarm_properties(scene: Scene, policy: Policy, trigger: Mapping[str, Any]) -> dict[str, Json]:
    """What the trigger says of when the alarm goes off."""
    condition = trigger.get("condition")
    condition = condition if isinstance(condition, Mapping) else {}
    event = trigger.get("event_type")
    metric = trigger.get("metric", event.get("metric") if isinstance(event, Mapping) else None)
    if metric is None:
        scene.error("VTN-H002", f"a trigger of {policy.name} says no metric", policy.span, "name the metric that it watches")
    properties: dict[str, Json] = {"metric": hot(scene, metric, policy.span)}
    if "constraint" in condition:
        properties["description"] = condition["constraint"]
    for written, name in _MEMBERS.items():
        if written in condition:
            properties[name] = hot(scene, condition[written], policy.span)
    properties.setdefault("resource_type", "instance")
    limit = _PERCENT.search(str(condition.get("constraint", "")))
    if "threshold" not in properties and limit:
        properties["threshold"] = float(limit[1]) if "." in limit[1] else int(limit[1])
    return properties


def _called(scene: Scene, trigger: Mapping[str, Any], properties: Mapping[str, Json]) -> list[Json]:
    """The addresses of the scaling policies that the action names."""
    action = trigger.get("action")
    direction = "out" if properties.get("comparison_operator", "gt") in _ABOVE else "in"
    named = [scene.topology.policies.get(str(name)) for name in action] if isinstance(action, list) else []
    return [{"get_attr": [f"{policy.name}_scale_{direction}", "alarm_url"]} for policy in named if policy and is_a(policy, SCALING)]
