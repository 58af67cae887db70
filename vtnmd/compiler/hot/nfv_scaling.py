"""Scaling aspects of a VNF (ETSI NFV-SOL 001, policies) as OS::Heat::AutoScalingGroup, one for each aspect.

The targets of the policies VduScalingAspectDeltas of an aspect scale together: they stand in the nested template `ASPECT.hot.yaml`.
Their bounds are those of `vdu_profile`, for VDUs that have an initial delta. How many there are at first is chosen where the VNF is
brought in, by the level of instantiation: the template has the word DESIRED_CAPACITY there (VTN-H005, a warning).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vtnmd.compiler.hot.resource import Nested, Resource
from vtnmd.compiler.hot.scaling import belongings
from vtnmd.compiler.hot.scene import Scene, is_a, targets_of
from vtnmd.domain.topology import Policy
from vtnmd.domain.tree import Json

ASPECTS, DELTAS = "tosca.policies.nfv.ScalingAspects", "tosca.policies.nfv.VduScalingAspectDeltas"
INITIAL_DELTA = "tosca.policies.nfv.VduInitialDelta"
_BOUNDS = {"min_size": ("min_number_of_instances", min), "max_size": ("max_number_of_instances", max)}
_CAPACITY = "DESIRED_CAPACITY"


def aspect_groups(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """The group of each aspect, and its two policies."""
    for aspect, body in _aspects(policy).items():
        targets = _targets(scene, aspect)
        if not targets:
            hint = f"give a policy of type {DELTAS} for the aspect its targets"
            scene.error("VTN-H002", f"no VDU scales with the aspect {aspect}", policy.span, hint)
            continue
        sizes: dict[str, Json] = {size: bound for size in _BOUNDS if (bound := _bound(scene, targets, size)) is not None}
        hint = f"write a number into the template in place of {_CAPACITY}"
        scene.warn("VTN-H005", f"the template leaves open how many copies of {aspect} there are at first", policy.span, hint)
        properties = {**sizes, "desired_capacity": _CAPACITY, "resource": {"type": _file(aspect)}}
        yield Resource(aspect, "OS::Heat::AutoScalingGroup", policy.name, properties)
        step = _step(scene, aspect, body)
        if step is None:
            scene.warn("VTN-H005", f"the template leaves open how far {aspect} scales: its step has no delta", policy.span)
        for direction, sign in (("out", 1), ("in", -1)):
            adjustment: dict[str, Json] = {} if step is None else {"scaling_adjustment": sign * step}
            yield Resource(
                f"{aspect}_scale_{direction}",
                "OS::Heat::ScalingPolicy",
                policy.name,
                {"auto_scaling_group_id": {"get_resource": aspect}, "adjustment_type": "change_in_capacity", **adjustment},
            )


def aspect_templates(scene: Scene, policy: Policy) -> tuple[Nested, ...]:
    """The nested template of each aspect."""
    found = ((aspect, _targets(scene, aspect)) for aspect in _aspects(policy))
    return tuple(Nested(_file(aspect), aspect, frozenset(belongings(scene, targets))) for aspect, targets in found if targets)


def part_of_aspects(_scene: Scene, _policy: Policy) -> Iterator[Resource]:
    """What only tells more about aspects, or about levels that are chosen when a VNF is brought in."""
    return iter(())


def _aspects(policy: Policy) -> Mapping[str, Mapping[str, Any]]:
    aspects = policy.properties.get("aspects")
    return {str(name): body for name, body in aspects.items() if isinstance(body, Mapping)} if isinstance(aspects, Mapping) else {}


def _file(aspect: str) -> str:
    return f"{aspect}.hot.yaml"


def _deltas(scene: Scene, aspect: str) -> list[Policy]:
    policies = scene.topology.policies.values()
    return [policy for policy in policies if is_a(policy, DELTAS) and policy.properties.get("aspect") == aspect]


def _targets(scene: Scene, aspect: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for policy in _deltas(scene, aspect) for name in targets_of(scene.topology, policy)))


def _bound(scene: Scene, targets: tuple[str, ...], size: str) -> int | None:
    initial = {
        name
        for policy in scene.topology.policies.values()
        if is_a(policy, INITIAL_DELTA)
        for name in targets_of(scene.topology, policy)
    }
    name, choose = _BOUNDS[size]
    profiles = [scene.nodes[target].properties.get("vdu_profile") for target in targets if target in initial]
    bounds = [profile[name] for profile in profiles if isinstance(profile, Mapping) and isinstance(profile.get(name), int)]
    return choose(bounds) if bounds else None


def _step(scene: Scene, aspect: str, body: Mapping[str, Any]) -> int | None:
    """How many copies the first step of an aspect adds; the scaling policies of Heat know one step only."""
    steps = body.get("step_deltas")
    deltas = [policy.properties.get("deltas") for policy in _deltas(scene, aspect)]
    for delta in deltas:
        found = delta.get(str(steps[0])) if isinstance(delta, Mapping) and isinstance(steps, list) and steps else None
        if isinstance(found, Mapping) and isinstance(found.get("number_of_instances"), int):
            return int(found["number_of_instances"])
    return None
