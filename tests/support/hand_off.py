"""Plain topologies to hand off in tests."""

from pathlib import Path
from typing import Any

from tests.support.tosca import service, write
from vtnmd.compiler.hot import HandOff, hand_off
from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.topology import Topology

SERVER = "{ type: tosca.nodes.Compute, capabilities: { os: { properties: { type: Linux, distribution: RHEL } } } }"


def plain(folder: Path, text: str, inputs: dict[str, Any] | None = None) -> Topology:
    """The topology of a service template without its first line, its inputs symbolic."""
    return read_topology(write(folder, service(text)), inputs, symbolic=True)


def handed_off(folder: Path, text: str, inputs: dict[str, Any] | None = None) -> HandOff:
    return hand_off(plain(folder, text, inputs))


def resources(folder: Path, text: str, inputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """The resources of the main template."""
    found = handed_off(folder, text, inputs).template["resources"]
    assert isinstance(found, dict)
    return found


def refusals(folder: Path, text: str) -> list[Diagnostic]:
    """The errors of a topology that cannot be handed off."""
    try:
        handed_off(folder, text)
    except Invalid as error:
        return [problem for problem in error.diagnostics if problem.severity == "error"]
    return []
