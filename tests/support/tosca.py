"""TOSCA texts to test with, in which ⟦ marks the place that a diagnostic must point at."""

from pathlib import Path
from textwrap import dedent

from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.topology import Topology
from vtnmd.domain.tree import Json

MARK = "⟦"
HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"


def unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the line and column of each mark."""
    places: list[tuple[int, int]] = []
    plain = ""
    for part in text.split(MARK)[:-1]:
        plain += part
        places.append((plain.count("\n") + 1, len(plain) - plain.rfind("\n")))
    return plain + text.rsplit(MARK, maxsplit=1)[-1], places


def service(text: str) -> str:
    """The text as a service template, below the line that every service template begins with."""
    return HEAD + dedent(text)


def write(folder: Path, text: str, name: str = "service.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def topology_of(folder: Path, text: str, inputs: dict[str, Json] | None = None) -> Topology:
    """The topology of a service template without its first line."""
    return read_topology(write(folder, service(text)), inputs)


def problems_of(folder: Path, text: str, inputs: dict[str, Json] | None = None) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a service template without its first line; nothing if it is right."""
    try:
        topology_of(folder, text, inputs)
    except Invalid as error:
        return error.diagnostics
    return ()


def found(problems: tuple[Diagnostic, ...]) -> list[tuple[str, int, int]]:
    """(code, line, column) of each."""
    return [(problem.code, problem.span.line, problem.span.column) for problem in problems if problem.span]
