"""Scaling policies as OS::Heat::AutoScalingGroup, with OS::Heat::ScalingPolicy to scale out and in.

The type is one that derives from tosca.policies.Scaling and says `min_instances`, `max_instances`, `default_instances`, `increment`
and `cooldown`. What the policy is for, with its ports, volumes and software, stands in a nested template.
"""

from collections.abc import Iterator

from vtnmd.compiler.hot.resource import Nested, Resource
from vtnmd.compiler.hot.scene import Scene, stores, targets_of
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.topology import Policy
from vtnmd.domain.tree import Json

_SIZES = {"min_size": "min_instances", "max_size": "max_instances", "desired_capacity": "default_instances", "cooldown": "cooldown"}


def scaling_groups(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """The group and its two policies."""
    missing = [name for name in ("min_instances", "max_instances") if name not in policy.properties]
    if missing or not targets_of(scene.topology, policy):
        what = f"says no {missing[0]}" if missing else "has no targets"
        hint = "its type derives from tosca.policies.Scaling and has min_instances, max_instances, default_instances, increment"
        scene.error("VTN-H002", f"the policy {policy.name} {what}", policy.span, hint)
        return
    sizes = {size: hot(scene, policy.properties[name], policy.span) for size, name in _SIZES.items() if name in policy.properties}
    yield Resource(
        group_name(policy), "OS::Heat::AutoScalingGroup", policy.name, {**sizes, "resource": {"type": nested_file(policy)}}
    )
    increment = policy.properties.get("increment", 1)
    for direction, step in (("out", increment), ("in", -increment if isinstance(increment, int) else increment)):
        properties: dict[str, Json] = {
            "auto_scaling_group_id": {"get_resource": group_name(policy)},
            "adjustment_type": "change_in_capacity",
            "scaling_adjustment": step if isinstance(step, int) else hot(scene, step, policy.span),
        }
        if "cooldown" in sizes:
            properties["cooldown"] = sizes["cooldown"]
        yield Resource(f"{policy.name}_scale_{direction}", "OS::Heat::ScalingPolicy", policy.name, properties)


def group_name(policy: Policy) -> str:
    """The group that a policy makes."""
    return f"{policy.name}_group"


def nested_file(policy: Policy) -> str:
    """The template that holds what scales."""
    return f"{policy.name}_res.yaml"


def scaling_templates(scene: Scene, policy: Policy) -> tuple[Nested, ...]:
    """The template with the targets of a policy and all that belongs to them: ports, volumes, software."""
    members = frozenset(belongings(scene, targets_of(scene.topology, policy)))
    return (Nested(nested_file(policy), group_name(policy), members),)


def belongings(scene: Scene, targets: tuple[str, ...]) -> set[str]:
    """The nodes that are made once for each copy of the targets."""
    found = set(targets)
    for name in targets:
        found.update(relation.target for relation in scene.nodes[name].relations if stores(relation))
        found.update(port.name for port in scene.ports.get(name, ()))
    waiting = list(targets)
    while waiting:
        hosted = [node.name for node in scene.hosted.get(waiting.pop(), ()) if node.name not in found]
        found.update(hosted)
        waiting += hosted
    return found
