"""Placement policies as OS::Nova::ServerGroup, which servers name in their scheduler hints.

A policy of the type tosca.policies.Placement keeps its targets together. A derived type may say otherwise by the properties
`policy` (affinity, anti-affinity, soft-affinity or soft-anti-affinity) and `strict`. Of the rules of a VNF (ETSI NFV-SOL 001)
those can be expressed whose scope is one host.
"""

from collections.abc import Iterator

from vtnmd.compiler.hot.resource import Resource
from vtnmd.compiler.hot.scene import AFFINITY, Scene, is_a, server_group
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


def vdu_groups(scene: Scene, policy: Policy) -> Iterator[Resource]:
    """The group of an affinity or anti-affinity rule."""
    name = server_group(policy)
    if not name:
        scope = policy.properties.get("scope")
        summary = f"{policy.name} is left out: Nova keeps servers together or apart on hosts (nfvi_node), not in a {scope}"
        scene.warn("VTN-H006", summary, policy.spans.get(("scope",), policy.span))
        return
    chosen = "affinity" if is_a(policy, AFFINITY) else "anti-affinity"
    yield Resource(name, "OS::Nova::ServerGroup", policy.name, {"name": name, "policies": [chosen]})
