"""From names to what they mean and back: definitions, references, renames, symbols."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar
from vtnmd.compiler.tosca.read import parse_leniently
from vtnmd.domain.diagnostics import Invalid, Span
from vtnmd.language.outline import Entry, outline
from vtnmd.language.place import Place, Steps, place_at
from vtnmd.language.roles import Declares, Members, Role, TemplateNames, TypeNames, View, role_at

LEGAL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.\-]*[A-Za-z0-9])?")
"""What the YANG models allow as the name of an entry; it needs no quotes in YAML either, but for words such as null or 12."""

_NEEDS_QUOTES = re.compile(r"true|false|null|[-+.0-9][-+.0-9eExXoO_]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a name stands on a line, counted from 0."""

    line: int
    start: int
    end: int


def definition(lines: Sequence[str], line: int, column: int, view: View, file: Path) -> Span | None:
    """Where what is named at a position is defined: a type, what a type declares, a template, an input, an imported file."""
    place = place_at(lines, line, column, whole=True)
    if place is None or not place.word:
        return None
    if place.steps[:1] == ("imports",) and not place.is_key:
        target = file.parent / place.word
        return Span(str(target), 1, 1) if target.is_file() else None
    match role_at(place, view):
        case Members(known=known) if place.word in known:
            return known[place.word].span
        case TypeNames(section):
            found = view.vocabulary.named(section).get(place.word)
            return found.span if found else None
        case TemplateNames(sections):
            entry = _entry(sections, place.word, view)
            return _span(entry[1], file) if entry else None
    return None


def references(lines: Sequence[str], line: int, column: int, view: View) -> tuple[Occurrence, ...]:
    """Everywhere that the template or input at a position is named, its declaration first.

    Nothing where there is none, or where the text is no YAML, so that not all of them can be found.
    """
    place = place_at(lines, line, column, whole=True)
    role = role_at(place, view) if place else None
    sections = (role.section,) if isinstance(role, Declares) else role.sections if isinstance(role, TemplateNames) else ()
    found = _entry(sections, place.word, view) if place else None
    if found is None:
        return ()
    section, entry = found
    try:
        document, _ = parse_leniently("\n".join(lines).encode(), "")
    except Invalid:
        return ()
    named = [_occurrence(lines, scalar, entry.name) for scalar in _named(document, document, section, entry.name, view)]
    declared = Occurrence(entry.line, entry.column, entry.column + len(entry.name))
    return (declared, *dict.fromkeys(each for each in named if each is not None))


def legal_rename(name: str, view: View) -> str:
    """Why a template cannot be called so; empty if it can."""
    if not LEGAL_NAME.fullmatch(name) or _NEEDS_QUOTES.fullmatch(name):
        return f"{name!r} is no name: letters, digits, '.', '-' and '_', with a letter or digit at both ends, and no number"
    taken = next((section for section, names in view.outline.items() if name in names), "")
    return f"{name} is taken, in {taken}" if taken else ""


def symbols(lines: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """The sections of the topology with what they declare."""
    for section, names in outline(lines).items():
        for entry in names.values():
            yield section, entry


def _entry(sections: tuple[str, ...], name: str, view: View) -> tuple[str, Entry] | None:
    found = ((section, view.outline.get(section, {}).get(name)) for section in sections)
    return next(((section, entry) for section, entry in found if entry is not None), None)


def _span(entry: Entry, file: Path) -> Span:
    return Span(str(file), entry.line + 1, entry.column + 1, entry.column + len(entry.name) + 1)


def _named(document: YamlMap, node: YamlNode, section: str, name: str, view: View, steps: Steps = ()) -> Iterator[YamlScalar]:
    """The values below a node that refer to the template or input."""
    if isinstance(node, YamlMap):
        for key, child in node.entries.items():
            yield from _named(document, child, section, name, view, (*steps, key))
    elif isinstance(node, YamlList):
        for index, child in enumerate(node.items):
            yield from _named(document, child, section, name, view, (*steps, index))
    elif node.text == name and _refers(role_at(Place(steps, False, name, 0, 0, document), view), section):
        yield node


def _refers(role: Role | None, section: str) -> bool:
    return isinstance(role, TemplateNames) and section in role.sections


def _occurrence(lines: Sequence[str], scalar: YamlScalar, name: str) -> Occurrence | None:
    """Where the name itself stands, inside of quotes if there are some."""
    start = lines[scalar.line - 1].find(name, scalar.column - 1)
    return Occurrence(scalar.line - 1, start, start + len(name)) if start >= 0 else None
