"""Writes what a command makes to a file that its user names."""

import os
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, Invalid


def write_text(text: str, path: Path) -> None:
    """`write_bytes` of a text in UTF-8."""
    write_bytes(text.encode("utf-8"), path)


def write_bytes(content: bytes, path: Path) -> None:
    """As a whole or not at all: what is there already is replaced at once, and keeps its mode. A link stays one, and what is no
    file, such as a pipe, is written to. Raises Invalid (VTN-F008).
    """
    if not path.name:
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: it is a folder", hint="name a file"))
    try:
        place = path.resolve()
        if place.exists() and not place.is_file() and not place.is_dir():
            place.write_bytes(content)
        else:
            _replace(content, place)
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: {why}", hint="name another file")) from None


def _replace(content: bytes, place: Path) -> None:
    scratch = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            if place.exists():
                os.fchmod(file.fileno(), place.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(place)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
