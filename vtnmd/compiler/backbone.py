"""Ways over the backbone: which nodes a packet passes between two regions, and the adjacency labels that steer it (RFC 8660)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.tree import Json

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
    head, tail = pe_node(inventory, source), pe_node(inventory, target)
    graph = _graph(inventory.backbone)
    first = _shortest(graph, head, tail)
    if first is None:
        raise Invalid(
            Diagnostic("VTN-I021", f"no way over the backbone from {head} to {tail}", hint="add the missing links to the inventory")
        )
    if protection == "none":
        return _way(graph, first), None
    second = _shortest(_without(graph, first), head, tail)
    if second is None:
        first, second = _disjoint_pair(graph, head, tail)
    return _way(graph, first), _way(graph, second)


def _graph(backbone: Json) -> "nx.Graph[str]":
    """Nodes and links sorted, so that ties are broken by name."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(sorted(node["name"] for node in backbone.get("node", [])))
    transit = {node["name"] for node in backbone.get("node", []) if "region" not in node}
    for link in sorted(backbone.get("link", []), key=lambda each: (each["a"], each["b"])):
        labels = {link["a"]: link.get("label-a"), link["b"]: link.get("label-b")}
        graph.add_edge(link["a"], link["b"], weight=link["metric"], mtu=link["mtu"], labels=labels)
    nx.set_node_attributes(graph, {name: name in transit for name in graph}, "transit")
    return graph


def _shortest(graph: "nx.Graph[str]", head: str, tail: str) -> list[str] | None:
    """A PE router of a third region is no transit node: it neither holds labels for others nor shares their fate."""
    usable = graph.subgraph([name for name in graph if graph.nodes[name]["transit"] or name in (head, tail)])
    try:
        return min(nx.all_shortest_paths(usable, head, tail, weight="weight"))
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None


def _without(graph: "nx.Graph[str]", path: list[str]) -> "nx.Graph[str]":
    rest = graph.copy()
    rest.remove_edges_from(pairwise(path))
    rest.remove_nodes_from(path[1:-1])
    return rest


def _disjoint_pair(graph: "nx.Graph[str]", head: str, tail: str) -> tuple[list[str], list[str]]:
    """The shortest way may block every second one; then two ways are looked for together."""
    usable = graph.subgraph([name for name in graph if graph.nodes[name]["transit"] or name in (head, tail)])
    try:
        pair = sorted(nx.node_disjoint_paths(usable, head, tail), key=lambda path: (_cost(graph, path), path))
    except nx.NetworkXNoPath:
        pair = []
    if len(pair) < 2:
        raise Invalid(
            Diagnostic(
                "VTN-I022",
                f"no second way over the backbone from {head} to {tail} that is disjoint from the first",
                hint="set protection: none, or add links to the inventory",
            )
        )
    return pair[0], pair[1]


def _cost(graph: "nx.Graph[str]", path: Iterable[str]) -> float:
    return float(nx.path_weight(graph, list(path), "weight"))


def _way(graph: "nx.Graph[str]", path: list[str]) -> Way:
    links = list(pairwise(path))
    labels = [graph.edges[a, b]["labels"][a] for a, b in links[1:]]
    unlabelled = [f"{a} to {b}" for (a, b), label in zip(links[1:], labels, strict=True) if label is None]
    if unlabelled:
        raise Invalid(
            Diagnostic(
                "VTN-I023",
                f"the backbone has no adjacency label from {', '.join(unlabelled)}",
                hint="give the link label-a and label-b in the inventory",
            )
        )
    return Way(tuple(path[1:]), tuple(labels), min(graph.edges[a, b]["mtu"] for a, b in links))
