"""What a message suggests where a name is unknown."""

import difflib
from collections.abc import Iterable

from vtnmd.compiler.tosca.document import YamlScalar
from vtnmd.domain.diagnostics import Diagnostic

_COMPARED = 500


def similar(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that is most similar; empty where none is similar enough. A difference in case is the smallest one."""
    names = list(known)
    folded = name[:200].casefold()
    same = next((candidate for candidate in names if candidate.casefold() == folded), None)
    if same is not None:
        return same
    if len(names) > _COMPARED:  # difflib compares with every name
        names = [candidate for candidate in names if abs(len(candidate) - len(name)) <= 2 and candidate[:1] == name[:1]][:_COMPARED]
    return next(iter(difflib.get_close_matches(name[:200], names, n=1, cutoff=cutoff)), "")


def closest(name: str, known: Iterable[str]) -> str:
    """A hint that names the most similar of the known names, or lists them where they are few; empty where neither helps."""
    names = list(known)
    found = similar(name, names)
    if found:
        return f"did you mean {found!r}?"
    return f"known are {', '.join(sorted(names))}" if 0 < len(names) <= 12 else ""


def unknown_name(what: str, key: YamlScalar, known: Iterable[str], code: str) -> Diagnostic:
    """`what` has no such name; with a hint at the closest one."""
    return Diagnostic(code, f"{what} {key.text[:80]!r}", key.span, closest(key.text, known))
