"""Writes what a command makes to a file that its user names."""

import os
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, Invalid


def write_text(text: str, path: Path) -> None:
    """`write_bytes` of a text in UTF-8."""
    write_bytes(text.encode("utf-8"), path)


def write_bytes(content: bytes, path: Path) -> None:
    """As a whole or not at all: what is there already is replaced at once. Raises Invalid (VTN-F008)."""
    if not path.name:
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: it is a folder", hint="name a file"))
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: {error.strerror}", hint="name another file")) from None
