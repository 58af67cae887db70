"""YANG violations as diagnostics, at the place where the value was written."""

from collections.abc import Callable, Iterable

from vtnmd.domain.diagnostics import Diagnostic, Span, in_order
from vtnmd.yang.violations import Violation

Path = tuple[str | int, ...]

_SECRET_IN_CLEAR = "secret-in-clear"  # noqa: S105 - the app-tag of vtnmd-types, no secret


def as_diagnostics(violations: Iterable[Violation], place: Callable[[Path], Span | None]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each violation; `place` gives the source of an instance or of its nearest ancestor.

    What a module says itself of a violation becomes the hint where there is no better one. A secret that was written in clear is
    not repeated.
    """
    return in_order(_as_diagnostic(violation, place(violation.path)) for violation in violations)


def _as_diagnostic(violation: Violation, span: Span | None) -> Diagnostic:
    where = instance_path(violation.path)
    if violation.app_tag == _SECRET_IN_CLEAR:
        return Diagnostic("VTN-I007", f"{violation.path[-1]} holds a secret in clear", span, hint=violation.message, address=where)
    own_words = violation.message if violation.message != violation.summary else ""
    return Diagnostic(violation.code, violation.summary, span, hint=violation.hint or own_words, address=where)


def instance_path(path: Path) -> str:
    """The path for people: members joined by slashes, list indexes from 1 in brackets."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f"/{step}"
    return text
