"""The backbone as a graph, and the best paths in it."""

from collections.abc import Iterable
from itertools import pairwise

import networkx as nx

from vtnmd.compiler.backbone import Way
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.tree import Json


def graph_of(backbone: Json) -> "nx.Graph[str]":
    """Nodes and links sorted, so that ties are broken by name."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(sorted(node["name"] for node in backbone.get("node", [])))
    transit = {node["name"] for node in backbone.get("node", []) if "region" not in node}
    for link in sorted(backbone.get("link", []), key=lambda each: (each["a"], each["b"])):
        labels = {link["a"]: link.get("label-a"), link["b"]: link.get("label-b")}
        graph.add_edge(link["a"], link["b"], weight=link["metric"], mtu=link["mtu"], labels=labels)
    nx.set_node_attributes(graph, {name: name in transit for name in graph}, "transit")
    return graph


def shortest(graph: "nx.Graph[str]", head: str, tail: str) -> list[str] | None:
    """A PE router of a third region is no transit node: it neither holds labels for others nor shares their fate."""
    usable = graph.subgraph([name for name in graph if graph.nodes[name]["transit"] or name in (head, tail)])
    try:
        return min(nx.all_shortest_paths(usable, head, tail, weight="weight"))
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None


def without(graph: "nx.Graph[str]", path: list[str]) -> "nx.Graph[str]":
    rest = graph.copy()
    rest.remove_edges_from(pairwise(path))
    rest.remove_nodes_from(path[1:-1])
    return rest


def disjoint_pair(graph: "nx.Graph[str]", head: str, tail: str) -> tuple[list[str], list[str]]:
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


def way_along(graph: "nx.Graph[str]", path: list[str]) -> Way:
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
