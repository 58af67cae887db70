"""A resource graph as text, as Graphviz dot, and as data. Every edge says why it is there."""

from collections.abc import Iterator

from rich.text import Text

from vtnmd.cli.views.text import joined, plain
from vtnmd.domain.address import Address
from vtnmd.domain.graph import Edge, ResourceGraph
from vtnmd.domain.tree import Json


def show_graph(graph: ResourceGraph) -> Text:
    """Resources in topological order, each with what it needs and why."""
    needs: dict[Address, list[Edge]] = {}
    for edge in graph.edges():
        needs.setdefault(edge.source, []).append(edge)
    lines: list[Text] = []
    for address in graph.order():
        summary = graph.resources[address].summary
        lines.append(Text.assemble((plain(str(address)), "bold"), (f"  {plain(summary)}" if summary else "", "dim")))
        lines += [Text(f"  needs {plain(str(edge.target))} ({plain(edge.reason)})") for edge in needs.get(address, [])]
    return joined(lines)


def dot(graph: ResourceGraph) -> str:
    """For Graphviz: a box per region, a box in it per endpoint, left to right."""
    return "\n".join(_dot(graph)) + "\n"


def _dot(graph: ResourceGraph) -> Iterator[str]:
    yield "digraph vtnmd {"
    yield '  rankdir="LR"; node [shape="box", fontname="sans-serif", fontsize="10"]; edge [fontname="sans-serif", fontsize="8"];'
    endpoints: dict[str, dict[str, list[Address]]] = {}
    for address in graph.order():
        endpoints.setdefault(address.region, {}).setdefault(address.endpoint_id, []).append(address)
    for region, members in sorted(endpoints.items()):
        yield f"  subgraph {quoted(f'cluster {region}')} {{ label={quoted(region)};"
        for endpoint, addresses in sorted(members.items()):
            yield f"    subgraph {quoted(f'cluster {endpoint}')} {{ label={quoted(endpoint)};"
            for address in addresses:
                label = f"{address.kind}\n{address.label}"
                yield f"      {quoted(str(address))} [label={quoted(label)}];"
            yield "    }"
        yield "  }"
    for edge in graph.edges():
        yield f"  {quoted(str(edge.source))} -> {quoted(str(edge.target))} [label={quoted(edge.reason)}];"
    yield "}"


def quoted(text: str) -> str:
    """A dot string: backslashes and quotes escaped, line breaks kept as such."""
    return '"' + "\\n".join(plain(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")) + '"'


def data(graph: ResourceGraph) -> Json:
    """Resources in order and every edge."""
    return {
        "resources": [graph.resources[address].to_json() for address in graph.order()],
        "edges": [{"source": str(edge.source), "target": str(edge.target), "reason": edge.reason} for edge in graph.edges()],
    }
