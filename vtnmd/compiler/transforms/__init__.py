"""The rules that turn a service into resources, one file each. A new rule is a new file and one line in `RULES`."""

from vtnmd.compiler.transforms import (
    circuits,
    fabric_ports,
    fabric_segments,
    network_stacks,
    paths,
    pseudowires,
    routing,
    vtns,
    workload_stacks,
)
from vtnmd.compiler.transforms.rule import Rule

RULES: tuple[Rule, ...] = (
    vtns.RULE,
    fabric_segments.RULE,
    fabric_ports.RULE,
    circuits.RULE,
    paths.RULE,
    pseudowires.RULE,
    routing.RULE,
    network_stacks.RULE,
    workload_stacks.RULE,
)

__all__ = ["RULES", "Rule"]
