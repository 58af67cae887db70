"""The rules that turn a service into resources, one file each. A new rule is a new file and one line in `RULES`."""

from vtnmd.compiler.transforms import (
    circuits,
    fabric_ports,
    fabric_segments,
    flow_conditions,
    flow_filters,
    mac_maps,
    network_stacks,
    path_maps,
    path_policies,
    paths,
    pseudowires,
    routing,
    terminals,
    vtns,
    workload_stacks,
)
from vtnmd.compiler.transforms.rule import Rule

RULES: tuple[Rule, ...] = (
    vtns.RULE,
    fabric_segments.RULE,
    fabric_ports.RULE,
    terminals.RULE,
    mac_maps.RULE,
    flow_conditions.RULE,
    flow_filters.RULE,
    path_policies.RULE,
    path_maps.RULE,
    circuits.RULE,
    paths.RULE,
    pseudowires.RULE,
    routing.RULE,
    network_stacks.RULE,
    workload_stacks.RULE,
)

__all__ = ["RULES", "Rule"]
