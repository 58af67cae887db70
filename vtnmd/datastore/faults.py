"""What a datastore refuses, as values that both protocols can tell (RFC 6241 section 4.3, RFC 8040 section 7.1)."""

from dataclasses import dataclass, field

from vtnmd.domain.tree import Json
from vtnmd.yang.convert import MOST_PROBLEMS
from vtnmd.yang.edit import EditError, EditProblem
from vtnmd.yang.identifiers import Identifier, instance_identifier
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.violations import Violation


@dataclass(frozen=True, slots=True)
class Fault:
    """One error. `info` are elements of error-info, as (name, text); in the namespace of NETCONF, but for `missing-choice` and
    `non-unique` (RFC 7950 section 15), whose prefixes are those of `path`. `app_tag` may be empty.
    """

    tag: str
    message: str
    type: str = "application"
    app_tag: str = ""
    path: Identifier = field(default_factory=Identifier)
    info: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """A request that is refused; nothing has changed. `edit` is the number of the edit among several that is to blame, from 0."""

    edit: int | None = None

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.tag}: {fault.message}" for fault in faults))
        self.faults = faults


def refused_edit(error: EditError) -> Refused:
    """What edit-config's rules refuse."""
    return Refused(*(_edit_fault(problem) for problem in error.problems))


def _edit_fault(problem: EditProblem) -> Fault:
    given = (
        ("bad-attribute", problem.bad_attribute),
        ("bad-element", problem.bad_element),
        ("bad-namespace", problem.bad_namespace),
    )
    info = tuple((name, text) for name, text in given if text)
    return Fault(problem.error_tag, problem.message, problem.error_type, problem.app_tag, problem.path, info)


def refused_violations(
    schema: Schema, document: Json, violations: tuple[Violation, ...], root: SchemaNode | None = None
) -> Refused:
    """What validation finds wrong with a document, or with the members of an object at `root`: the first `MOST_PROBLEMS` of it."""
    return Refused(*(_violation_fault(schema, document, each, root) for each in violations[:MOST_PROBLEMS]))


def _violation_fault(schema: Schema, document: Json, violation: Violation, root: SchemaNode | None) -> Fault:
    path = instance_identifier(schema, document, violation.path, root)
    info = list(_bad_element(violation))
    for name, detail in violation.details:
        if isinstance(detail, str):
            info.append((name, detail))
        else:
            place = instance_identifier(schema, document, detail, root)
            path = Identifier(path.text, {**path.namespaces, **place.namespaces})
            info.append((name, place.text))
    return Fault(violation.error_tag, violation.message, app_tag=violation.app_tag, path=path, info=tuple(info))


def _bad_element(violation: Violation) -> tuple[tuple[str, str], ...]:
    if violation.error_tag not in {"unknown-element", "missing-element", "bad-element"}:
        return ()
    names = [str(step).rpartition(":")[2] for step in violation.path if isinstance(step, str)]
    return (("bad-element", names[-1]),) if names else ()
