"""Ways over the backbone: which nodes a packet passes between two regions, and the adjacency labels that steer it (RFC 8660)."""

from dataclasses import dataclass

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Inventory

_INNER_ETHERNET = 14
_LABEL = 4


@dataclass(frozen=True, slots=True)
class Way:
    """`hops` are the nodes after the head end, the far PE last; `labels` the stack, top first; `mtu` the smallest of its links."""

    hops: tuple[str, ...]
    labels: tuple[int, ...]
    mtu: int

    @property
    def payload_mtu(self) -> int:
        """The largest IP packet that fits below the path's labels, one service label and an inner Ethernet header."""
        return self.mtu - _INNER_ETHERNET - _LABEL * (len(self.labels) + 1)


def pe_node(inventory: Inventory, region: str) -> str:
    """The backbone node of the region's PE router. Raises Invalid where the inventory names none."""
    endpoint = next((e for e in inventory.endpoints() if e.region == region and e.kind == "netconf"), None)
    if endpoint and "backbone-node" in endpoint.settings:
        return str(endpoint.settings["backbone-node"])
    found = [node["name"] for node in inventory.backbone.get("node", []) if node.get("region") == region]
    if len(found) == 1:
        return str(found[0])
    raise Invalid(
        Diagnostic(
            "VTN-I020",
            f"the backbone has {len(found) or 'no'} node{'s' if len(found) > 1 else ''} for region {region}",
            hint="give one node of the backbone that region, or name it in the PE router's backbone-node",
        )
    )


def ways(inventory: Inventory, source: str, target: str, protection: str) -> tuple[Way, Way | None]:
    """The best way from region to region and, where protection asks for it, one that shares no link and no transit node with it.

    Best is the smallest sum of metrics, ties by name, so the answer depends on the inventory only. Raises Invalid with the reason
    where there is no such way.
    """
    from vtnmd.compiler import backbone_graph as graphs  # noqa: PLC0415  loads networkx, and many commands compile nothing

    head, tail = pe_node(inventory, source), pe_node(inventory, target)
    graph = graphs.graph_of(inventory.backbone)
    first = graphs.shortest(graph, head, tail)
    if first is None:
        raise Invalid(
            Diagnostic("VTN-I021", f"no way over the backbone from {head} to {tail}", hint="add the missing links to the inventory")
        )
    if protection == "none":
        return graphs.way_along(graph, first), None
    second = graphs.shortest(graphs.without(graph, first), head, tail)
    if second is None:
        first, second = graphs.disjoint_pair(graph, head, tail)
    return graphs.way_along(graph, first), graphs.way_along(graph, second)
