"""Diagnostics: errors and warnings as values, and the one exception that carries them to a front end.

VtnmdError                      what went wrong in a way that a front end shows and maps to an exit code
├── Invalid                     the input is wrong; carries every diagnostic of the phase
├── Stale                       a plan no longer fits what it was made from
├── StateError                  the state cannot be read, written or owned
└── EndpointError               (vtnmd.southbound.ports) an endpoint refused or could not be reached
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from vtnmd.domain.codes import CODES
from vtnmd.domain.tree import Json


class Severity(StrEnum):
    """An error refuses its input; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file. Lines and columns count from 1; `end_column` is one past the last character.

    `through` names the nodes that a place inside of a substituting template was come to by, outermost first; empty elsewhere.
    """

    file: str
    line: int
    column: int
    end_column: int = 0
    through: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def nearest_span(spans: Mapping[tuple[str | int, ...], Span], path: tuple[str | int, ...]) -> Span | None:
    """The span of the instance at `path`, or of its nearest ancestor that has one."""
    steps = (path[:length] for length in range(len(path), -1, -1))
    return next((spans[step] for step in steps if step in spans), None)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the user: what is wrong (summary), why (detail), what to do (hint), and where."""

    code: str
    summary: str
    span: Span | None = None
    hint: str = ""
    detail: str = ""
    address: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code} is not listed in vtnmd/domain/codes.py")

    def __str__(self) -> str:
        """One line, `file:line:col: error[CODE]: summary`; without a place the first part is missing."""
        head = f"{self.span}: " if self.span else ""
        return f"{head}{self.severity}[{self.code}]: {self.summary}"

    def at(self, span: Span | None) -> "Diagnostic":
        """The same, placed, unless it has a place already."""
        return self if self.span or span is None else replace(self, span=span)

    def to_json(self) -> Json:
        place = (
            {"file": self.span.file, "line": self.span.line, "column": self.span.column, "end-column": self.span.end_column}
            | ({"through": self.span.through} if self.span.through else {})
            if self.span
            else None
        )
        return {
            "severity": str(self.severity),
            "code": self.code,
            "summary": self.summary,
            "detail": self.detail,
            "hint": self.hint,
            "address": self.address,
            "span": place,
        }


def diagnostic_from_json(data: Json) -> Diagnostic:
    """The inverse of `Diagnostic.to_json`."""
    place = data["span"]
    span = place and Span(place["file"], place["line"], place["column"], place["end-column"], place.get("through", ""))
    severity = Severity(data["severity"])
    return Diagnostic(data["code"], data["summary"], span, data["hint"], data["detail"], data["address"], severity)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column, what has no place last; duplicates dropped."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.span is None, d.span or Span("", 0, 0), d.code, d.summary)))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any is more than a warning."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


class VtnmdError(Exception):
    """Base of what a front end shows to its user. `diagnostics` is never empty."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class Invalid(VtnmdError):
    """The input is wrong; nothing was written."""


class Stale(VtnmdError):
    """Something that the plan read has changed since."""


class StateError(VtnmdError):
    """The state cannot be read, written or owned."""
