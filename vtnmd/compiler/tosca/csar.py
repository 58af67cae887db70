"""Which member of a CSAR is its service template (TOSCA 1.3, sections 6.2 and 6.3).

Reports VTN-F013 (no entry) and VTN-T001 (version).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vtnmd.compiler.tosca.archive import META_FILE, Archive
from vtnmd.compiler.tosca.document import YamlMap, map_of, text_of
from vtnmd.compiler.tosca.library import Unreadable
from vtnmd.compiler.tosca.read import Limits, parse_leniently
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span

ENTRY, SERVICE_NAME = "Entry-Definitions", "Service-Name"
"""Keynames of TOSCA.meta; the second one is vtnmd's own: what the service is called where its metadata gives no name."""

_REQUIRED = ("template_name", "template_version")
_WITH_META_ONLY = ("tosca_simple_yaml_1_0", "tosca_simple_yaml_1_0_0")


@dataclass(frozen=True, slots=True)
class Entry:
    """The service template's member, and the name that TOSCA.meta gives to the service, if any."""

    member: str
    name: str = ""


def entry_of(archive: Archive, limits: Limits) -> Entry:
    """What TOSCA.meta says, or else the one YAML file that stands at the top. Raises Invalid."""
    if META_FILE in archive.members:
        return _from_meta(archive, limits)
    top = [member for member in archive.members if "/" not in member and member.lower().endswith((".yaml", ".yml"))]
    if len(top) != 1:
        found = f"there are {', '.join(sorted(top))}" if top else "there is none"
        summary = f"without {META_FILE}, one YAML file must stand at the top of {archive.name}: {found}"
        raise Invalid(Diagnostic("VTN-F013", summary, Span(archive.name, 1, 1)))
    _check_top(archive, top[0], limits)
    return Entry(top[0])


def _from_meta(archive: Archive, limits: Limits) -> Entry:
    name = archive.called(META_FILE)
    meta = parse_meta(_read(archive, name, limits).decode("utf-8-sig", "replace"))
    entry = meta.get(ENTRY, "")
    if not entry:
        hint = f"write a line such as {ENTRY}: service.yaml"
        raise Invalid(Diagnostic("VTN-F013", f"{META_FILE} has no line {ENTRY}", Span(name, 1, 1), hint))
    if entry not in archive.members:
        raise Invalid(Diagnostic("VTN-F013", f"{ENTRY} names {entry[:200]!r}, which is not in the archive", Span(name, 1, 1)))
    return Entry(entry, meta.get(SERVICE_NAME, ""))


def parse_meta(text: str) -> Mapping[str, str]:
    """The first block of a TOSCA.meta: `keyname: value` lines up to an empty one; a line that begins with a blank continues one."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if line[0] in " \t" and last:
            found[last] += line.strip()
        elif colon:
            last = key.strip()
            found[last] = value.strip()
    return found


def _check_top(archive: Archive, member: str, limits: Limits) -> None:
    """A service template in place of TOSCA.meta must tell its name and version, in a version of TOSCA that knows of this."""
    name = archive.called(member)
    document, _ = parse_leniently(_read(archive, name, limits), name, limits)
    version = document.get("tosca_definitions_version")
    if version is not None and text_of(version) in _WITH_META_ONLY:
        summary = f"a CSAR of {text_of(version)} needs {META_FILE}"
        raise Invalid(Diagnostic("VTN-F013", summary, version.span))
    metadata: YamlMap = map_of(document.get("metadata"))
    missing = [key for key in _REQUIRED if not text_of(metadata.get(key))]
    if missing:
        place = metadata.span if metadata.file else document.span
        summary = f"without {META_FILE}, the metadata of {member} must have {' and '.join(missing)}"
        raise Invalid(Diagnostic("VTN-F013", summary, place))


def _read(archive: Archive, name: str, limits: Limits) -> bytes:
    try:
        return archive.read(name, limits.file_size)
    except Unreadable as error:
        raise Invalid(Diagnostic("VTN-F001", f"{name} cannot be read: {error}", Span(name, 1, 1))) from None
