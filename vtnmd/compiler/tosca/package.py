"""A service as a CSAR (TOSCA 1.3, chapter 6): its service template, all that it imports, and the artifacts that it names.

The same service gives the same octets wherever it is packaged: members are in order, stored as they are, and have no time.
Reports VTN-F014 (outside of the folder), VTN-T014 (artifact not found), and what reading reports.
"""

import io
import os.path
import zipfile
from dataclasses import dataclass

from vtnmd.compiler.tosca.archive import META_FILE
from vtnmd.compiler.tosca.artifacts import referred_files
from vtnmd.compiler.tosca.csar import ENTRY, SERVICE_NAME
from vtnmd.compiler.tosca.document import YamlNode
from vtnmd.compiler.tosca.imports import Loading
from vtnmd.compiler.tosca.library import Refused, Unreadable
from vtnmd.compiler.tosca.opening import Opened
from vtnmd.compiler.tosca.urls import is_url
from vtnmd.domain.diagnostics import Diagnostic, Invalid

_LARGEST_ARTIFACT = 64 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE, _UNIX = 0o100644 << 16, 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that the package holds, and what of the service names it; None for the service template itself."""

    file: str
    node: YamlNode | None


def package(opened: Opened, loading: Loading) -> bytes:
    """The archive. `loading` is the service with its imports. Raises Invalid with everything that cannot be packed.

    What was imported by URL stays where it is.
    """
    problems: list[Diagnostic] = []
    members: dict[str, bytes] = {}
    for wanted in _wanted(opened, loading, problems):
        member = _member(opened, wanted.file)
        if member is None:
            problems.append(_outside(wanted, opened))
        elif member not in members:
            content = _content(opened, wanted, problems)
            if content is not None:
                members[member] = content
    if problems:
        raise Invalid(*problems)
    members.pop(META_FILE, None)  # this package has its own
    entry = _member(opened, opened.file) or opened.file
    return _zipped({META_FILE: _meta(entry, opened.name), **dict(sorted(members.items()))})


def _wanted(opened: Opened, loading: Loading, problems: list[Diagnostic]) -> list[Wanted]:
    found = [Wanted(opened.file, None), *(Wanted(file, node) for file, node in loading.located)]
    for scalar in referred_files(source for source in loading.sources.values() if not is_url(source.file)):
        try:
            found.append(Wanted(opened.library.locate(scalar.text, scalar.file), scalar))
        except Refused as error:
            problems.append(Diagnostic("VTN-T014", str(error), scalar.span, error.hint))
    return [wanted for wanted in found if not is_url(wanted.file)]


def _member(opened: Opened, file: str) -> str | None:
    """What a file is called in the package; None where it, or what it is a link to, is outside of the service's folder."""
    name = _below(opened.folder, os.path.normpath(file))
    real = _below(opened.library.identity(opened.folder), opened.library.identity(file))
    return None if real is None else name


def _below(folder: str, file: str) -> str | None:
    prefix = "" if folder in ("", ".") else os.path.normpath(folder) + "/"
    inside = file.removeprefix(prefix)
    return inside if file.startswith(prefix) and not inside.startswith(("../", "/")) else None


def _outside(wanted: Wanted, opened: Opened) -> Diagnostic:
    summary = f"{wanted.file} is outside of {opened.folder or 'the folder of the service template'}, and cannot be packed"
    return Diagnostic("VTN-F014", summary, wanted.node.span if wanted.node else None, "copy it below that folder")


def _content(opened: Opened, wanted: Wanted, problems: list[Diagnostic]) -> bytes | None:
    try:
        return opened.library.read(wanted.file, _LARGEST_ARTIFACT)
    except Unreadable as error:
        hint = "a path is relative to the file that names it; an artifact is called by its name"
        span = wanted.node.span if wanted.node else None
        problems.append(Diagnostic("VTN-T014", f"{wanted.file} cannot be read: {error}", span, hint))
    except Invalid as error:
        problems.extend(error.diagnostics)
    return None


def _meta(entry: str, name: str) -> bytes:
    lines = (
        "TOSCA-Meta-File-Version: 1.1",
        "CSAR-Version: 1.1",
        "Created-By: vtnmd",
        f"{ENTRY}: {entry}",
        f"{SERVICE_NAME}: {name}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr, entry.create_system = _PLAIN_FILE, _UNIX
            archive.writestr(entry, content)
    return buffer.getvalue()
