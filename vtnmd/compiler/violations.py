"""YANG violations as diagnostics, at the place where the value was written."""

from collections.abc import Callable, Iterable

from vtnmd.domain.diagnostics import Diagnostic, Span, in_order
from vtnmd.yang.violations import Violation

Path = tuple[str | int, ...]


def as_diagnostics(violations: Iterable[Violation], place: Callable[[Path], Span | None]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each violation; `place` gives the source of an instance or of its nearest ancestor."""
    return in_order(
        Diagnostic(
            violation.code,
            violation.summary,
            place(violation.path),
            hint=violation.hint,
            detail=f"app-tag {violation.app_tag}" if violation.app_tag else "",
            address=instance_path(violation.path),
        )
        for violation in violations
    )


def instance_path(path: Path) -> str:
    """The path for people: members joined by slashes, list indexes from 1 in brackets."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f"/{step}"
    return text
