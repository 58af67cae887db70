"""Refuses a topology whose nodes require each other in a circle."""

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.graph import Cycle, topological_order
from vtnmd.domain.topology import Topology


def check_cycles(topology: Topology) -> None:
    """Raises Invalid (VTN-G003) with the circle, at the requirement that closes it."""
    needs = {name: [relation.target for relation in node.relations] for name, node in topology.nodes.items()}
    try:
        topological_order(needs)
    except Cycle as cycle:
        last, first = str(cycle.path[-2]), str(cycle.path[-1])
        closing = next(relation for relation in topology.nodes[last].relations if relation.target == first)
        raise Invalid(
            Diagnostic(
                "VTN-G003",
                f"nodes require each other in a circle: {cycle}",
                closing.span,
                hint="take one of these requirements away: nothing of a circle could be made first",
            )
        ) from None
