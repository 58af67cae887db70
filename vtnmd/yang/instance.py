"""Validation of documents (RFC 7950 section 8): all violations at once, entry by entry, references before `must`.

Phase 1 is names, shapes, types and what is mandatory (structure.py); phase 2 references (references.py); phase 3 `when`, `must`,
`unique` and the checks beyond XPath (constraints.py, checks.py). What one phase reports, later ones leave alone.
"""

from collections.abc import Collection

from vtnmd.domain.tree import Json
from vtnmd.yang.constraints import Constraints, check_references
from vtnmd.yang.instances import Evaluation, Instance, Path
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.references import unchecked_references
from vtnmd.yang.schema import Schema
from vtnmd.yang.structure import Structure
from vtnmd.yang.violations import Content, Violation

__all__ = ["Content", "Violation", "unchecked", "validate", "validate_below"]


def validate(
    schema: Schema,
    document: Json,
    *,
    unknown: Collection[str] = (),
    content: Content = Content.CONFIG,
    aside: Collection[int] = (),
) -> tuple[Violation, ...]:
    """Everything that is wrong with an RFC 7951 document, by path; () if it is valid.

    `document` may hold the top-level members of several modules. `unknown` names top-level members (`module:name`) whose content is
    not at hand: if the document lacks one, references into it and constraints that look into it are not checked (see `unchecked`).
    `aside` are ids of objects in the document, values of members or entries of lists, that are there to be looked at and known to
    be valid themselves.
    """
    return validate_below(schema.root, document, unknown=unknown, content=content, aside=aside)


def validate_below(
    root: SchemaNode,
    document: Json,
    *,
    unknown: Collection[str] = (),
    content: Content = Content.ALL,
    aside: Collection[int] = (),
) -> tuple[Violation, ...]:
    """The same for an input, output or notification: `root` is its schema node, `document` its members."""
    structure = Structure(content, frozenset(aside))
    structure.check(document, root)
    if isinstance(document, dict):
        top = Instance(document, root, None)
        run = Evaluation(top, frozenset(unknown))
        run.poisoned = structure.poisoned
        if root.refers:
            structure.violations.extend(check_references(top, run, structure.aside))
        if root.constrained:
            Constraints(run, structure).check(top)
    return tuple(sorted(structure.violations, key=_order))


def _order(violation: Violation) -> tuple[tuple[tuple[bool, str | int], ...], str, str]:
    return tuple((isinstance(step, str), step) for step in violation.path), violation.code, violation.summary


def unchecked(schema: Schema, document: Json, unknown: Collection[str]) -> tuple[Path, ...]:
    """The leaves whose references `validate` left unchecked, because they lead into an absent member of `unknown`."""
    return unchecked_references(document, schema.root, unknown)
