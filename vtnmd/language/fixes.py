"""What a hint offers to write instead."""

import re

from vtnmd.domain.diagnostics import Diagnostic

_MEANT = re.compile(r"did you mean (.+)\?")


def replacements(diagnostic: Diagnostic, text: str) -> tuple[str, ...]:
    """The names that are probably meant, where `text`, which the diagnostic points at, is the one that is not known."""
    found = _MEANT.search(diagnostic.hint)
    if found is None or f"'{text}'" not in diagnostic.summary:
        return ()
    return tuple(name.strip("'") for name in found[1].split(" or "))
