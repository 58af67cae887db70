"""Violation: one thing that is wrong with a document, as a value."""

from dataclasses import dataclass
from enum import StrEnum

from vtnmd.domain.codes import CODES
from vtnmd.yang.instances import Path


class Content(StrEnum):
    """What a document may hold: configuration only, or state as well (also the input and output of operations)."""

    CONFIG = "config"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Violation:
    """`path` leads to the instance: member names as written, list indexes. `code` is a diagnostic code.

    `summary` is one line that names the value; `message` is the module's own error-message, or the summary where it gives none;
    `app_tag` is the module's error-app-tag, or that of RFC 7950 section 15, or empty.
    """

    path: Path
    code: str
    summary: str
    message: str = ""
    app_tag: str = ""
    hint: str = ""
    details: tuple[tuple[str, str | Path], ...] = ()
    """What error-info tells besides (RFC 7950 section 15): (name, text or the path of an instance)."""

    def __post_init__(self) -> None:
        if not self.message:
            object.__setattr__(self, "message", self.summary)

    @property
    def error_tag(self) -> str:
        """The RFC 6241 appendix A error-tag."""
        return CODES[self.code].error_tag

    def __str__(self) -> str:
        return f"/{'/'.join(str(step) for step in self.path)}: {self.summary}"
