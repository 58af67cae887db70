"""Where the files of a service are read from: the port that reading is handed, and the files of a file system behind it.

A file is known by its name, and that is how places in it are called. What a name looks like is the library's business: a path, or a
member of an archive. So an archive, or the open buffers of an editor, are further libraries.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span

_MEBI = 1024 * 1024


class Unreadable(Exception):
    """Completes the sentence "FILE cannot be read: …"."""


class Refused(Exception):
    """Says why the library does not even look for a file."""

    def __init__(self, summary: str, hint: str = "", code: str = "VTN-T011") -> None:
        super().__init__(summary)
        self.hint = hint
        self.code = code


class Library(Protocol):
    """Reads the files of a service by name."""

    def locate(self, reference: str, base: str) -> str:
        """The name of the file that the file `base` means by `reference`. Raises Refused."""

    def identity(self, name: str) -> str:
        """The same text for all names of one file."""

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file. Raises Unreadable, or Invalid (VTN-F003) where it has more than `limit` octets."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that this process may read, by their paths. Nothing is fetched from a network.

    Only `named`, which the user chose, may be a pipe: reading one that a file refers to could wait for ever.
    """

    named: str = ""

    def locate(self, reference: str, base: str) -> str:
        refuse_urls(reference)
        return str(Path(base).parent / reference)

    def identity(self, name: str) -> str:
        return str(Path(name).resolve())

    def read(self, name: str, limit: int) -> bytes:
        path = Path(name)
        try:
            if name != self.named and path.exists() and not path.is_file():
                raise Unreadable("it is no regular file")
            with path.open("rb") as file:
                content = file.read(limit + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise Unreadable(reason) from None
        return within(content, name, limit)


def refuse_urls(reference: str) -> None:
    """Raises Refused for what is no path."""
    if "://" in reference or "\0" in reference:
        hint = "allow it with --allow-url-imports, or import a copy of the file by its path"
        raise Refused(f"{reference[:200]!r} is not fetched: URL imports are not allowed", hint)


def within(content: bytes, name: str, limit: int) -> bytes:
    """The content of the file `name`. Raises Invalid (VTN-F003) where it is larger than `limit` octets."""
    if len(content) > limit:
        summary = f"the file is larger than {limit // _MEBI} MiB"
        raise Invalid(Diagnostic("VTN-F003", summary, Span(name, 1, 1), hint="split it by imports"))
    return content


def read_file(library: Library, name: str, limit: int) -> bytes:
    """The content of a file that the user named. Raises Invalid (VTN-F001, VTN-F003)."""
    try:
        return library.read(name, limit)
    except Unreadable as error:
        hint = "check the path and its rights"
        raise Invalid(Diagnostic("VTN-F001", f"{name} cannot be read: {error}", hint=hint)) from None
