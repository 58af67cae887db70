"""Which rule makes resources of which TOSCA types: the table of contents of this package.

A node or policy is given to the first rule whose type it is or derives from.
"""

from collections.abc import Callable, Iterator

from vtnmd.compiler.hot.clusters import clusters
from vtnmd.compiler.hot.monitoring import alarms
from vtnmd.compiler.hot.networks import floating_addresses, networks, ports
from vtnmd.compiler.hot.nfv import (
    CONNECTION_POINT,
    VDU,
    VIRTUAL_LINK,
    VIRTUAL_STORAGE,
    VNF,
    connection_points,
    vdus,
    virtual_links,
    virtual_storages,
)
from vtnmd.compiler.hot.nfv_scaling import ASPECTS, DELTAS, INITIAL_DELTA, aspect_groups, aspect_templates, part_of_aspects
from vtnmd.compiler.hot.placement import server_groups, vdu_groups
from vtnmd.compiler.hot.reservation import lease_alarms
from vtnmd.compiler.hot.resource import Nested, Resource
from vtnmd.compiler.hot.scaling import scaling_groups, scaling_templates
from vtnmd.compiler.hot.scene import (
    AFFINITY,
    ANTI_AFFINITY,
    CLUSTER,
    COMPUTE,
    CONTAINER,
    FLOATING,
    NETWORK,
    PLACEMENT,
    PORT,
    SCALING,
    VOLUME,
    Scene,
)
from vtnmd.compiler.hot.servers import servers
from vtnmd.compiler.hot.storage import containers, volumes
from vtnmd.domain.topology import Node, Policy

NodeRule = Callable[[Scene, Node], Iterator[Resource]]
PolicyRule = Callable[[Scene, Policy], Iterator[Resource]]
TemplateRule = Callable[[Scene, Policy], tuple[Nested, ...]]


def _nothing(_scene: Scene, _node: Node) -> Iterator[Resource]:
    """What consists of its operations only."""
    return iter(())


NODES: tuple[tuple[str, NodeRule], ...] = (
    (COMPUTE, servers),
    (VOLUME, volumes),
    (CONTAINER, containers),
    (NETWORK, networks),
    (PORT, ports),
    (FLOATING, floating_addresses),
    ("tosca.nodes.SoftwareComponent", _nothing),
    ("tosca.nodes.WebServer", _nothing),
    ("tosca.nodes.WebApplication", _nothing),
    ("tosca.nodes.DBMS", _nothing),
    ("tosca.nodes.Database", _nothing),
    ("tosca.nodes.Container.Runtime", _nothing),
    (VDU, vdus),
    (CONNECTION_POINT, connection_points),
    (VIRTUAL_LINK, virtual_links),
    (VIRTUAL_STORAGE, virtual_storages),
    (VNF, _nothing),
)
POLICIES: tuple[tuple[str, PolicyRule], ...] = (
    (AFFINITY, vdu_groups),
    (ANTI_AFFINITY, vdu_groups),
    (PLACEMENT, server_groups),
    (CLUSTER, clusters),
    (SCALING, scaling_groups),
    ("tosca.policies.Monitoring", alarms),
    ("tosca.policies.Reservation", lease_alarms),
    (ASPECTS, aspect_groups),
    (DELTAS, part_of_aspects),
    (INITIAL_DELTA, part_of_aspects),
    ("tosca.policies.nfv.InstantiationLevels", part_of_aspects),
    ("tosca.policies.nfv.VduInstantiationLevels", part_of_aspects),
    ("tosca.policies.nfv.VirtualLinkInstantiationLevels", part_of_aspects),
)
TEMPLATES: tuple[tuple[PolicyRule, TemplateRule], ...] = (
    (scaling_groups, scaling_templates),
    (aspect_groups, aspect_templates),
)
"""The rules whose resources make copies of a nested template, and what gives these templates."""


def rule_of(policy: Policy) -> PolicyRule | None:
    """The rule of a policy; None if there is none."""
    return next((rule for name, rule in POLICIES if name in policy.ancestry), None)
