"""Reads a file of allocations: YAML that maps pools to owners to the number or name that each holds."""

from pathlib import Path

from vtnmd.compiler.tosca.document import YamlMap, native
from vtnmd.compiler.tosca.read import read_document
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid


def read_allocations(path: Path) -> Allocations:
    """The allocations of a file, as `plan --json` shows them. Raises Invalid: VTN-F… the file, VTN-P032 with every wrong entry."""
    values: dict[str, dict[str, int | str]] = {}
    problems: list[Diagnostic] = []
    for pool, owners in read_document(path).pairs():
        if not isinstance(owners, YamlMap):
            hint = "write a pool, below it owners, each with its value"
            problems.append(Diagnostic("VTN-P032", f"pool {pool.text} has no owners", pool.span, hint=hint))
            continue
        held = values.setdefault(pool.text, {})
        for owner, node in owners.pairs():
            value = native(node)
            if isinstance(value, bool) or not isinstance(value, int | str) or not str(value):
                hint = "a number or a name stands here"
                problems.append(Diagnostic("VTN-P032", f"{owner.text} holds no number and no name", node.span, hint=hint))
                continue
            held[owner.text] = value
    if problems:
        raise Invalid(*problems)
    return Allocations(values)
