"""What vtnmd finds in a file as it stands in an editor: every diagnostic, and what can be told of its types and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from vtnmd.compiler.check import violations_of
from vtnmd.compiler.cycles import check_cycles
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import Opened, Reading, bind, read_with_problems
from vtnmd.compiler.tosca.library import Library
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, has_errors, in_order
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.language.reparsing import Reparser
from vtnmd.language.vocabulary import Vocabulary, profile_vocabulary, vocabulary_of

_TOSCA = re.compile(rb"^[\"']?(tosca_definitions_version|topology_template|[a-z]+_types)[\"']?\s*:", re.MULTILINE)
_NO_VALUE = "VTN-T030"


@dataclass(frozen=True)
class Analysis:
    """`reading` is None where the file is no YAML. `files` are the identities of all that were read."""

    reading: Reading | None
    diagnostics: tuple[Diagnostic, ...]
    files: frozenset[str] = frozenset()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The types that the file sees."""
        return vocabulary_of(self.reading.types, self.reading.source) if self.reading else profile_vocabulary()


def is_tosca(content: bytes) -> bool:
    """Whether a text looks like a service template or a file of types; other YAML is nobody's business here."""
    return _TOSCA.search(content) is not None


def analyse(
    file: str,
    library: Library,
    inputs: Path | None = None,
    inventory: Inventory | None = None,
    reparser: Reparser | None = None,
    models: Models = NO_MODELS,
) -> Analysis:
    """Everything that `vtnmd validate` would say of a service template, and what it knows of it.

    A `reparser` that has seen the file before makes it faster. `models` are a designer's own.

    Without a file of inputs one that has no value is no error here, for it is given when the service is applied.
    """
    try:
        opened = Opened(library, file, Path(file).stem)
        reading = read_with_problems(opened, inputs, parse=(reparser or Reparser()).parse, models=models)
        problems = [_softened(problem) if inputs is None else problem for problem in reading.problems]
        if not has_errors(problems) and not any(problem.code == _NO_VALUE for problem in problems):
            problems += _bound(reading, inventory, models)
    except Invalid as error:
        return Analysis(None, error.diagnostics, frozenset({library.identity(file)}))
    return Analysis(reading, in_order(problems), reading.files)


def _softened(problem: Diagnostic) -> Diagnostic:
    if problem.code != _NO_VALUE:
        return problem
    return Diagnostic(problem.code, problem.summary, problem.span, problem.hint, severity=Severity.WARNING)


def _bound(reading: Reading, inventory: Inventory | None, models: Models) -> Iterator[Diagnostic]:
    """What is told from binding on; a file of types alone has nothing to bind."""
    if "topology_template" not in reading.source.document.entries:
        return
    try:
        check_cycles(reading.topology)
        bound = bind(reading.topology, service_schema(models))
        yield from bound.warnings
        yield from violations_of(replace(bound.intent, models=models), inventory, alone=True)
    except Invalid as error:
        yield from error.diagnostics
