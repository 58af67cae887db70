"""CSARs (TOSCA 1.3, chapter 6): service templates in a ZIP archive, read in memory and never unpacked.

A file in an archive is called `ARCHIVE!/MEMBER`. Reports VTN-F003 (size), F010 (no archive), F011 (unsafe member), F012 (bomb) and
F013 (no entry).
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from vtnmd.compiler.tosca.library import Refused, Unreadable, refuse_urls, within
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span

SUFFIXES = frozenset({".csar", ".zip"})
META_FILE = "TOSCA-Metadata/TOSCA.meta"
INSIDE = "!/"
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGES = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
"""What zipfile raises for archives that are none, or that are broken inside."""

_ZIP_MAGIC = b"PK\x03\x04"
_PROGRAM_ARCHIVES = frozenset({".jar", ".war", ".ear", ".whl"})
"""Artifacts that happen to be ZIP archives. They are never looked into."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What protects against bombs: octets of an archive and of all its members, how many there are, how much one may expand.

    `expansion` counts for members of more than `expanded_size` octets: small texts compress as well as they like.
    """

    size: int = 64 * 1024 * 1024
    members: int = 10_000
    total: int = 256 * 1024 * 1024
    expansion: int = 100
    expanded_size: int = 1024 * 1024


DEFAULT_ARCHIVE_LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """The members of an archive as a library, all of them checked. `name` is what the archive is called."""

    name: str
    file: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]

    def called(self, member: str) -> str:
        """The name of a member in this library."""
        return f"{self.name}{INSIDE}{member}"

    def locate(self, reference: str, base: str) -> str:
        refuse_urls(reference)
        member = _joined(base.removeprefix(self.called("")), reference)
        if member is None:
            raise Refused(f"{reference[:200]!r} leads out of the archive", "a CSAR holds all the files that it imports")
        return self.called(member)

    def identity(self, name: str) -> str:
        """Copies in one folder are one file: they were links to each other before they were packed."""
        member = self.members.get(name.removeprefix(self.called("")))
        return f"{name.rpartition('/')[0]}/{member.CRC:08x}-{member.file_size}" if member else name

    def holds(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return name.removeprefix(self.called("")) in self.members

    def read(self, name: str, limit: int) -> bytes:
        member = self.members.get(name.removeprefix(self.called("")))
        if member is None:
            raise Unreadable("there is no such file in the archive")
        try:
            with self.file.open(member) as content:
                return within(content.read(limit + 1), name, limit)
        except _DAMAGES as error:
            summary = f"the archive is damaged: {error}"
            raise Invalid(Diagnostic("VTN-F010", summary, Span(name, 1, 1), "pack it again")) from None


def open_archive(content: bytes, name: str, limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS) -> Archive:
    """The archive that a file called `name` holds. Raises Invalid with everything that is unsafe about it."""
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGES as error:
        hint = "a CSAR is a ZIP archive"
        raise Invalid(Diagnostic("VTN-F010", f"{name} is no archive: {error}", Span(name, 1, 1), hint)) from None
    entries = file.infolist()
    problems = list(_bombs(entries, name, limits))
    if not problems:
        problems = list(_unsafe(file, entries, name))
    if problems:
        raise Invalid(*problems)
    return Archive(name, file, {entry.filename: entry for entry in entries if not entry.is_dir()})


def _bombs(entries: list[zipfile.ZipInfo], name: str, limits: ArchiveLimits) -> Iterator[Diagnostic]:
    """What is too much, by what the archive says of itself; more than that is never read."""
    if len(entries) > limits.members:
        yield _bomb(name, f"it has {len(entries)} members, and {limits.members} are allowed")
    total = sum(entry.file_size for entry in entries)
    if total > limits.total:
        yield _bomb(name, f"its members have {total} octets, and {limits.total} are allowed")
    for entry in entries:
        expands = entry.file_size > limits.expansion * max(entry.compress_size, 1)
        if expands and entry.file_size > limits.expanded_size:
            yield _bomb(name, f"{entry.filename[:200]!r} expands to more than {limits.expansion} times its size")


def _bomb(name: str, reason: str) -> Diagnostic:
    return Diagnostic("VTN-F012", f"{name} is not unpacked: {reason}", Span(name, 1, 1), "pack large artifacts elsewhere")


def _unsafe(file: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for entry in entries:
        problem = _problem(file, entry) or ("stands there twice" if entry.filename.rstrip("/") in seen else "")
        seen.add(entry.filename.rstrip("/"))
        if problem:
            yield Diagnostic("VTN-F011", f"the member {entry.filename[:200]!r} {problem}", Span(name, 1, 1))


def _problem(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Why a member is refused; empty if it is not."""
    path = entry.orig_filename.removesuffix("/")
    mode = entry.external_attr >> 16
    if "\0" in path or "\\" in path or path.startswith("/") or path[1:2] == ":":
        return "has an absolute name, or one with characters that no name may have"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "has a name that leads somewhere else"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or device"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in _METHODS:
        return "is compressed by another method than deflate"
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SUFFIXES or (suffix not in _PROGRAM_ARCHIVES and _begins_like_an_archive(file, entry)):
        return "is an archive itself"
    return ""


def _begins_like_an_archive(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    try:
        with file.open(entry) as content:
            return content.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    except _DAMAGES:
        return False  # told when it is read


def _joined(base: str, reference: str) -> str | None:
    """The member that `reference` means in the member `base`; None where that is outside of the archive."""
    if reference.startswith("/") or "\\" in reference or "\0" in reference:
        return None
    parts = base.split("/")[:-1]
    for part in reference.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
