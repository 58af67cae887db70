"""How one knows that a VTN Manager in the current network namespace is ready."""

from collections.abc import Collection, Mapping

from lab.karaf.process import ask

MEGABYTES = 1536
"""What its heap may take."""


def answers() -> bool:
    """Whether it takes RPCs and shows its VTNs."""
    version = ask("POST", "/restconf/operations/vtn-version:get-manager-version")
    return version is not None and ask("GET", "/restconf/operational/vtn:vtns") is not None


def sees(switches: Mapping[str, Collection[str]]) -> bool:
    """Whether every port of every switch, by node id such as `openflow:1`, is there and enabled."""
    answer = ask("GET", "/restconf/operational/vtn-inventory:vtn-nodes") or {}
    nodes = answer.get("vtn-nodes", {}).get("vtn-node", [])
    seen = {node["id"]: {port["name"] for port in node.get("vtn-port", []) if port.get("enabled")} for node in nodes}
    return all(seen.get(node, set()) >= set(ports) for node, ports in switches.items())
