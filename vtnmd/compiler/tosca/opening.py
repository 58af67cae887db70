"""What a SERVICE argument means: which file of which library is the service template."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vtnmd.compiler.tosca.archive import DEFAULT_ARCHIVE_LIMITS, INSIDE, SUFFIXES, Archive, open_archive
from vtnmd.compiler.tosca.csar import entry_of
from vtnmd.compiler.tosca.library import Files, Library, Unreadable, read_file
from vtnmd.compiler.tosca.read import DEFAULT_LIMITS, Limits
from vtnmd.domain.diagnostics import Invalid

SERVICE_FILE = "service.yaml"


@dataclass(frozen=True, slots=True)
class Opened:
    """A service template: the name of its file in a library, and what the service is called where its metadata gives no name.

    `folder` is what the names of its own files begin with. `holds` tells whether a file is in the library, where all that the
    service refers to must be there already.
    """

    library: Library
    file: str
    name: str
    folder: str = ""
    holds: Callable[[str], bool] | None = None


def open_service(path: Path, limits: Limits = DEFAULT_LIMITS) -> Opened:
    """The service template of a TOSCA file, of a folder with a `service.yaml`, or of a CSAR. Raises Invalid."""
    if path.is_dir():
        return Opened(Files(), str(path / SERVICE_FILE), path.resolve().name, str(path))
    if path.suffix.lower() in SUFFIXES:
        archive = _archive(path)
        entry = entry_of(archive, limits)
        return Opened(archive, archive.called(entry.member), entry.name or path.stem, archive.called(""), archive.holds)
    return Opened(Files(str(path)), str(path), path.stem, str(path.parent))


def text_of_file(name: str) -> str | None:
    """The text of a file that places in diagnostics name, for excerpts; None where it is not to be had, or no text."""
    if Path(name).suffix.lower() in SUFFIXES:
        return None
    archive, inside, _ = name.partition(INSIDE)
    library: Library = Files()
    try:
        if inside and Path(archive).suffix.lower() in SUFFIXES:
            library = _archive(Path(archive))
        content = library.read(name, DEFAULT_LIMITS.file_size)
    except (Unreadable, Invalid):
        return None
    return None if b"\0" in content else content.decode("utf-8-sig", "replace")


def _archive(path: Path) -> Archive:
    content = read_file(Files(str(path)), str(path), DEFAULT_ARCHIVE_LIMITS.size)
    return open_archive(content, str(path))
