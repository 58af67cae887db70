"""Placement policies as OS::Nova::ServerGroup, which servers name in their scheduler hints.

A policy of the type tosca.policies.Placement keeps its targets together. A derived type may say otherwise by the properties `policy`
(affinity, anti-affinity, soft-affinity or soft-anti-affinity) and `strict`.
"""

from collections.abc import Iterator

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import Scene
from vtnmd.domain.topology import Policy

_POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


def server_groups(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """The group."""
    chosen = policy.properties.get("policy", _POLICIES[0])
    if policy.properties.get("strict") is False and not str(chosen).startswith("soft-"):
        chosen = f"soft-{chosen}"
    if chosen not in _POLICIES:
        place = policy.spans.get(("policy",), policy.span)
        scene.error("VTN-H003", f"Nova places servers by no policy {chosen!r}", place, f"known are {', '.join(_POLICIES)}")
        return
    yield Resource(policy.name, "OS::Nova::ServerGroup", policy.name, {"name": policy.name, "policies": [chosen]})
